//! The nasty tree as `rdsquashfs` and backhand read it from the image.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    io::Read,
    path::Path,
};

use sysext_image::{Entry, Metadata, Node, ScanPolicy, Tree, squashfs::Reader};

use crate::{
    backhand_view::{self, View},
    keep,
    look::{assert_same, look, under},
    nasty, nasty_source, scan,
    tools::{Image, run},
    writer,
};

/// Each compressor at its lowest and its highest level.
const COMPRESSIONS: [&str; 9] =
    ["none", "zstd:1", "zstd:22", "gzip:1", "gzip:12", "xz:0", "xz:9", "xz:9:8K", "lz4"];

fn in_blocks(compression: &str) -> [(&str, &str); 3] {
    ["4K", "128K", "1M"].map(|block_size| (compression, block_size))
}

#[test]
#[ignore = "needs root and the C tools"]
fn rdsquashfs_lists_the_source() {
    let source = nasty_source();
    let tree = scan(source.path(), &keep());
    // Others are quoted in a way of its own.
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
    };
    let expected: BTreeSet<_> = tree.entries().filter_map(|entry| line(&entry, plain)).collect();
    assert!(expected.len() > nasty::ENTRIES, "{} lines", expected.len());
    for (compression, block_size) in COMPRESSIONS.into_iter().flat_map(in_blocks) {
        let image = Image::write(&tree, &writer(compression, block_size));
        let found = run("rdsquashfs", [image.path().as_os_str(), "-d".as_ref()]);
        let found = String::from_utf8_lossy(&found).into_owned();
        let found: BTreeSet<_> = found.lines().map(ToOwned::to_owned).collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        assert!(missing.is_empty(), "{compression} {block_size}: {missing:#?}");

        for path in ["usr/sizes/sparse", "usr/sizes/noise-4096-4097", "opt/links/file"] {
            let image = image.path();
            let arguments = [image.as_os_str(), "-c".as_ref(), path.as_ref()];
            let content = fs::read(source.path().join(path)).unwrap();
            let found = run("rdsquashfs", arguments);
            assert!(found == content, "{path}, {compression} {block_size}");
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
fn unsquashfs_describes_the_superblock() {
    let source = nasty_source();
    let tree = scan(source.path(), &keep());
    let cases: [(_, _, &[&str]); 12] = [
        ("none", "4K", &["Compression gzip", "Block size 4096", "Data is uncompressed"]),
        ("zstd:1", "1M", &["Compression zstd", "compression-level 1", "Block size 1048576"]),
        ("zstd:22", "4K", &["Compression zstd", "compression-level 22", "Data is compressed"]),
        ("gzip:1", "4K", &["Compression gzip", "compression-level 1", "window-size 15"]),
        ("gzip:8", "1M", &["Compression gzip", "compression-level 8", "Data is compressed"]),
        ("gzip:12", "1M", &["Compression gzip", "Block size 1048576", "Data is compressed"]),
        ("xz:0", "4K", &["Compression xz", "Block size 4096"]),
        ("xz:9", "1M", &["Compression xz", "Block size 1048576"]),
        ("xz:6:8K", "128K", &["Compression xz", "Dictionary size 8192", "No filters specified"]),
        ("xz:6:512K", "1M", &["Compression xz", "Dictionary size 524288"]),
        ("lz4", "4K", &["Compression lz4", "Block size 4096"]),
        ("lz4", "1M", &["Compression lz4", "Block size 1048576"]),
    ];
    for (compression, block_size, expected) in cases {
        let writer = writer(compression, block_size).with_mkfs_time(1_700_000_000);
        let image = Image::write(&tree, &writer);
        let said = run("unsquashfs", ["-UTC".as_ref(), "-s".as_ref(), image.path().as_os_str()]);
        let said = String::from_utf8(said).unwrap();
        let time = "Creation or last append time Tue Nov 14 22:13:20 2023";
        for line in expected.iter().chain([&time]) {
            let found = said.lines().any(|found| found.trim() == *line);
            assert!(found, "{compression} {block_size}: no {line:?} in {said}");
        }
    }
}

/// What the crate's own reader sees.
pub(crate) fn read(image: &Path) -> View {
    let reader = Reader::open(File::open(image).expect("the image")).expect("an image");
    let mut view = View::new();
    for entry in reader.entries() {
        let entry = entry.expect("an entry");
        let node = if let Node::File(file) = entry.node() {
            let mut content = Vec::new();
            file.reader().read_to_end(&mut content).expect("content");
            Node::file(content)
        } else {
            entry.node().clone()
        };
        let metadata = reader.metadata(&entry).expect("metadata");
        let path = entry.path().as_bytes().to_vec();
        assert_eq!(view.insert(path, (node, metadata)), None, "{:?} twice", entry.path());
    }
    view
}

/// What a scan saw, with the content of the files.
pub(crate) fn seen(tree: &Tree, source: &Path) -> View {
    let mut view = View::new();
    for entry in tree.entries() {
        let path = entry.path().as_bytes();
        let node = match entry.node() {
            Node::File(_) => Node::file(fs::read(source.join(nasty::name(path))).expect("a file")),
            node => node.clone(),
        };
        view.insert(path.to_vec(), (node, entry.metadata().clone()));
    }
    view
}

pub(crate) fn assert_equal(case: &str, expected: &View, found: &View) {
    let wrong: Vec<_> = expected
        .keys()
        .filter(|path| found.get(*path) != expected.get(*path))
        .map(|path| path.escape_ascii().to_string())
        .collect();
    assert!(wrong.is_empty(), "{case}: {wrong:#?}");
    assert_eq!(found.len(), expected.len(), "{case}");
}

#[test]
#[ignore = "needs root and the C tools"]
fn the_reader_reads_what_mksquashfs_wrote() {
    let source = nasty_source();
    // Their times are out of range: mksquashfs keeps the low 32 bits.
    for name in ["2-3", "65534-65535", "65536-1"] {
        fs::remove_file(source.path().join("usr/owned").join(name)).unwrap();
    }
    let expected = seen(&scan(source.path(), &keep()), source.path());
    let directory = tempfile::tempdir().unwrap();
    let stored = ["-noI", "-noD", "-noF", "-noX", "-noId"];
    let cases: [(&str, &str, &[&str]); 11] = [
        ("zstd", "4096", &[]),
        ("zstd", "131072", &[]),
        ("zstd", "1048576", &[]),
        ("zstd", "131072", &["-always-use-fragments"]),
        ("zstd", "131072", &["-no-fragments", "-no-exports", "-no-duplicates"]),
        ("zstd", "4096", &stored),
        ("gzip", "131072", &[]),
        ("xz", "131072", &["-Xbcj", "x86"]),
        ("xz", "1048576", &["-Xdict-size", "100%"]),
        ("lz4", "131072", &["-Xhc"]),
        ("lz4", "4096", &[]),
    ];
    for (number, (compressor, block_size, options)) in cases.into_iter().enumerate() {
        let image = directory.path().join(number.to_string());
        let paths = [source.path().as_os_str(), image.as_os_str()];
        let common = ["-comp", compressor, "-b", block_size, "-no-progress", "-quiet", "-noappend"];
        let all = common.iter().chain(options).map(OsStr::new);
        run("mksquashfs", paths.into_iter().chain(all));
        assert_equal(&format!("{compressor} {block_size} {options:?}"), &expected, &read(&image));
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn what_is_extracted_is_the_source() {
    let source = nasty_source();
    let tree = scan(source.path(), &keep());
    let expected = under(look(source.path()), &keep());
    let directory = tempfile::tempdir().unwrap();
    for (compression, block_size) in [("none", "4K"), ("zstd:1", "128K")] {
        let image = Image::write(&tree, &writer(compression, block_size));
        let image = sysext_image::Image::open(File::open(image.path()).unwrap()).unwrap();
        let target = directory.path().join(block_size);
        let unrestored = image.extract(&target, &sysext_image::ExtractOptions::default()).unwrap();
        assert_eq!(unrestored, [], "{block_size}");
        assert_same(block_size, &expected, &look(&target));
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn the_reader_reads_what_the_writer_wrote() {
    let source = nasty_source();
    let tree = scan(source.path(), &keep());
    let expected = seen(&tree, source.path());
    for (compression, block_size) in [("none", "4K"), ("zstd:1", "4K"), ("zstd:1", "1M")] {
        let image = Image::write(&tree, &writer(compression, block_size));
        assert_equal(&format!("{compression} {block_size}"), &expected, &read(&image.path()));
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn backhand_reads_the_source() {
    let source = nasty_source();
    // An image with one of these is unreadable to it.
    for path in nasty::LONG_LINKS {
        fs::remove_file(source.path().join(path)).unwrap();
    }
    let tree = scan(source.path(), &ScanPolicy::default());
    let mut expected = View::new();
    for entry in tree.entries() {
        let path = entry.path().as_bytes();
        let node = match entry.node() {
            Node::File(_) => {
                Node::file(fs::read(source.path().join(nasty::name(path))).expect("a file"))
            }
            node => node.clone(),
        };
        let metadata = entry.metadata();
        let seen = Metadata::new(metadata.mode).with_owner(metadata.uid, metadata.gid);
        expected.insert(path.to_vec(), (node, seen.with_mtime(metadata.mtime)));
    }
    for (compression, block_size) in COMPRESSIONS.into_iter().flat_map(in_blocks) {
        let image = Image::write(&tree, &writer(compression, block_size));
        let found = backhand_view::read(fs::read(image.path()).unwrap());
        let name = |path: &Vec<u8>| path.escape_ascii().to_string();
        let wrong: Vec<_> =
            expected.keys().filter(|p| found.get(*p) != expected.get(*p)).map(name).collect();
        assert!(wrong.is_empty(), "{compression} {block_size}: {wrong:#?}");
        assert_eq!(found.len(), expected.len(), "{compression} {block_size}");
    }
}
