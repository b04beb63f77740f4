//! What is found when an image is read again, and what is said to be left out.

mod noise;

use std::{
    fs,
    io::Cursor,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sysext_image::{
    Device, Metadata, Node, Tree,
    cross_check::{CrossCheck, CrossCheckError, Report, WhichReader},
    squashfs::{BlockSize, Compression, Writer},
};

use crate::noise::noise;

fn image(tree: &Tree, compression: &str) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    let writer = Writer::new()
        .with_compression(compression.parse::<Compression>().expect("a compression"))
        .with_block_size("4K".parse::<BlockSize>().expect("a block size"));
    writer.write(tree, &mut image).expect("an image");
    image.into_inner()
}

fn check(tree: &Tree, image: Vec<u8>) -> Report {
    let continued = |_| ControlFlow::Continue(());
    CrossCheck::new().run(tree, Cursor::new(image), continued).expect("a report")
}

fn disagreements(report: &Report) -> Vec<String> {
    report.disagreements.iter().map(ToString::to_string).collect()
}

fn unchecked(report: &Report) -> Vec<String> {
    report.unchecked.iter().map(ToString::to_string).collect()
}

/// One of everything that backhand shows.
fn plain() -> Tree {
    let mut tree = Tree::new();
    let owned = Metadata::new(0o1234).with_owner(1000, 4_000_000_000).with_mtime(1_700_000_000);
    tree.set_root_metadata(Metadata::new(0o755).with_mtime(5)).expect("a root");
    let device = Device { major: 4095, minor: 1_048_575 };
    let nodes = [
        ("usr/marked", Node::file("the MARK is here")),
        ("usr/name-of-file", Node::file("")),
        ("usr/blocks", Node::file(noise(3 * 4096, 1))),
        ("usr/tail", Node::file(noise(2 * 4096 + 5, 2))),
        ("usr/tail-again", Node::file(noise(2 * 4096 + 5, 2))),
        ("usr/hole", Node::file([vec![0; 3 * 4096], noise(10, 3), vec![0; 4096]].concat())),
        ("usr/zeros", Node::file(vec![0; 100_001])),
        ("usr/link", Node::symlink("t".repeat(255))),
        ("usr/link-of-bytes", Node::symlink(b"\xff\n")),
        ("usr/char", Node::CharDevice(device)),
        ("usr/block", Node::BlockDevice(device)),
        ("usr/fifo", Node::Fifo),
        ("usr/socket", Node::Socket),
        ("usr/empty", Node::Directory),
    ];
    for (path, node) in nodes {
        tree.insert(path, owned.clone(), node).unwrap_or_else(|error| panic!("{error}"));
    }
    for name in [&b"usr/\xff\xfe"[..], b"usr/new\nline", &[&b"usr/"[..], &[b'l'; 255]].concat()] {
        tree.insert(name, Metadata::new(0), Node::file("x")).expect("an entry");
    }
    for number in 0..600 {
        let path = format!("opt/many/{number}");
        tree.insert(path, Metadata::new(0o600), Node::file(number.to_string())).expect("an entry");
    }
    tree
}

#[test]
fn an_image_agrees_with_its_tree_whatever_the_compression() {
    let tree = plain();
    let entries = tree.entries().count() as u64;
    for compression in ["zstd:3", "gzip", "xz:0", "lz4", "none"] {
        let report = check(&tree, image(&tree, compression));
        assert_eq!(disagreements(&report), [""; 0], "{compression}");
        assert_eq!(unchecked(&report), [""; 0], "{compression}");
        let content = tree.entries().map(|entry| match entry.node() {
            Node::File(content) => content.len(),
            _ => 0,
        });
        assert_eq!((report.entries, report.content), (entries, content.sum()), "{compression}");
    }
}

/// The image without compression, with one thing in it changed.
fn changed(tree: &Tree, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut image = image(tree, "none");
    let places = image.windows(from.len()).enumerate().filter(|(_, window)| *window == from);
    let [place] = *places.map(|(at, _)| at).collect::<Vec<_>>() else {
        panic!("{} is not there once", from.escape_ascii());
    };
    image.splice(place..place + to.len(), to.iter().copied());
    image
}

#[test]
fn what_was_changed_in_an_image_is_found_by_both_readers() {
    // Bytes, what takes their place, and what is said of which entry.
    type Case<'a> = (&'a [u8], &'a [u8], &'a [(&'a str, &'a str)]);

    let mut tree = Tree::new();
    let metadata = Metadata::new(0o1357).with_owner(1001, 1002).with_mtime(0x1234_5678);
    let device = Device { major: 8, minor: 0 };
    for (path, node) in [
        ("usr/file", Node::file("the MARK is here")),
        ("usr/link", Node::symlink("TARGET")),
        ("usr/node", Node::BlockDevice(device)),
    ] {
        tree.insert(path, metadata.clone(), node).expect("an entry");
    }
    let inode = |kind: u16| [kind.to_le_bytes(), 0o1357_u16.to_le_bytes()].concat();
    let mode = |kind: u16| [kind.to_le_bytes(), 0o1353_u16.to_le_bytes()].concat();
    let cases: [Case<'_>; 6] = [
        (b"MARK", b"MASK", &[("usr/file", "the content differs from byte 6 on")]),
        (&inode(2), &mode(2), &[("usr/file", "mode 1353, not 1357")]),
        (b"TARGET", b"TARGES", &[("usr/link", "target \"TARGES\", not \"TARGET\"")]),
        (
            b"node",
            b"nods",
            &[("usr/node", "it is missing"), ("usr/nods", "it should not be there")],
        ),
        (
            &1001_u32.to_le_bytes(),
            &7_u32.to_le_bytes(),
            &[
                ("usr/file", "owner 7:1002, not 1001:1002"),
                ("usr/link", "owner 7:1002, not 1001:1002"),
                ("usr/node", "owner 7:1002, not 1001:1002"),
            ],
        ),
        (&[0, 8, 0, 0], &[1, 8, 0, 0], &[("usr/node", "device 8:1, not 8:0")]),
    ];
    for (from, to, expected) in cases {
        let report = check(&tree, changed(&tree, from, to));
        let expected = ["sysext-image", "backhand"].iter().flat_map(|reader| {
            let line = move |(path, what)| format!("{path:?} as {reader} reads it: {what}");
            expected.iter().copied().map(line)
        });
        let found = disagreements(&report);
        assert_eq!(found, expected.collect::<Vec<_>>(), "{}", from.escape_ascii());
    }
}

#[test]
fn an_image_of_another_tree_disagrees() {
    let tree = |content: &'static str, name: &str| {
        let mut tree = Tree::new();
        let metadata = Metadata::new(0o644).with_xattr("user.a".parse().expect("a name"), content);
        tree.insert("file", metadata, Node::file(content)).expect("an entry");
        tree.link(&"file".parse().expect("a path"), name).expect("a link");
        tree
    };
    let report = check(&tree("long", "z"), image(&tree("longer", "y"), "zstd"));
    assert_eq!(
        disagreements(&report),
        [
            "\"file\" as sysext-image reads it: 6 bytes, not 4",
            "\"file\" as sysext-image reads it: attribute \"user.a\" is \"longer\", not \"long\"",
            "\"z\" as sysext-image reads it: it is missing",
            "\"y\" as sysext-image reads it: it should not be there",
            "\"file\" as backhand reads it: 6 bytes, not 4",
            "\"z\" as backhand reads it: it is missing",
            "\"y\" as backhand reads it: it should not be there",
        ]
    );
    assert!(
        report.disagreements.iter().any(|found| found.reader == WhichReader::Own),
        "{report:?}"
    );
}

#[test]
fn an_entry_of_another_kind_disagrees() {
    let nodes = || {
        let device = Device { major: 0, minor: 0 };
        [
            ("file", Node::file("")),
            ("directory", Node::Directory),
            ("symlink", Node::symlink("a")),
            ("char", Node::CharDevice(device)),
            ("block", Node::BlockDevice(device)),
            ("fifo", Node::Fifo),
            ("socket", Node::Socket),
        ]
    };
    let tree = |node| {
        let mut tree = Tree::new();
        tree.insert("a", Metadata::new(0o644), node).expect("an entry");
        tree
    };
    for ((expected, node), (found, other)) in
        nodes().into_iter().zip(nodes().into_iter().cycle().skip(1))
    {
        let report = check(&tree(node), image(&tree(other), "none"));
        let text = |reader| format!("\"a\" as {reader} reads it: {found}, not {expected}");
        assert_eq!(disagreements(&report), [text("sysext-image"), text("backhand")]);
    }
}

#[test]
fn an_image_that_backhand_does_not_read_disagrees() {
    let mut tree = Tree::new();
    tree.insert("a", Metadata::new(0o1357), Node::Fifo).expect("an entry");
    // A named pipe whose inode says that it is a socket, and whose name does not.
    let mode = 0o1357_u16.to_le_bytes();
    let changed = changed(&tree, &[&[6, 0], &mode[..]].concat(), &[&[7, 0], &mode[..]].concat());
    assert_eq!(
        disagreements(&check(&tree, changed)),
        ["\"a\" as sysext-image reads it: socket, not fifo"]
    );
    // The table of inodes has one more than the superblock says.
    let mut counted = image(&tree, "none");
    counted[4] -= 1;
    assert_eq!(
        disagreements(&check(&tree, counted)),
        ["the image as backhand reads it: it cannot be read"]
    );
}

#[test]
fn a_copy_is_no_hard_link() {
    let mut linked = Tree::new();
    linked.insert("a", Metadata::new(0o644), Node::file("x")).expect("an entry");
    let mut copied = linked.clone();
    linked.link(&"a".parse().expect("a path"), "b").expect("a link");
    copied.insert("b", Metadata::new(0o644), Node::file("x")).expect("an entry");
    assert_eq!(
        disagreements(&check(&linked, image(&copied, "zstd"))),
        [
            "\"a\" as sysext-image reads it: 1 links, not 2",
            "\"b\" as sysext-image reads it: 1 links, not 2",
        ]
    );
}

#[test]
fn the_root_is_compared_by_the_reader_that_shows_it() {
    let mut tree = Tree::new();
    let image = image(&tree, "zstd");
    tree.set_root_metadata(Metadata::new(0o700).with_mtime(1)).expect("a root");
    assert_eq!(
        disagreements(&check(&tree, image)),
        [
            "the root as backhand reads it: mode 0755, not 0700",
            "the root as backhand reads it: time 0, not 1",
        ]
    );
}

#[test]
fn hard_links_and_attributes_are_compared_by_one_reader() {
    let mut tree = Tree::new();
    let metadata = Metadata::new(0o644).with_xattr("user.a".parse().expect("a name"), "1");
    tree.insert("usr/a", metadata.clone(), Node::file("content")).expect("an entry");
    for name in ["usr/b", "usr/c"] {
        tree.link(&"usr/a".parse().expect("a path"), name).expect("a link");
    }
    tree.insert("usr/d", metadata, Node::Directory).expect("an entry");
    let report = check(&tree, image(&tree, "zstd"));
    assert_eq!(disagreements(&report), [""; 0]);
    assert_eq!(
        unchecked(&report),
        [
            "backhand does not show hard links (here 2)",
            "backhand does not show extended attributes (here of 4 entries)",
        ]
    );
    // One inode has its content once.
    assert_eq!((report.entries, report.content), (5, 7));
}

/// A tree that backhand can read, and one of the same kind that it cannot, with what is said of it.
fn limits() -> Vec<(Tree, Tree, &'static str)> {
    let with = |nodes: Vec<(String, Metadata, Node)>| {
        let mut tree = Tree::new();
        for (path, metadata, node) in nodes {
            tree.insert(path, metadata, node).expect("an entry");
        }
        tree
    };
    let plain = || Metadata::new(0o755);
    let target =
        |length| with(vec![("usr/link".into(), plain(), Node::symlink("t".repeat(length)))]);
    let owners = |count: u32| {
        let owned = |id| (format!("usr/{id}"), plain().with_owner(id, 0), Node::file(""));
        with((1..count).map(owned).collect())
    };
    let deep = |depth| with(vec![(vec!["d"; depth].join("/"), plain(), Node::Directory)]);
    vec![
        (
            target(255),
            target(256),
            "backhand cannot read an image with a link target of 256 bytes, more than 255: \"usr/link\"",
        ),
        (
            owners(2048),
            owners(2049),
            "backhand cannot read an image with 2049 owners, more than 2048",
        ),
        (deep(256), deep(257), "257 names deep, and backhand is asked for 256 at most"),
    ]
}

#[test]
fn beyond_the_limits_of_backhand_its_word_is_not_asked() {
    for (within, mut beyond, expected) in limits() {
        let report = check(&within, image(&within, "zstd:1"));
        assert_eq!((disagreements(&report), unchecked(&report)), (vec![], vec![]), "{expected}");
        assert_eq!(report.entries, within.entries().count() as u64, "{expected}");

        let written = image(&beyond, "zstd:1");
        let report = check(&beyond, written.clone());
        assert_eq!((disagreements(&report), report.entries), (vec![], 0), "{expected}");
        let found = unchecked(&report);
        assert!(found.len() == 1 && found[0].ends_with(expected), "{found:?}, not {expected:?}");

        // This crate's reader is asked nevertheless.
        beyond.insert("usr/more", Metadata::new(0o755), Node::Fifo).expect("an entry");
        let found = disagreements(&check(&beyond, written));
        let missing = "\"usr/more\" as sysext-image reads it: it is missing";
        assert_eq!(found.last().map(String::as_str), Some(missing), "{expected}");
    }
}

#[test]
fn backhand_has_no_more_memory_than_it_is_given() {
    let mut tree = Tree::new();
    tree.insert("file", Metadata::new(0o644), Node::file("content")).expect("an entry");
    let image = image(&tree, "zstd");
    // One fragment block of 4 KiB, 512 bytes of an entry with twice its name, 12 of a block.
    let cases = [
        (4096 + 512 + 8 + 12, [""; 0].as_slice()),
        (4096 + 512 + 8 + 11, &["backhand would need about 4628 bytes of memory, more than 4627"]),
    ];
    for (limit, expected) in cases {
        let report = CrossCheck::new()
            .with_memory(limit)
            .run(&tree, Cursor::new(image.clone()), |_| ControlFlow::Continue(()))
            .expect("a report");
        assert_eq!(unchecked(&report), expected, "{limit}");
        assert_eq!(report.entries, u64::from(expected.is_empty()), "{limit}");
    }
}

#[test]
fn progress_is_told_and_may_stop_it() {
    let mut tree = Tree::new();
    tree.insert("a", Metadata::new(0o644), Node::file(noise(100_000, 1))).expect("an entry");
    let image = image(&tree, "lz4");
    let mut states = Vec::new();
    let told = |progress: sysext_image::cross_check::Progress| {
        states.push((progress.done, progress.total));
        ControlFlow::Continue(())
    };
    CrossCheck::new().run(&tree, Cursor::new(image.clone()), told).expect("a report");
    assert_eq!(states, [(0, 100_000), (65_536, 100_000), (100_000, 100_000)]);

    let calls = Arc::new(AtomicU64::new(0));
    let stopped = CrossCheck::new().run(&tree, Cursor::new(image), |_| {
        calls.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Break(())
    });
    let error = stopped.expect_err("it was stopped");
    assert_eq!(error.to_string(), "stopped before everything was compared");
    assert!(matches!(error, CrossCheckError::Cancelled), "{error:?}");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[test]
fn what_cannot_be_read_is_an_error_that_says_whose_fault_it_is() {
    let cut = image(&plain(), "zstd")[..4096].to_vec();
    let error = CrossCheck::new()
        .run(&plain(), Cursor::new(cut), |_| ControlFlow::Continue(()))
        .expect_err("the image is cut off");
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(
        (error.to_string(), source.as_deref()),
        (
            "cannot read the image".to_owned(),
            Some("superblock: the image is longer than the file: it was cut off")
        )
    );

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "before").expect("a file");
    let tree =
        Tree::scan(directory.path(), &sysext_image::ScanPolicy::default()).expect("a tree").tree;
    let image = image(&tree, "zstd");
    fs::write(&file, "later, and longer").expect("a file");
    let error = CrossCheck::new()
        .run(&tree, Cursor::new(image), |_| ControlFlow::Continue(()))
        .expect_err("the file changed");
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(
        (error.to_string(), source.as_deref()),
        ("cannot read \"file\" again, to compare it".to_owned(), Some("it changed after the scan"))
    );
}
