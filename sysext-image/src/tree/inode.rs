use std::{
    collections::BTreeMap,
    ops::{Index, IndexMut},
};

use super::{Metadata, Node};

/// One inode of a tree.
#[derive(Clone, Debug)]
pub(crate) struct Inode {
    pub(crate) metadata: Metadata,
    pub(crate) node: Node,
    /// How many directory entries name it; for a directory always one.
    pub(crate) names: u32,
    /// Empty unless `node` is a directory.
    pub(crate) children: BTreeMap<Box<[u8]>, InodeIndex>,
}

impl Inode {
    pub(super) fn new(metadata: Metadata, node: Node) -> Self {
        Self { metadata, node, names: 1, children: BTreeMap::new() }
    }

    pub(crate) fn is_directory(&self) -> bool {
        self.node == Node::Directory
    }
}

/// Which inode of a tree. It is of use with its own tree only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InodeIndex(usize);

impl InodeIndex {
    pub(crate) const ROOT: Self = Self(0);

    /// A number that no other inode of the tree has.
    pub(crate) fn number(self) -> u64 {
        self.0 as u64
    }
}

/// One value for each inode of a tree.
#[derive(Clone, Debug)]
pub(crate) struct PerInode<T>(Vec<T>);

impl<T> PerInode<T> {
    /// The root's value alone.
    pub(super) fn root(value: T) -> Self {
        Self(vec![value])
    }

    /// The same value for each inode of a tree.
    pub(crate) fn like<U>(other: &PerInode<U>, value: T) -> Self
    where
        T: Clone,
    {
        Self(vec![value; other.0.len()])
    }

    /// Adds the value of a new inode.
    pub(super) fn push(&mut self, value: T) -> InodeIndex {
        self.0.push(value);
        InodeIndex(self.0.len() - 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> Index<InodeIndex> for PerInode<T> {
    type Output = T;

    fn index(&self, index: InodeIndex) -> &T {
        #[expect(
            clippy::indexing_slicing,
            reason = "a tree made the index, and trees lose no inode"
        )]
        &self.0[index.0]
    }
}

impl<T> IndexMut<InodeIndex> for PerInode<T> {
    fn index_mut(&mut self, index: InodeIndex) -> &mut T {
        #[expect(
            clippy::indexing_slicing,
            reason = "a tree made the index, and trees lose no inode"
        )]
        &mut self.0[index.0]
    }
}
