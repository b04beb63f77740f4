use std::collections::btree_map;

use super::{EntryPath, Inode, InodeIndex, Metadata, Node, Tree};

/// One entry of a [`Tree`].
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    path: EntryPath,
    at: InodeIndex,
    inode: &'a Inode,
}

impl<'a> Entry<'a> {
    pub(super) fn new(path: EntryPath, at: InodeIndex, inode: &'a Inode) -> Self {
        Self { path, at, inode }
    }

    /// Where it is.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// Its mode, owner, time and extended attributes.
    pub fn metadata(&self) -> &'a Metadata {
        &self.inode.metadata
    }

    /// What it is.
    pub fn node(&self) -> &'a Node {
        &self.inode.node
    }

    /// How many entries of the tree name this inode. A directory has one, whatever its link count in the image.
    pub fn nlink(&self) -> u32 {
        self.inode.names
    }

    /// Whether two entries of one tree name the same inode.
    pub fn is_same_inode(&self, other: &Entry<'_>) -> bool {
        self.at == other.at
    }

    pub(crate) fn at(&self) -> InodeIndex {
        self.at
    }
}

type Names<'a> = btree_map::Iter<'a, Box<[u8]>, InodeIndex>;

/// The entries of a [`Tree`] in path order.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    tree: &'a Tree,
    /// The directories from the root to where the iterator is: path, and what is left of their names.
    stack: Vec<(Vec<u8>, Names<'a>)>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        let root = &tree.inodes[InodeIndex::ROOT];
        Self { tree, stack: vec![(Vec::new(), root.children.iter())] }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (directory, names) = self.stack.last_mut()?;
            let Some((name, at)) = names.next() else {
                self.stack.pop();
                continue;
            };
            let mut path = directory.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            let inode = &self.tree.inodes[*at];
            let entry = Entry::new(EntryPath::of_names(&path), *at, inode);
            if inode.is_directory() {
                self.stack.push((path, inode.children.iter()));
            }
            return Some(entry);
        }
    }
}
