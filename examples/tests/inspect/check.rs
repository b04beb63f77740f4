//! Findings. Which there are, and when, is tested where they are made.

use serde_json::json;
use sysext_examples::inspect::Outcome;
use sysext_image::{Metadata, Node, Tree};

use crate::images::Images;

/// One finding of each severity.
fn image() -> Tree {
    let mut tree = Tree::new();
    let release = Node::file("ID=_any\nEXTENSION_RELOAD_MANAGER=1\n");
    for (path, mode, node) in [
        ("usr/lib/extension-release.d/extension-release.tools", 0o644, release),
        ("usr/bin/su", 0o4755, Node::file("su")),
        ("usr/lib/systemd/system/tool.service", 0o644, Node::file("[Service]\nExecStart=/x\n")),
    ] {
        tree.insert(path, Metadata::new(mode), node).expect("a valid entry");
    }
    tree
}

#[test]
fn the_worst_comes_first_and_decides_the_exit_code() {
    let images = Images::none();
    images.add("tools.raw", &image());
    images.add("misnamed.raw", &image());
    let setuid = "warning: \"usr/bin/su\": whoever runs it has the rights of user 0, since sysexts are not mounted nosuid [setuid]\n";
    let unit = "info: \"usr/lib/systemd/system/tool.service\": nothing in the image starts the unit [unit-not-started]\n";
    let error = "error: no release file is for an image named \"misnamed\": systemd fails the merge of all extensions if it is a raw image, and passes over a directory; it must be named \"tools.raw\" [misnamed-release-file]\n";
    let cases: [(&[&str], String, Outcome); 4] = [
        (&["./tools.raw"], format!("{setuid}{unit}1 warning, 1 for information\n"), Outcome::Yes),
        (
            &["./tools.raw", "--strict"],
            format!("{setuid}{unit}1 warning, 1 for information\n"),
            Outcome::No,
        ),
        (
            &["./misnamed.raw"],
            format!("{error}{setuid}{unit}1 error, 1 warning, 1 for information\n"),
            Outcome::No,
        ),
        (
            &["./misnamed.raw", "--name=tools"],
            format!("{setuid}{unit}1 warning, 1 for information\n"),
            Outcome::Yes,
        ),
    ];
    for (arguments, expected, outcome) in cases {
        let answer = images.answer(&[&["check"], arguments].concat());
        assert_eq!(answer, Ok((expected, outcome)), "{arguments:?}");
    }
    assert_eq!(images.run(&["check", "misnamed.raw"]).code, Some(1));
    assert_eq!(images.run(&["check", "tools.raw"]).code, Some(0));
}

#[test]
fn json_is_a_line_for_each_finding() {
    let images = Images::none();
    images.add("tools.raw", &image());
    let expected = [
        json!({
            "severity": "warning", "code": "setuid", "path": "/usr/bin/su",
            "text": "whoever runs it has the rights of user 0, since sysexts are not mounted nosuid",
        }),
        json!({
            "severity": "info", "code": "unit-not-started",
            "path": "/usr/lib/systemd/system/tool.service",
            "text": "nothing in the image starts the unit",
        }),
    ];
    assert_eq!(images.json(&["check", "--json", "./tools.raw"]), expected);
}

#[test]
fn where_nothing_is_found_it_says_so() {
    let images = Images::none();
    let mut tree = Tree::new();
    let path = "usr/lib/extension-release.d/extension-release.tools";
    tree.insert(path, Metadata::new(0o644), Node::file("ID=_any\n")).unwrap();
    images.add("tools.raw", &tree);
    assert_eq!(images.yes(&["check", "./tools.raw", "--strict"]), "no findings\n");
    assert_eq!(images.yes(&["check", "./tools.raw", "--json"]), "");
}
