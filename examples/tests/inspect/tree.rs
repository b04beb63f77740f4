//! Drawings.

use sysext_examples::inspect::Outcome;
use sysext_image::{Metadata, Node, Tree};

use crate::images::Images;

const ALL: &str = r"    2.0 KiB  .
    2.0 KiB  └── usr
    1.9 KiB      ├── bin
    1.9 KiB      │   ├── ping
          -      │   ├── sh -> /usr/bin/su
        2 B      │   ├── su
        0 B      │   └── sudo
       63 B      └── lib
        0 B          ├── \u{1b}[31mred\n
        5 B          ├── caf\xe9
          -          ├── disk
       48 B          ├── extension-release.d
       48 B          │   └── extension-release.tools
          -          ├── gone
          -          ├── loop -> loop
          -          ├── nothing -> ../../..//none
          -          ├── pipe
          -          ├── socket
       10 B          └── systemd
       10 B              └── system
       10 B                  └── tool.service
6 directories, 7 files, 3 symlinks, 1 character device, 1 block device, 1 pipe, 1 socket
";

#[test]
fn sizes_are_those_of_all_that_a_directory_holds_and_each_inode_counts_once() {
    let images = Images::sample();
    assert_eq!(images.yes(&["tree", "./tools.raw"]), ALL);
}

#[test]
fn depth_and_path_limit_what_is_drawn_and_not_the_sizes() {
    let images = Images::sample();
    let total = "6 directories, 7 files, 3 symlinks, 1 character device, 1 block device, 1 pipe, 1 socket\n";
    let cases: [(&[&str], String); 5] = [
        (&["--depth=0"], format!("    2.0 KiB  .\n{total}")),
        (&["--depth=1", "/"], format!("    2.0 KiB  .\n    2.0 KiB  └── usr\n{total}")),
        (
            &["/usr/bin", "--sort=size"],
            "    1.9 KiB  bin\n    1.9 KiB  ├── ping\n        2 B  ├── su\n          -  ├── sh -> /usr/bin/su\n        0 B  └── sudo\n3 files, 1 symlink\n".to_owned(),
        ),
        (&["usr/bin/su"], "        2 B  su\nnothing\n".to_owned()),
        (
            &["usr/lib/systemd", "--depth=1"],
            "       10 B  systemd\n       10 B  └── system\n1 directory, 1 file\n".to_owned(),
        ),
    ];
    for (options, expected) in cases {
        assert_eq!(
            images.yes(&[&["tree", "./tools.raw"], options].concat()),
            expected,
            "{options:?}"
        );
    }
    let answer = images.answer(&["tree", "./tools.raw", "usr/none"]);
    assert_eq!(answer, Err("no \"usr/none\" in the image".to_owned()));
}

#[test]
fn json_is_a_line_for_each_entry() {
    let images = Images::sample();
    let expected = r#"{"path":"/","kind":"directory","size":2065,"entries":20}
{"path":"/usr","kind":"directory","size":2065,"entries":19}
{"path":"/usr/bin","kind":"directory","size":2002,"entries":4}
{"path":"/usr/lib","kind":"directory","size":63,"entries":13}
"#;
    assert_eq!(images.yes(&["tree", "./tools.raw", "--json", "--depth=2"]), expected);
    let expected = r#"{"path":"/usr/lib/systemd","kind":"directory","size":10,"entries":2}
{"path":"/usr/lib/systemd/system","kind":"directory","size":10,"entries":1}
{"path":"/usr/lib/systemd/system/tool.service","kind":"file","size":10,"entries":0}
"#;
    assert_eq!(images.yes(&["tree", "./tools.raw", "--json", "usr/lib/systemd"]), expected);
}

#[test]
fn an_empty_image_and_a_deep_one_are_drawn() {
    let images = Images::none();
    images.add("empty.raw", &Tree::new());
    let expected = ("        0 B  .\nnothing\n".to_owned(), Outcome::Yes);
    assert_eq!(images.answer(&["tree", "./empty.raw"]), Ok(expected));

    let mut tree = Tree::new();
    let path = vec!["d"; 2000].join("/");
    tree.insert(&path, Metadata::new(0o644), Node::file("x")).unwrap();
    images.add("deep.raw", &tree);
    let drawn = images.yes(&["tree", "./deep.raw"]);
    assert_eq!(drawn.lines().count(), 2002);
    assert!(drawn.ends_with("└── d\n1999 directories, 1 file\n"), "{}", drawn.len());
    assert_eq!(images.json(&["tree", "./deep.raw", "--json"]).len(), 2001);
}
