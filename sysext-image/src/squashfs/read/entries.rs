use std::{
    collections::HashSet,
    io::{Read, Seek},
    vec,
};

use super::{
    directory::Name,
    error::{ReadError, ReadErrorKind},
    inode::{Inode, ReaderNode},
    reader::Reader,
};
use crate::tree::EntryPath;

/// One entry of an image that is read.
#[derive(Clone, Debug)]
pub struct ReaderEntry {
    path: EntryPath,
    pub(super) inode: Inode,
}

impl ReaderEntry {
    /// Where it is.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// What it is.
    pub fn node(&self) -> &ReaderNode {
        &self.inode.node
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
#[derive(Debug)]
pub struct ReaderEntries<'a, R> {
    reader: &'a Reader<R>,
    /// The directories from the root to where the iterator is: path, and what is left of their names.
    stack: Vec<(Vec<u8>, vec::IntoIter<Name>)>,
    /// The directories that were read. One that comes again would have no end.
    seen: HashSet<u32>,
    root: Option<u64>,
}

impl<'a, R: Read + Seek> ReaderEntries<'a, R> {
    pub(super) fn new(reader: &'a Reader<R>) -> Self {
        let root = Some(reader.superblock.root);
        Self { reader, stack: Vec::new(), seen: HashSet::new(), root }
    }

    fn descend(&mut self, path: Vec<u8>, inode: &Inode) -> Result<(), ReadError> {
        if !self.seen.insert(inode.number) {
            let kind = ReadErrorKind::corrupt("it is in the tree twice");
            return Err(ReadError::new("directory", kind));
        }
        let names = self.reader.listing(inode)?;
        self.stack.push((path, names.into_iter()));
        Ok(())
    }

    fn step(&mut self) -> Result<Option<ReaderEntry>, ReadError> {
        if let Some(root) = self.root.take() {
            let root = self.reader.inode(root)?;
            self.descend(Vec::new(), &root)?;
        }
        loop {
            let Some((directory, names)) = self.stack.last_mut() else { return Ok(None) };
            let Some((name, reference)) = names.next() else {
                self.stack.pop();
                continue;
            };
            let mut path = directory.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            let inode = self.reader.inode(reference)?;
            let too_long =
                |_| ReadError::new("directory", ReadErrorKind::corrupt("a path in it is too long"));
            let entry = ReaderEntry { path: EntryPath::try_from(&*path).map_err(too_long)?, inode };
            if entry.inode.node == ReaderNode::Directory {
                self.descend(path, &entry.inode)?;
            }
            return Ok(Some(entry));
        }
    }
}

impl<R: Read + Seek> Iterator for ReaderEntries<'_, R> {
    type Item = Result<ReaderEntry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.step();
        if result.is_err() {
            self.stack.clear();
        }
        result.transpose()
    }
}
