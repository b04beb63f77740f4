//! Two images.

use sysext_examples::inspect::Outcome;
use sysext_image::{Metadata, Node, Tree};

use crate::images::Images;

fn images() -> Images {
    let images = Images::sample();
    let (mut old, mut new) = (Tree::new(), Tree::new());
    let (mode, later) = (Metadata::new(0o755), Metadata::new(0o755).with_mtime(60));
    let olds = [
        ("usr/bin/tool", &mode, Node::file("1.0")),
        ("usr/gone\u{9b}", &mode, Node::Fifo),
        ("usr/same", &mode, Node::file("same")),
    ];
    let news = [
        ("usr/bin/tool", &later, Node::file("1.1 and more")),
        ("usr/new", &mode, Node::symlink("bin/tool")),
        ("usr/same", &mode, Node::file("same")),
    ];
    for (tree, entries) in [(&mut old, olds), (&mut new, news)] {
        for (path, metadata, node) in entries {
            tree.insert(path, metadata.clone(), node).expect("a valid entry");
        }
    }
    images.add("old.raw", &old);
    images.add("new.raw", &new);
    images
}

#[test]
fn what_was_added_removed_or_changed_is_a_line() {
    let images = images();
    let expected = "~ usr/bin/tool: size 3 → 12, time 0 → 60
- usr/gone\\u{9b}: pipe
+ usr/new: symlink to bin/tool
1 added, 1 removed, 1 changed
";
    let differ = Ok((expected.to_owned(), Outcome::No));
    assert_eq!(images.answer(&["diff", "./old.raw", "./new.raw"]), differ);
    let expected = expected.replace(", time 0 → 60", "");
    let answer = images.answer(&["diff", "./old.raw", "./new.raw", "--ignore-mtime"]);
    assert_eq!(answer, Ok((expected, Outcome::No)));
}

#[test]
fn json_is_a_line_for_each_difference() {
    let images = images();
    let expected = r#"{"path":"/usr/bin/tool","change":"changed","kind":null,"size":null,"changes":[{"code":"size","text":"size 3 → 12"},{"code":"mtime","text":"time 0 → 60"}]}
{"path":"/usr/gone\u009b","change":"removed","kind":"fifo","size":null,"changes":[]}
{"path":"/usr/new","change":"added","kind":"symlink","size":null,"changes":[]}
"#;
    let answer = images.answer(&["diff", "--json", "./old.raw", "./new.raw"]);
    assert_eq!(answer, Ok((expected.to_owned(), Outcome::No)));
    assert_eq!(images.yes(&["diff", "--json", "./old.raw", "./old.raw"]), "");
}

#[test]
fn the_exit_code_says_whether_they_differ() {
    let images = images();
    images.write("broken.raw", "hsqs");
    let cases = [
        ("old.raw", Some(0), "no difference\n", ""),
        (
            "broken.raw",
            Some(1),
            "",
            "error: cannot read \"broken.raw\": superblock: the file ends in it\n",
        ),
        (
            "none.raw",
            Some(1),
            "",
            "error: cannot read \"none.raw\": No such file or directory (os error 2)\n",
        ),
    ];
    for (new, code, stdout, stderr) in cases {
        let end = images.run(&["diff", "old.raw", new]);
        assert_eq!((end.code, &*end.stdout, &*end.stderr), (code, stdout, stderr), "{new}");
    }
    let end = images.run(&["diff", "old.raw", "new.raw"]);
    assert_eq!((end.code, &*end.stderr), (Some(1), ""));
}

#[test]
fn an_image_and_the_directory_that_it_was_extracted_to_are_the_same() {
    let images = images();
    images.answer(&["extract", "./old.raw", "./old"]).unwrap();
    let answer = images.answer(&["diff", "./old.raw", "./old", "--ignore-owner"]);
    assert_eq!(answer, Ok(("no difference\n".to_owned(), Outcome::Yes)));
}
