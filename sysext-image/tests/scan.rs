//! What a directory becomes when it is read into a tree.

#![cfg(feature = "fs")]

use std::{
    fs::{self, File, Permissions},
    io::Cursor,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sysext_image::{
    Entry, Metadata, MtimePolicy, Node, OwnerPolicy, Scan, ScanPolicy, Tree,
    squashfs::{Compression, Writer},
};

fn source() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn put(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a new directory");
    fs::write(path, content).expect("a new file");
}

fn set_mtime(root: &Path, path: &str, time: SystemTime) {
    File::open(root.join(path)).expect("a file").set_modified(time).expect("a time");
}

fn scan(root: &Path, policy: &ScanPolicy) -> Scan {
    Tree::scan(root, policy).expect("a readable directory")
}

fn image(tree: &Tree) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    Writer::new().with_compression(Compression::None).write(tree, &mut image).expect("an image");
    image.into_inner()
}

fn paths(tree: &Tree) -> Vec<String> {
    tree.entries().map(|entry| entry.path().to_string()).collect()
}

#[test]
fn a_directory_becomes_a_tree_in_path_order() {
    let source = source();
    put(source.path(), "usr/bin/tool", "tool");
    put(source.path(), "opt/data", "");
    symlink("../bin/tool", source.path().join("usr/link")).unwrap();
    fs::set_permissions(source.path().join("usr/bin/tool"), Permissions::from_mode(0o4711))
        .unwrap();
    let scan = scan(source.path(), &ScanPolicy::default());
    assert_eq!(scan.losses, []);
    assert_eq!(
        paths(&scan.tree),
        ["opt", "opt/data", "usr", "usr/bin", "usr/bin/tool", "usr/link"]
    );
    let tool = scan.tree.get("usr/bin/tool").unwrap();
    assert_eq!(*tool.metadata(), Metadata::new(0o4711));
    assert_eq!(*scan.tree.get("usr/link").unwrap().node(), Node::symlink("../bin/tool"));
    let lengths =
        ["usr/bin/tool", "opt/data"].map(|path| match scan.tree.get(path).unwrap().node() {
            Node::File(content) => content.len(),
            node => panic!("{path}: {node:?}"),
        });
    assert_eq!(lengths, [4, 0]);
}

#[test]
fn owners_become_root_unless_they_are_kept() {
    let source = source();
    put(source.path(), "usr/file", "");
    let file = source.path().join("usr/file");
    // Root can tell the two policies apart; for another user the file belongs to that user.
    if rustix::process::getuid().is_root() {
        chown(&file, Some(1234), Some(5678)).unwrap();
    }
    let found = fs::metadata(&file).unwrap();
    let owner = (found.uid(), found.gid());
    let owner_of = |policy: &ScanPolicy| {
        let scan = scan(source.path(), policy);
        let metadata = scan.tree.get("usr/file").unwrap().metadata().clone();
        (metadata.uid, metadata.gid)
    };
    assert_eq!(owner_of(&ScanPolicy::default()), (0, 0));
    assert_eq!(owner_of(&ScanPolicy::default().with_owner(OwnerPolicy::Keep)), owner);
}

#[test]
fn times_are_clamped_unless_they_are_kept() {
    let source = source();
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let times = [
        ("usr/1969", UNIX_EPOCH - Duration::from_secs(5)),
        ("usr/2001", at(1_000_000_000)),
        ("usr/2065", at(3_000_000_000) + Duration::from_millis(999)),
        ("usr/2128", at(5_000_000_000)),
    ];
    for (path, time) in times {
        put(source.path(), path, "");
        set_mtime(source.path(), path, time);
    }
    let early = "\"usr/1969\": the time -5 is out of range, the nearest one was stored";
    let late = "\"usr/2128\": the time 5000000000 is out of range, the nearest one was stored";
    let cases: [(MtimePolicy, [u32; 4], &[&str]); 4] = [
        (MtimePolicy::default(), [0; 4], &[early]),
        (MtimePolicy::ClampTo(500), [0, 500, 500, 500], &[early]),
        (
            MtimePolicy::ClampTo(1_700_000_000),
            [0, 1_000_000_000, 1_700_000_000, 1_700_000_000],
            &[early],
        ),
        (MtimePolicy::Keep, [0, 1_000_000_000, 3_000_000_000, u32::MAX], &[early, late]),
    ];
    for (policy, expected, losses) in cases {
        let scan = scan(source.path(), &ScanPolicy::default().with_mtime(policy));
        let found = times.map(|(path, _)| scan.tree.get(path).unwrap().metadata().mtime);
        assert_eq!(found, expected, "{policy:?}");
        let found: Vec<_> = scan.losses.iter().map(ToString::to_string).collect();
        assert_eq!(found, losses, "{policy:?}");
    }
}

#[test]
fn the_root_is_that_of_a_new_tree_whatever_the_directory_is() {
    let images = [0o700, 0o755, 0o1777].map(|mode| {
        let source = source();
        put(source.path(), "usr/file", "content");
        fs::set_permissions(source.path(), Permissions::from_mode(mode)).unwrap();
        let tree = scan(source.path(), &ScanPolicy::default()).tree;
        assert_eq!(*tree.root_metadata(), Metadata::new(0o755), "{mode:o}");
        image(&tree)
    });
    assert!(images[0] == images[1] && images[1] == images[2]);
}

#[test]
fn the_root_has_the_time_that_the_others_are_clamped_to() {
    let source = source();
    let policy = ScanPolicy::default().with_mtime(MtimePolicy::ClampTo(1234));
    assert_eq!(scan(source.path(), &policy).tree.root_metadata().mtime, 1234);
}

#[test]
fn the_root_may_be_a_symlink_and_others_are_kept() {
    let source = source();
    put(source.path(), "real/usr/file", "");
    symlink("/", source.path().join("real/usr/escape")).unwrap();
    symlink("real", source.path().join("link")).unwrap();
    let scan = scan(&source.path().join("link"), &ScanPolicy::default());
    assert_eq!(paths(&scan.tree), ["usr", "usr/escape", "usr/file"]);
}

#[test]
fn names_of_one_inode_stay_one() {
    let source = source();
    put(source.path(), "usr/a", "content");
    put(source.path(), "opt/other", "content");
    fs::hard_link(source.path().join("usr/a"), source.path().join("opt/b")).unwrap();
    // A name outside of what is scanned does not count.
    fs::create_dir(source.path().join("outside")).unwrap();
    fs::hard_link(source.path().join("usr/a"), source.path().join("outside/c")).unwrap();
    fs::create_dir(source.path().join("root")).unwrap();
    for name in ["usr", "opt"] {
        fs::rename(source.path().join(name), source.path().join("root").join(name)).unwrap();
    }
    let scan = scan(&source.path().join("root"), &ScanPolicy::default());
    let [a, b, other] = ["usr/a", "opt/b", "opt/other"].map(|path| scan.tree.get(path).unwrap());
    assert_eq!((a.nlink(), b.nlink(), other.nlink()), (2, 2, 1));
    assert_eq!((a.is_same_inode(&b), a.is_same_inode(&other)), (true, false));
}

#[test]
fn a_directory_that_changes_meanwhile_is_an_error() {
    let source = source();
    put(source.path(), "a/file", "");
    for number in 0..20_000 {
        put(source.path(), &format!("b/{number}"), "");
    }
    let [changed, scanned] = [AtomicBool::new(false), AtomicBool::new(false)];
    let a = source.path().join("a");
    let error = thread::scope(|scope| {
        scope.spawn(|| {
            while !scanned.load(Ordering::Relaxed) {
                fs::set_permissions(&a, Permissions::from_mode(0o755)).unwrap();
                changed.store(true, Ordering::Relaxed);
            }
        });
        while !changed.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        let result = Tree::scan(source.path(), &ScanPolicy::default());
        scanned.store(true, Ordering::Relaxed);
        result.unwrap_err()
    });
    assert_eq!(error.to_string(), format!("{a:?} changed while it was scanned"));
}

#[test]
fn holes_in_the_source_do_not_change_a_byte() {
    let sparse = source();
    let stored = source();
    let sizes = [1, 131_072, 400_000];
    for size in sizes {
        File::create(sparse.path().join(format!("zeros-{size}"))).unwrap().set_len(size).unwrap();
        fs::write(
            stored.path().join(format!("zeros-{size}")),
            vec![0; usize::try_from(size).unwrap()],
        )
        .unwrap();
    }
    let [sparse, stored] =
        [sparse, stored].map(|source| image(&scan(source.path(), &ScanPolicy::default()).tree));
    assert!(sparse == stored);
}

#[test]
fn attributes_are_read_with_their_values() {
    let source = source();
    put(source.path(), "usr/file", "");
    let file = source.path().join("usr/file");
    let flags = rustix::fs::XattrFlags::empty();
    for (name, value) in [("user.value", &b"\0\xff"[..]), ("user.empty", b"")] {
        rustix::fs::lsetxattr(&file, name, value, flags).unwrap();
    }
    let scan = scan(source.path(), &ScanPolicy::default());
    let expected = Metadata::new(0o644)
        .with_xattr("user.value".parse().unwrap(), b"\0\xff")
        .with_xattr("user.empty".parse().unwrap(), "");
    let entry: Entry<'_> = scan.tree.get("usr/file").unwrap();
    assert_eq!(entry.metadata().xattrs, expected.xattrs);
}

#[test]
fn attributes_that_squashfs_has_no_place_for_are_losses() {
    let source = source();
    put(source.path(), "usr/file", "");
    let file = source.path().join("usr/file");
    let flags = rustix::fs::XattrFlags::empty();
    // Kept by Linux for any file system that has it; there is a default list for directories only.
    let list = [2_u32, 0x0007_0001, u32::MAX, 0x0005_0004, u32::MAX, 0x0005_0020, u32::MAX];
    let list: Vec<u8> = list.into_iter().flat_map(u32::to_le_bytes).collect();
    let usr = source.path().join("usr");
    rustix::fs::lsetxattr(&usr, "system.posix_acl_default", &list, flags).unwrap();
    rustix::fs::lsetxattr(&file, "user.kept", b"", flags).unwrap();
    let scan = scan(source.path(), &ScanPolicy::default());
    let losses: Vec<_> = scan.losses.iter().map(ToString::to_string).collect();
    let expected = "\"usr\": squashfs cannot store \"system.posix_acl_default\", it was left out";
    assert_eq!(losses, [expected]);
    let [loss] = &*scan.losses else { panic!("{losses:?}") };
    assert_eq!((loss.code(), loss.path().as_bytes()), ("xattr", &b"usr"[..]));
    assert_eq!(scan.tree.get("usr/file").unwrap().metadata().xattrs.len(), 1);
}

#[test]
#[ignore = "needs setfacl"]
fn access_control_lists_are_losses() {
    // The group's part of the mode that the file has then is the mask.
    let cases = [
        (0o640, "u:1234:rwx", 0o670, 0o640, ", and the mode 0670 became 0640"),
        (0o644, "u:1234:rw", 0o664, 0o644, ", and the mode 0664 became 0644"),
        (0o644, "u:1234:r", 0o644, 0o644, ""),
        (0o664, "u:1234:rwx,m:r", 0o644, 0o644, ""),
        (0o644, "u:1234:---", 0o644, 0o644, "; it refused somebody what everybody may do now"),
        (
            0o604,
            "g:1234:-w",
            0o624,
            0o604,
            ", and the mode 0624 became 0604; it refused somebody what everybody may do now",
        ),
    ];
    for (before, list, found, stored, expected) in cases {
        let source = source();
        put(source.path(), "usr/file", "");
        let file = source.path().join("usr/file");
        fs::set_permissions(&file, Permissions::from_mode(before)).unwrap();
        let done = Command::new("setfacl").args(["-m", list]).arg(&file).status().unwrap();
        assert!(done.success(), "setfacl: {done}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, found, "{list}");
        let scan = scan(source.path(), &ScanPolicy::default());
        let losses: Vec<_> = scan.losses.iter().map(ToString::to_string).collect();
        let expected = format!("\"usr/file\": the access control list was left out{expected}");
        assert_eq!(losses, [expected], "{list}");
        let metadata = Metadata::new(stored);
        assert_eq!(*scan.tree.get("usr/file").unwrap().metadata(), metadata, "{list}");
    }
}

#[test]
fn what_is_no_directory_is_an_error_that_names_it() {
    let source = source();
    put(source.path(), "file", "");
    symlink("nowhere", source.path().join("dangling")).unwrap();
    let at = |name: &str| source.path().join(name);
    let cases = [
        ("missing", format!("cannot read {:?}", at("missing"))),
        ("dangling", format!("cannot read {:?}", at("dangling"))),
        ("file", format!("{:?} is not a directory", at("file"))),
        ("file/below", format!("cannot read {:?}", at("file/below"))),
    ];
    for (name, expected) in cases {
        let error = Tree::scan(source.path().join(name), &ScanPolicy::default()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
