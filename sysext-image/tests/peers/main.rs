//! Images of a nasty tree, as the kernel, `unsquashfs`, `rdsquashfs` and backhand see them.

mod look;
mod nasty;
mod tools;

use std::{fs, num::NonZeroUsize, path::Path};

use sysext_image::{
    Device, Loss, Metadata, MtimePolicy, Node, OwnerPolicy, Policy, Tree,
    squashfs::{BlockSize, Writer},
};

use crate::{
    look::{assert_same, look, under, unreachable},
    tools::{Image, Mount, run},
};

/// Clamps some times of the tree and leaves others.
const EPOCH: u32 = 1_700_000_000;

fn writer(compression: &str, block_size: &str) -> Writer {
    Writer::new()
        .with_compression(compression.parse().expect("a compression"))
        .with_block_size(block_size.parse::<BlockSize>().expect("a block size"))
}

fn keep() -> Policy {
    Policy::default().with_owner(OwnerPolicy::Keep).with_mtime(MtimePolicy::Keep)
}

fn nasty_source() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a temporary directory");
    nasty::build(source.path());
    source
}

fn scan(root: &Path, policy: Policy) -> Tree {
    Tree::scan(root, policy).expect("a readable directory").tree
}

#[test]
#[ignore = "needs root and the C tools"]
fn the_kernel_and_unsquashfs_see_the_source() {
    let source = nasty_source();
    let seen = look(source.path());
    let clamped = Policy::default().with_mtime(MtimePolicy::ClampTo(EPOCH));
    let cases = [
        ("none", "4K", Policy::default()),
        ("none", "128K", clamped),
        ("none", "1M", keep()),
        ("zstd:1", "4K", keep()),
        ("zstd:1", "128K", Policy::default()),
        ("zstd:1", "1M", clamped),
        ("zstd:15", "128K", keep()),
    ];
    for (compression, block_size, policy) in cases {
        let case = format!("{compression} {block_size} {policy:?}");
        let image = Image::write(&scan(source.path(), policy), writer(compression, block_size));
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
        Image::write(&scan(root, keep()), writer)
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
