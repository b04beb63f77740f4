//! Archives made by hand, byte by byte, and what they become.

use std::io::Cursor;

use sysext_image::{
    Entry, Node, TarPolicy, TarScan, Tree,
    squashfs::{Compression, Writer},
};

/// Key and value.
pub(crate) type Record<'a> = (&'a str, &'a [u8]);

/// A ustar header, padded content behind it.
pub(crate) fn member(name: &str, typeflag: u8, content: &[u8]) -> Vec<u8> {
    with(name, typeflag, content, |_| {})
}

/// The same with other bytes in the header; the checksum is right.
pub(crate) fn with(
    name: &str,
    typeflag: u8,
    content: &[u8],
    change: impl FnOnce(&mut [u8; 512]),
) -> Vec<u8> {
    let mut header = [0; 512];
    put(&mut header, 0, name.as_bytes());
    put(&mut header, 100, b"0000644\0");
    put(&mut header, 108, b"0001750\0");
    put(&mut header, 116, b"0001751\0");
    put(&mut header, 124, format!("{:011o}\0", content.len()).as_bytes());
    put(&mut header, 136, b"00000001750\0");
    header[156] = typeflag;
    put(&mut header, 257, b"ustar\x0000");
    change(&mut header);
    seal(&mut header);
    let mut bytes = header.to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A link of this type.
pub(crate) fn link(name: &str, typeflag: u8, target: &str) -> Vec<u8> {
    with(name, typeflag, b"", |header| put(header, 157, target.as_bytes()))
}

pub(crate) fn put(header: &mut [u8; 512], at: usize, bytes: &[u8]) {
    header.get_mut(at..at + bytes.len()).expect("a field").copy_from_slice(bytes);
}

fn seal(header: &mut [u8; 512]) {
    put(header, 148, b"        ");
    let sum: u32 = header.iter().copied().map(u32::from).sum();
    put(header, 148, format!("{sum:06o}\0 ").as_bytes());
}

/// A pax header with these records.
pub(crate) fn pax(records: &[Record<'_>]) -> Vec<u8> {
    member("PaxHeaders/x", b'x', &records_of(records))
}

pub(crate) fn records_of(records: &[Record<'_>]) -> Vec<u8> {
    let mut content = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let length = (rest..rest + 20).find(|length| length.to_string().len() + rest == *length);
        content.extend_from_slice(format!("{} {key}=", length.expect("a length")).as_bytes());
        content.extend_from_slice(value);
        content.push(b'\n');
    }
    content
}

/// The parts one after the other, and the end.
pub(crate) fn archive(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), vec![0; 1024]].concat()
}

pub(crate) fn read(parts: &[Vec<u8>]) -> TarScan {
    read_with(parts, &TarPolicy::default())
}

pub(crate) fn read_with(parts: &[Vec<u8>], policy: &TarPolicy) -> TarScan {
    Tree::from_tar(&*archive(parts), policy).expect("a good archive")
}

pub(crate) fn error_with(parts: &[Vec<u8>], policy: &TarPolicy) -> String {
    Tree::from_tar(&*archive(parts), policy).expect_err("a bad archive").to_string()
}

pub(crate) fn error(parts: &[Vec<u8>]) -> String {
    error_with(parts, &TarPolicy::default())
}

/// A line for each entry: mode, path, and what it is.
pub(crate) fn listing(tree: &Tree) -> Vec<String> {
    let line = |entry: Entry<'_>| {
        let metadata = entry.metadata();
        let node = match entry.node() {
            Node::Directory => "/".to_owned(),
            Node::File(content) => format!(" {} bytes", content.len()),
            Node::Symlink(target) => format!(" -> {}", target.escape_ascii()),
            Node::CharDevice(device) => format!(" c{}:{}", device.major, device.minor),
            Node::BlockDevice(device) => format!(" b{}:{}", device.major, device.minor),
            node => format!(" {node:?}"),
        };
        let xattrs = metadata.xattrs.iter();
        let xattrs = xattrs.map(|(name, value)| format!(" {name}={}", value.escape_ascii()));
        let xattrs = xattrs.collect::<Vec<_>>().concat();
        format!("{:04o} {}{node}{xattrs}", metadata.mode, entry.path())
    };
    tree.entries().map(line).collect()
}

/// The image of a tree: equal for two trees with the same names, metadata and content.
pub(crate) fn image(tree: &Tree) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    Writer::new().with_compression(Compression::None).write(tree, &mut image).expect("an image");
    image.into_inner()
}
