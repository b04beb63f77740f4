//! What only root may make, extracted by an ordinary user.

use std::{
    fs::{self, Permissions},
    io::Cursor,
    os::unix::fs::{MetadataExt, PermissionsExt},
    thread,
};

use rustix::{
    process::{Uid, getuid},
    thread::set_thread_uid,
};
use sysext_image::{
    Device, EntryPath, ExtractOptions, Image, Metadata, Node, Tree, XattrName,
    squashfs::Compression,
};

use crate::write;

/// Runs on a thread of an ordinary user, whoever runs the tests.
fn without_rights<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let run = || {
        if getuid().is_root() {
            // Linux has users per thread; this one ends here.
            set_thread_uid(Uid::from_raw(65_534)).expect("root can become anyone");
        }
        work()
    };
    thread::scope(|scope| scope.spawn(run).join().expect("no panic"))
}

#[test]
fn devices_owners_and_capabilities_are_named_and_the_rest_is_extracted() {
    let capability: XattrName = "security.capability".parse().unwrap();
    let trusted: XattrName = "trusted.overlay.opaque".parse().unwrap();
    // cap_net_raw, permitted and effective.
    let value = [&[1, 0, 0, 2, 0, 0x20][..], &[0; 14]].concat();
    let device = Device { major: 1, minor: 3 };
    let mut tree = Tree::new();
    for (path, metadata, node) in [
        ("usr/cap", Metadata::new(0o755).with_xattr(capability, value), Node::file("c")),
        ("usr/disk", Metadata::new(0o660), Node::BlockDevice(device)),
        ("usr/null", Metadata::new(0o666), Node::CharDevice(device)),
        ("usr/opaque", Metadata::new(0o755).with_xattr(trusted, "y"), Node::Directory),
        ("usr/setuid", Metadata::new(0o4755), Node::file("s")),
    ] {
        tree.insert(path, metadata, node).unwrap();
    }
    tree.link(&"usr/null".parse().unwrap(), "usr/null2").unwrap();
    let image = Image::open(Cursor::new(write(&tree, Compression::None))).unwrap();
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), Permissions::from_mode(0o777)).unwrap();
    let target = parent.path().join("target");

    let unrestored = without_rights(|| image.extract(&target, &ExtractOptions::default())).unwrap();
    let mut unrestored: Vec<_> =
        unrestored.iter().map(|lost| (shown(lost.path.as_ref()), lost.kind.as_str())).collect();
    unrestored.sort_unstable();
    let expected = [
        ("the root", "owner"),
        ("usr", "owner"),
        ("usr/cap", "attribute"),
        ("usr/cap", "owner"),
        ("usr/disk", "device"),
        ("usr/null", "device"),
        ("usr/null2", "device"),
        ("usr/opaque", "attribute"),
        ("usr/opaque", "owner"),
        ("usr/setuid", "owner"),
        ("usr/setuid", "setuid"),
    ];
    assert_eq!(unrestored, expected.map(|(path, what)| (path.to_owned(), what)));
    let mut names: Vec<_> =
        fs::read_dir(target.join("usr")).unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["cap", "opaque", "setuid"]);
    let setuid = fs::metadata(target.join("usr/setuid")).unwrap();
    assert_ne!(setuid.uid(), 0, "a file of root with a mode that an ordinary user chose");
    assert_eq!(setuid.mode() & 0o7777, 0o755, "the rights of somebody who never gave them");
}

#[test]
fn a_second_name_leads_through_a_directory_that_nobody_may_search() {
    let mut tree = Tree::new();
    for (path, metadata, node) in [
        ("usr/a", Metadata::new(0o400), Node::Directory),
        ("usr/a/b", Metadata::new(0o4600), Node::Directory),
        ("usr/a/b/file", Metadata::new(0o644), Node::file("f")),
    ] {
        tree.insert(path, metadata, node).unwrap();
    }
    tree.link(&"usr/a/b/file".parse().unwrap(), "usr/z").unwrap();
    let image = Image::open(Cursor::new(write(&tree, Compression::None))).unwrap();
    let parent = tempfile::tempdir().unwrap();
    fs::set_permissions(parent.path(), Permissions::from_mode(0o777)).unwrap();
    let target = parent.path().join("target");
    without_rights(|| image.extract(&target, &ExtractOptions::default())).unwrap();
    assert_eq!(fs::metadata(target.join("usr/z")).unwrap().nlink(), 2);
    let mode = |path| fs::metadata(target.join(path)).map(|it| it.mode() & 0o7777);
    assert_eq!(mode("usr/a").unwrap(), 0o400);
    if getuid().is_root() {
        assert_eq!(mode("usr/a/b").unwrap(), 0o600);
    } else {
        // What is to be removed must be searched.
        fs::set_permissions(target.join("usr/a"), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(mode("usr/a/b").unwrap(), 0o600);
        fs::set_permissions(target.join("usr/a/b"), Permissions::from_mode(0o700)).unwrap();
    }
}

fn shown(path: Option<&EntryPath>) -> String {
    path.map_or_else(|| "the root".to_owned(), ToString::to_string)
}
