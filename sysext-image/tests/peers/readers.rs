//! The nasty tree as `rdsquashfs` and backhand read it from the image.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Cursor,
};

use backhand::{FilesystemReader, InnerNode};
use sysext_image::{Entry, Node, ScanPolicy};

use crate::{
    keep, nasty, nasty_source, scan,
    tools::{Image, run},
    writer,
};

#[test]
#[ignore = "needs root and the C tools"]
fn rdsquashfs_lists_the_source() {
    let source = nasty_source();
    let tree = scan(source.path(), keep());
    // Others are quoted in a way of its own.
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    };
    let expected: BTreeSet<_> = tree.entries().filter_map(|entry| line(&entry, plain)).collect();
    assert!(expected.len() > nasty::ENTRIES, "{} lines", expected.len());
    for block_size in ["4K", "128K", "1M"] {
        let image = Image::write(&tree, writer("zstd:1", block_size));
        let found = run("rdsquashfs", [image.path().as_os_str(), "-d".as_ref()]);
        let found = String::from_utf8_lossy(&found).into_owned();
        let found: BTreeSet<_> = found.lines().map(ToOwned::to_owned).collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        assert!(missing.is_empty(), "{block_size}: {missing:#?}");

        for path in ["usr/sizes/sparse", "usr/sizes/noise-4096-4097", "opt/links/file"] {
            let image = image.path();
            let arguments = [image.as_os_str(), "-c".as_ref(), path.as_ref()];
            let content = fs::read(source.path().join(path)).unwrap();
            assert!(run("rdsquashfs", arguments) == content, "{path} in blocks of {block_size}");
        }
    }
}

/// What `rdsquashfs -d` says of an entry.
fn line(entry: &Entry<'_>, plain: impl Fn(&str) -> bool) -> Option<String> {
    let path = entry.path().to_string();
    let metadata = entry.metadata();
    let rest = format!("{path} 0{:o} {} {}", metadata.mode, metadata.uid, metadata.gid);
    let line = match entry.node() {
        Node::Directory => format!("dir {rest}"),
        Node::File(_) => format!("file {rest}"),
        Node::Symlink(target) => {
            let target = String::from_utf8_lossy(target);
            if !plain(&target) {
                return None;
            }
            format!("slink {rest} {target}")
        }
        Node::CharDevice(device) => format!("nod {rest} c {} {}", device.major, device.minor),
        Node::BlockDevice(device) => format!("nod {rest} b {} {}", device.major, device.minor),
        Node::Fifo => format!("pipe {rest}"),
        Node::Socket => format!("sock {rest}"),
        other => panic!("{other:?}"),
    };
    plain(&path).then_some(line)
}

#[test]
#[ignore = "needs root and the C tools"]
fn backhand_reads_the_source() {
    let source = nasty_source();
    // An image with one of these is unreadable to it.
    for path in nasty::LONG_LINKS {
        fs::remove_file(source.path().join(path)).unwrap();
    }
    let tree = scan(source.path(), ScanPolicy::default());
    let image = fs::read(Image::write(&tree, writer("zstd:1", "128K")).path()).unwrap();
    let reader = FilesystemReader::from_reader(Cursor::new(image)).unwrap();
    let mut found = BTreeMap::new();
    for node in reader.files() {
        let path = node.fullpath.as_os_str().as_encoded_bytes();
        let digest = match &node.inner {
            InnerNode::File(file) => {
                let mut hasher = blake3::Hasher::new();
                std::io::copy(&mut reader.file(file).reader(), &mut hasher).unwrap();
                Some(hasher.finalize())
            }
            _ => None,
        };
        let path = path.strip_prefix(b"/").unwrap_or(path).to_vec();
        found.insert(path, (digest, node.header.permissions));
    }
    found.remove(&Vec::new());
    let mut expected = BTreeMap::new();
    for entry in tree.entries() {
        let path = entry.path().as_bytes();
        let on_disk = source.path().join(nasty::name(path));
        let digest = matches!(entry.node(), Node::File(_))
            .then(|| blake3::hash(&fs::read(on_disk).expect("a readable file")));
        expected.insert(path.to_vec(), (digest, entry.metadata().mode));
    }
    let name = |path: &Vec<u8>| path.escape_ascii().to_string();
    let wrong: Vec<_> =
        expected.keys().filter(|p| found.get(*p) != expected.get(*p)).map(name).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(found.len(), expected.len());
}
