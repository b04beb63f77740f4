//! Which release file systemd reads.

use serde_json::json;
use sysext_image::{Metadata, Node, Tree};

use crate::images::Images;

/// An image with these release files, each with its attribute and content.
fn image(files: &[(&str, Option<&str>, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (name, strict, content) in files {
        let mut metadata = Metadata::new(0o644);
        if let Some(strict) = strict {
            let name = "user.extension-release.strict".parse().expect("a name");
            metadata = metadata.with_xattr(name, strict);
        }
        let path = format!("usr/lib/extension-release.d/{name}");
        tree.insert(path, metadata, Node::file(*content)).expect("a valid entry");
    }
    tree
}

#[test]
fn each_candidate_is_taken_or_passed_over_for_a_reason() {
    let images = Images::none();
    images.add(
        "tools.raw",
        &image(&[
            ("extension-release.any", Some("0"), "ID=_any\n"),
            ("extension-release.other", None, "ID=_any\n"),
            ("extension-release.tools", None, "ID=a\nVERSION_ID='1 \u{1b}'\nARCHITECTURE=arm64\n"),
            ("README", None, ""),
        ]),
    );
    let directory = "usr/lib/extension-release.d";
    let others = format!(
        "passed over: {directory}/extension-release.other: it has no attribute user.extension-release.strict\n"
    );
    let readme = format!(
        "passed over: {directory}/README: its name does not begin with extension-release.\n"
    );
    let cases: [(&[&str], String); 3] = [
        (
            &[],
            format!(
                "sysext \"tools\" for systemd 262
{readme}passed over: {directory}/extension-release.any: another one has exactly the name of the image
{others}taken: {directory}/extension-release.tools: it has the name of the image
  ID=\"a\"
  VERSION_ID=\"1 \\u{{1b}}\"
  ARCHITECTURE=\"arm64\"
hosts: ID=\"a\" or ID_LIKE with it, VERSION_ID=\"1 \\u{{1b}}\" or none; arm64; system or portable\n"
            ),
        ),
        (
            &["--name=new", "--systemd=257"],
            format!(
                "sysext \"new\" for systemd 257
{readme}taken: {directory}/extension-release.any: its attribute says that it is for any name
{others}passed over: {directory}/extension-release.tools: it has no attribute user.extension-release.strict
  ID=\"_any\"
hosts: every operating system; every architecture; system or portable\n"
            ),
        ),
        (
            &["--name=tools_1"],
            format!(
                "sysext \"tools_1\" for systemd 262
{readme}ambiguous: {directory}/extension-release.any: its attribute says that it is for any name
{others}ambiguous: {directory}/extension-release.tools: it has the name of the image up to its first _ or +
systemd reads no release file: more than one release file for \"tools_1\": [\"extension-release.any\", \"extension-release.tools\"]
note: under the name any.raw it would have one
note: under the name other.raw it would have one
note: under the name tools.raw it would have one\n"
            ),
        ),
    ];
    for (options, expected) in cases {
        let answer = images.yes(&[&["release", "./tools.raw"], options].concat());
        assert_eq!(answer, expected, "{options:?}");
    }
}

#[test]
fn a_file_that_systemd_cannot_read_is_shown_with_the_spot() {
    let images = Images::none();
    images
        .add("tools.raw", &image(&[("extension-release.tools", None, "ID=_any\nA=a\u{fffe}b\n")]));
    let expected = "sysext \"tools\" for systemd 262
taken: usr/lib/extension-release.d/extension-release.tools: it has the name of the image
systemd reads nothing from this file
note: the value of \"A\" holds the noncharacter '\\u{fffe}'
 --> usr/lib/extension-release.d/extension-release.tools:2:4
  |
2 | A=a\u{fffe}b
  |    ^
";
    assert_eq!(images.yes(&["release", "./tools.raw"]), expected);
}

#[test]
fn json_is_an_object_for_each_class() {
    let images = Images::none();
    images.add("tools-2.raw", &image(&[("extension-release.tools", None, "ID=_any\n")]));
    let path = "/usr/lib/extension-release.d/extension-release.tools";
    let none = json!({
        "class": "sysext", "systemd": 262, "lookup_name": "tools-2",
        "files": [{
            "path": path, "verdict": "passed-over",
            "reason": "it has no attribute user.extension-release.strict",
        }],
        "release_file": null, "fields": {}, "hosts": null,
        "error": "no release file for \"tools-2\"", "other_names": ["tools"],
    });
    assert_eq!(images.json(&["release", "--json", "./tools-2.raw"]), [none]);
    let found = json!({
        "class": "sysext", "systemd": 257, "lookup_name": "tools",
        "files": [{ "path": path, "verdict": "taken", "reason": "it has the name of the image" }],
        "release_file": path, "fields": { "ID": "_any" },
        "hosts": "every operating system; every architecture; system or portable",
        "error": null, "other_names": [],
    });
    let options = ["release", "--json", "./tools-2.raw", "--name=tools", "--compat=257"];
    assert_eq!(images.json(&options), [found]);
}

#[test]
fn where_there_is_none_it_says_so() {
    let images = Images::none();
    images.add("tools.img", &Tree::new());
    let expected =
        "no sysext for systemd 262: no image \"tools.img\": a file's name must end in .raw
none: nothing is in usr/lib/extension-release.d
";
    assert_eq!(images.yes(&["release", "./tools.img"]), expected);
    let expected = "confext \"tools\" for systemd 262
none: nothing is in etc/extension-release.d
systemd reads no release file: no release file for \"tools\"
";
    let options = ["release", "./tools.img", "--class=confext", "--name=tools"];
    assert_eq!(images.yes(&options), expected);
}
