use std::{
    collections::{BTreeMap, HashSet},
    io::{Read, Seek},
    sync::Arc,
    vec,
};

use super::{
    directory::{Name, Place},
    error::{ReadError, ReadErrorKind},
    file::ImageFile,
    inode::{Inode, Kind},
    reader::Shared,
};
use crate::tree::{Content, EntryPath, Node};

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
#[derive(Debug)]
pub struct ReaderEntries<R> {
    reader: Arc<Shared<R>>,
    /// The directories from the root to where the iterator is: path, and what is left of their names.
    stack: Vec<(Vec<u8>, vec::IntoIter<Name>)>,
    /// The directories that were read. One that comes again would have no end.
    seen: HashSet<u32>,
    /// What of the table of directories was read, each piece by where it begins. If pieces could overlap, a small image
    /// would hold as many names as its directories have squared.
    listed: BTreeMap<Place, Place>,
    root: Option<u64>,
}

impl<R: Read + Seek + Send + 'static> ReaderEntries<R> {
    pub(super) fn new(reader: Arc<Shared<R>>) -> Self {
        let root = Some(reader.superblock.root);
        Self { reader, stack: Vec::new(), seen: HashSet::new(), listed: BTreeMap::new(), root }
    }

    fn descend(&mut self, path: Vec<u8>, inode: &Inode) -> Result<(), ReadError> {
        if !self.seen.insert(inode.number) {
            return Err(corrupt("it is in the tree twice"));
        }
        let (names, piece) = self.reader.listing(inode)?;
        if !piece.is_empty() {
            let before = self.listed.range(..piece.end).next_back();
            if before.is_some_and(|(_, end)| *end > piece.start) {
                return Err(corrupt("its listing is a part of another one"));
            }
            self.listed.insert(piece.start, piece.end);
        }
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
            let too_long = |_| corrupt("a path in it is too long");
            let path_of_entry = EntryPath::try_from(&*path).map_err(too_long)?;
            let entry = ReaderEntry::new(&self.reader, path_of_entry, inode);
            if entry.node == Node::Directory {
                self.descend(path, &entry.inode)?;
            }
            return Ok(Some(entry));
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

fn corrupt(what: &'static str) -> ReadError {
    ReadError::new("directory", ReadErrorKind::corrupt(what))
}
