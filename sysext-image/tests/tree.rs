//! What a tree takes, and how it says what it does not.

use sysext_image::{Device, EntryPath, Metadata, Node, Tree, XattrName};

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
        (b"usr/", "the name at byte 4 is empty"),
        (b"usr//x", "the name at byte 4 is empty"),
        (b"usr/./x", "the name at byte 4 is \".\" or \"..\""),
        (b"usr/x/../etc", "the name at byte 6 is \".\" or \"..\""),
        (b"..", "the name at byte 0 is \".\" or \"..\""),
        (b"usr/\0", "NUL at byte 4"),
        (b"/\xff\x1b", "it begins with a slash"),
        (long_name.as_bytes(), "the name at byte 0 has 256 bytes, more than 255"),
        (deep.as_bytes(), "it has 4097 bytes, more than 4095"),
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
        let text = error.to_string();
        if path.is_empty() || path.len() > 4095 {
            assert_eq!(text, format!("invalid path: {expected}"));
        } else {
            assert_eq!(text, format!("invalid path {quoted}: {expected}"));
        }
        assert_eq!(error.path(), path);
    }
}

/// Metadata with attributes whose names take this many bytes, a NUL behind each.
fn with_names_of(length: usize) -> Metadata {
    let mut metadata = Metadata::new(0o644);
    let mut left = length;
    while left > 0 {
        // No rest too short for a name.
        let one = if left >= 400 { 256 } else { left.min(200) };
        let name = format!("user.{left:05}{}", "n".repeat(one - 11));
        metadata = metadata.with_xattr(name.parse().expect("a name"), "");
        left -= one;
    }
    metadata
}

#[test]
fn what_no_image_can_hold_is_refused_with_its_path() {
    let plain = || Metadata::new(0o644);
    let with = |name: &str, value: &[u8]| plain().with_xattr(name.parse().unwrap(), value);
    let names = |metadata: Metadata, number: usize| {
        metadata.with_xattr(format!("user.{}{number:03}", "n".repeat(240)).parse().unwrap(), "")
    };
    let device = |major, minor| Node::CharDevice(Device { major, minor });
    let long_target = "t".repeat(4096);
    let cases = [
        ("x", plain(), file(), "something is already there"),
        ("x/y/z", plain(), file(), "its parent \"x\" is not a directory"),
        ("l", plain(), Node::symlink(""), "its link target is empty"),
        ("l", plain(), Node::symlink("a\0b"), "its link target has a NUL byte"),
        (
            "l",
            plain(),
            Node::symlink(long_target),
            "its link target has 4096 bytes, more than 4095",
        ),
        ("d", plain(), device(4096, 0), "device 4096:0 is out of range"),
        ("d", plain(), device(0, 1 << 20), "device 0:1048576 is out of range"),
        ("m", Metadata::new(0o100_644), file(), "the mode 0o100644 has more than permissions"),
        (
            "o",
            plain().with_owner(u32::MAX, 0),
            file(),
            "owner 4294967295:0: 4294967295 is no user or group",
        ),
        (
            "o",
            plain().with_owner(0, u32::MAX),
            file(),
            "owner 0:4294967295: 4294967295 is no user or group",
        ),
        (
            "a",
            with("user.big", &vec![0; 65537]),
            file(),
            "the attribute \"user.big\" has 65537 bytes, more than 65536",
        ),
        (
            "a",
            (0..264).fold(plain(), names),
            file(),
            "the names of its attributes have 65736 bytes, more than 65536",
        ),
        (
            "a",
            with_names_of(65537),
            file(),
            "the names of its attributes have 65537 bytes, more than 65536",
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
fn names_of_attributes_are_those_that_squashfs_has_a_place_for() {
    let long = format!("user.{}", "n".repeat(251));
    let cases: [(&[u8], &str); 8] = [
        (b"", r#"invalid attribute name "": it is not in user., trusted. or security."#),
        (b"user", r#"invalid attribute name "user": it is not in user., trusted. or security."#),
        (b"user.", r#"invalid attribute name "user.": it is not in user., trusted. or security."#),
        (
            b"system.posix_acl_access",
            r#"invalid attribute name "system.posix_acl_access": it is not in user., trusted. or security."#,
        ),
        (
            b"User.x",
            r#"invalid attribute name "User.x": it is not in user., trusted. or security."#,
        ),
        (b"user.a\0", r#"invalid attribute name "user.a\0": NUL at byte 6"#),
        (
            b"btrfs.\xff",
            r#"invalid attribute name "btrfs.\xff": it is not in user., trusted. or security."#,
        ),
        (long.as_bytes(), "invalid attribute name: it has 256 bytes, more than 255"),
    ];
    for (name, expected) in cases {
        assert_eq!(XattrName::try_from(name).unwrap_err().to_string(), expected);
    }
    let good: [&[u8]; 4] = [b"user.a", b"trusted.\xff", b"security.a.b", b"user.."];
    for name in good {
        assert_eq!(XattrName::try_from(name).unwrap().as_bytes(), name);
    }
}

#[test]
fn the_root_takes_what_a_directory_can_have() {
    let mut tree = Tree::new();
    assert_eq!(*tree.root_metadata(), Metadata::new(0o755));
    let metadata = Metadata::new(0o700).with_xattr("user.a".parse().unwrap(), "b");
    tree.set_root_metadata(metadata.clone()).unwrap();
    let error = tree.set_root_metadata(Metadata::new(0o10_000)).unwrap_err().to_string();
    assert_eq!(error, "cannot add \"\": the mode 0o10000 has more than permissions");
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
    let metadata = Metadata::new(0o700)
        .with_owner(1, 2)
        .with_mtime(3)
        .with_xattr("user.a".parse().unwrap(), "b");
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
        (&long_name, Metadata::new(0o7777).with_xattr(attribute.parse().unwrap(), value), file()),
        ("names", with_names_of(65536), file()),
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
