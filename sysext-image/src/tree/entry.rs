use std::collections::btree_map;

use super::{EntryPath, Inode, Metadata, Node, Tree};

/// One entry of a [`Tree`].
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    path: EntryPath,
    at: usize,
    inode: &'a Inode,
}

impl<'a> Entry<'a> {
    pub(super) fn new(path: EntryPath, at: usize, inode: &'a Inode) -> Self {
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

    /// How many entries of the tree name this inode; 1 for a directory.
    pub fn names(&self) -> u32 {
        self.inode.names
    }

    /// Whether two entries of one tree name the same inode.
    pub fn is_same_inode(&self, other: &Entry<'_>) -> bool {
        self.at == other.at
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }
}

type Names<'a> = btree_map::Iter<'a, Box<[u8]>, usize>;

/// The entries of a [`Tree`] in path order.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    tree: &'a Tree,
    /// The directories from the root to where the iterator is: path, and what is left of their names.
    stack: Vec<(Vec<u8>, Names<'a>)>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        let root = tree.inodes.first().map(|root| (Vec::new(), root.children.iter()));
        Self { tree, stack: root.into_iter().collect() }
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
            let inode = self.tree.inodes.get(*at)?;
            let entry = Entry { path: EntryPath::new(&path), at: *at, inode };
            if inode.node == Node::Directory {
                self.stack.push((path, inode.children.iter()));
            }
            return Some(entry);
        }
    }
}
