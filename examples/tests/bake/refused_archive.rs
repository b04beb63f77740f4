//! Inputs that are no archives, archives that are broken, and what is said of them.

use std::{collections::BTreeMap, fs::File, process::Stdio};

use crate::{archive::shell, bakery::Bakery, process::letters, tool::End};

const TAKES: &str = "bake takes a directory or a tar archive, plain or with gzip, xz or zstd";

/// Runs the tool, which is to fail with this text and to write nothing, with the file as argument and as standard input.
fn assert_refused(bakery: &Bakery, file: &str, message: &str) {
    for (argument, name) in [(file, format!("{file:?}")), ("-", "standard input".to_owned())] {
        let mut command = bakery.command(&[argument, "--name=n", "--version=1", "--out=out"]);
        if argument == "-" {
            command.stdin(File::open(bakery.path(file)).expect("the file"));
        }
        let stderr = format!("error: {}\n", message.replace("INPUT", &name));
        let end = End { code: Some(1), stdout: String::new(), stderr };
        assert_eq!(End::of(&mut command), end, "{file}");
        assert_eq!(bakery.files(), BTreeMap::new(), "{file}");
    }
}

#[test]
fn files_that_are_no_tar_archives() {
    let bakery = Bakery::new();
    bakery.bake(&["--compression=gzip"]).expect("a good bake");
    shell(
        &bakery,
        "mv out/tree-1-x86-64.raw image && rm -r out; tar -C tree -cf t usr
         bzip2 -k t; lz4 -q t t.lz4; xz -k --format=lzma t; gzip -k t; gzip -k <t.gz >t.gz.gz
         gzip <image >image.gz; echo text | gzip >text.gz; gzip </dev/null >empty.gz
         printf 'PK\\3\\4' >a.zip; printf '7z\\274\\257\\47\\34' >a.7z; printf '!<arch>\\n' >a.deb
         printf '\\355\\253\\356\\333' >a.rpm; printf 070701 >a.cpio; printf '\\37\\235' >a.Z
         printf LZIP >a.lz; printf '\\211LZO\\0' >a.lzo; : >empty; echo text >text
         (head -c 1024 /dev/zero; printf '\\342\\341\\365\\340'; echo) | tr '\\0' a | \
             sed 's/^.*$/&/' >erofs; (head -c 510 /dev/zero | tr '\\0' a; printf '\\125\\252') >disk",
    );
    let compressed = "decompress it, into a pipe to \"bake -\"";
    let image = "image, there is nothing to bake";
    let cases = [
        ("empty", format!("is empty: {TAKES}")),
        ("text", format!("is no tar archive: {TAKES}")),
        ("t.bz2", format!("is compressed with bzip2: {compressed}")),
        ("t.lz4", format!("is compressed with lz4: {compressed}")),
        ("t.lzma", format!("is compressed with lzma: {compressed}")),
        ("a.Z", format!("is compressed with compress: {compressed}")),
        ("a.lz", format!("is compressed with lzip: {compressed}")),
        ("a.lzo", format!("is compressed with lzop: {compressed}")),
        ("a.zip", format!("is a zip archive: {TAKES}")),
        ("a.7z", format!("is a 7z archive: {TAKES}")),
        ("a.deb", format!("is an ar archive or Debian package: {TAKES}")),
        ("a.rpm", format!("is an RPM package: {TAKES}")),
        ("a.cpio", format!("is a cpio archive: {TAKES}")),
        ("image", format!("is a squashfs {image}")),
        ("erofs", format!("is an EROFS {image}")),
        ("disk", format!("is a disk {image}")),
    ];
    for (file, message) in cases {
        assert_refused(&bakery, file, &format!("INPUT {message}"));
    }
    let cases = [
        ("image.gz", format!("is a squashfs {image}")),
        ("text.gz", format!("is no tar archive: {TAKES}")),
        ("empty.gz", format!("is empty: {TAKES}")),
        ("t.gz.gz", format!("is compressed with gzip: {compressed}")),
    ];
    for (file, message) in cases {
        assert_refused(&bakery, file, &format!("INPUT, unpacked with gzip, {message}"));
    }
}

#[test]
fn archives_that_are_cut_off_damaged_or_go_on() {
    let bakery = Bakery::new();
    bakery.write("tree/usr/bin/letters", letters(300_000));
    shell(
        &bakery,
        "tar -C tree -cf t usr; gzip -k t; xz -k t; zstd -q t
         for z in gz xz zst; do
             head -c 90 t.$z >head.$z; head -c 100000 t.$z >half.$z; head -c -1 t.$z >end.$z
             (cat t.$z; echo something that is no $z) >more.$z
             (head -c -8 t.$z; printf change; tail -c 2 t.$z) >changed.$z
         done
         head -c 200000 t >half; (cat t; echo more) >more; cat t t >twice
         (cat t; head -c 20000000 /dev/zero) | gzip >padded.gz; head -c 100000000 /dev/zero >zeros
         gzip <zeros >zeros.gz; rm zeros; head -c 1024 /dev/zero >members",
    );
    let cut = |method| format!("the {method} stream is cut off, or has something else behind it");
    let damaged = |method: &str, why: &str| {
        format!(
            "the {method} stream is damaged, needs too much memory, or has something else behind it: {why}"
        )
    };
    let read = "cannot read INPUT: ";
    let in_letters = format!(
        "{read}member \"usr/bin/letters\" at byte 1024 of the archive: cannot read the archive: "
    );
    let cases = [
        ("head.gz", format!("{read}{}", cut("gzip"))),
        ("head.xz", format!("{read}{}", cut("xz"))),
        ("head.zst", format!("{read}{}", cut("zstd"))),
        ("half.gz", format!("{in_letters}{}", cut("gzip"))),
        ("half.xz", format!("{in_letters}{}", cut("xz"))),
        ("half.zst", format!("{in_letters}{}", cut("zstd"))),
        ("end.gz", format!("{read}{}", cut("gzip"))),
        ("end.xz", format!("{read}{}", cut("xz"))),
        ("end.zst", format!("{read}{}", cut("zstd"))),
        ("changed.gz", format!("{read}{}", damaged("gzip", "corrupt gzip stream does not have a matching checksum"))),
        ("changed.xz", format!("{in_letters}{}", damaged("xz", "lzma data error"))),
        ("changed.zst", format!("{in_letters}{}", damaged("zstd", "Data corruption detected"))),
        ("more.gz", format!("{read}{}", damaged("gzip", "invalid gzip header"))),
        ("more.xz", format!("{in_letters}{}", damaged("xz", "lzma data error"))),
        ("more.zst", format!("{read}{}", damaged("zstd", "Unknown frame descriptor"))),
        (
            "half",
            "cannot read INPUT: member \"usr/bin/letters\" at byte 1024 of the archive: the archive is cut off"
                .to_owned(),
        ),
        (
            "more",
            "INPUT goes on behind the end of the archive, at byte 307200: bake takes one archive"
                .to_owned(),
        ),
        (
            "twice",
            "INPUT goes on behind the end of the archive, at byte 307200: bake takes one archive"
                .to_owned(),
        ),
        ("padded.gz", "INPUT has more than 16777216 bytes of zeros behind its end".to_owned()),
        ("zeros.gz", "INPUT is an archive without members".to_owned()),
        ("members", "INPUT is an archive without members".to_owned()),
    ];
    for (file, message) in cases {
        assert_refused(&bakery, file, &message);
    }
}

#[test]
fn streams_that_need_too_much_memory() {
    let bakery = Bakery::new();
    shell(
        &bakery,
        "tar -C tree -c usr | xz --lzma2=dict=512MiB >large.xz
         tar -C tree -c usr | zstd -q --ultra --long=30 --stream-size=10240 >large.zst || true
         (tar -C tree -c usr; head -c 300000000 /dev/zero) | zstd -q -1 --long=30 >large.zst",
    );
    let damaged = |method: &str, why: &str| {
        format!(
            "cannot read INPUT: the {method} stream is damaged, needs too much memory, or has something \
             else behind it: {why}"
        )
    };
    let cases = [
        ("large.xz", damaged("xz", "memory limit reached")),
        ("large.zst", damaged("zstd", "Frame requires too much memory for decoding")),
    ];
    for (file, message) in cases {
        assert_refused(&bakery, file, &message);
    }
}

#[test]
fn members_that_lead_out_or_are_out_of_place() {
    let bakery = Bakery::new();
    bakery.write("tree/etc/passwd", "");
    shell(
        &bakery,
        "tar -C tree -cf etc.tar etc; tar -C tree -P --transform='s,^usr/bin/tool,usr/../tool,' -cf dots.tar usr
         tar -C tree -cf fine.tar usr; truncate -s 100G tree/usr/bomb; tar -C tree -S -cf bomb.tar usr/bomb",
    );
    let cases = [
        ("etc.tar", "\"etc\" is outside the hierarchies of a sysext: usr, opt"),
        (
            "dots.tar",
            "cannot read INPUT: member \"usr/../tool\" at byte 1024 of the archive: its name is no path: \
             the name at byte 4 is \".\" or \"..\"",
        ),
        (
            "bomb.tar",
            "cannot read INPUT: member \"usr/bomb\" at byte 0 of the archive: the content is longer than \
             68719476736 bytes",
        ),
    ];
    for (file, message) in cases {
        assert_refused(&bakery, file, message);
    }
}

#[test]
fn inputs_without_a_name() {
    let bakery = Bakery::new();
    bakery.write(".tar", "");
    bakery.write("a\nb.tar", "");
    shell(&bakery, "mkfifo pipe");
    let none = "the input has no name of its own: give the extension one with --name";
    let not = "the archive's name is none for an extension, so give one with --name: ";
    let cases = [
        ("-", none.to_owned()),
        ("pipe", none.to_owned()),
        (".tar", format!("{not}invalid name: it is empty")),
        ("a\nb.tar", format!("{not}invalid name \"a\\nb\": '\\n' at byte 1")),
    ];
    for (input, message) in cases {
        let end = bakery.run(&[input, "--version=1", "--out=out"]);
        assert_eq!((end.code, end.stderr), (Some(1), format!("error: {message}\n")), "{input:?}");
        assert_eq!(bakery.files(), BTreeMap::new());
    }
}

#[test]
fn what_is_no_input_of_this_kind() {
    let bakery = Bakery::new();
    bakery.write("a.toml", "");
    let recipe = "is a recipe, which is not supported: give the directory and options";
    let cases: [(&[&str], _); 2] = [
        (&["a.toml", "--name=a"], format!("\"a.toml\" {recipe}")),
        (
            &["tree", "--oci-whiteouts"],
            "--oci-whiteouts is for tar archives, and \"tree\" is a directory".to_owned(),
        ),
    ];
    for (arguments, message) in cases {
        let end = bakery.run(&[arguments, &["--version=1", "--out=out"]].concat());
        assert_eq!((end.code, end.stderr), (Some(1), format!("error: {message}\n")));
        assert_eq!(bakery.files(), BTreeMap::new());
    }
    let mut command = bakery.command(&["-", "--name=n", "--version=1", "--out=out"]);
    command.stdin(File::open(bakery.path("tree")).unwrap()).stdout(Stdio::null());
    let message = "error: cannot read standard input: Is a directory (os error 21)\n";
    assert_eq!(End::of(&mut command).stderr, message);
}
