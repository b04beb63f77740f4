//! GNU tar packs a directory; the archive becomes the tree that a scan of the directory becomes.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::{FileExt, PermissionsExt, symlink},
    path::Path,
    process::Command,
    time::{Duration, UNIX_EPOCH},
};

use rustix::fs::{FileType, Mode, XattrFlags};
use sysext_image::{MtimePolicy, OwnerPolicy, ScanPolicy, TarLimits, TarPolicy, TarScan, Tree};

use crate::archive::{image, listing};

fn pack(source: &Path, options: &[&str]) -> Vec<u8> {
    let mut tar = Command::new("tar");
    tar.arg("--create").args(options).arg("--directory").arg(source).arg(".");
    let output = tar.output().expect("GNU tar");
    assert!(output.status.success(), "{options:?}: {}", output.stderr.escape_ascii());
    output.stdout
}

/// The archive is read, and compared with the source by the images of both.
#[track_caller]
fn compare(source: &Path, options: &[&str], policy: &TarPolicy) -> TarScan {
    let scan_policy = ScanPolicy::default().with_owner(policy.owner).with_mtime(policy.mtime);
    let expected = Tree::scan(source, &scan_policy).expect("a readable directory");
    let found = Tree::from_tar(&*pack(source, options), policy)
        .unwrap_or_else(|error| panic!("{options:?}: {error}"));
    assert_eq!(listing(&found.tree), listing(&expected.tree), "{options:?}");
    assert_eq!(found.losses, expected.losses, "{options:?}");
    assert!(image(&found.tree) == image(&expected.tree), "{options:?}");
    found
}

fn keep_all() -> TarPolicy {
    TarPolicy::default().with_owner(OwnerPolicy::Keep).with_mtime(MtimePolicy::Keep)
}

/// One of each kind that all formats hold.
fn source() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a temporary directory");
    let root = source.path();
    // A name of more than 100 bytes, which ustar splits in two.
    let deep = root.join("usr").join("long".repeat(20)).join("name".repeat(20));
    fs::create_dir_all(&deep).expect("a new entry");
    fs::write(deep.join("file"), "deep").expect("a new entry");
    fs::write(root.join("usr/empty"), "").expect("a new entry");
    fs::write(root.join("usr/block"), [7; 512]).expect("a new entry");
    fs::write(root.join("usr/tool"), vec![1; 70_001]).expect("a new entry");
    fs::set_permissions(root.join("usr/tool"), Permissions::from_mode(0o4711))
        .expect("a new entry");
    fs::set_permissions(root.join("usr"), Permissions::from_mode(0o1777)).expect("a new entry");
    fs::hard_link(root.join("usr/tool"), root.join("usr/other")).expect("a new entry");
    symlink("tool", root.join("usr/link")).expect("a new entry");
    fs::write(root.join("usr/naïve \n name"), "text").expect("a new entry");
    rustix::fs::mknodat(rustix::fs::CWD, root.join("usr/fifo"), FileType::Fifo, Mode::RUSR, 0)
        .expect("a new entry");
    let time = UNIX_EPOCH + Duration::from_millis(1_000_000_000_900);
    File::open(root.join("usr/block"))
        .expect("a new entry")
        .set_modified(time)
        .expect("a new entry");
    source
}

const FORMATS: [&str; 4] = ["--format=posix", "--format=gnu", "--format=ustar", "--format=oldgnu"];

#[test]
fn an_archive_of_each_format_becomes_what_its_source_becomes() {
    let source = source();
    for format in FORMATS {
        for policy in [TarPolicy::default(), keep_all()] {
            let scan = compare(source.path(), &[format], &policy);
            assert_eq!((scan.absolute_names, scan.members), (0, 12), "{format}");
        }
    }
}

#[test]
fn names_and_targets_of_any_length_are_whole() {
    let source = tempfile::tempdir().unwrap();
    let mut directory = source.path().join("usr");
    for letter in ["a", "b", "c", "d"] {
        directory.push(letter.repeat(200));
    }
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("file"), "content").unwrap();
    fs::hard_link(directory.join("file"), directory.join("other")).unwrap();
    symlink("t".repeat(3000), source.path().join("usr/link")).unwrap();
    for format in ["--format=posix", "--format=gnu"] {
        compare(source.path(), &[format], &TarPolicy::default());
    }
}

#[test]
fn files_with_holes_are_whole() {
    let source = tempfile::tempdir().unwrap();
    for (name, length, parts) in [
        ("end", 1 << 20, &[(0, 10)][..]),
        ("begin", (1 << 20) + 4, &[(1 << 20, 4)]),
        ("both", 3 << 20, &[(1 << 20, 5000), (2 << 20, 70_000)]),
        ("all", 1 << 22, &[]),
    ] {
        let file = File::create(source.path().join(name)).unwrap();
        file.set_len(length).unwrap();
        for (at, part) in parts {
            file.write_all_at(&vec![b'x'; *part], *at).unwrap();
        }
    }
    // More parts than an old header and the block behind it hold, and a map of more than a block.
    let file = File::create(source.path().join("many")).unwrap();
    for at in 0..120_u64 {
        file.write_all_at(&at.to_be_bytes(), at << 16).unwrap();
    }
    let formats: [&[&str]; 4] = [
        &["--sparse", "--format=gnu"],
        &["--sparse", "--format=posix", "--sparse-version=0.0"],
        &["--sparse", "--format=posix", "--sparse-version=0.1"],
        &["--sparse", "--format=posix", "--sparse-version=1.0"],
    ];
    for options in formats {
        assert!(pack(source.path(), options).len() < 2 << 20, "{options:?}: no holes");
        for memory in [0, 1 << 20] {
            let limits = TarLimits::default().with_memory(memory);
            compare(source.path(), options, &TarPolicy::default().with_limits(limits));
        }
    }
}

#[test]
fn extended_attributes_are_those_of_the_source() {
    let source = tempfile::tempdir().unwrap();
    let file = source.path().join("file");
    fs::write(&file, "content").unwrap();
    fs::create_dir(source.path().join("directory")).unwrap();
    for (path, name, value) in [
        ("file", "user.note", &b"plain"[..]),
        ("file", "user.bytes", b"\0\n=\xff"),
        ("file", "user.a=b%c%3D", b"odd"),
        ("directory", "user.note", b"of a directory"),
    ] {
        rustix::fs::setxattr(source.path().join(path), name, value, XattrFlags::empty())
            .expect("a file system with attributes");
    }
    let scan = compare(source.path(), &["--xattrs", "--format=posix"], &TarPolicy::default());
    assert_eq!(
        listing(&scan.tree),
        [
            "0755 directory/ user.note=of a directory",
            r"0644 file 7 bytes user.a=b%c%3D=odd user.bytes=\x00\n=\xff user.note=plain",
        ]
    );
}

#[test]
fn content_beyond_the_memory_is_read_from_a_file() {
    let source = source();
    let spool = tempfile::tempdir().unwrap();
    for memory in [0, 1, 512, 70_000, 70_001, 1 << 20] {
        let limits = TarLimits::default().with_memory(memory);
        let policy = TarPolicy::default().with_limits(limits).with_spool(spool.path());
        compare(source.path(), &[], &policy);
    }
    assert_eq!(fs::read_dir(spool.path()).unwrap().count(), 0, "the file has no name");
}

#[test]
fn names_that_begin_with_a_slash_are_counted() {
    let source = source();
    let archive = pack(source.path(), &["--transform=s,^\\./,/,", "--absolute-names"]);
    let scan = Tree::from_tar(&*archive, &TarPolicy::default()).unwrap();
    let expected = Tree::scan(source.path(), &ScanPolicy::default()).unwrap();
    assert_eq!(listing(&scan.tree), listing(&expected.tree));
    // All but the root, and the target of the hard link.
    assert_eq!((scan.absolute_names, scan.dotted_names), (12, 1));
}
