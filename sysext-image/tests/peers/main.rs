//! Images of a nasty tree, as the kernel, `unsquashfs`, `rdsquashfs` and backhand see them.

#[path = "../backhand_view/mod.rs"]
mod backhand_view;
mod both_readers;
mod fields;
mod formats;
mod limits;
mod look;
mod nasty;
#[path = "../noise/mod.rs"]
mod noise;
mod readers;
mod tails;
mod tools;

use std::{
    ffi::OsStr,
    fs,
    num::NonZeroUsize,
    os::unix::fs::{FileExt, symlink},
    path::Path,
};

use rustix::fs::FileType;
use sysext_image::{
    MtimePolicy, OwnerPolicy, ScanPolicy, Tree,
    squashfs::{BlockSize, Writer},
};

use crate::{
    look::{assert_same, look, under, unreachable},
    noise::noise,
    tools::{Image, run},
};

/// Clamps some times of the tree and leaves others.
const EPOCH: u32 = 1_700_000_000;

fn writer(compression: &str, block_size: &str) -> Writer {
    Writer::new()
        .with_compression(compression.parse().expect("a compression"))
        .with_block_size(block_size.parse::<BlockSize>().expect("a block size"))
}

fn keep() -> ScanPolicy {
    ScanPolicy::default().with_owner(OwnerPolicy::Keep).with_mtime(MtimePolicy::Keep)
}

fn nasty_source() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a temporary directory");
    nasty::build(source.path());
    source
}

fn scan(root: &Path, policy: &ScanPolicy) -> Tree {
    Tree::scan(root, policy).expect("a readable directory").tree
}

#[test]
#[ignore = "needs root and the C tools"]
fn the_kernel_and_unsquashfs_see_the_source() {
    let source = nasty_source();
    let seen = look(source.path());
    let clamped = ScanPolicy::default().with_mtime(MtimePolicy::ClampTo(EPOCH));
    let cases = [
        ("none", "4K", &ScanPolicy::default()),
        ("none", "128K", &clamped),
        ("none", "1M", &keep()),
        ("zstd:1", "4K", &keep()),
        ("zstd:1", "128K", &ScanPolicy::default()),
        ("zstd:1", "1M", &clamped),
        ("zstd:15", "128K", &keep()),
        ("zstd:22", "1M", &keep()),
        ("gzip:1", "4K", &keep()),
        ("gzip:12", "1M", &keep()),
        ("xz:0", "4K", &keep()),
        ("xz:9", "1M", &keep()),
        ("xz:6:8K", "128K", &clamped),
        ("lz4", "4K", &keep()),
        ("lz4", "1M", &keep()),
    ];
    for (compression, block_size, policy) in cases {
        let case = format!("{compression} {block_size} {policy:?}");
        let image = Image::write(&scan(source.path(), policy), &writer(compression, block_size));
        let expected = under(seen.clone(), policy);

        let mount = image.mount();
        let lost = unreachable(mount.path(), expected.keys());
        assert!(lost.is_empty(), "{case}: cannot be looked up: {lost:?}");
        assert_same(&format!("the kernel, {case}"), &expected, &look(mount.path()));
        drop(mount);

        assert_same(&format!("unsquashfs, {case}"), &expected, &look(&image.extract()));
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn an_image_of_a_mounted_image_is_the_same() {
    let source = nasty_source();
    let write = |root: &Path, threads| {
        let writer = writer("zstd:1", "128K").with_threads(NonZeroUsize::new(threads).unwrap());
        Image::write(&scan(root, &keep()), &writer)
    };
    let image = write(source.path(), 2);
    let bytes = fs::read(image.path()).unwrap();
    let mount = image.mount();
    // The kernel lists a squashfs by name, and knows no holes in its files.
    let order = |root: &Path| {
        let entries = fs::read_dir(root.join("usr/many")).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
    };
    assert_ne!(order(source.path()), order(mount.path()), "the order in which entries are listed");
    for threads in [1, 2, 5] {
        let again = fs::read(write(mount.path(), threads).path()).unwrap();
        assert!(again == bytes, "{threads} threads");
    }
}

/// A tree that mksquashfs and this crate should write alike, field by field.
fn plain_source() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a new entry");
    let at = |path: &str| source.path().join(path);
    fs::create_dir_all(at("usr/empty")).expect("a new entry");
    fs::create_dir_all(at("usr/many")).expect("a new entry");
    fs::create_dir_all(at("usr/marked")).expect("a new entry");
    for number in 0..700 {
        fs::write(at(&format!("usr/many/entry-with-a-name-{number:03}")), "").expect("a new entry");
    }
    for (name, size) in [("small", 100), ("below", 4095), ("exact", 4096), ("above", 4097)] {
        fs::write(at(&format!("usr/{name}")), noise(size, 7)).expect("a new entry");
    }
    fs::write(at("usr/copy"), noise(4097, 7)).expect("a new entry");
    fs::hard_link(at("usr/small"), at("usr/marked/small")).expect("a new entry");
    fs::File::create(at("usr/hollow")).expect("a new entry").set_len(20_000).expect("a new entry");
    let holes = fs::File::create(at("usr/holes")).expect("a new entry");
    holes.write_all_at(&noise(4096, 8), 0).expect("a new entry");
    holes.set_len(40_960).expect("a new entry");
    symlink("small", at("usr/symlink")).expect("a new entry");
    nasty::node(&at("usr/char"), FileType::CharacterDevice, 4095, 1_048_575);
    nasty::node(&at("usr/block"), FileType::BlockDevice, 8, 300);
    nasty::node(&at("usr/pipe"), FileType::Fifo, 0, 0);
    nasty::node(&at("usr/socket"), FileType::Socket, 0, 0);
    for name in ["small", "marked", "exact", "symlink", "char", "pipe"] {
        nasty::attribute(&at(&format!("usr/{name}")), "trusted.one", b"1");
        nasty::attribute(&at(&format!("usr/{name}")), "security.empty", b"");
    }
    nasty::attribute(&at("usr/above"), "user.one", b"1");
    source
}

#[test]
#[ignore = "needs root and the C tools"]
fn mksquashfs_writes_the_same_fields() {
    let source = plain_source();
    let tree = scan(source.path(), &ScanPolicy::default());
    let directory = tempfile::tempdir().unwrap();
    let theirs = directory.path().join("theirs.raw");
    // With `-noId`, mksquashfs stores the ids as they are and does not set the flag that says so.
    let hollow = "/usr/hollow/: 2 extended mode 644 (0, 0) at 0 size 20000 sparse 19999 links 1 shared false \
                  blocks [0, 0, 0, 0, 0] no xattrs | Some(\"2 extended mode 644 (0, 0) at 0 size 20000 \
                  sparse 16384 links 1 shared true blocks [0, 0, 0, 0] no xattrs\")";
    let cases: [(_, _, &[&str]); 2] = [
        ("-no-tailends", false, &["flags: 0x1cb | Some(\"0x9cb\")"]),
        // What is packed is not looked at before: a tail of zeros is no hole, and other tails come to share a block.
        (
            "-tailends",
            true,
            &[hollow, "flags: 0x1eb | Some(\"0x9eb\")", "fragments: 0x3 | Some(\"0x2\")"],
        ),
    ];
    for (tails, tail_packing, expected) in cases {
        let stored =
            "-noI -noD -noF -noX -noId -b 4096 -all-root -mkfs-time 0 -all-time 0 -root-mode 755";
        let silent = "-no-progress -quiet -noappend";
        let options = stored.split(' ').chain(silent.split(' ')).chain([tails]).map(OsStr::new);
        let paths = [source.path().as_os_str(), theirs.as_os_str()];
        run("mksquashfs", paths.into_iter().chain(options));
        let theirs = fields::read(&fs::read(&theirs).unwrap());
        let ours = Image::write(&tree, &writer("none", "4K").with_tail_packing(tail_packing));
        let ours = fields::read(&fs::read(ours.path()).unwrap());
        let differences: Vec<_> = theirs
            .iter()
            .filter(|(field, value)| ours.get(*field) != Some(value))
            .map(|(field, value)| format!("{field}: {value} | {:?}", ours.get(field)))
            .collect();
        assert_eq!(differences, expected, "{tails}");
        assert_eq!(ours.len(), theirs.len(), "{tails}");
    }
}
