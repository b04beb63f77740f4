//! Images that were written, read again.

mod noise;

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use noise::noise;
use sysext_image::{
    Device, Metadata, Node, Tree,
    squashfs::{BlockSize, Compression, Reader, Writer},
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
        (b"", "superblock: cannot read it"),
        (&[0; 4096], "superblock: no squashfs: the magic number is missing"),
        (&image[..cut], "superblock: the image is longer than the file: it was cut off"),
        (&image[..95], "superblock: cannot read it"),
    ];
    for (bytes, expected) in cases {
        let error = Reader::open(Cursor::new(bytes.to_vec())).unwrap_err();
        assert_eq!(error.to_string(), expected, "{} bytes", bytes.len());
    }
}
