//! Extraction into a new directory, and what it is bounded by.

#![cfg(feature = "fs")]

use std::{fs, io::Cursor, os::unix::fs::MetadataExt};

use sysext_image::{ExtractOptions, Image, Metadata, Node, Tree, squashfs::Writer};

/// Two files, one of them with a second name, and an empty directory.
fn sample() -> Tree {
    let mut tree = Tree::new();
    let inserted = [
        ("usr/bin/hello", Metadata::new(0o755), Node::file("hello\n")),
        ("usr/share/zeros", Metadata::new(0o644), Node::file(vec![0; 300_000])),
        ("usr/share/empty", Metadata::new(0o700), Node::Directory),
        ("usr/share/link", Metadata::new(0o777), Node::symlink("../bin/hello")),
    ]
    .into_iter()
    .try_for_each(|(path, metadata, node)| tree.insert(path, metadata.with_mtime(7), node));
    inserted.expect("valid entries");
    let hello = "usr/bin/hello".parse().expect("a path");
    tree.link(&hello, "usr/bin/hi").expect("a free name");
    tree
}

/// The same as an image, and as it is.
fn images() -> [(&'static str, Image); 2] {
    let mut file = Cursor::new(Vec::new());
    Writer::new().write(&sample(), &mut file).expect("memory does not fail");
    [("squashfs", Image::open(file).expect("an image")), ("tree", sample().into())]
}

#[test]
fn it_is_bounded_and_into_a_new_directory() {
    let parent = tempfile::tempdir().unwrap();
    let cases = [
        (ExtractOptions::default().with_entries(3), "the image has more than 3 entries"),
        (
            ExtractOptions::default().with_bytes(10_000),
            "the image has more than 10000 bytes of content",
        ),
    ];
    for (format, image) in images() {
        for (number, (options, expected)) in cases.iter().enumerate() {
            let target = parent.path().join(format!("{format}-{number}"));
            let error = image.extract(&target, options).unwrap_err();
            assert_eq!(error.to_string(), *expected, "{format}");
        }
        let error = image.extract(parent.path(), &ExtractOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot make the directory {:?}", parent.path()));
    }
}

#[test]
fn an_image_may_not_grow_a_thousandfold() {
    let mut tree = Tree::new();
    tree.insert("usr/zeros", Metadata::new(0o644), Node::file(vec![0; 65 << 20])).unwrap();
    let mut file = Cursor::new(Vec::new());
    let length = Writer::new().write(&tree, &mut file).unwrap().image_bytes;
    assert_eq!(length, 4096);
    let image = Image::open(file).unwrap();
    let parent = tempfile::tempdir().unwrap();
    let error = image.extract(parent.path().join("a"), &ExtractOptions::default()).unwrap_err();
    let expected = "the image has more than 1000 bytes of content for each of its own";
    assert_eq!(error.to_string(), expected);
    let options = ExtractOptions::default().with_ratio(20_000);
    assert_eq!(image.extract(parent.path().join("b"), &options).unwrap(), []);
    let zeros = fs::metadata(parent.path().join("b/usr/zeros")).unwrap();
    assert_eq!((zeros.len(), zeros.blocks()), (65 << 20, 0));
}

#[test]
fn names_of_one_inode_stay_one_inode_and_zeros_take_no_place() {
    let parent = tempfile::tempdir().unwrap();
    for (format, image) in images() {
        let target = parent.path().join(format);
        // Owners are root's, which another user cannot restore.
        image.extract(&target, &ExtractOptions::default()).unwrap();
        let inode = |path: &str| fs::symlink_metadata(target.join(path)).unwrap();
        assert_eq!(inode("usr/bin/hello").ino(), inode("usr/bin/hi").ino(), "{format}");
        assert_eq!(fs::read(target.join("usr/bin/hi")).unwrap(), b"hello\n", "{format}");
        assert_eq!(inode("usr/share/zeros").len(), 300_000, "{format}");
        assert_eq!(inode("usr/share/zeros").blocks(), 0, "{format}");
        assert_eq!(inode("usr/share/empty").mode(), 0o40700, "{format}");
        assert_eq!(inode("usr/share/link").mtime(), 7, "{format}");
    }
}
