//! Any tree is read as it was written, and written again to the same bytes.
#![no_main]

use std::{
    collections::HashMap,
    io::{Cursor, Read},
    num::NonZeroUsize,
};

use libfuzzer_sys::{
    arbitrary::{self, Arbitrary},
    fuzz_target,
};
use sysext_image::{
    Device, EntryPath, Image, Metadata, Node, Tree, XattrName,
    squashfs::{BlockSize, Compression, Writer},
};

const COMPRESSIONS: [&str; 5] = ["none", "zstd:1", "gzip:1", "xz:0", "lz4"];

#[derive(Arbitrary, Debug)]
struct Plan<'a> {
    compression: u8,
    tail_packing: bool,
    root: Planned,
    /// What the tree does not take is left out.
    entries: Vec<(&'a [u8], Planned, Kind<'a>)>,
}

#[derive(Arbitrary, Debug)]
struct Planned {
    mode: u16,
    uid: u32,
    gid: u32,
    mtime: u32,
    attributes: Vec<(Namespace, Vec<u8>, Vec<u8>)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Namespace {
    User,
    Trusted,
    Security,
}

#[derive(Arbitrary, Debug)]
enum Kind<'a> {
    Directory,
    /// Runs of one byte each.
    File(Vec<(u8, u16)>),
    Content(&'a [u8]),
    Symlink(&'a [u8]),
    Char(u16, u16),
    Block(u16, u16),
    Fifo,
    Socket,
    /// Another name of the entry that was planned at this place.
    Link(u8),
}

fuzz_target!(|plan: Plan<'_>| {
    let tree = build(&plan);
    let image = write(&plan, &tree);
    let found = read(image.clone());
    assert_eq!(found.root_metadata(), tree.root_metadata());
    let mut entries = found.entries();
    for expected in tree.entries() {
        let entry = entries.next().expect("one more");
        let path = entry.path();
        assert_eq!(path, expected.path());
        assert_eq!(entry.metadata(), expected.metadata(), "{path:?}");
        assert_eq!(entry.nlink(), expected.nlink(), "{path:?}");
        assert!(entry.node() == expected.node(), "{path:?}");
    }
    assert!(entries.next().is_none(), "more entries than were written");
    assert!(write(&plan, &found) == image, "other bytes for the same tree");
});

fn build(plan: &Plan<'_>) -> Tree {
    let mut tree = Tree::new();
    let _ = tree.set_root_metadata(metadata(&plan.root));
    for (path, planned, kind) in &plan.entries {
        if let Kind::Link(to) = kind {
            let original = plan.entries.get(usize::from(*to));
            if let Some(Ok(original)) = original.map(|(path, ..)| EntryPath::try_from(*path)) {
                let _ = tree.link(&original, path);
            }
            continue;
        }
        let _ = tree.insert(path, metadata(planned), node(kind));
    }
    tree
}

fn metadata(planned: &Planned) -> Metadata {
    let Planned { mode, uid, gid, mtime, attributes } = planned;
    let metadata = Metadata::new(*mode).with_owner(*uid, *gid).with_mtime(*mtime);
    attributes.iter().fold(metadata, |metadata, (namespace, name, value)| {
        let namespace: &[u8] = match namespace {
            Namespace::User => b"user.",
            Namespace::Trusted => b"trusted.",
            Namespace::Security => b"security.",
        };
        match XattrName::try_from(&*[namespace, name].concat()) {
            Ok(name) => metadata.with_xattr(name, value),
            Err(_) => metadata,
        }
    })
}

fn node(kind: &Kind<'_>) -> Node {
    let device = |major: &u16, minor: &u16| Device {
        major: u32::from(*major) & 0xfff,
        minor: u32::from(*minor) << 4,
    };
    match kind {
        Kind::Directory | Kind::Link(_) => Node::Directory,
        Kind::File(runs) => {
            let bytes = |(byte, length): &(u8, u16)| vec![*byte; usize::from(*length)];
            // A quarter of a mebibyte at most.
            Node::file(runs.iter().take(4).flat_map(bytes).collect::<Vec<_>>())
        }
        Kind::Content(bytes) => Node::file(*bytes),
        Kind::Symlink(target) => Node::symlink(target),
        Kind::Char(major, minor) => Node::CharDevice(device(major, minor)),
        Kind::Block(major, minor) => Node::BlockDevice(device(major, minor)),
        Kind::Fifo => Node::Fifo,
        Kind::Socket => Node::Socket,
    }
}

fn write(plan: &Plan<'_>, tree: &Tree) -> Vec<u8> {
    let name = COMPRESSIONS[usize::from(plan.compression) % COMPRESSIONS.len()];
    let compression: Compression = name.parse().expect("it is built in");
    let mut image = Cursor::new(Vec::new());
    Writer::new()
        .with_compression(compression)
        .with_tail_packing(plan.tail_packing)
        .with_block_size(BlockSize::new(4096).expect("a block size"))
        // What a thread leaves to its end, the leak detector may see before that.
        .with_threads(NonZeroUsize::MIN)
        .write(tree, &mut image)
        .expect("an image");
    image.into_inner()
}

/// The tree that an image holds, with all content in memory.
fn read(image: Vec<u8>) -> Tree {
    let image = Image::open(Cursor::new(image)).expect("an image");
    let mut tree = Tree::new();
    tree.set_root_metadata(image.root().expect("a root")).expect("the metadata of a root");
    let mut first: HashMap<u64, EntryPath> = HashMap::new();
    for entry in image.entries() {
        let entry = entry.expect("an entry");
        if let Some(original) = first.get(&entry.inode_number()) {
            tree.link(original, entry.path()).expect("a free name");
            continue;
        }
        let mut node = entry.node().clone();
        if let Node::File(content) = &node {
            let mut bytes = Vec::new();
            content.reader().read_to_end(&mut bytes).expect("content");
            assert_eq!(bytes.len() as u64, content.len(), "{:?}", entry.path());
            node = Node::file(bytes);
        }
        tree.insert(entry.path(), entry.metadata().clone(), node).expect("a free path");
        first.insert(entry.inode_number(), entry.path().clone());
    }
    tree
}
