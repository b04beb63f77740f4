//! Images in which the ends of long files share blocks.

use std::{ffi::OsStr, fs, path::Path};

use sysext_image::{ScanPolicy, Tree};

use crate::{
    keep,
    look::{assert_same, look, under, unreachable},
    nasty_source,
    noise::noise,
    readers::{assert_equal, read, seen},
    scan,
    tools::{Image, run},
    writer,
};

#[test]
#[ignore = "needs root and the C tools"]
fn readers_see_the_source_when_tails_are_packed() {
    let source = nasty_source();
    let tree = scan(source.path(), &keep());
    let expected = under(look(source.path()), &keep());
    for (compression, block_size) in [("none", "4K"), ("zstd:1", "128K"), ("zstd:1", "1M")] {
        let case = format!("{compression} {block_size}");
        let writer = writer(compression, block_size).with_tail_packing(true);
        let image = Image::write(&tree, &writer);

        let mount = image.mount();
        let lost = unreachable(mount.path(), expected.keys());
        assert!(lost.is_empty(), "{case}: cannot be looked up: {lost:?}");
        assert_same(&format!("the kernel, {case}"), &expected, &look(mount.path()));
        drop(mount);

        assert_same(&format!("unsquashfs, {case}"), &expected, &look(&image.extract()));
        assert_equal(&case, &seen(&tree, source.path()), &read(&image.path()));

        let said = run("unsquashfs", ["-s".as_ref(), image.path().as_os_str()]);
        let said = String::from_utf8(said).unwrap();
        let line = "Always-use-fragments option is specified";
        assert!(said.lines().any(|found| found == line), "{case}: no {line:?} in {said}");
    }
}

/// Files of one kind, a few blocks and a little more each.
fn files(root: &Path) {
    for number in 0..100_usize {
        let length = 131_072 * (1 + number % 3) + number * 3701 % 3001;
        let words = (0..length / 8).flat_map(|at| format!("{:07} ", at * at % 7919).into_bytes());
        let noise = noise(length / 20, number as u64);
        let content: Vec<u8> =
            words.zip(noise.into_iter().cycle()).map(|(a, b)| a ^ b & 1).collect();
        fs::write(root.join(format!("file-{number:03}")), content).expect("a new file");
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn mksquashfs_packs_tails_into_no_less() {
    let source = tempfile::tempdir().unwrap();
    files(source.path());
    let theirs = source.path().with_extension("raw");
    let options = "-comp zstd -Xcompression-level 3 -always-use-fragments -all-root -mkfs-time 0 \
                   -all-time 0 -no-progress -quiet -noappend";
    let paths = [source.path().as_os_str(), theirs.as_os_str()];
    run("mksquashfs", paths.into_iter().chain(options.split_whitespace().map(OsStr::new)));
    let theirs_length = fs::metadata(&theirs).unwrap().len();
    fs::remove_file(theirs).unwrap();
    let tree = Tree::scan(source.path(), &ScanPolicy::default()).unwrap().tree;
    let length = |tail_packing| {
        let writer = writer("zstd:3", "128K").with_tail_packing(tail_packing);
        fs::metadata(Image::write(&tree, &writer).path()).unwrap().len()
    };
    let (packed, plain) = (length(true), length(false));
    assert!(packed * 1000 <= theirs_length * 1001, "{packed} bytes, mksquashfs {theirs_length}");
    assert!(packed < plain, "{packed} bytes, {plain} unpacked");
}
