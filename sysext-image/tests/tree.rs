//! What a tree takes, and how it says what it does not.

use sysext_image::{Device, Metadata, Node, Tree};

fn file() -> Node {
    Node::file("content")
}

#[test]
fn what_no_image_can_hold_is_refused_with_its_path() {
    let long_name = "n".repeat(256);
    let deep = "d/".repeat(2048) + "x";
    let long_value = vec![0; 65537];
    let long_attribute = format!("user.{}", "n".repeat(251));
    let plain = Metadata::new(0o644);
    let path = "not a path of names of 1 to 255 bytes, without \"..\", 4095 bytes in all";
    let cases: Vec<(&str, Metadata, Node, String)> = vec![
        ("", plain.clone(), file(), format!("cannot add \"\": {path}")),
        ("/usr", plain.clone(), file(), format!("cannot add \"/usr\": {path}")),
        ("usr/", plain.clone(), file(), format!("cannot add \"usr/\": {path}")),
        ("usr/./x", plain.clone(), file(), format!("cannot add \"usr/./x\": {path}")),
        ("usr/../etc", plain.clone(), file(), format!("cannot add \"usr/../etc\": {path}")),
        ("usr/\0", plain.clone(), file(), format!("cannot add \"usr/\\0\": {path}")),
        (&long_name, plain.clone(), file(), format!("cannot add {long_name:?}: {path}")),
        (&deep, plain.clone(), file(), format!("cannot add {deep:?}: {path}")),
        ("x", plain.clone(), file(), "cannot add \"x\": something is already there".into()),
        (
            "x/y",
            plain.clone(),
            file(),
            "cannot add \"x/y\": a parent of it is not a directory".into(),
        ),
        (
            "l",
            plain.clone(),
            Node::symlink(""),
            "cannot add \"l\": a link target of 0 bytes, or with a NUL byte, cannot be stored"
                .into(),
        ),
        (
            "l",
            plain.clone(),
            Node::symlink("t".repeat(4096)),
            "cannot add \"l\": a link target of 4096 bytes, or with a NUL byte, cannot be stored"
                .into(),
        ),
        (
            "d",
            plain.clone(),
            Node::CharDevice(Device { major: 4096, minor: 0 }),
            "cannot add \"d\": device 4096:0 is out of range".into(),
        ),
        (
            "d",
            plain.clone(),
            Node::BlockDevice(Device { major: 0, minor: 1 << 20 }),
            "cannot add \"d\": device 0:1048576 is out of range".into(),
        ),
        (
            "a",
            plain.clone().with_xattr("system.posix_acl_access", ""),
            file(),
            "cannot add \"a\": extended attribute \"system.posix_acl_access\" cannot be stored"
                .into(),
        ),
        (
            "a",
            plain.clone().with_xattr("user.", "1"),
            file(),
            "cannot add \"a\": extended attribute \"user.\" cannot be stored".into(),
        ),
        (
            "a",
            plain.clone().with_xattr(&long_attribute, "1"),
            file(),
            format!("cannot add \"a\": extended attribute {long_attribute:?} cannot be stored"),
        ),
        (
            "a",
            plain.with_xattr("user.big", long_value),
            file(),
            "cannot add \"a\": extended attribute \"user.big\" cannot be stored".into(),
        ),
    ];
    for (path, metadata, node, expected) in cases {
        let mut tree = Tree::new();
        tree.insert("x", Metadata::new(0o644), file()).unwrap();
        let error = tree.insert(path, metadata, node).unwrap_err();
        assert_eq!((error.path().as_bytes(), error.to_string()), (path.as_bytes(), expected));
        assert_eq!(tree.entries().count(), 1, "{path:?} left something behind");
    }
}

#[test]
fn links_that_lead_nowhere_are_refused() {
    let mut tree = Tree::new();
    tree.insert("usr/x", Metadata::new(0o644), file()).unwrap();
    let cases = [
        ("usr/y", "usr/z", "cannot add \"usr/y\": there is no \"usr/z\" to link to"),
        ("usr/y", "usr", "cannot add \"usr/y\": a directory has one name only"),
        ("usr/x", "usr/x", "cannot add \"usr/x\": something is already there"),
    ];
    for (path, existing, expected) in cases {
        assert_eq!(tree.link(path, existing).unwrap_err().to_string(), expected);
    }
    assert_eq!(tree.get("usr/x").unwrap().names(), 1);
}

#[test]
fn a_linked_inode_is_one() {
    let mut tree = Tree::new();
    tree.insert("usr/x", Metadata::new(0o644), file()).unwrap();
    tree.link("opt/y", "usr/x").unwrap();
    let (x, y) = (tree.get("usr/x").unwrap(), tree.get("opt/y").unwrap());
    assert_eq!((x.names(), x.is_same_inode(&y)), (2, true));
    assert!(!x.is_same_inode(&tree.get("usr").unwrap()));
}

#[test]
fn a_directory_takes_new_metadata_and_keeps_its_content() {
    let mut tree = Tree::new();
    tree.insert("usr/x", Metadata::new(0o644), file()).unwrap();
    assert_eq!(*tree.get("usr").unwrap().metadata(), Metadata::new(0o755));
    let metadata = Metadata::new(0o700).with_owner(1, 2).with_mtime(3).with_xattr("user.a", "b");
    tree.insert("usr", metadata.clone(), Node::Directory).unwrap();
    assert_eq!(*tree.get("usr").unwrap().metadata(), metadata);
    assert_eq!(*tree.get("usr/x").unwrap().node(), file());
}

#[test]
fn entries_come_in_path_order_by_the_bytes_of_their_names() {
    let mut tree = Tree::new();
    for path in ["b", "a/z", "a-", "a/b/c", "B"] {
        tree.insert(path, Metadata::new(0o644), file()).unwrap();
    }
    let paths: Vec<_> = tree.entries().map(|entry| entry.path().to_string()).collect();
    assert_eq!(paths, ["B", "a", "a/b", "a/b/c", "a/z", "a-", "b"]);
}

#[test]
fn the_longest_that_linux_takes_is_taken() {
    let long_path = "d/".repeat(2047) + "x";
    let long_name = "n".repeat(255);
    let attribute = format!("user.{}", "n".repeat(250));
    let value = vec![0; 65536];
    let device = Device { major: 4095, minor: 1_048_575 };
    let cases = [
        (long_path.as_str(), Metadata::new(0o644), file()),
        (&long_name, Metadata::new(0o7777).with_xattr(&attribute, value), file()),
        ("device", Metadata::new(0), Node::CharDevice(device)),
        ("link", Metadata::new(0o777), Node::symlink("t".repeat(4095))),
    ];
    let mut tree = Tree::new();
    for (path, metadata, node) in cases {
        tree.insert(path, metadata.clone(), node.clone()).unwrap();
        let entry = tree.get(path).unwrap();
        assert_eq!((entry.metadata(), entry.node()), (&metadata, &node), "{path:?}");
    }
}
