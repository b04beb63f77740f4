//! Tar archives as input: that they give what their directory gives.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    process::{Command, Stdio},
};

use crate::{bakery::Bakery, tool::End};

const IMAGE: &str = "out/tree-1-x86-64.raw";

/// What each of these makes of `tree`, by GNU tar and the compressors.
const ARCHIVES: [(&str, &str); 12] = [
    ("tree.tar", "tar -C tree -cf tree.tar ."),
    ("TREE.TAR.GZ", "tar -C tree -czf TREE.TAR.GZ usr"),
    ("tree.tgz", "tar -C tree --format=posix -czf tree.tgz usr"),
    ("tree.tar.xz", "tar -C tree -cJf tree.tar.xz usr"),
    ("tree.tar.zst", "tar -C tree --zstd -cf tree.tar.zst usr"),
    ("tree.tar.zstd", "tar -C tree -c usr | zstd -q --long=27 >tree.tar.zstd"),
    // Its name says another thing.
    ("tree.txz", "tar -C tree -c usr >tree.txz"),
    ("sparse.tar", "tar -C tree -S -cf sparse.tar usr"),
    ("old.tar", "tar -C tree --format=gnu -b 1 -cf old.tar usr"),
    ("members", "tar -C tree -c usr >t; (head -c 4000 t | gzip; tail -c +4001 t | gzip) >members"),
    (
        "streams",
        "tar -C tree -c usr >t; (head -c 4000 t | xz; tail -c +4001 t | xz; head -c 8 /dev/zero) >streams",
    ),
    (
        "frames",
        "tar -C tree -c usr >t; (printf '\\120\\052\\115\\030\\003\\000\\000\\000abc'; head -c 4000 t | zstd; \
         tail -c +4001 t | zstd) >frames",
    ),
];

pub(crate) fn shell(bakery: &Bakery, script: &str) {
    let mut sh = Command::new("bash");
    sh.args(["-euo", "pipefail", "-c", script]).current_dir(bakery.path(""));
    let end = End::of(&mut sh);
    assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{script}");
}

fn bakery() -> Bakery {
    let bakery = Bakery::new();
    bakery.write("tree/usr/share/text", "text ".repeat(100_000));
    bakery.write(&format!("tree/usr/share/{}/{}", "d".repeat(90), "f".repeat(120)), "long");
    fs::hard_link(bakery.path("tree/usr/bin/tool"), bakery.path("tree/usr/bin/other"))
        .expect("a link");
    symlink("x".repeat(200), bakery.path("tree/usr/bin/link")).expect("a link");
    let hollow = File::create(bakery.path("tree/usr/share/hollow")).expect("a file");
    hollow.set_len(3_000_000).expect("a file");
    bakery
}

#[test]
fn an_archive_gives_the_image_of_its_directory_whatever_it_is_compressed_with() {
    let bakery = bakery();
    bakery.bake(&[]).expect("a good bake");
    let expected = bakery.files();
    for (archive, script) in ARCHIVES {
        shell(&bakery, script);
        for input in [archive, "-"] {
            let mut command = bakery.command(&[input, "--name=tree", "--version=1"]);
            command.args(["--arch=x86-64", "--out=again"]);
            if input == "-" {
                command.stdin(File::open(bakery.path(archive)).unwrap());
            }
            End::of(&mut command).success();
            fs::remove_dir_all(bakery.path("out")).unwrap();
            fs::rename(bakery.path("again"), bakery.path("out")).unwrap();
            assert!(bakery.files() == expected, "{archive} as {input}");
        }
    }
}

#[test]
fn an_archive_is_named_after_itself() {
    let bakery = Bakery::new();
    shell(
        &bakery,
        "tar -C tree -czf kube.tar.gz . && cp kube.tar.gz plain && ln -s plain alias.tgz",
    );
    let cases = [("kube.tar.gz", "kube"), ("plain", "plain"), ("alias.tgz", "alias")];
    for (archive, name) in cases {
        let report = bakery.run(&[archive, "--version=1", "--arch=x86-64", "--out=out"]).success();
        assert!(report.contains(&format!("image:  out/{name}-1-x86-64.raw\n")), "{report}");
    }
}

#[test]
fn a_named_pipe_is_read_like_standard_input() {
    let bakery = bakery();
    bakery.bake(&[]).expect("a good bake");
    let expected = bakery.files();
    shell(&bakery, "mkfifo pipe; tar -C tree -cz usr >archive");
    let mut writer = Command::new("sh");
    // The reader is there first.
    let mut writer = writer
        .args(["-c", "sleep 0.3; cat archive >pipe"])
        .current_dir(bakery.path(""))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    fs::remove_dir_all(bakery.path("out")).unwrap();
    bakery.run(&["pipe", "--name=tree", "--version=1", "--arch=x86-64", "--out=out"]).success();
    assert!(writer.wait().unwrap().success());
    assert!(bakery.files() == expected);
}

#[test]
fn owners_and_times_are_those_of_the_options() {
    let bakery = Bakery::new();
    shell(&bakery, "tar -C tree --owner=:1234 --group=:4321 --mtime=@1000 -cf kept.tar usr");
    // Options; owner and time in the image.
    let cases: [(&[&str], _, _); 4] = [
        (&[], (0, 0), 0),
        (&["--keep-owner"], (1234, 4321), 0),
        (&["--keep-mtime"], (0, 0), 1000),
        (&["--epoch=600"], (0, 0), 600),
    ];
    for (options, owner, mtime) in cases {
        let arguments = ["kept.tar", "--name=tree", "--version=1", "--arch=x86-64", "--out=out"];
        bakery.run(&[&arguments[..], &["--replace"], options].concat()).success();
        let image = bakery.image("tree-1-x86-64.raw");
        let tool = image.files().find(|node| node.fullpath.ends_with("tool")).unwrap();
        let header = tool.header;
        assert_eq!(((header.uid, header.gid), header.mtime), (owner, mtime), "{options:?}");
    }
}

#[test]
fn names_of_whiteouts_hide_what_the_host_has_if_that_is_wanted() {
    let bakery = Bakery::empty();
    bakery.write("layer/usr/bin/.wh.old", "");
    bakery.write("layer/usr/share/.wh..wh..opq", "");
    shell(&bakery, "tar -C layer -cf layer.tar usr");
    let arguments = ["layer.tar", "--version=1", "--arch=x86-64", "--out=out", "--replace"];
    let names = |options: &[&str]| {
        bakery.run(&[&arguments[..], options].concat()).success();
        let text = bakery.text("layer-1-x86-64.json");
        let sidecar: serde_json::Value = serde_json::from_str(&text).unwrap();
        let files = sidecar["files"].as_array().unwrap().iter();
        let of = |file: &serde_json::Value| {
            let word = |key: &str| file[key].as_str().unwrap().to_owned();
            (word("path"), word("kind"))
        };
        let of_layer =
            |path: &str| path.starts_with("/usr/bin/") || path.starts_with("/usr/share/");
        files.map(of).filter(|(path, _)| of_layer(path)).collect::<Vec<_>>()
    };
    let entry = |path: &str, kind: &str| (path.to_owned(), kind.to_owned());
    assert_eq!(
        names(&[]),
        [entry("/usr/bin/.wh.old", "file"), entry("/usr/share/.wh..wh..opq", "file")]
    );
    assert_eq!(names(&["--oci-whiteouts"]), [entry("/usr/bin/old", "char")]);
}

#[test]
fn every_loss_is_said() {
    let bakery = Bakery::new();
    shell(
        &bakery,
        "tar -C tree --format=posix --pax-option=mtime:=-5 -P --transform='s,^usr/bin/tool$,/&,' \
         -cf lossy.tar usr",
    );
    let arguments = ["lossy.tar", "--version=1", "--arch=x86-64", "--out=out", "--keep-mtime"];
    let report = bakery.run(&arguments).success();
    let notes: Vec<_> = report.lines().filter(|line| line.starts_with("note: ")).collect();
    let time =
        |path| format!("note: {path:?}: the time -5 is out of range, the nearest one was stored");
    assert_eq!(
        notes,
        [
            &*time("usr"),
            &*time("usr/bin"),
            &*time("usr/bin/tool"),
            "note: names of the archive began with a slash, which was left out: 1",
            "note: lossy.transfer has a placeholder for its URL; --url fills it in",
        ]
    );
}

#[test]
fn nothing_of_the_archive_is_left_beside_the_image() {
    let bakery = Bakery::new();
    // More than stays in memory.
    bakery.write("tree/usr/share/large", vec![b'x'; 40 << 20]);
    bakery.bake(&[]).expect("a good bake");
    let expected = fs::read(bakery.path(IMAGE)).unwrap();
    fs::remove_dir_all(bakery.path("out")).unwrap();
    shell(&bakery, "tar -C tree -cf tree.tar usr");
    bakery.run(&["tree.tar", "--version=1", "--arch=x86-64", "--out=out"]).success();
    let files = bakery.files();
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["SHA256SUMS", "tree-1-x86-64.json", "tree-1-x86-64.raw", "tree.transfer"]
    );
    assert!(files["tree-1-x86-64.raw"] == expected);
}
