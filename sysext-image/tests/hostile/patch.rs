//! Where things are in an image without compression whose tables have one block each.

use sysext_image::squashfs::Compression;

use crate::{sample, write};

/// Offsets in the superblock.
pub(crate) const INODES: usize = 4;
pub(crate) const FRAGMENTS: usize = 16;
pub(crate) const IDS: usize = 26;
pub(crate) const ROOT: usize = 32;
pub(crate) const ID_TABLE: usize = 48;
pub(crate) const XATTR_TABLE: usize = 56;
pub(crate) const INODE_TABLE: usize = 64;
pub(crate) const DIRECTORY_TABLE: usize = 72;
pub(crate) const FRAGMENT_TABLE: usize = 80;
pub(crate) const EXPORT_TABLE: usize = 88;

/// What a metadata block has before its content.
const HEAD: usize = 2;

/// An image that is to be changed.
pub(crate) struct Patched(pub(crate) Vec<u8>);

impl Patched {
    pub(crate) fn sample() -> Self {
        Self(write(&sample(), Compression::None))
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self.0.get(at..).and_then(<[u8]>::first_chunk);
        *bytes.expect("a place in the image")
    }

    pub(crate) fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.array(at))
    }

    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.array(at))
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.array(at))
    }

    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        let place = self.0.get_mut(at..at + bytes.len());
        place.expect("a place in the image").copy_from_slice(bytes);
    }

    /// Where a table begins that the superblock names at this offset.
    pub(crate) fn table(&self, field: usize) -> usize {
        usize::try_from(self.u64(field)).expect("a place in the image")
    }

    /// Where the entry of a name is: offset of the inode in its block, difference of the number, kind, length, name.
    pub(crate) fn entry(&self, name: &str) -> usize {
        let (start, end) = (self.table(DIRECTORY_TABLE), self.table(FRAGMENT_TABLE));
        let length = u16::try_from(name.len() - 1).expect("a name");
        let wanted = [&length.to_le_bytes(), name.as_bytes()].concat();
        let directories = self.0.get(start..end).expect("a table");
        let found = directories.windows(wanted.len()).position(|it| it == wanted);
        start + found.expect("the name is in a directory") - 6
    }

    /// Where the inode of a name is.
    pub(crate) fn inode(&self, name: &str) -> usize {
        self.table(INODE_TABLE) + HEAD + usize::from(self.u16(self.entry(name)))
    }

    /// Where the inode of the root is.
    pub(crate) fn root(&self) -> usize {
        self.table(INODE_TABLE) + HEAD + usize::from(self.u16(ROOT))
    }
}
