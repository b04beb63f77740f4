//! The fields of an image whose tables are stored uncompressed, as far as they do not depend on where something is.

use std::{collections::BTreeMap, iter};

/// The fields by the path of an inode, or by what else they belong to.
pub(crate) type Fields = BTreeMap<String, String>;

/// What the inode of a directory says of its listing, and the numbers of it and of its parent.
struct Directory {
    block: u64,
    offset: u64,
    size: u64,
    number: u64,
    parent: u64,
}

struct Entry {
    name: Vec<u8>,
    kind: u64,
    number: u64,
    reference: u64,
}

/// Reads an image, and checks that what it says twice is the same.
pub(crate) fn read(bytes: &[u8]) -> Fields {
    let image = Image { bytes };
    let mut fields = image.superblock();
    let mut stack = vec![(String::new(), image.word(32, 8), None)];
    while let Some((path, reference, parent)) = stack.pop() {
        let (text, number, directory) = image.inode(reference);
        assert_eq!(image.export(number), reference, "{path}: the export table");
        fields.insert(format!("{path}/"), text);
        let Some(directory) = directory else { continue };
        let above = parent.unwrap_or(image.word(4, 4) + 1);
        assert_eq!(directory.parent, above, "{path}: the number of the parent");
        for entry in image.entries(&directory) {
            let path = format!("{path}/{}", entry.name.escape_ascii());
            let (text, number, _) = image.inode(entry.reference);
            assert_eq!(entry.number, number, "{path}: the number in the entry");
            assert!(text.starts_with(&format!("{} ", entry.kind)), "{path}: the kind in the entry");
            stack.push((path, entry.reference, Some(directory.number)));
        }
    }
    fields
}

struct Image<'a> {
    bytes: &'a [u8],
}

impl Image<'_> {
    fn superblock(&self) -> Fields {
        let half = |at| format!("{:#x}", self.word(at, 2));
        let word = |at| format!("{:#x}", self.word(at, 4));
        let mut fields = Fields::new();
        let names = ["magic", "inodes", "modified", "block size", "fragments"];
        fields.extend(
            names.iter().zip((0..).step_by(4)).map(|(name, at)| ((*name).into(), word(at))),
        );
        let names = ["compression", "block log", "flags", "ids", "major", "minor"];
        fields.extend(
            names.iter().zip((20..).step_by(2)).map(|(name, at)| ((*name).into(), half(at))),
        );
        let used = self.word(40, 8);
        let padded = (used..used + 4096).contains(&(self.bytes.len() as u64));
        fields.insert("padded to 4096".into(), padded.to_string());
        let names = ["ids", "xattrs", "inodes", "directories", "fragments", "exports"];
        let mut tables: Vec<_> = names
            .iter()
            .zip((48..).step_by(8))
            .map(|(name, at)| (self.word(at, 8), name))
            .collect();
        tables.sort_unstable();
        let order: Vec<_> = tables.iter().map(|table| table.1).collect();
        fields.insert("order of tables".into(), format!("{order:?}"));
        fields
    }

    /// All fields of an inode, its number, and what more there is of a directory.
    fn inode(&self, reference: u64) -> (String, u64, Option<Directory>) {
        let mut from = self.table(self.word(64, 8), reference);
        let mut word = |length| number(&mut from, length);
        let (kind, mode, uid, gid) = (word(2), word(2), word(2), word(2));
        let (mtime, inode) = (word(4), word(4));
        let mut directory = None;
        let rest = match kind {
            1 => {
                let (block, links, size, offset, parent) =
                    (word(4), word(4), word(2), word(2), word(4));
                directory = Some(Directory { block, offset, size, number: inode, parent });
                format!("links {links}")
            }
            8 => {
                let (links, size, block, parent) = (word(4), word(4), word(4), word(4));
                let (_, offset, xattr) = (word(2), word(2), word(4));
                directory = Some(Directory { block, offset, size, number: inode, parent });
                format!("links {links} {}", self.xattrs(xattr))
            }
            2 => {
                let (_, fragment, _, size) = (word(4), word(4), word(4), word(4));
                format!("size {size} {}", self.blocks(&mut from, size, fragment))
            }
            9 => {
                let (_, size, sparse, links) = (word(8), word(8), word(8), word(4));
                let (fragment, _, xattr) = (word(4), word(4), word(4));
                let blocks = self.blocks(&mut from, size, fragment);
                let xattrs = self.xattrs(xattr);
                format!("size {size} sparse {sparse} links {links} {blocks} {xattrs}")
            }
            3 | 10 => {
                let (links, length) = (word(4), word(4));
                let target: Vec<_> = iter::repeat_with(|| word(1)).take(small(length)).collect();
                let xattr = if kind == 10 { word(4) } else { u64::from(u32::MAX) };
                format!("links {links} target {target:?} {}", self.xattrs(xattr))
            }
            _ => {
                let links = word(4);
                let device = if [4, 5, 11, 12].contains(&kind) { word(4) } else { 0 };
                let xattr = if kind > 7 { word(4) } else { u64::from(u32::MAX) };
                format!("links {links} device {device:#x} {}", self.xattrs(xattr))
            }
        };
        // The extended types are seven behind the basic ones, which entries name.
        let (basic, form) = if kind > 7 { (kind - 7, "extended") } else { (kind, "basic") };
        let owner = (self.id(uid), self.id(gid));
        (format!("{basic} {form} mode {mode:o} {owner:?} at {mtime} {rest}"), inode, directory)
    }

    fn blocks(&self, from: &mut Bytes<'_>, size: u64, fragment: u64) -> String {
        let block = self.word(12, 4);
        let shared = fragment != u64::from(u32::MAX);
        let count = if shared { size / block } else { size.div_ceil(block) };
        let words: Vec<_> = iter::repeat_with(|| number(from, 4)).take(small(count)).collect();
        format!("shared {shared} blocks {words:x?}")
    }

    fn entries(&self, directory: &Directory) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut from = self.table(self.word(72, 8), directory.block << 16 | directory.offset);
        let mut left = directory.size - 3;
        while left > 0 {
            let (more, block, first) =
                (number(&mut from, 4), number(&mut from, 4), number(&mut from, 4));
            left -= 12;
            for _ in 0..=more {
                let (offset, delta) = (number(&mut from, 2), number(&mut from, 2));
                let (kind, length) = (number(&mut from, 2), number(&mut from, 2) + 1);
                left -= 8 + length;
                let delta = i64::from(u16::try_from(delta).expect("16 bits").cast_signed());
                entries.push(Entry {
                    name: from.by_ref().take(small(length)).collect(),
                    kind,
                    number: first.checked_add_signed(delta).expect("a number"),
                    reference: block << 16 | offset,
                });
            }
        }
        entries
    }

    fn id(&self, place: u64) -> u64 {
        number(&mut self.listed(self.word(48, 8), place * 4), 4)
    }

    fn export(&self, inode: u64) -> u64 {
        number(&mut self.listed(self.word(88, 8), (inode - 1) * 8), 8)
    }

    /// The set of attributes of this number.
    fn xattrs(&self, set: u64) -> String {
        let header = self.word(56, 8);
        if set == u64::from(u32::MAX) {
            return "no xattrs".into();
        }
        let mut id = self.listed(header + 16, set * 16);
        let (reference, count, size) = (number(&mut id, 8), number(&mut id, 4), number(&mut id, 4));
        let mut from = self.table(self.word(header, 8), reference);
        let mut pairs: Vec<_> = (0..count)
            .map(|_| {
                let (kind, length) = (number(&mut from, 2), number(&mut from, 2));
                let name: Vec<_> = from.by_ref().take(small(length)).collect();
                let length = number(&mut from, 4);
                let value: Vec<_> = from.by_ref().take(small(length)).collect();
                format!("{kind:#x} {} {}", name.escape_ascii(), value.escape_ascii())
            })
            .collect();
        // mksquashfs has them in the order in which the source lists them.
        pairs.sort_unstable();
        format!("xattrs {pairs:?} size {size}")
    }

    /// The bytes from this offset on of a table that has a list of its blocks.
    fn listed(&self, list: u64, offset: u64) -> Bytes<'_> {
        self.table(self.word(list + offset / 8192 * 8, 8), offset % 8192)
    }

    /// The bytes from a reference on of a table of uncompressed metadata blocks.
    fn table(&self, start: u64, reference: u64) -> Bytes<'_> {
        let first = small(start + (reference >> 16));
        let blocks = iter::successors(Some(first), |at| Some(at + 2 + self.stored(*at)));
        let bytes = blocks.flat_map(|at| self.bytes.iter().skip(at + 2).take(self.stored(at)));
        Box::new(bytes.copied().skip(small(reference & 0xffff)))
    }

    fn stored(&self, block: usize) -> usize {
        let header = self.word(block as u64, 2);
        assert!(header & 0x8000 != 0, "a compressed metadata block");
        small(header & 0x7fff)
    }

    fn word(&self, at: u64, length: usize) -> u64 {
        number(&mut (Box::new(self.bytes.iter().copied().skip(small(at))) as Bytes<'_>), length)
    }
}

type Bytes<'a> = Box<dyn Iterator<Item = u8> + 'a>;

fn number(from: &mut Bytes<'_>, length: usize) -> u64 {
    let bytes: Vec<_> = from.by_ref().take(length).collect();
    assert_eq!(bytes.len(), length, "the image ends too early");
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn small(number: u64) -> usize {
    usize::try_from(number).expect("less than the image has")
}
