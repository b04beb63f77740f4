use std::io::{Read, Seek};

use crate::{
    squashfs::{ReadError, Reader, ReaderEntry},
    tree::{Entry, EntryPath, Metadata, Node},
};

/// One entry of an [`Image`](crate::Image).
#[derive(Clone, Debug)]
pub struct ImageEntry {
    path: EntryPath,
    metadata: Metadata,
    node: Node,
    inode_number: u64,
    nlink: u32,
}

impl ImageEntry {
    pub(crate) fn of_squashfs<R: Read + Seek>(
        reader: &Reader<R>,
        entry: &ReaderEntry,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            path: entry.path().clone(),
            metadata: reader.metadata(entry)?,
            node: entry.node().clone(),
            inode_number: entry.inode_number().into(),
            nlink: entry.nlink(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// Its mode, owner, time and extended attributes.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it is. The content of a file is read from the image when it is wanted.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The number of its inode: two entries of one image with the same number are one inode, hard links of each other.
    pub fn inode_number(&self) -> u64 {
        self.inode_number
    }

    /// How many names the image says that its inode has. Of a directory it says nothing.
    pub fn nlink(&self) -> u32 {
        self.nlink
    }
}

impl From<Entry<'_>> for ImageEntry {
    fn from(entry: Entry<'_>) -> Self {
        Self {
            path: entry.path().clone(),
            metadata: entry.metadata().clone(),
            node: entry.node().clone(),
            inode_number: entry.at().number(),
            nlink: entry.nlink(),
        }
    }
}
