use std::{
    collections::HashSet,
    fmt,
    io::{Read, Seek},
    mem,
    sync::Arc,
};

use super::{
    directory::Names,
    error::{ReadError, ReadErrorKind},
    file::ImageFile,
    inode::{Inode, Kind},
    metadata::Hand,
    reader::Shared,
};
use crate::tree::{Content, EntryPath, Node, path::PATH_MAX};

/// One entry of an image that is read.
#[derive(Clone, Debug)]
pub struct ReaderEntry {
    path: EntryPath,
    node: Node,
    pub(super) inode: Inode,
}

impl ReaderEntry {
    pub(super) fn new<R: Read + Seek + Send + 'static>(
        reader: &Arc<Shared<R>>,
        path: EntryPath,
        inode: Inode,
    ) -> Self {
        let node = match &inode.kind {
            Kind::Directory => Node::Directory,
            Kind::File(size) => {
                let file = ImageFile::new(Arc::clone(reader), *size, inode.data);
                Node::File(Content::of_image(Arc::new(file)))
            }
            Kind::Symlink(target) => Node::Symlink(target.clone()),
            Kind::CharDevice(device) => Node::CharDevice(*device),
            Kind::BlockDevice(device) => Node::BlockDevice(*device),
            Kind::Fifo => Node::Fifo,
            Kind::Socket => Node::Socket,
        };
        Self { path, node, inode }
    }

    pub(crate) fn into_parts(self) -> (EntryPath, Node) {
        (self.path, self.node)
    }

    /// Where it is.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// What it is. The content of a file is read from the image when it is wanted.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The number of its inode: two entries of one image with the same number are one inode.
    pub fn inode_number(&self) -> u32 {
        self.inode.number
    }

    /// How many links the image says that its inode has.
    pub fn nlink(&self) -> u32 {
        self.inode.nlink
    }
}

/// The entries of an image in path order. Ends after the first error.
pub struct ReaderEntries<R> {
    reader: Arc<Shared<R>>,
    /// The directories from the root to where the iterator is: the length of the path, and what is left of the names.
    stack: Vec<(usize, Names<R>)>,
    /// The path of the last entry.
    path: Vec<u8>,
    /// Inodes are mostly in the order of their names.
    hand: Hand,
    /// The directories that were read. One that comes again would have no end.
    seen: HashSet<u32>,
    is_new: bool,
    /// How many names may still come.
    left: u64,
}

impl<R: Read + Seek + Send + 'static> ReaderEntries<R> {
    pub(super) fn new(reader: Arc<Shared<R>>) -> Self {
        Self {
            stack: Vec::new(),
            path: Vec::new(),
            hand: None,
            seen: HashSet::new(),
            is_new: true,
            left: reader.limits.entries,
            reader,
        }
    }

    fn descend(&mut self, inode: &Inode) -> Result<(), ReadError> {
        if !self.seen.insert(inode.number) {
            return Err(corrupt("it is in the tree twice"));
        }
        self.stack.push((self.path.len(), Names::new(&self.reader, inode)));
        Ok(())
    }

    fn step(&mut self) -> Result<Option<ReaderEntry>, ReadError> {
        if mem::take(&mut self.is_new) {
            let root = self.reader.root_inode()?;
            self.descend(&root)?;
        }
        loop {
            let Some((length, names)) = self.stack.last_mut() else { return Ok(None) };
            let Some((name, reference)) = names.next()? else {
                self.stack.pop();
                continue;
            };
            self.left = self.left.checked_sub(1).ok_or_else(|| self.reader.too_many())?;
            self.path.truncate(*length);
            if *length > 0 {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(name);
            if self.path.len() > PATH_MAX {
                return Err(corrupt("a path in it is too long"));
            }
            let inode = self.reader.inode_at(reference, &mut self.hand)?;
            if inode.kind == Kind::Directory {
                self.descend(&inode)?;
            }
            let path = EntryPath::of_names(&self.path);
            return Ok(Some(ReaderEntry::new(&self.reader, path, inode)));
        }
    }
}

impl<R: Read + Seek + Send + 'static> Iterator for ReaderEntries<R> {
    type Item = Result<ReaderEntry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.step();
        if result.is_err() {
            self.stack.clear();
        }
        result.transpose()
    }
}

impl<R> fmt::Debug for ReaderEntries<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.escape_ascii().to_string();
        f.debug_struct("ReaderEntries").field("path", &path).finish_non_exhaustive()
    }
}

fn corrupt(what: &'static str) -> ReadError {
    ReadError::new("directory", ReadErrorKind::corrupt(what))
}
