use std::io::{Read, Seek};

#[cfg(feature = "erofs")]
use super::erofs::ErofsEntry;
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
    unlisted_xattrs: Vec<Box<[u8]>>,
}

impl ImageEntry {
    pub(crate) fn of_squashfs<R: Read + Seek>(
        reader: &Reader<R>,
        entry: ReaderEntry,
    ) -> Result<Self, ReadError> {
        let metadata = reader.metadata(&entry)?;
        let (inode_number, nlink) = (entry.inode_number().into(), entry.nlink());
        let (path, node) = entry.into_parts();
        Ok(Self { path, metadata, node, inode_number, nlink, unlisted_xattrs: Vec::new() })
    }

    #[cfg(feature = "erofs")]
    pub(super) fn of_erofs(entry: ErofsEntry) -> Self {
        let (inode_number, nlink) = (entry.inode_number(), entry.nlink());
        let ErofsEntry { path, metadata, node, unlisted_xattrs, .. } = entry;
        Self { path, metadata, node, inode_number, nlink, unlisted_xattrs }
    }

    /// The root of a file system, as the directory that it is mounted at.
    pub(crate) fn mount_point(path: &EntryPath, metadata: Metadata) -> Self {
        let (path, node) = (path.clone(), Node::Directory);
        Self { path, metadata, node, inode_number: 0, nlink: 1, unlisted_xattrs: Vec::new() }
    }

    /// The same below the directory that its file system is mounted at; none if the path is too long then.
    pub(crate) fn below(mut self, directory: &EntryPath) -> Option<Self> {
        let path = [directory.as_bytes(), self.path.as_bytes()].join(&b'/');
        self.path = EntryPath::try_from(&*path).ok()?;
        Some(self)
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

    /// The names of the extended attributes that [`Metadata`] does not hold, such as those of access control lists. Only
    /// EROFS has them.
    pub fn unlisted_xattrs(&self) -> &[Box<[u8]>] {
        &self.unlisted_xattrs
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
            unlisted_xattrs: Vec::new(),
        }
    }
}
