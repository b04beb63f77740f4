//! Images that are written by way of a cache of compressed blocks.

#![cfg(all(feature = "fs", feature = "zstd"))]

mod compressions;
mod noise;

use std::{
    fs::{self, File},
    io::{self, Cursor},
    num::NonZeroUsize,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime},
};

use compressions::compressions;
use noise::noise;
use proptest::{collection::vec, prelude::*, sample::Index};
use rustix::fs::{FileType, Mode};
use sysext_image::{
    Metadata, Node, Tree,
    squashfs::{BlockCache, BlockSize, CacheUse, Compression, Writer},
};

/// More than all the tests store.
const AMPLE: u64 = 1 << 30;
/// What an entry is counted with at least.
const PAGE: u64 = 4096;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn words(length: usize, seed: usize) -> Vec<u8> {
    (0..length).flat_map(|at| format!("{} ", at * seed % 613).into_bytes()).take(length).collect()
}

/// Eight blocks of 4 KiB that are not zeros and differ, one of which does not become shorter.
fn tree(seed: usize) -> Tree {
    let mut tree = Tree::new();
    let mut put = |path: &str, content: Vec<u8>| {
        tree.insert(path, Metadata::new(0o644), Node::file(content)).expect("an entry");
    };
    put("usr/long", words(5 * 4096, 3));
    put("usr/noise", noise(4096, 1));
    put("usr/other", words(4096, 5 + seed));
    put("usr/short", words(100, 7));
    put("usr/hollow", vec![0; 8192]);
    tree
}

const BLOCKS: u64 = 8;

fn writer(compression: Compression) -> Writer {
    let block_size = BlockSize::new(4096).expect("a block size");
    Writer::new().with_compression(compression).with_block_size(block_size)
}

fn zstd() -> Writer {
    writer("zstd:3".parse().expect("a compression"))
}

fn write(tree: &Tree, writer: &Writer) -> (Vec<u8>, Option<CacheUse>) {
    let mut image = Cursor::new(Vec::new());
    let summary = writer.write(tree, &mut image).expect("an image");
    (image.into_inner(), summary.cache)
}

fn cached(writer: &Writer, directory: &Path, limit: u64) -> Writer {
    let cache = BlockCache::open(directory, limit).expect("a cache");
    writer.clone().with_block_cache(cache)
}

/// Hits, misses and faults.
fn counts(used: Option<CacheUse>) -> [u64; 3] {
    let used = used.expect("a cache");
    [used.hits, used.misses, used.faults]
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(directory).min_depth(2).sort_by_file_name();
    files.into_iter().map(|entry| entry.expect("a readable directory").into_path()).collect()
}

#[test]
fn the_second_image_is_compressed_no_more() {
    let tree = tree(0);
    for compression in compressions() {
        let directory = directory();
        let plain = writer(compression);
        let (expected, none) = write(&tree, &plain);
        assert_eq!(none, None, "{compression}");
        let writer = cached(&plain, directory.path(), AMPLE);
        let is_cached = !["none", "lz4"].contains(&&*compression.to_string());
        let expected_counts =
            if is_cached { [[0, BLOCKS, 0], [BLOCKS, 0, 0]] } else { [[0; 3]; 2] };
        for expected_counts in expected_counts {
            let (image, used) = write(&tree, &writer);
            assert_eq!(counts(used), expected_counts, "{compression}");
            assert!(image == expected, "{compression}");
        }
    }
}

#[test]
fn only_what_changed_is_compressed() {
    let directory = directory();
    let writer = cached(&zstd(), directory.path(), AMPLE);
    write(&tree(0), &writer);
    let (image, used) = write(&tree(1), &writer);
    assert_eq!(counts(used), [BLOCKS - 1, 1, 0]);
    assert!(image == write(&tree(1), &zstd()).0);
}

#[test]
fn options_do_not_share_entries() {
    let directory = directory();
    let others = [
        zstd(),
        writer("zstd:4".parse().unwrap()),
        zstd().with_block_size(BlockSize::new(8192).unwrap()),
    ];
    for plain in others {
        let (_, used) = write(&tree(0), &cached(&plain, directory.path(), AMPLE));
        let [hits, misses, faults] = counts(used);
        assert_eq!((hits, misses > 0, faults), (0, true, 0), "{plain:?}");
    }
}

#[test]
fn the_limit_is_kept_and_what_was_used_last_stays() {
    let directory = directory();
    write(&tree(0), &cached(&zstd(), directory.path(), AMPLE));
    let all = entries(directory.path());
    assert_eq!(all.len() as u64, BLOCKS);
    // The older, the earlier by name.
    for (hours, entry) in (1..).zip(all.iter().rev()) {
        let time = SystemTime::now() - Duration::from_secs(2 * 3600 * hours);
        File::open(entry).unwrap().set_modified(time).unwrap();
    }
    // Uses all of them but one, and stores another one.
    let unused = |directory: &Path| {
        let is_old = |entry: &PathBuf| {
            fs::metadata(entry).unwrap().modified().unwrap().elapsed().unwrap().as_secs() > 3600
        };
        entries(directory).into_iter().filter(is_old).collect::<Vec<_>>()
    };
    let writer = cached(&zstd(), directory.path(), AMPLE);
    assert_eq!(counts(write(&tree(1), &writer).1), [BLOCKS - 1, 1, 0]);
    let unused = unused(directory.path());
    let [unused] = &unused[..] else { panic!("{unused:?}") };

    let writer = cached(&zstd(), directory.path(), BLOCKS * PAGE);
    write(&tree(2), &writer);
    let left = entries(directory.path());
    assert_eq!((left.len() as u64, left.contains(unused)), (BLOCKS, false));

    for limit in [3 * PAGE, PAGE, PAGE - 1, 0] {
        write(&tree(usize::try_from(limit).unwrap()), &cached(&zstd(), directory.path(), limit));
        let left = entries(directory.path()).len() as u64;
        // With a limit below an entry nothing is stored, so that nothing is removed.
        assert_eq!(left, (limit / PAGE).max(1), "{limit}");
    }
}

#[test]
fn files_that_are_not_its_own_are_left_alone() {
    let directory = directory();
    let shard = directory.path().join("ab");
    fs::create_dir(&shard).unwrap();
    let old = SystemTime::now() - Duration::from_secs(48 * 3600);
    let kept = [
        directory.path().join("notes"),
        shard.join("notes"),
        shard.join("c".repeat(61)),
        shard.join("C".repeat(62)),
        shard.join(".new.young"),
    ];
    let abandoned = shard.join(".new.old");
    for path in kept.iter().chain([&abandoned]) {
        fs::write(path, vec![1; 10_000]).unwrap();
        if !path.ends_with(".new.young") {
            File::open(path).unwrap().set_modified(old).unwrap();
        }
    }
    write(&tree(0), &cached(&zstd(), directory.path(), PAGE));
    for path in kept {
        assert!(path.exists(), "{path:?}");
    }
    assert!(!abandoned.exists());
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let directory = directory();
    let expected: Vec<_> = (0..3).map(|seed| write(&tree(seed), &zstd()).0).collect();
    thread::scope(|scope| {
        for number in 0..6 {
            let (directory, expected) = (directory.path(), &expected[number % 3]);
            scope.spawn(move || {
                // So little that they remove the entries of each other.
                let threads = NonZeroUsize::new(2).unwrap();
                let writer = cached(&zstd().with_threads(threads), directory, 6 * PAGE);
                for _ in 0..20 {
                    assert!(write(&tree(number % 3), &writer).0 == *expected);
                }
            });
        }
    });
}

#[test]
fn a_cache_that_fails_is_counted_and_fails_nothing() {
    let directory = directory();
    let path = directory.path().join("cache");
    let writer = cached(&zstd(), &path, AMPLE);
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "a file").unwrap();
    let (image, used) = write(&tree(0), &writer);
    assert!(image == write(&tree(0), &zstd()).0);
    // Each block is neither found nor stored, and the limit is not kept.
    assert_eq!(counts(used), [0, BLOCKS, 2 * BLOCKS + 1]);
}

#[test]
fn a_file_is_no_cache() {
    let directory = directory();
    let path = directory.path().join("file");
    fs::write(&path, "").unwrap();
    let error = BlockCache::open(&path, AMPLE).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot open the block cache {path:?}"));
    assert_eq!(error.directory(), path);
}

/// An entry with a right digest for this path.
fn forged(path: &Path, content: &[u8]) -> Vec<u8> {
    let names = path.to_str().expect("text").rsplitn(3, '/').take(2).collect::<Vec<_>>();
    let key = blake3::Hash::from_hex(names.into_iter().rev().collect::<String>()).expect("a key");
    let digest = blake3::keyed_hash(key.as_bytes(), content);
    [b"sysextb1", &digest.as_bytes()[..], content].concat()
}

#[test]
fn an_entry_with_other_content_is_not_believed() {
    let directory = directory();
    let writer = cached(&zstd(), directory.path(), AMPLE);
    let (expected, _) = write(&tree(0), &writer);
    let all = entries(directory.path());
    let contents: Vec<_> = all.iter().map(|path| fs::read(path).unwrap()[40..].to_vec()).collect();
    // What was recorded is what a forger makes of it.
    assert_eq!(fs::read(&all[0]).unwrap(), forged(&all[0], &contents[0]));
    let (from, _) = contents.iter().enumerate().find(|(_, content)| content.len() > 1).unwrap();
    for (at, path) in all.iter().enumerate().filter(|(at, _)| *at != from) {
        fs::write(path, forged(path, &contents[from])).unwrap();
        let (image, used) = write(&tree(0), &writer);
        assert!(image == expected, "{at}");
        assert_eq!(counts(used), [BLOCKS - 1, 1, 1], "{at}");
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Append,
    Cut(Index),
    Directory,
    Flip(Index, u8),
    Pipe,
    Remove,
    Swap(Index),
    Symlink(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<Index>;
    prop_oneof![
        Just(Damage::Append),
        index().prop_map(Damage::Cut),
        Just(Damage::Directory),
        (index(), 1_u8..).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        Just(Damage::Pipe),
        Just(Damage::Remove),
        index().prop_map(Damage::Swap),
        index().prop_map(Damage::Symlink),
    ]
}

impl Damage {
    fn inflict(&self, path: &Path, all: &[PathBuf]) -> io::Result<()> {
        let is_file = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
        // Otherwise it is damaged already.
        if !is_file(path) {
            return Ok(());
        }
        let mut bytes = fs::read(path)?;
        fs::remove_file(path)?;
        match self {
            Self::Append => fs::write(path, [&bytes[..], b"x"].concat()),
            Self::Cut(at) => {
                bytes.truncate(at.index(bytes.len() + 1));
                fs::write(path, bytes)
            }
            Self::Directory => fs::create_dir(path),
            Self::Flip(at, bits) => {
                let at = at.index(bytes.len() + 1);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits);
                fs::write(path, bytes)
            }
            Self::Pipe => {
                let (kind, mode) = (FileType::Fifo, Mode::RUSR);
                Ok(rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0)?)
            }
            Self::Remove => Ok(()),
            Self::Swap(with) => {
                let with: &PathBuf = with.get(all);
                if is_file(with) {
                    fs::rename(with, path)?;
                    fs::write(with, bytes)?;
                }
                Ok(())
            }
            Self::Symlink(to) => symlink(to.get::<PathBuf>(all), path),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_changes_a_byte(damages in vec((any::<Index>(), damage()), 1..6)) {
        let directory = directory();
        let writer = cached(&zstd(), directory.path(), AMPLE);
        let (expected, _) = write(&tree(0), &writer);
        let all = entries(directory.path());
        for (at, damage) in &damages {
            damage.inflict(at.get::<PathBuf>(&all), &all)?;
        }
        for _ in 0..2 {
            let (image, used) = write(&tree(0), &writer);
            prop_assert!(image == expected);
            let [hits, misses, _] = counts(used);
            prop_assert_eq!(hits + misses, BLOCKS);
        }
        // All but a directory is mended by now.
        let mended = !damages.iter().any(|(_, damage)| matches!(damage, Damage::Directory));
        prop_assert!(!mended || counts(write(&tree(0), &writer).1) == [BLOCKS, 0, 0]);
    }
}
