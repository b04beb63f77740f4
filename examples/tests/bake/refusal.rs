//! What is refused leaves nothing behind, and says why.

use std::{collections::BTreeMap, fs, os::unix::fs::symlink};

use crate::{
    bakery::Bakery,
    tool::{self, End},
};

const EPOCH: &str = "expected seconds since 1970, up to 4294967295";

/// Runs the tool, which is to fail with this status and text and to write nothing.
fn assert_refused(bakery: &Bakery, arguments: &[&str], code: i32, message: &str) {
    let mut command = bakery.command(arguments);
    let end = End::of(command.args(["--out", "out", "--arch", "x86-64"]));
    let expected =
        End { code: Some(code), stdout: String::new(), stderr: format!("error: {message}\n") };
    assert_eq!(end, expected, "{arguments:?}");
    assert_eq!(bakery.files(), BTreeMap::new(), "{arguments:?}");
}

#[test]
fn inputs_that_are_not_there() {
    let bakery = Bakery::new();
    symlink("nowhere", bakery.path("dangling")).unwrap();
    for input in ["missing", "dangling", "missing.tar", "missing.toml"] {
        let message = format!("cannot read {input:?}: No such file or directory (os error 2)");
        for arguments in [&[input, "--version=1"][..], &[input, "--version=1", "--name=n"]] {
            assert_refused(&bakery, arguments, 1, &message);
        }
    }
}

#[test]
fn trees_that_are_no_extensions() {
    let cases = [
        ("tree/etc/passwd", "\"etc\" is outside the hierarchies of a sysext: usr, opt"),
        ("tree/README", "\"README\" is outside the hierarchies of a sysext: usr, opt"),
        ("tree/opt", "the hierarchy \"opt\" is not a directory"),
        (
            "tree/usr/lib/os-release",
            "\"usr/lib/os-release\" must not be in an extension: it would replace the host's own identity",
        ),
        (
            "tree/usr/lib/extension-release.d/extension-release.tree",
            "\"usr/lib/extension-release.d/extension-release.tree\" says ID=\"other\", but the release file in its place would say ID=\"_any\"",
        ),
        (
            "tree/usr/lib/extension-release.d/extension-release.other",
            "\"usr/lib/extension-release.d/extension-release.other\" is the release file of another extension than \"tree\"",
        ),
    ];
    for (path, message) in cases {
        let bakery = Bakery::new();
        bakery.write(path, "ID=other\n");
        assert_refused(&bakery, &["tree", "--version=1"], 1, message);
    }
    let bakery = Bakery::new();
    let message = "\"usr\" is outside the hierarchies of a confext: etc";
    assert_refused(&bakery, &["tree", "--version=1", "--class=confext"], 1, message);
}

#[test]
fn names_that_come_from_the_directory() {
    let bakery = Bakery::new();
    let cases = [
        (
            "bad\nname",
            "the directory's name is none for an extension, so give one with --name: invalid name \"bad\\nname\": '\\n' at byte 3",
        ),
        (
            ".#lock",
            "the directory's name is none for an extension, so give one with --name: invalid name \".#lock\": names that begin with .# are temporary files",
        ),
        (
            "a:b",
            "systemd cannot mount an extension named \"a:b\": the character ':' has a meaning in the options of the mount",
        ),
        (
            "50%",
            "cannot publish \"50%-1-x86-64.raw\": invalid file name \"50%-1-x86-64.raw\": '%' at byte 2",
        ),
        ("a[b]", "cannot write \"a[b]\" in a MatchPattern: '[' at byte 1"),
    ];
    for (directory, message) in cases {
        bakery.write(&format!("{directory}/usr/x"), "");
        assert_refused(&bakery, &[directory, "--version=1"], 1, message);
    }
    let message = "the input has no name of its own: give the extension one with --name";
    assert_refused(&bakery, &["/", "--version=1"], 1, message);
}

#[test]
fn a_directory_is_named_after_itself_however_it_is_reached() {
    let bakery = Bakery::new();
    symlink("tree", bakery.path("alias")).unwrap();
    for input in ["tree/", "tree/.", "tree/usr/..", "alias", "./tree"] {
        bakery.run(&[input, "--version=1", "--arch=x86-64", "--out=out"]).success();
        assert_eq!(bakery.names()[1], "tree-1-x86-64.json", "{input}");
        fs::remove_dir_all(bakery.path("out")).unwrap();
    }
}

#[test]
fn names_that_are_too_long_for_the_files_that_have_them() {
    let bakery = Bakery::new();
    // `extension-release.` before the name makes 256 bytes of it.
    let name = "n".repeat(238);
    let message = "an extension's name has at most 237 bytes, this one has 238";
    assert_refused(&bakery, &["tree", "--version=1", "--name", &name], 1, message);
    // The name of the image would have 255 bytes.
    let version = "1".repeat(239);
    let message = format!(
        "cannot publish \"tree-{version}-x86-64.json\": invalid file name: it has 256 bytes, more than 255"
    );
    assert_refused(&bakery, &["tree", "--version", &version], 1, &message);
    let version = "1".repeat(238);
    bakery.bake(&["--version", &version]).expect("names that fit");
}

#[test]
fn an_output_inside_the_input() {
    let bakery = Bakery::new();
    symlink("tree/usr", bakery.path("shortcut")).unwrap();
    for out in [
        "tree",
        "tree/out",
        "tree/usr/new/out",
        "shortcut/out",
        "new/../tree/out",
        "shortcut/../out",
    ] {
        let end = bakery.run(&["tree", "--version=1", "--out", out]);
        let message = format!(
            "error: the output directory {out:?} is inside the input \"tree\": choose another with --out\n"
        );
        assert_eq!((end.code, end.stderr), (Some(1), message));
        for made in ["tree/out", "tree/usr/new", "new"] {
            assert!(!bakery.path(made).exists(), "{out}: {made}");
        }
    }
    let mut command = tool::command("bake", &bakery.path("tree"), [".", "--version=1"]);
    assert_eq!(
        End::of(&mut command).stderr,
        "error: the output directory \"dist\" is inside the input \".\": choose another with --out\n"
    );
    bakery.run(&["tree", "--version=1", "--out=tree-out"]).success();
}

#[test]
fn outputs_that_cannot_be_written() {
    let bakery = Bakery::new();
    bakery.write("out", "a file");
    let end = bakery.run(&["tree", "--version=1", "--out=out"]);
    let message = "error: cannot read \"out/SHA256SUMS\": Not a directory (os error 20)\n";
    assert_eq!((end.code, &*end.stderr), (Some(1), message));
    assert_eq!(fs::read(bakery.path("out")).unwrap(), b"a file");
}

#[test]
fn a_time_in_the_environment_that_is_none() {
    let bakery = Bakery::new();
    for value in ["", "now", "-1", "+1", "1.5", "4294967296"] {
        let mut command = bakery.command(&["tree", "--version=1", "--out=out"]);
        let end = End::of(command.env("SOURCE_DATE_EPOCH", value));
        let message = format!("error: SOURCE_DATE_EPOCH is {value:?}: {EPOCH}\n");
        assert_eq!((end.code, end.stderr), (Some(1), message));
        assert_eq!(bakery.files(), BTreeMap::new());
    }
}

#[test]
fn arguments_that_are_none() {
    let bakery = Bakery::new();
    let value = |option: &str, value: &str, text: &str| {
        format!(
            "invalid value '{value}' for '{option}': {text}\n\nFor more information, try '--help'."
        )
    };
    let cases = [
        (
            "--name=a/b",
            value("--name <NAME>", "a/b", "invalid name \"a/b\": '/' at byte 1"),
        ),
        ("--name=", value("--name <NAME>", "", "invalid name: it is empty")),
        (
            "--version=1 0",
            value(
                "--version <VERSION>",
                "1 0",
                "invalid version \"1 0\": ' ' at byte 1 is none of the letters, digits and .,_-+~^",
            ),
        ),
        (
            "--compression=lzo",
            value(
                "--compression <METHOD>",
                "lzo",
                "unknown compression \"lzo\": expected zstd[:LEVEL], gzip[:LEVEL], \
                 xz[:LEVEL[:DICTIONARY]], lz4 or none",
            ),
        ),
        (
            "--compression=zstd:23",
            value(
                "--compression <METHOD>",
                "zstd:23",
                "compression \"zstd:23\" has no such level: expected 1 to 22",
            ),
        ),
        (
            "--block-size=3K",
            value(
                "--block-size <SIZE>",
                "3K",
                "invalid block size \"3K\": expected a power of two from 4K to 1M",
            ),
        ),
        ("--jobs=0", value("--jobs <N>", "0", "number would be zero for non-zero type")),
        ("--epoch=+1", value("--epoch <SECONDS>", "+1", EPOCH)),
        ("--epoch=-1", value("--epoch <SECONDS>", "-1", EPOCH)),
        (
            "--class=portable",
            value(
                "--class <CLASS>",
                "portable",
                "unknown class \"portable\": expected sysext or confext",
            ),
        ),
        (
            "--url=example.com",
            value("--url <BASE>", "example.com", "expected https://…, http://… or file:///…"),
        ),
        (
            "--os=",
            "a value is required for '--os <ID>' but none was supplied\n\nFor more information, try '--help'."
                .to_owned(),
        ),
        (
            "--level=",
            "a value is required for '--level <LEVEL>' but none was supplied\n\nFor more information, try '--help'."
                .to_owned(),
        ),
    ];
    for (argument, message) in cases {
        let version = if argument.starts_with("--version") { None } else { Some("--version=1") };
        let arguments: Vec<_> = ["tree", argument].into_iter().chain(version).collect();
        assert_refused(&bakery, &arguments, 2, &message);
    }
    let end = bakery.run(&["--arch=amd64"]);
    let message = "error: ".to_owned()
        + &value(
            "--arch <ARCH>",
            "amd64",
            "unknown architecture \"amd64\": systemd calls it x86-64",
        )
        + "\n";
    assert_eq!((end.code, end.stderr), (Some(2), message));
}

#[test]
fn a_directory_without_a_version() {
    let message = "the following required arguments were not provided:\n  --version <VERSION>\n\n\
                   Usage: bake --version <VERSION> --out <DIR> --arch <ARCH> <INPUT>\n\n\
                   For more information, try '--help'.";
    assert_refused(&Bakery::new(), &["tree"], 2, message);
}
