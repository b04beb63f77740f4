//! What a tree takes, and how it says what it does not.

use sysext_image::{Device, EntryPath, Metadata, Node, Tree};

fn file() -> Node {
    Node::file("content")
}

#[test]
fn what_is_no_path_is_refused_with_its_fault() {
    let long_name = "n".repeat(256);
    let deep = "d/".repeat(2048) + "x";
    let cases: [(&[u8], &str); 11] = [
        (b"", "it is empty"),
        (b"/usr", "it begins with a slash"),
        (b"usr/", "a name in it is empty"),
        (b"usr//x", "a name in it is empty"),
        (b"usr/./x", "a name in it is \".\" or \"..\""),
        (b"usr/../etc", "a name in it is \".\" or \"..\""),
        (b"..", "a name in it is \".\" or \"..\""),
        (b"usr/\0", "it has a NUL byte"),
        (b"/\xff\x1b", "it begins with a slash"),
        (long_name.as_bytes(), "a name in it has 256 bytes, at most 255 fit"),
        (deep.as_bytes(), "it has 4097 bytes, at most 4095 fit"),
    ];
    for (path, expected) in cases {
        let quoted = match path {
            b"/\xff\x1b" => r#""/\xff\u{1b}""#.to_owned(),
            path => format!("{:?}", String::from_utf8_lossy(path)),
        };
        let error = Tree::new().insert(path, Metadata::new(0o644), file()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot add {quoted}: {expected}"));
        assert_eq!(error.path(), path);
        let error = EntryPath::try_from(path).unwrap_err();
        assert_eq!(error.to_string(), format!("invalid path {quoted}: {expected}"));
        assert_eq!(error.path(), path);
    }
}

#[test]
fn what_no_image_can_hold_is_refused_with_its_path() {
    let plain = || Metadata::new(0o644);
    let with = |name: &str, value: &[u8]| plain().with_xattr(name, value);
    let names = |metadata: Metadata, number: usize| {
        metadata.with_xattr(format!("user.{}{number:03}", "n".repeat(240)), "")
    };
    let device = |major, minor| Node::CharDevice(Device { major, minor });
    let long_target = "t".repeat(4096);
    let long_name = format!("user.{}", "n".repeat(251));
    let cases = [
        ("x", plain(), file(), "something is already there"),
        ("x/y", plain(), file(), "a parent of it is not a directory"),
        ("l", plain(), Node::symlink(""), "its link target is empty"),
        ("l", plain(), Node::symlink("a\0b"), "its link target has a NUL byte"),
        (
            "l",
            plain(),
            Node::symlink(long_target),
            "its link target has 4096 bytes, at most 4095 fit",
        ),
        ("d", plain(), device(4096, 0), "device 4096:0 is out of range"),
        ("d", plain(), device(0, 1 << 20), "device 0:1048576 is out of range"),
        ("m", Metadata::new(0o100_644), file(), "the mode 0o100644 has more than permissions"),
        ("o", plain().with_owner(u32::MAX, 0), file(), "4294967295 is no user or group"),
        ("o", plain().with_owner(0, u32::MAX), file(), "4294967295 is no user or group"),
        (
            "a",
            with("system.posix_acl_access", b""),
            file(),
            "the attribute \"system.posix_acl_access\" is not in user., trusted. or security.",
        ),
        (
            "a",
            with("user.", b"1"),
            file(),
            "the attribute \"user.\" is not in user., trusted. or security.",
        ),
        (
            "a",
            with(&long_name, b"1"),
            file(),
            "the name of an attribute has 256 bytes, at most 255 fit",
        ),
        (
            "a",
            with("user.big", &vec![0; 65537]),
            file(),
            "the attribute \"user.big\" has 65537 bytes, at most 65536 fit",
        ),
        (
            "a",
            (0..264).fold(plain(), names),
            file(),
            "the names of its attributes have 65736 bytes, at most 65536 fit",
        ),
        ("a", with("user.x", b""), Node::Fifo, "\"user.x\" is for files and directories only"),
        (
            "a",
            with("user.x", b""),
            Node::symlink("x"),
            "\"user.x\" is for files and directories only",
        ),
    ];
    for (path, metadata, node, expected) in cases {
        let mut tree = Tree::new();
        tree.insert("x", Metadata::new(0o644), file()).unwrap();
        let error = tree.insert(path, metadata, node).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot add {path:?}: {expected}"));
        assert_eq!(tree.entries().count(), 1, "{path:?} left something behind");
    }
}

#[test]
fn the_root_takes_what_a_directory_can_have() {
    let mut tree = Tree::new();
    assert_eq!(*tree.root_metadata(), Metadata::new(0o755));
    let metadata = Metadata::new(0o700).with_xattr("user.a", "b");
    tree.set_root_metadata(metadata.clone()).unwrap();
    let refused = Metadata::new(0o755).with_xattr("system.x", "");
    let error = tree.set_root_metadata(refused).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot add \"\": the attribute \"system.x\" is not in user., trusted. or security."
    );
    assert_eq!(*tree.root_metadata(), metadata);
    assert_eq!(tree.get("").map(|entry| entry.path().to_string()), None);
}

#[test]
fn links_that_lead_nowhere_are_refused() {
    let mut tree = Tree::new();
    tree.insert("usr/x", Metadata::new(0o644), file()).unwrap();
    let cases = [
        ("usr/z", "usr/y", "cannot add \"usr/y\": there is no \"usr/z\" to link to"),
        ("usr", "usr/y", "cannot add \"usr/y\": a directory has one name only"),
        ("usr/x", "usr/x", "cannot add \"usr/x\": something is already there"),
    ];
    for (original, link, expected) in cases {
        let original = original.parse().unwrap();
        assert_eq!(tree.link(&original, link).unwrap_err().to_string(), expected);
    }
    assert_eq!(tree.get("usr/x").unwrap().nlink(), 1);
}

#[test]
fn names_are_quoted_so_that_no_two_look_alike() {
    let cases: [(&[u8], &str); 4] = [
        ("café".as_bytes(), "\"café\""),
        (b"a\xff", r#""a\xff""#),
        (b"a\xfe", r#""a\xfe""#),
        (b"\x1b]0;x\x07\"", r#""\u{1b}]0;x\u{7}\"""#),
    ];
    for (bytes, expected) in cases {
        assert_eq!(format!("{:?}", EntryPath::try_from(bytes).unwrap()), expected);
    }
}

#[test]
fn a_linked_inode_is_one() {
    let mut tree = Tree::new();
    tree.insert("usr/x", Metadata::new(0o644), file()).unwrap();
    tree.link(&"usr/x".parse().unwrap(), "opt/y").unwrap();
    let (x, y) = (tree.get("usr/x").unwrap(), tree.get("opt/y").unwrap());
    assert_eq!((x.nlink(), x.is_same_inode(&y)), (2, true));
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
