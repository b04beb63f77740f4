//! What differs between two images.

use std::{collections::BTreeMap, io::Cursor};

use proptest::prelude::*;
use sysext_image::{
    Device, DiffOptions, Difference, DifferenceKind, EntryPath, Image, Metadata, Node, Tree,
    squashfs::{Compression, Writer},
};

fn tree(entries: &[(&str, Metadata, Node)]) -> Tree {
    let mut tree = Tree::new();
    for (path, metadata, node) in entries {
        tree.insert(path, metadata.clone(), node.clone()).expect("an entry");
    }
    tree
}

fn written(tree: &Tree) -> Image {
    let mut image = Cursor::new(Vec::new());
    Writer::new().with_compression(Compression::None).write(tree, &mut image).expect("an image");
    Image::open(image).expect("an image")
}

fn differences(old: &Image, new: &Image, options: &DiffOptions) -> Vec<Difference> {
    old.diff(new, options).collect::<Result<_, _>>().expect("readable images")
}

/// The lines of what differs, which are the same for trees and for their images.
fn lines(old: &Tree, new: &Tree, options: &DiffOptions) -> Vec<String> {
    let lines = |old: &Image, new: &Image| -> Vec<_> {
        differences(old, new, options).iter().map(ToString::to_string).collect()
    };
    let expected = lines(&Image::from(old.clone()), &Image::from(new.clone()));
    assert_eq!(lines(&written(old), &written(new)), expected, "images");
    assert_eq!(lines(&Image::from(old.clone()), &written(new)), expected, "a tree and an image");
    expected
}

#[test]
fn each_change_has_its_words() {
    let file = |content: &str| (Metadata::new(0o644), Node::file(content));
    let with = |metadata| (metadata, Node::file(""));
    let name = || "user.note".parse().unwrap();
    let device = |major, minor| (Metadata::new(0o600), Node::CharDevice(Device { major, minor }));
    let link = |target: &str| (Metadata::new(0o777), Node::symlink(target));
    let cases = [
        (file("abc"), file("abd"), "the content differs from byte 2 on"),
        (file("abc"), file("abcd"), "size 3 → 4"),
        (device(1, 3), device(1, 5), "device 1:3 → 1:5"),
        (link("a"), link("b\n"), r#"target "a" → "b\n""#),
        (file(""), link("a"), "file → symlink, mode 0644 → 0777"),
        (
            device(1, 3),
            (Metadata::new(0o600), Node::BlockDevice(Device { major: 1, minor: 3 })),
            "char → block",
        ),
        ((Metadata::new(0o600), Node::Fifo), (Metadata::new(0o600), Node::Socket), "fifo → socket"),
        (with(Metadata::new(0o755)), with(Metadata::new(0o4755)), "mode 0755 → 4755"),
        (with(Metadata::new(0)), with(Metadata::new(0).with_owner(1, 2)), "owner 0:0 → 1:2"),
        (with(Metadata::new(0)), with(Metadata::new(0).with_mtime(7)), "time 0 → 7"),
        (
            with(Metadata::new(0)),
            with(Metadata::new(0).with_xattr(name(), "x")),
            r#"attribute "user.note" none → "x""#,
        ),
        (
            with(Metadata::new(0).with_xattr(name(), "x")),
            with(Metadata::new(0)),
            r#"attribute "user.note" "x" → none"#,
        ),
        (
            with(Metadata::new(0).with_xattr(name(), "x")),
            with(Metadata::new(0).with_xattr(name(), "y")),
            r#"attribute "user.note" "x" → "y""#,
        ),
    ];
    for ((metadata, node), (new_metadata, new_node), expected) in cases {
        let old = tree(&[("f", metadata, node)]);
        let new = tree(&[("f", new_metadata, new_node)]);
        assert_eq!(
            lines(&old, &new, &DiffOptions::default()),
            [format!("\"f\": {expected}")],
            "{expected}"
        );
    }
}

#[test]
fn links_are_counted() {
    let old = tree(&[("a", Metadata::new(0), Node::file("x"))]);
    let mut new = old.clone();
    new.link(&"a".parse().unwrap(), "b").unwrap();
    assert_eq!(
        lines(&old, &new, &DiffOptions::default()),
        [r#""a": links 1 → 2"#, r#""b": added"#]
    );
    // Their content is compared once, and told of each.
    let mut other = tree(&[("a", Metadata::new(0), Node::file("y"))]);
    other.link(&"a".parse().unwrap(), "b").unwrap();
    assert_eq!(
        lines(&new, &other, &DiffOptions::default()),
        [
            r#""a": the content differs from byte 0 on"#,
            r#""b": the content differs from byte 0 on"#
        ]
    );
}

#[test]
fn the_root_is_compared_too() {
    let mut new = Tree::new();
    new.set_root_metadata(Metadata::new(0o700)).unwrap();
    assert_eq!(lines(&Tree::new(), &new, &DiffOptions::default()), ["the root: mode 0755 → 0700"]);
}

#[test]
fn what_is_in_a_directory_that_became_a_file_is_removed() {
    let old = tree(&[("a/b", Metadata::new(0o644), Node::file(""))]);
    let new = tree(&[("a", Metadata::new(0o755), Node::file(""))]);
    let expected = [r#""a": directory → file"#, r#""a/b": removed"#];
    assert_eq!(lines(&old, &new, &DiffOptions::default()), expected);
    let expected = [r#""a": file → directory"#, r#""a/b": added"#];
    assert_eq!(lines(&new, &old, &DiffOptions::default()), expected);
}

#[test]
fn paths_are_compared_name_by_name() {
    let file = || (Metadata::new(0o644), Node::file(""));
    let entry = |path| (path, file().0, file().1);
    let old = tree(&[entry("a/b"), entry("a-b")]);
    let new = tree(&[entry("a/c"), entry("a-b"), entry("a.c")]);
    let expected = [r#""a/b": removed"#, r#""a/c": added"#, r#""a.c": added"#];
    assert_eq!(lines(&old, &new, &DiffOptions::default()), expected);
}

#[test]
fn times_and_owners_count_unless_told_otherwise() {
    let old = tree(&[("f", Metadata::new(0o644), Node::file(""))]);
    let new = tree(&[("f", Metadata::new(0o644).with_owner(1, 1).with_mtime(1), Node::file(""))]);
    let (owner, time) = ("owner 0:0 → 1:1", "time 0 → 1");
    for (mtimes, owners, expected) in [
        (true, true, vec![format!("\"f\": {owner}, {time}")]),
        (true, false, vec![format!("\"f\": {time}")]),
        (false, true, vec![format!("\"f\": {owner}")]),
        (false, false, vec![]),
    ] {
        let options = DiffOptions::default().with_mtimes(mtimes).with_owners(owners);
        assert_eq!(lines(&old, &new, &options), expected, "{options:?}");
    }
}

#[test]
fn long_contents_are_compared_to_their_end() {
    let content = |last| {
        let mut content = vec![7; 300_000];
        content[299_999] = last;
        tree(&[("f", Metadata::new(0o644), Node::file(content))])
    };
    let expected = [r#""f": the content differs from byte 299999 on"#];
    assert_eq!(lines(&content(1), &content(2), &DiffOptions::default()), expected);
    assert_eq!(
        differences(&written(&content(1)), &written(&content(1)), &DiffOptions::default()).len(),
        0
    );
}

#[test]
fn a_difference_ends_after_an_error() {
    let full = tree(&[("a", Metadata::new(0), Node::Fifo), ("b", Metadata::new(0), Node::Fifo)]);
    let mut bytes = Cursor::new(Vec::new());
    Writer::new().with_compression(Compression::None).write(&full, &mut bytes).unwrap();
    let options = sysext_image::ImageOptions::default().with_entries(1);
    let few = Image::open_with(bytes, &options).unwrap();
    let none = Image::from(Tree::new());
    let ends: Vec<_> = none
        .diff(&few, &DiffOptions::default())
        .map(|item| item.map(|it| it.to_string()).map_err(|error| error.to_string()))
        .collect();
    let expected =
        [Ok("\"a\": added".to_owned()), Err("the image has more than 1 entries".to_owned())];
    assert_eq!(ends, expected);
}

/// A tree of few names, so that two of them meet often.
fn any_tree() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(vec!["a", "a-", "a.b", "b", "é"]);
    let path = prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"));
    let node = prop_oneof![
        Just(Node::Directory),
        Just(Node::Fifo),
        "[xy]{0,2}".prop_map(|content| Node::file(content.into_bytes())),
        "[xy]".prop_map(Node::symlink),
    ];
    let metadata = (prop::sample::select(vec![0o644_u16, 0o755]), 0..2_u32)
        .prop_map(|(mode, mtime)| Metadata::new(mode).with_mtime(mtime));
    prop::collection::vec((path, metadata, node), 0..12).prop_map(|entries| {
        let mut tree = Tree::new();
        for (path, metadata, node) in entries {
            // What is there already stays.
            let _ = tree.insert(&path, metadata, node);
        }
        tree
    })
}

type Look = BTreeMap<EntryPath, (Metadata, Node)>;

fn look(tree: &Tree) -> Look {
    let entry = |entry: sysext_image::Entry<'_>| {
        (entry.path().clone(), (entry.metadata().clone(), entry.node().clone()))
    };
    tree.entries().map(entry).collect()
}

proptest! {
    #[test]
    fn nothing_differs_from_itself(tree in any_tree()) {
        prop_assert_eq!(lines(&tree, &tree, &DiffOptions::default()), Vec::<String>::new());
    }

    #[test]
    fn what_differs_makes_the_newer_one_of_the_older(old in any_tree(), new in any_tree()) {
        lines(&old, &new, &DiffOptions::default());
        let found = differences(&Image::from(old.clone()), &Image::from(new.clone()), &DiffOptions::default());
        let (mut made, target) = (look(&old), look(&new));
        for difference in found {
            let path = difference.path.expect("the roots are the same");
            match difference.kind {
                DifferenceKind::Added(entry) => {
                    let new = (entry.metadata().clone(), entry.node().clone());
                    prop_assert_eq!(made.insert(path, new), None);
                }
                DifferenceKind::Removed(entry) => {
                    let old = (entry.metadata().clone(), entry.node().clone());
                    prop_assert_eq!(made.remove(&path), Some(old));
                }
                DifferenceKind::Changed(changes) => {
                    prop_assert!(!changes.is_empty());
                    let new = target.get(&path).expect("it is in both").clone();
                    prop_assert_ne!(made.insert(path, new.clone()), Some(new));
                }
            }
        }
        prop_assert_eq!(made, target);
    }
}
