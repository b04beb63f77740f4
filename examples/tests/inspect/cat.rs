//! Contents.

use sysext_image::{Metadata, Node, Tree};

use crate::images::Images;

#[test]
fn files_come_one_after_the_other_through_symlinks_inside_of_the_image() {
    let images = Images::sample();
    let cases: [(&[&str], &str); 3] = [
        (&["usr/bin/su"], "su"),
        (
            &["/usr/bin/sh", "usr//bin/sudo/", "usr/lib/systemd/system/tool.service"],
            "susu[Service]\n",
        ),
        (&["usr/lib/\u{1b}[31mred\n"], ""),
    ];
    for (paths, expected) in cases {
        let arguments = [&["cat", "./tools.raw"], paths].concat();
        assert_eq!(images.yes(&arguments), expected, "{paths:?}");
    }
}

#[test]
fn what_has_no_content_is_named_and_nothing_is_printed() {
    let images = Images::sample();
    let cases = [
        ("usr/none", "no \"usr/none\" in the image"),
        ("/", "the root of the image is a directory"),
        ("usr/lib", "\"usr/lib\" is a directory: `inspect list` shows what is in it"),
        ("usr/lib/pipe", "\"usr/lib/pipe\" is a pipe: only files have content"),
        ("usr/lib/gone", "\"usr/lib/gone\" is a character device: only files have content"),
        ("usr/lib/loop", "\"usr/lib/loop\" is a symlink that leads to nothing in the image"),
        ("usr/lib/nothing", "\"usr/lib/nothing\" is a symlink that leads to nothing in the image"),
        ("usr/bin/su/x", "no \"usr/bin/su/x\" in the image"),
    ];
    for (path, expected) in cases {
        let answer = images.answer(&["cat", "./tools.raw", "usr/bin/su", path]);
        assert_eq!(answer, Err(expected.to_owned()), "{path:?}");
    }
    let end = images.run(&["cat", "tools.raw", "usr/bin/su", "usr/none"]);
    assert_eq!((end.code, &*end.stdout), (Some(1), ""));
    assert_eq!(end.stderr, "error: no \"usr/none\" in the image\n");
}

#[test]
fn a_large_file_is_whole() {
    let images = Images::none();
    let content = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>();
    let mut tree = Tree::new();
    tree.insert("usr/large", Metadata::new(0o644), Node::file(&*content)).unwrap();
    images.add("large.raw", &tree);
    let output = images.command(&["cat", "large.raw", "usr/large"]).output().unwrap();
    assert!(output.stdout == content, "{} bytes", output.stdout.len());
    assert_eq!(output.status.code(), Some(0));
}
