//! Images that were written, read again.

mod noise;

use std::{
    collections::BTreeMap,
    io::{self, Cursor, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use noise::noise;
use sysext_image::{
    Device, Metadata, Node, Tree,
    squashfs::{BlockSize, Compression, ReadLimits, Reader, Superblock, Writer},
};

fn sample() -> Tree {
    let mut tree = Tree::new();
    let contents = [
        ("usr/a-empty", Vec::new()),
        ("usr/b-small", b"small".to_vec()),
        ("usr/c-exact", noise(4096, 1)),
        ("usr/d-above", noise(4097, 2)),
        ("usr/e-many", noise(100_000, 3)),
        ("usr/f-hole", [noise(4096, 4), vec![0; 8192], noise(10, 5)].concat()),
        ("usr/g-zeros", vec![0; 20_000]),
        ("usr/h-copy", noise(4097, 2)),
    ];
    for (path, content) in contents {
        tree.insert(path, Metadata::new(0o644).with_mtime(7), Node::file(content)).expect("a file");
    }
    for number in 0..700 {
        let path = format!("usr/lib/many/{number:03}");
        let metadata = Metadata::new(0o600).with_owner(number, number * 70_000);
        tree.insert(&path, metadata, Node::file(path.as_bytes())).expect("a file");
    }
    tree.link(&"usr/d-above".parse().expect("a path"), "opt/link").expect("a link");
    let device = Device { major: 4095, minor: 1_048_575 };
    for (path, node) in [
        ("usr/char", Node::CharDevice(device)),
        ("usr/block", Node::BlockDevice(device)),
        ("usr/pipe", Node::Fifo),
        ("usr/socket", Node::Socket),
        ("usr/link", Node::symlink("t".repeat(4095))),
        ("usr/nothing", Node::Directory),
    ] {
        let metadata = Metadata::new(0o4711).with_xattr("security.x".parse().expect("a name"), "1");
        tree.insert(path, metadata, node).expect("an entry");
    }
    tree
}

/// One of each compressor that is built in.
fn compressions() -> Vec<Compression> {
    let names = ["none", "zstd", "gzip", "xz", "lz4"];
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

fn write(tree: &Tree, compression: Compression) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    Writer::new()
        .with_compression(compression)
        .with_block_size(BlockSize::new(4096).expect("a block size"))
        .write(tree, &mut image)
        .expect("an image");
    image.into_inner()
}

/// The same, with the content of a file read into memory.
fn in_memory(node: &Node) -> Node {
    let Node::File(content) = node else { return node.clone() };
    let mut bytes = Vec::new();
    content.reader().read_to_end(&mut bytes).expect("content");
    assert_eq!(bytes.len() as u64, content.len());
    Node::file(bytes)
}

#[test]
fn an_entry_is_found_by_its_path() {
    let reader = Reader::open(Cursor::new(write(&sample(), Compression::default()))).unwrap();
    for path in ["usr", "usr/lib/many/699", "opt/link", "usr/link"] {
        let path = path.parse().unwrap();
        let found = reader.get(&path).unwrap().expect("an entry");
        let listed = reader.entries().map(Result::unwrap).find(|entry| *entry.path() == path);
        let listed = listed.expect("an entry");
        assert_eq!(found.inode_number(), listed.inode_number(), "{path:?}");
        assert_eq!(in_memory(found.node()), in_memory(listed.node()), "{path:?}");
    }
    for path in ["usr/missing", "usr/link/x", "usr/b-small/x", "zzz"] {
        assert!(reader.get(&path.parse().unwrap()).unwrap().is_none(), "{path}");
    }
}

#[test]
fn an_image_of_the_entries_of_an_image_is_the_same() {
    let image = write(&sample(), Compression::default());
    let reader = Reader::open(Cursor::new(image.clone())).unwrap();
    let mut tree = Tree::new();
    let mut first = BTreeMap::new();
    for entry in reader.entries() {
        let entry = entry.unwrap();
        let metadata = reader.metadata(&entry).unwrap();
        match first.get(&entry.inode_number()) {
            Some(original) => tree.link(original, entry.path()).unwrap(),
            None => tree.insert(entry.path(), metadata, entry.node().clone()).unwrap(),
        }
        first.entry(entry.inode_number()).or_insert_with(|| entry.path().clone());
    }
    assert!(write(&tree, Compression::default()) == image);
}

#[test]
fn what_was_written_is_read() {
    let tree = sample();
    for compression in compressions() {
        let reader = Reader::open(Cursor::new(write(&tree, compression))).unwrap();
        let mut entries = reader.entries();
        for expected in tree.entries() {
            let path = expected.path();
            let found = entries.next().expect("one more").unwrap();
            assert_eq!(found.path(), path);
            assert_eq!(reader.metadata(&found).unwrap(), *expected.metadata(), "{path:?}");
            assert_eq!(in_memory(found.node()), *expected.node(), "{path:?}");
            if *expected.node() != Node::Directory {
                assert_eq!(found.nlink(), expected.nlink(), "{path:?}");
            }
        }
        assert!(entries.next().is_none(), "{compression}");
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let image = write(&sample(), Compression::None);
    let cases: [(&[u8; 7], &str); 4] = [
        (b"../evil", "directory: a name in it is none"),
        (b"b\0small", "directory: a name in it is none"),
        (b"a-empty", "directory: its names are not in order, or one is there twice"),
        (b"a-emptx", "directory: its names are not in order, or one is there twice"),
    ];
    for (name, expected) in cases {
        let mut changed = image.clone();
        let at = changed.windows(7).rposition(|window| window == b"b-small").expect("the name");
        changed[at..at + 7].copy_from_slice(name);
        let reader = Reader::open(Cursor::new(changed)).unwrap();
        let error = reader.entries().find_map(Result::err).expect("an error");
        assert_eq!(error.to_string(), expected, "{}", name.escape_ascii());
    }
}

#[test]
fn a_file_that_is_no_image_is_named_so() {
    let image = write(&sample(), Compression::None);
    let cut = image.len() - 5000;
    let cases: [(&[u8], &str); 4] = [
        (b"", "superblock: the file ends in it"),
        (&[0; 4096], "superblock: no squashfs: the magic number is missing"),
        (&image[..cut], "superblock: the image is longer than the file: it was cut off"),
        (&image[..95], "superblock: the file ends in it"),
    ];
    for (bytes, expected) in cases {
        let error = Reader::open(Cursor::new(bytes.to_vec())).unwrap_err();
        assert_eq!(error.to_string(), expected, "{} bytes", bytes.len());
    }
}

/// An image, and how many bytes of it were read.
struct Counted(Cursor<Vec<u8>>, Arc<AtomicUsize>);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        self.1.fetch_add(length, Ordering::Relaxed);
        Ok(length)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// A directory of so many names, the longest that there are.
fn wide(names: u32) -> Tree {
    let mut tree = Tree::new();
    for number in 0..names {
        let path = format!("d/{}{number:05}", "n".repeat(250));
        tree.insert(path, Metadata::new(0o644), Node::file("")).expect("a file");
    }
    tree
}

#[test]
fn a_listing_is_read_no_further_than_it_is_asked_for() {
    let image = write(&wide(20_000), Compression::None);
    let read = Arc::new(AtomicUsize::new(0));
    let reader = Reader::open(Counted(Cursor::new(image), Arc::clone(&read))).unwrap();
    let mut entries = reader.entries();
    let mut listed = |count| {
        assert_eq!(entries.by_ref().take(count).map(Result::unwrap).count(), count);
        read.load(Ordering::Relaxed)
    };
    // Of the listing, 31 names are in a block of 8 KiB.
    let (few, all) = (listed(100), listed(19_901));
    assert!(few < 100_000, "{few} bytes were read");
    assert!((5_000_000..7_000_000).contains(&all), "{all} bytes were read");
}

#[test]
fn no_more_names_are_listed_than_the_limit_allows() {
    let image = write(&wide(2000), Compression::default());
    // The directory is one of them.
    let cases = [
        (2001, 2001, None),
        (2000, 2000, Some("tree: more than 2000 entries")),
        (0, 0, Some("tree: more than 0 entries")),
    ];
    for (limit, expected, expected_error) in cases {
        let limits = ReadLimits::default().with_entries(limit);
        let reader = Reader::open_with(Cursor::new(image.clone()), &limits).unwrap();
        let (entries, errors): (Vec<_>, Vec<_>) = reader.entries().partition(Result::is_ok);
        assert_eq!(entries.len(), expected, "{limit}");
        let errors: Vec<_> =
            errors.into_iter().map(|error| error.unwrap_err().to_string()).collect();
        assert_eq!(errors.first().map(String::as_str), expected_error, "{limit}");
        assert!(errors.len() < 2, "{limit}: {errors:?}");
    }
}

#[test]
fn a_path_is_looked_for_among_no_more_names_than_the_limit_allows() {
    let image = write(&wide(50), Compression::None);
    let path = |number| format!("d/{}{number:05}", "n".repeat(250)).parse().unwrap();
    let limits = ReadLimits::default().with_entries(10);
    let reader = Reader::open_with(Cursor::new(image), &limits).unwrap();
    assert_eq!(reader.get(&path(8)).unwrap().map(|entry| entry.path().clone()), Some(path(8)));
    assert_eq!(reader.get(&path(9)).unwrap_err().to_string(), "tree: more than 10 entries");
}

#[test]
fn the_root_has_metadata() {
    let mut tree = sample();
    let root = Metadata::new(0o1711)
        .with_owner(1, 70_000)
        .with_mtime(9)
        .with_xattr("user.x".parse().unwrap(), "1");
    tree.set_root_metadata(root.clone()).unwrap();
    let reader = Reader::open(Cursor::new(write(&tree, Compression::default()))).unwrap();
    assert_eq!(reader.root().unwrap(), root);
}

#[test]
fn a_root_that_is_no_directory_is_an_error() {
    let mut image = write(&wide(1), Compression::None);
    let superblock = image.clone();
    // The reference of the root, and where the inodes are, behind the length of their first block.
    let long = |at: usize| u64::from_le_bytes(superblock[at..at + 8].try_into().unwrap());
    let at = long(64) + 2 + (long(32) & 0xffff);
    // A named pipe.
    image[usize::try_from(at).unwrap()] = 6;
    let reader = Reader::open(Cursor::new(image)).unwrap();
    let expected = "inode: that of the root is no directory";
    assert_eq!(reader.root().unwrap_err().to_string(), expected);
    assert_eq!(reader.get(&"d".parse().unwrap()).unwrap_err().to_string(), expected);
    let errors: Vec<_> = reader.entries().map(|entry| entry.unwrap_err().to_string()).collect();
    assert_eq!(errors, [expected]);
}

#[test]
fn a_superblock_says_what_was_written() {
    let image = write(&sample(), Compression::None);
    let superblock = Superblock::read(&image[..]).unwrap();
    assert_eq!(Reader::open(Cursor::new(image.clone())).unwrap().superblock(), superblock);
    assert_eq!((superblock.compressor.to_string(), superblock.block_size), ("gzip".into(), 4096));
    // 708 files, 6 directories with the root, and 5 others; 700 users, and 699 groups that are no user.
    assert_eq!((superblock.inodes, superblock.ids), (719, 1399));
    assert!(superblock.is_exportable && superblock.has_xattrs, "{superblock:?}");
    assert_eq!(superblock.bytes_used.next_multiple_of(4096), image.len() as u64);
    let without = Superblock::read(&write(&wide(1), Compression::None)[..]).unwrap();
    assert!(!without.has_xattrs, "{without:?}");
    assert_eq!((without.inodes, without.fragments, without.mkfs_time), (3, 0, 0));
}

#[test]
fn a_superblock_is_read_whatever_the_compressor() {
    let mut image = write(&Tree::new(), Compression::None);
    let names = ["compressor 0", "gzip", "lzma", "lzo", "xz", "lz4", "zstd", "compressor 7"];
    for (number, name) in (0..).zip(names) {
        image[20] = number;
        assert_eq!(Superblock::read(&image[..]).unwrap().compressor.to_string(), name);
    }
    for (number, name) in [(2, "lzma"), (3, "lzo"), (7, "compressor 7")] {
        image[20] = number;
        let error = Reader::open(Cursor::new(image.clone())).unwrap_err();
        let expected = format!("superblock: its compressor, {name}, is not built in");
        assert_eq!(error.to_string(), expected);
    }
    let error = Superblock::read(&image[..95]).unwrap_err();
    assert_eq!(error.to_string(), "superblock: cannot read it");
}
