//! Random trees, written and read again, by another implementation too: backhand.

mod backhand_view;
mod noise;

use std::{
    collections::{BTreeMap, HashMap},
    io::{Cursor, Read},
    num::NonZeroUsize,
};

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::{Index, select},
};
use sysext_image::{
    Device, EntryPath, Image, Metadata, Node, Tree,
    squashfs::{BlockSize, Compression, Writer},
};

use crate::{backhand_view::View, noise::noise};

const BLOCK: usize = 4096;

#[derive(Clone, Debug)]
struct Planned {
    node: Node,
    metadata: Metadata,
    /// More names of the same inode.
    links: Vec<Vec<u8>>,
}

/// Inodes by their first path. A path may lie below what is no directory; it is left out then.
type Plan = BTreeMap<Vec<u8>, Planned>;

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => select(vec!["a", "a-", "b", "lib", "usr"]).prop_map(|name| name.as_bytes().to_vec()),
        2 => vec(prop::num::u8::ANY, 1..12),
        1 => vec(prop::num::u8::ANY, 200..256),
    ]
    .prop_filter("a name", |name| {
        !name.contains(&0) && !name.contains(&b'/') && name != b"." && name != b".."
    })
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    vec(name(), 1..5).prop_map(|names| names.join(&b'/'))
}

/// Runs of zeros and of noise whose lengths are near to that of a block.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let near = select(vec![0, 1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 5]);
    let run = (near, prop_oneof![Just(None), (0_u64..4).prop_map(Some)]);
    vec(run, 0..4).prop_map(|runs| {
        let bytes = |(length, seed): (usize, Option<u64>)| match seed {
            None => vec![0; length],
            Some(seed) => noise(length, seed),
        };
        runs.into_iter().flat_map(bytes).collect()
    })
}

fn node() -> impl Strategy<Value = Node> {
    // backhand cannot read a target of 256 bytes.
    let target = vec(1_u8.., 1..256);
    let device =
        || (0_u32..4096, 0_u32..1 << 20).prop_map(|(major, minor)| Device { major, minor });
    prop_oneof![
        2 => Just(Node::Directory),
        6 => content().prop_map(Node::file),
        2 => target.prop_map(|target| Node::symlink(&target)),
        1 => device().prop_map(Node::CharDevice),
        1 => device().prop_map(Node::BlockDevice),
        1 => Just(Node::Fifo),
        1 => Just(Node::Socket),
    ]
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let attribute = (select(vec!["trusted.a", "trusted.b", "security.c"]), vec(0_u8.., 0..40));
    let id = prop_oneof![Just(0), 0_u32..];
    (0_u16..0o10000, id.clone(), id, 0_u32.., vec(attribute, 0..3)).prop_map(
        |(mode, uid, gid, mtime, attributes)| {
            let metadata = Metadata::new(mode).with_owner(uid, gid).with_mtime(mtime);
            attributes.into_iter().fold(metadata, |metadata, (name, value)| {
                metadata.with_xattr(name.parse().expect("a name"), value)
            })
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let planned = (node(), metadata(), vec(path(), 0..3))
        .prop_map(|(node, metadata, links)| Planned { node, metadata, links });
    btree_map(path(), planned, 0..40)
}

/// Makes the tree in path order, and says what is in it.
fn build(plan: &Plan) -> (Tree, View) {
    let (mut tree, mut view) = (Tree::new(), View::new());
    // Without the attributes, which backhand does not read.
    let seen = |Planned { node, metadata, .. }: &Planned| {
        let seen = Metadata::new(metadata.mode).with_owner(metadata.uid, metadata.gid);
        (node.clone(), seen.with_mtime(metadata.mtime))
    };
    let parents = |view: &mut View, path: &[u8]| {
        for end in (0..path.len()).filter(|at| path.get(*at) == Some(&b'/')) {
            let parent = path.get(..end).expect("a part of it").to_vec();
            view.entry(parent).or_insert((Node::Directory, Metadata::new(0o755)));
        }
    };
    for (path, planned) in plan {
        if tree.insert(path, planned.metadata.clone(), planned.node.clone()).is_ok() {
            parents(&mut view, path);
            view.insert(path.clone(), seen(planned));
        }
    }
    for (path, planned) in plan {
        for link in &planned.links {
            let Ok(original) = EntryPath::try_from(&**path) else { continue };
            if tree.link(&original, link).is_ok() {
                parents(&mut view, link);
                let target = view.get(path).expect("what was linked").clone();
                view.insert(link.clone(), target);
            }
        }
    }
    (tree, view)
}

fn write(tree: &Tree, compression: Compression, tail_packing: bool, threads: usize) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    Writer::new()
        .with_compression(compression)
        .with_tail_packing(tail_packing)
        .with_block_size(BlockSize::new(4096).expect("a block size"))
        .with_threads(NonZeroUsize::new(threads).expect("a number of threads"))
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
            node = Node::file(bytes);
        }
        tree.insert(entry.path(), entry.metadata().clone(), node).expect("a free path");
        first.insert(entry.inode_number(), entry.path().clone());
    }
    tree
}

/// All that is in a tree, each inode as the first path that it has.
fn facts(tree: &Tree) -> Vec<(EntryPath, Metadata, Node, EntryPath)> {
    let entries: Vec<_> = tree.entries().collect();
    let first = |entry: &sysext_image::Entry<'_>| {
        let first = entries.iter().find(|other| other.is_same_inode(entry));
        first.expect("at least itself").path().clone()
    };
    let fact = |entry: &sysext_image::Entry<'_>| {
        let (metadata, node) = (entry.metadata().clone(), entry.node().clone());
        (entry.path().clone(), metadata, node, first(entry))
    };
    entries.iter().map(fact).collect()
}

fn config() -> ProptestConfig {
    let cases = if std::env::var_os("SYSEXT_LONG").is_some() { 2000 } else { 100 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn backhand_reads_the_tree_that_was_written(plan in plan(), tail_packing: bool) {
        let (tree, expected) = build(&plan);
        for compression in [Compression::None, Compression::default()] {
            let found = backhand_view::read(write(&tree, compression, tail_packing, 1));
            prop_assert_eq!(&found, &expected, "{}", compression);
        }
    }

    #[test]
    fn what_is_read_is_the_tree_that_was_written(
        plan in plan(),
        root in metadata(),
        tail_packing: bool,
    ) {
        let (mut tree, _) = build(&plan);
        tree.set_root_metadata(root).expect("the metadata of a root");
        for name in ["none", "zstd:1", "gzip", "xz:0", "lz4"] {
            let Ok(compression) = name.parse() else { continue };
            let found = read(write(&tree, compression, tail_packing, 1));
            prop_assert_eq!(found.root_metadata(), tree.root_metadata(), "{}", name);
            prop_assert_eq!(facts(&found), facts(&tree), "{}", name);
        }
    }

    #[test]
    fn neither_the_order_of_insertion_nor_threads_change_a_byte(
        plan in plan(),
        swaps in vec(any::<Index>(), 40),
        threads in 2_usize..6,
        tail_packing: bool,
    ) {
        // Only what the first tree has, so that no entry stands in the way of another one.
        let (first, _) = build(&plan);
        let mut entries: Vec<_> = first.entries().collect();
        for at in (1..entries.len()).rev() {
            let with = swaps.get(at % swaps.len()).expect("one of them").index(at + 1);
            entries.swap(at, with);
        }
        let mut again = Tree::new();
        let mut made: Vec<sysext_image::Entry<'_>> = Vec::new();
        for entry in &entries {
            let known = made.iter().find(|other| other.is_same_inode(entry));
            match known {
                Some(other) => again.link(other.path(), entry.path()),
                None => again.insert(
                    entry.path(),
                    entry.metadata().clone(),
                    entry.node().clone(),
                ),
            }
            .expect("an entry of the first tree");
            made.push(entry.clone());
        }
        let expected = write(&first, Compression::default(), tail_packing, 1);
        prop_assert!(write(&again, Compression::default(), tail_packing, threads) == expected);
    }
}
