//! Extraction.

use std::fs;

use serde_json::json;
use sysext_image::{Metadata, Node, Tree};

use crate::images::{Images, sample};

/// What no user is refused.
fn plain() -> Tree {
    let mut tree = Tree::new();
    tree.insert("usr/bin/hello", Metadata::new(0o755).with_mtime(7), Node::file("hello\n"))
        .expect("a valid entry");
    tree
}

#[test]
fn everything_comes_into_a_new_directory() {
    let images = Images::none();
    images.add("plain.raw", &plain());
    let answer = images.yes(&["extract", "./plain.raw", "./out"]);
    assert!(answer.starts_with("extracted to out\n"), "{answer}");
    assert_eq!(fs::read(images.path("out/usr/bin/hello")).unwrap(), b"hello\n");
    let again = images.run(&["extract", "plain.raw", "out"]);
    let message = "error: cannot extract \"plain.raw\": cannot make the directory \"out\": File exists (os error 17)\n";
    assert_eq!((again.code, &*again.stdout, &*again.stderr), (Some(1), "", message));
}

#[test]
fn options_bound_it() {
    let images = Images::none();
    let mut tree = plain();
    tree.insert("usr/zeros", Metadata::new(0o644), Node::file(vec![0; 65 << 20])).unwrap();
    images.add("plain.raw", &tree);
    let cases = [
        ("--max-entries=2", "the image has more than 2 entries"),
        ("--max-bytes=5", "the image has more than 5 bytes of content"),
        ("--max-ratio=9", "the image has more than 9 bytes of content for each of its own"),
    ];
    for (option, expected) in cases {
        let answer = images.answer(&["extract", "./plain.raw", &format!("./{option}"), option]);
        assert_eq!(answer, Err(format!("cannot extract \"plain.raw\": {expected}")), "{option}");
    }
    images.yes(&["extract", "./plain.raw", "./out", "--max-ratio=20000", "--jobs=1"]);
    assert_eq!(fs::metadata(images.path("out/usr/zeros")).unwrap().len(), 65 << 20);
}

#[test]
#[ignore = "needs root"]
fn root_restores_all() {
    let images = Images::sample();
    assert_eq!(images.yes(&["extract", "./tools.raw", "./out"]), "extracted to out\n");
    let expected = json!({ "directory": "again", "unrestored": [] });
    assert_eq!(images.json(&["extract", "--json", "./tools.raw", "./again"]), [expected]);
    assert_eq!(images.yes(&["diff", "./tools.raw", "./out"]), "no difference\n");
}

#[test]
#[ignore = "needs root"]
fn what_an_ordinary_user_may_not_restore_is_said_by_kind() {
    let images = Images::none();
    images.add("tools.raw", &sample());
    let nobody = |arguments: &[&str]| {
        let end = images.as_nobody(arguments);
        assert_eq!((end.code, &*end.stderr), (Some(0), ""), "{}", end.stdout);
        end.stdout
    };
    let expected = "extracted to user/out
note: the attribute of usr/bin/ping was not restored
note: the device of usr/lib/disk was not restored: that takes root
note: the owner of 19 entries, the first of them usr/bin/ping, was not restored: that takes root
note: the setuid or setgid bit of 2 entries, the first of them usr/bin/su, was not restored: that takes root
";
    assert_eq!(nobody(&["extract", "tools.raw", "user/out"]), expected);
    let expected = json!({ "directory": "user/again", "unrestored": [
        { "what": "attribute", "entries": 1, "first": "/usr/bin/ping" },
        { "what": "device", "entries": 1, "first": "/usr/lib/disk" },
        { "what": "owner", "entries": 19, "first": "/usr/bin/ping" },
        { "what": "setuid", "entries": 2, "first": "/usr/bin/su" },
    ] });
    let found = nobody(&["extract", "--json", "tools.raw", "user/again"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&found).unwrap(), expected);
    // All that only reads is the same for everybody.
    for arguments in [&["tools.raw"][..], &["list", "tools.raw"], &["check", "tools.raw"]] {
        assert_eq!(nobody(arguments), images.run(arguments).success(), "{arguments:?}");
    }
}
