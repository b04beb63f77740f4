//! Images that the writer made, read again by another implementation: backhand.

mod backhand_view;
mod compressions;
mod noise;

use std::{io::Cursor, num::NonZeroUsize};

use compressions::compressions;
use noise::noise;
use sysext_image::{
    Device, Metadata, Node, Tree,
    squashfs::{BlockSize, Compression, Writer},
};

/// A tree of everything that backhand can read. The rest is compared with the kernel and the C tools.
fn sample() -> Tree {
    let mut tree = Tree::new();
    for path in FILES {
        tree.insert(path, Metadata::new(0o644), Node::file(content(path))).expect("an entry");
    }
    for number in 0..700 {
        let path = format!("usr/lib/many/file-{number:03}");
        tree.insert(&path, Metadata::new(0o644), Node::file(content(&path))).expect("an entry");
    }
    let owned = Metadata::new(0o4755).with_owner(1000, 2000).with_mtime(1_700_000_000);
    tree.insert("usr/bin/tool", owned, Node::file("#!/bin/sh\n")).expect("an entry");
    let tool = "usr/bin/tool".parse().expect("a path");
    tree.link(&tool, "usr/bin/same").expect("another name");
    tree.link(&tool, "opt/same").expect("another name");
    tree.insert("usr/bin/alias", Metadata::new(0o777), Node::symlink("tool")).expect("an entry");
    tree.insert("usr/lib/gone", Metadata::new(0), Node::CharDevice(Device { major: 0, minor: 0 }))
        .expect("an entry");
    tree.insert(
        "usr/lib/disk",
        Metadata::new(0o660),
        Node::BlockDevice(Device { major: 8, minor: 300 }),
    )
    .expect("an entry");
    tree.insert("usr/lib/pipe", Metadata::new(0o600), Node::Fifo).expect("an entry");
    tree.insert("usr/lib/socket", Metadata::new(0o755), Node::Socket).expect("an entry");
    tree.insert("usr/empty", Metadata::new(0o1777), Node::Directory).expect("an entry");
    tree
}

const FILES: [&str; 11] = [
    "usr/share/above",
    "usr/share/above-again",
    "usr/share/below",
    "usr/share/empty",
    "usr/share/exact",
    "usr/share/hole",
    "usr/share/many",
    "usr/share/small",
    "usr/share/small-again",
    "usr/share/two",
    "usr/share/zeros",
];

/// The content of the sample's files, by path; "above" and "exact" speak of a block of 4 KiB.
fn content(path: &str) -> Vec<u8> {
    match path.rsplit('/').next().expect("a name") {
        "above" | "above-again" => noise(4097, 4097),
        "below" => noise(4095, 4095),
        "empty" => Vec::new(),
        "exact" => noise(4096, 4096),
        "hole" => [noise(4096, 4096), vec![0; 8192], noise(10, 10)].concat(),
        "many" => noise(100_000, 100_000),
        "small" | "small-again" => b"small".to_vec(),
        "two" => noise(8192, 8192),
        "zeros" => vec![0; 20_000],
        "tool" | "same" => b"#!/bin/sh\n".to_vec(),
        name => format!("content of {name}").into_bytes(),
    }
}

fn write(tree: &Tree, writer: &Writer) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    let summary = writer.write(tree, &mut image).expect("an image");
    let image = image.into_inner();
    assert_eq!(image.len() as u64, summary.image_bytes);
    image
}

fn small_blocks(compression: Compression) -> Writer {
    Writer::new()
        .with_compression(compression)
        .with_block_size(BlockSize::new(4096).expect("a block size"))
}

#[test]
fn backhand_reads_what_was_written() {
    let tree = sample();
    for compression in compressions() {
        for tail_packing in [false, true] {
            let writer = small_blocks(compression).with_tail_packing(tail_packing);
            let seen = backhand_view::read(write(&tree, &writer));
            for entry in tree.entries() {
                let expected = (entry.node().clone(), entry.metadata().clone());
                let found = seen.get(entry.path().as_bytes());
                let case = format!("{} with {compression}, {tail_packing}", entry.path());
                assert!(found == Some(&expected), "{case}: {found:?}");
            }
            assert_eq!(seen.len(), 726, "{compression}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let tree = sample();
    for compression in compressions() {
        let writers = [
            small_blocks(compression),
            small_blocks(compression).with_tail_packing(true),
            Writer::new().with_compression(compression),
        ];
        for writer in writers {
            let with = |threads| {
                let threads = NonZeroUsize::new(threads).unwrap();
                write(&tree, &writer.clone().with_threads(threads))
            };
            let one = with(1);
            for threads in [2, 3, 16] {
                assert!(with(threads) == one, "{threads} threads with {compression}");
            }
        }
    }
}

#[test]
fn the_order_of_insertion_does_not_change_a_byte() {
    let paths = ["usr/a", "usr/b/c", "usr/b/d", "opt/x"];
    let mut forward = Tree::new();
    let mut backward = Tree::new();
    for path in paths {
        forward.insert(path, Metadata::new(0o644), Node::file(path)).unwrap();
    }
    for path in paths.iter().rev() {
        backward.insert(path, Metadata::new(0o644), Node::file(*path)).unwrap();
    }
    assert_eq!(write(&forward, &Writer::new()), write(&backward, &Writer::new()));
}

#[test]
fn equal_files_are_stored_once() {
    let mut one = Tree::new();
    one.insert("usr/a", Metadata::new(0o644), Node::file(noise(300_000, 300_000))).unwrap();
    let mut two = one.clone();
    two.insert("usr/b", Metadata::new(0o600), Node::file(noise(300_000, 300_000))).unwrap();
    let mut image = Cursor::new(Vec::new());
    let summary = Writer::new().write(&two, &mut image).unwrap();
    assert_eq!((summary.duplicates, summary.content_bytes), (1, 600_000));
    assert_eq!(image.into_inner().len(), write(&one, &Writer::new()).len());
}

#[test]
fn an_image_can_begin_anywhere_in_a_file() {
    let mut out = Cursor::new(b"before".to_vec());
    out.set_position(6);
    Writer::new().write(&sample(), &mut out).unwrap();
    let written = out.into_inner();
    assert_eq!(written[..6], *b"before");
    assert!(written[6..] == write(&sample(), &Writer::new()));
}

#[test]
#[cfg(feature = "fs")]
fn an_output_that_appends_is_refused() {
    let file = tempfile::tempfile().unwrap();
    rustix::fs::fcntl_setfl(&file, rustix::fs::OFlags::APPEND).unwrap();
    let error = small_blocks(Compression::None).write(&sample(), &file).unwrap_err();
    let expected = "cannot write the superblock: the output is opened for appending";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn two_halves_of_a_block_share_it() {
    let halves = |length: usize| {
        let mut tree = Tree::new();
        for (name, seed) in [("a", 1), ("b", 2)] {
            let content = vec![seed; length];
            tree.insert(name, Metadata::new(0o644), Node::file(content)).unwrap();
        }
        let image = write(&tree, &small_blocks(Compression::None));
        // The number of fragment blocks, in the superblock.
        u32::from_le_bytes(image[16..20].try_into().unwrap())
    };
    assert_eq!([halves(2047), halves(2048), halves(2049)], [1, 1, 2]);
}

#[test]
fn tails_share_a_block_when_they_are_packed() {
    // Lengths of two files, and how many fragment blocks there are without and with packing.
    let cases = [
        ([4096, 8192], [0, 0]),
        ([4097, 8192], [0, 1]),
        ([4097, 8193], [0, 1]),
        ([4097, 10], [1, 1]),
        ([4096 + 2048, 4096 + 2048], [0, 1]),
        ([4096 + 2048, 4096 + 2049], [0, 2]),
    ];
    for (lengths, expected) in cases {
        let mut tree = Tree::new();
        for (name, length) in ["a", "b"].into_iter().zip(lengths) {
            let content = noise(length, u64::from(name == "a"));
            tree.insert(name, Metadata::new(0o644), Node::file(content)).unwrap();
        }
        let found = [false, true].map(|tail_packing| {
            let writer = small_blocks(Compression::None).with_tail_packing(tail_packing);
            let image = write(&tree, &writer);
            // The number of fragment blocks, in the superblock.
            u32::from_le_bytes(image[16..20].try_into().unwrap())
        });
        assert_eq!(found, expected, "{lengths:?}");
    }
}

#[test]
fn more_owners_than_the_format_has_room_for_are_an_error() {
    let write = |owners: u32| {
        let mut tree = Tree::new();
        for id in 0..owners {
            let metadata = Metadata::new(0o644).with_owner(id, 0);
            tree.insert(format!("usr/{id}"), metadata, Node::file("")).unwrap();
        }
        let writer = Writer::new().with_compression(Compression::None);
        writer.write(&tree, Cursor::new(Vec::new()))
    };
    // The root and `usr` are inodes too; their owner is among those of the files.
    assert_eq!(write(65_535).unwrap().inodes, 65_537);
    assert_eq!(
        write(65_536).unwrap_err().to_string(),
        "too many different owners: the format has room for 65535 users and groups"
    );
}

#[test]
fn block_sizes_parse_and_display() {
    for (text, bytes) in [("4K", 4096), ("128K", 131_072), ("1M", 1_048_576)] {
        let size: BlockSize = text.parse().unwrap();
        assert_eq!((size.bytes(), size.to_string()), (bytes, text.to_owned()));
    }
    assert_eq!("131072".parse(), Ok(BlockSize::default()));
    for text in ["", "K", "2K", "2M", "5000", "-4K", "+4K", "4k", "99999999999K", "4096M"] {
        let error = text.parse::<BlockSize>().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("invalid block size {text:?}: expected a power of two from 4K to 1M")
        );
    }
}
