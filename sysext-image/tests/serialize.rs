//! What is data for others, as JSON.

#![cfg(feature = "serde")]

use serde_json::json;
use sysext_image::{
    Check, Device, DiffOptions, Image, Metadata, Node, Tree,
    squashfs::{BlockSize, Compression, Writer},
};

#[test]
fn options_are_their_text_both_ways() {
    let size: BlockSize = serde_json::from_value(json!("64K")).unwrap();
    assert_eq!((size.bytes(), json!(size)), (65_536, json!("64K")));
    let compression: Compression = serde_json::from_value(json!("none")).unwrap();
    assert_eq!((compression, json!(compression)), (Compression::None, json!("none")));

    let error = serde_json::from_value::<BlockSize>(json!("3K")).unwrap_err().to_string();
    assert_eq!(error, "invalid block size \"3K\": expected a power of two from 4K to 1M");
    let error = serde_json::from_value::<Compression>(json!(15)).unwrap_err().to_string();
    assert_eq!(error, "invalid type: integer `15`, expected a compression such as none");
}

#[test]
fn a_summary_is_an_object() {
    let image = std::io::Cursor::new(Vec::new());
    let summary = Writer::new().with_compression(Compression::None).write(&Tree::new(), image);
    let expected = json!({"image_bytes": 4096, "content_bytes": 0, "inodes": 1, "duplicates": 0, "cache": null});
    assert_eq!(json!(summary.unwrap()), expected);
}

#[test]
fn a_finding_is_an_object_with_a_sentence() {
    let mut tree = Tree::new();
    tree.insert("usr/bin", Metadata::new(0o755), Node::file("")).unwrap();
    let findings = Image::from(tree).check(&Check::new()).unwrap();
    let expected = json!([
        {
            "code": "no-release-file",
            "severity": "error",
            "path": null,
            "text": "there is no release file in \"usr/lib/extension-release.d\": systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
        },
        {
            "code": "hides-host-directory",
            "severity": "error",
            "path": "usr/bin",
            "text": "hosts have a directory here, and nothing in it is seen once this is merged",
        },
    ]);
    assert_eq!(json!(findings), expected);
}

#[test]
fn a_difference_is_an_object_with_its_changes() {
    let device = |major| Node::CharDevice(Device { major, minor: 3 });
    let note = Metadata::new(0o644).with_xattr("user.note".parse().unwrap(), "x");
    let (mut old, mut new) = (Tree::new(), Tree::new());
    new.set_root_metadata(Metadata::new(0o700)).unwrap();
    new.insert("added", Metadata::new(0o644), Node::Fifo).unwrap();
    old.insert("content", note, Node::file("a")).unwrap();
    new.insert("content", Metadata::new(0o644).with_owner(1, 2).with_mtime(3), Node::file("b"))
        .unwrap();
    for (tree, node, major, target) in
        [(&mut old, Node::Fifo, 1, "a"), (&mut new, Node::Socket, 2, "b")]
    {
        tree.insert("device", Metadata::new(0o644), device(major)).unwrap();
        tree.insert("kind", Metadata::new(0o644), node).unwrap();
        tree.insert("target", Metadata::new(0o777), Node::symlink(target)).unwrap();
    }
    old.insert("removed", Metadata::new(0o644), Node::Fifo).unwrap();
    old.insert("size", Metadata::new(0o644), Node::file("")).unwrap();
    new.insert("size", Metadata::new(0o644), Node::file("12")).unwrap();
    new.link(&"size".parse().unwrap(), "size2").unwrap();
    let (old, new) = (Image::from(old), Image::from(new));
    let found: Vec<_> = old.diff(&new, &DiffOptions::default()).collect::<Result<_, _>>().unwrap();
    let expected = json!([
        {"path": null, "change": "changed", "changes": [
            {"code": "mode", "old": "0755", "new": "0700", "text": "mode 0755 → 0700"},
        ]},
        {"path": "added", "change": "added"},
        {"path": "content", "change": "changed", "changes": [
            {"code": "content", "at": 0, "text": "the content differs from byte 0 on"},
            {"code": "owner", "old": [0, 0], "new": [1, 2], "text": "owner 0:0 → 1:2"},
            {"code": "mtime", "old": 0, "new": 3, "text": "time 0 → 3"},
            {"code": "xattr", "name": "user.note", "old": "x", "new": null, "text": "attribute \"user.note\" \"x\" → none"},
        ]},
        {"path": "device", "change": "changed", "changes": [
            {"code": "device", "old": "1:3", "new": "2:3", "text": "device 1:3 → 2:3"},
        ]},
        {"path": "kind", "change": "changed", "changes": [
            {"code": "kind", "old": "fifo", "new": "socket", "text": "fifo → socket"},
        ]},
        {"path": "removed", "change": "removed"},
        {"path": "size", "change": "changed", "changes": [
            {"code": "size", "old": 0, "new": 2, "text": "size 0 → 2"},
            {"code": "links", "old": 1, "new": 2, "text": "links 1 → 2"},
        ]},
        {"path": "size2", "change": "added"},
        {"path": "target", "change": "changed", "changes": [
            {"code": "target", "old": "a", "new": "b", "text": "target \"a\" → \"b\""},
        ]},
    ]);
    assert_eq!(json!(found), expected);
}

#[cfg(feature = "fs")]
#[test]
fn a_loss_is_an_object_with_a_sentence() {
    use std::{
        fs,
        time::{Duration, UNIX_EPOCH},
    };
    use sysext_image::{MtimePolicy, ScanPolicy};

    let source = tempfile::tempdir().unwrap();
    let file = fs::File::create(source.path().join("file")).unwrap();
    file.set_modified(UNIX_EPOCH - Duration::from_secs(5)).unwrap();
    let policy = ScanPolicy::default().with_mtime(MtimePolicy::Keep);
    let scan = Tree::scan(source.path(), &policy).unwrap();
    let expected = json!([{
        "code": "mtime",
        "path": "file",
        "seconds": -5,
        "text": "\"file\": the time -5 is out of range, the nearest one was stored",
    }]);
    assert_eq!(json!(scan.losses), expected);
}
