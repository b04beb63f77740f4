//! What becomes an extension, and what is refused with a reason.

use std::io::Cursor;

use sysext_image::{Builder, Content, Entry, Extension, Metadata, Node, Tree};
use sysext_release::{Class, ExtensionRelease};

const SYSEXT_FILE: &str = "usr/lib/extension-release.d/extension-release.hello";
const CONFEXT_FILE: &str = "etc/extension-release.d/extension-release.hello";

fn release() -> ExtensionRelease {
    ExtensionRelease::builder().id("debian").version_id("13").build().expect("a release")
}

fn builder(class: Class) -> Builder {
    Builder::new(class, "hello".parse().expect("a name"), release())
}

fn tree(entries: &[(&str, Node)]) -> Tree {
    let mut tree = Tree::new();
    for (path, node) in entries {
        tree.insert(path, Metadata::new(0o755), node.clone()).expect("an entry");
    }
    tree
}

fn file(content: &str) -> Node {
    Node::file(content)
}

fn entry<'a>(extension: &'a Extension, path: &str) -> Entry<'a> {
    extension.tree().get(path).unwrap_or_else(|| panic!("no {path:?}"))
}

#[test]
fn an_extension_has_the_release_file_of_its_class() {
    for (class, path, content) in [
        (Class::Sysext, SYSEXT_FILE, ("usr/bin/tool", file("tool"))),
        (Class::Confext, CONFEXT_FILE, ("etc/tool.conf", file("tool"))),
    ] {
        let extension = builder(class).build(tree(&[content])).unwrap();
        let found = entry(&extension, path);
        assert_eq!(*found.node(), Node::file("ID=debian\nVERSION_ID=13\n"), "{class}");
        assert_eq!(*found.metadata(), Metadata::new(0o644), "{class}");
        assert_eq!(*extension.release(), release(), "{class}");
    }
}

#[test]
fn an_empty_tree_becomes_an_extension_of_nothing_but_its_release_file() {
    let extension = builder(Class::Sysext).build(Tree::new()).unwrap();
    let paths: Vec<_> = extension.tree().entries().map(|entry| entry.path().to_string()).collect();
    assert_eq!(paths, ["usr", "usr/lib", "usr/lib/extension-release.d", SYSEXT_FILE]);
}

#[test]
fn only_what_the_builder_makes_has_its_time() {
    let extension = builder(Class::Sysext)
        .with_mtime(1234)
        .build(tree(&[("usr/lib", Node::Directory)]))
        .unwrap();
    let times = ["usr", "usr/lib", "usr/lib/extension-release.d", SYSEXT_FILE]
        .map(|path| entry(&extension, path).metadata().mtime);
    assert_eq!(times, [0, 0, 1234, 1234]);
}

#[test]
fn an_image_for_any_name_says_so_in_an_attribute() {
    for (any_name, expected) in [
        (
            true,
            Metadata::new(0o644).with_xattr("user.extension-release.strict".parse().unwrap(), "0"),
        ),
        (false, Metadata::new(0o644)),
    ] {
        let extension = builder(Class::Sysext).with_any_name(any_name).build(Tree::new()).unwrap();
        assert_eq!(*entry(&extension, SYSEXT_FILE).metadata(), expected, "{any_name}");
    }
}

#[test]
fn a_release_file_that_says_the_same_is_replaced() {
    for content in [
        "ID=debian\nVERSION_ID=13\n",
        "# a comment\nVERSION_ID='13'\nID=\"debian\"\n",
        "ID=other\nID=debian\nVERSION_ID=13",
    ] {
        let mut source = tree(&[("usr/share/copy", file(content))]);
        source.link(&"usr/share/copy".parse().unwrap(), SYSEXT_FILE).unwrap();
        let extension = builder(Class::Sysext).build(source).unwrap();
        let found = entry(&extension, SYSEXT_FILE);
        assert_eq!(*found.node(), Node::file("ID=debian\nVERSION_ID=13\n"), "{content:?}");
        // What else has the replaced file's inode keeps its content.
        let copy = entry(&extension, "usr/share/copy");
        assert_eq!((copy.node(), copy.nlink()), (&file(content), 1), "{content:?}");
        let summary = extension
            .write(&sysext_image::squashfs::Writer::new(), Cursor::new(Vec::new()))
            .unwrap();
        assert_eq!(summary.inodes, 7, "{content:?}");
    }
}

#[test]
fn what_systemd_would_refuse_or_never_show_is_an_error() {
    let outside_sysext =
        |path| format!("{path:?} is outside the hierarchies of a sysext: usr, opt");
    let outside_confext = |path| format!("{path:?} is outside the hierarchies of a confext: etc");
    let identity = "\"usr/lib/os-release\" must not be in an extension: it would replace the host's own identity";
    let differs = |found: &str, expected: &str| {
        format!(
            "{SYSEXT_FILE:?} says {found}, but the release file in its place would say {expected}"
        )
    };
    let version = r#"VERSION_ID="13""#;
    let unreadable = || format!("cannot read the release file {SYSEXT_FILE:?}");
    let no_file = || {
        format!(
            "the release file {SYSEXT_FILE:?} is not a regular file: leave it out, it is made anew"
        )
    };
    let no_parent = |path: &str, parent: &str| {
        format!("cannot add {path:?}: its parent {parent:?} is not a directory")
    };
    let directory = "usr/lib/extension-release.d";
    let foreign = "usr/lib/extension-release.d/extension-release.other";
    let content = "ID=debian\nVERSION_ID=13\n";
    let too_long = Content::from(format!("{content}#{}\n", "x".repeat(1 << 20)));
    let cases: Vec<(Class, (&str, Node), String)> = vec![
        (Class::Sysext, ("etc/file", file("")), outside_sysext("etc")),
        (Class::Sysext, ("etc", Node::Directory), outside_sysext("etc")),
        (Class::Sysext, ("file", file("")), outside_sysext("file")),
        (Class::Sysext, ("usrr/file", file("")), outside_sysext("usrr")),
        (Class::Confext, ("usr/file", file("")), outside_confext("usr")),
        (Class::Confext, ("opt", Node::Directory), outside_confext("opt")),
        (
            Class::Sysext,
            ("usr", Node::symlink("real")),
            "the hierarchy \"usr\" is not a directory".into(),
        ),
        (Class::Sysext, ("opt", file("")), "the hierarchy \"opt\" is not a directory".into()),
        (Class::Confext, ("etc", Node::Fifo), "the hierarchy \"etc\" is not a directory".into()),
        (Class::Sysext, ("usr/lib", Node::symlink("lib64")), no_parent(directory, "usr/lib")),
        (Class::Sysext, (directory, Node::symlink("elsewhere")), no_parent(SYSEXT_FILE, directory)),
        (Class::Sysext, ("usr/lib/os-release", file("ID=debian\n")), identity.into()),
        (Class::Sysext, ("usr/lib/os-release", Node::symlink("nowhere")), identity.into()),
        (Class::Sysext, ("usr/lib/os-release", Node::Directory), identity.into()),
        (
            Class::Sysext,
            (SYSEXT_FILE, file("ID=debian\nVERSION_ID=12\n")),
            differs(r#"VERSION_ID="12""#, version),
        ),
        (Class::Sysext, (SYSEXT_FILE, file("ID=debian\n")), differs("no VERSION_ID", version)),
        (
            Class::Sysext,
            (SYSEXT_FILE, file("ID=debian\nVERSION_ID=13\nX=1\n")),
            differs(r#"X="1""#, "no X"),
        ),
        (Class::Sysext, (SYSEXT_FILE, file("ID=debian\0")), unreadable()),
        (Class::Sysext, (SYSEXT_FILE, Node::Directory), no_file()),
        (Class::Sysext, (SYSEXT_FILE, Node::symlink("extension-release.other")), no_file()),
        (
            Class::Sysext,
            (SYSEXT_FILE, Node::File(too_long)),
            format!("the release file {SYSEXT_FILE:?} has 1048602 bytes, more than 1048576"),
        ),
        (
            Class::Sysext,
            (foreign, file(content)),
            format!("{foreign:?} is the release file of another extension than \"hello\""),
        ),
    ];
    for (class, (path, node), expected) in cases {
        let case = format!("{class}, {path} as {node:?}");
        let error = builder(class).build(tree(&[(path, node)])).unwrap_err();
        assert_eq!(error.to_string(), expected, "{case}");
    }
}

#[test]
fn what_only_looks_like_a_fault_is_taken() {
    for (class, path) in [
        (Class::Sysext, "usr/lib/extension-release.d/README"),
        (Class::Sysext, "usr/lib/extension-release.d/extension-release"),
        (Class::Sysext, "usr/share/extension-release.other"),
        (Class::Sysext, "usr/lib/os-release.d/file"),
        (Class::Sysext, "usr/etc/os-release"),
        (Class::Confext, "etc/os-release"),
    ] {
        let extension = builder(class).build(tree(&[(path, file("kept"))])).unwrap();
        assert_eq!(*entry(&extension, path).node(), file("kept"), "{path}");
    }
}

#[test]
fn a_name_that_breaks_the_mount_is_refused() {
    for (name, character) in
        [("a:b", ':'), ("a,b", ','), ("a\\b", '\\'), ("it's", '\''), ("a\"b", '"')]
    {
        let error = Builder::new(Class::Sysext, name.parse().unwrap(), release())
            .build(Tree::new())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "systemd cannot mount an extension named {name:?}: \
                 the character {character:?} has a meaning in the options of the mount"
            )
        );
    }
}

#[test]
fn a_name_that_leaves_no_room_for_the_release_file_is_refused() {
    let build = |length| {
        let name = "n".repeat(length).parse().unwrap();
        Builder::new(Class::Sysext, name, release()).build(Tree::new())
    };
    assert_eq!(build(237).unwrap().name().as_str().len(), 237);
    let expected = "an extension's name has at most 237 bytes, this one has 238";
    assert_eq!(build(238).unwrap_err().to_string(), expected);
}

#[test]
fn what_hides_the_host_is_refused_where_every_host_has_something() {
    let hiding = |path: &str, attribute: &str| {
        let mut tree = Tree::new();
        let metadata = Metadata::new(0o755).with_xattr(attribute.parse().unwrap(), "y");
        tree.insert(path, metadata, Node::Directory).unwrap();
        builder(Class::Sysext).build(tree).map_err(|error| error.to_string())
    };
    for attribute in ["trusted.overlay.opaque", "trusted.overlay.redirect"] {
        for path in ["usr/lib", "usr/lib/extension-release.d"] {
            let expected = format!(
                "{path:?} has the attribute {attribute:?}, which hides what every host has there"
            );
            assert_eq!(hiding(path, attribute).unwrap_err(), expected);
        }
        // Of a hierarchy itself overlayfs ignores it, and a directory of one's own is meant.
        for path in ["usr", "opt", "usr/share/tool"] {
            assert_eq!(hiding(path, attribute).map(|_| ()), Ok(()), "{attribute} on {path}");
        }
    }
    assert_eq!(hiding("usr/lib", "user.overlay.opaque").map(|_| ()), Ok(()));
}

#[test]
fn an_extension_knows_what_it_is() {
    let extension = builder(Class::Confext).build(Tree::new()).unwrap();
    assert_eq!((extension.class(), extension.name().as_str()), (Class::Confext, "hello"));
    assert_eq!(*extension.release(), release());
}
