use std::{collections::BTreeMap, fmt};

pub(crate) use self::content::{ContentError, OpenContent};
pub use self::{
    content::Content,
    error::{InsertError, InsertErrorKind},
    node::{Device, Metadata, Node},
};

mod content;
mod error;
mod node;
#[cfg(feature = "fs")]
pub(crate) mod scan;

/// The longest path and the longest link target that Linux takes, in bytes.
pub(crate) const PATH_MAX: usize = 4095;
/// The longest name of one directory entry, in bytes.
const NAME_MAX: usize = 255;

/// What goes into an image: directories, files, links and devices, in path order.
///
/// A tree always has a root directory. Paths are bytes, relative to the root and without `.` and `..`; missing parents
/// become directories of mode 0755 that belong to root. Two paths can name one inode ([`Tree::link`]).
///
/// ```
/// use sysext_image::{Metadata, Node, Tree};
///
/// let mut tree = Tree::new();
/// tree.insert("usr/bin/hello", Metadata::new(0o755), Node::file("#!/bin/sh\necho hello\n"))?;
/// tree.insert("usr/bin/hi", Metadata::new(0o777), Node::symlink("hello"))?;
/// let paths: Vec<_> = tree.entries().map(|entry| entry.path().to_string()).collect();
/// assert_eq!(paths, ["usr", "usr/bin", "usr/bin/hello", "usr/bin/hi"]);
/// # Ok::<(), sysext_image::InsertError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    /// The root is the first.
    inodes: Vec<Inode>,
}

/// One inode of the tree.
#[derive(Clone, Debug)]
pub(crate) struct Inode {
    pub(crate) metadata: Metadata,
    pub(crate) node: Node,
    /// How many directory entries name it; for a directory always one.
    pub(crate) names: u32,
    /// Empty unless `node` is a directory.
    pub(crate) children: BTreeMap<Box<[u8]>, usize>,
}

impl Tree {
    pub(crate) const ROOT: usize = 0;

    /// A tree with nothing but its root, a directory of mode 0755 that belongs to root.
    pub fn new() -> Self {
        Self { inodes: vec![Inode::new(Metadata::new(0o755), Node::Directory)] }
    }

    /// Puts an entry at a path.
    ///
    /// A directory that is already there takes the new metadata and keeps its content; anything else that is already
    /// there is an error.
    pub fn insert(
        &mut self,
        path: impl AsRef<[u8]>,
        metadata: Metadata,
        node: Node,
    ) -> Result<(), InsertError> {
        let path = path.as_ref();
        if let Some(fault) = node.fault(&metadata) {
            return Err(InsertError::new(path, fault));
        }
        if let Some(existing) = self.lookup(path).and_then(|at| self.inodes.get_mut(at))
            && existing.node == Node::Directory
            && node == Node::Directory
        {
            existing.metadata = metadata;
            return Ok(());
        }
        let inode = Inode::new(metadata, node);
        self.attach(path, |inodes| {
            inodes.push(inode);
            inodes.len() - 1
        })
    }

    /// Gives the inode at the path `existing` a second name (a hard link).
    pub fn link(
        &mut self,
        path: impl AsRef<[u8]>,
        existing: impl AsRef<[u8]>,
    ) -> Result<(), InsertError> {
        let (path, existing) = (path.as_ref(), existing.as_ref());
        let Some(at) = self.lookup(existing) else {
            return Err(InsertError::new(
                path,
                InsertErrorKind::NoLinkTarget { target: EntryPath::new(existing) },
            ));
        };
        match self.inodes.get_mut(at) {
            Some(inode) if inode.node != Node::Directory => {}
            _ => return Err(InsertError::new(path, InsertErrorKind::LinkToDirectory)),
        }
        self.attach(path, |_| at)?;
        if let Some(inode) = self.inodes.get_mut(at) {
            inode.names += 1;
        }
        Ok(())
    }

    /// The entry at a path; no symlink is followed.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<Entry<'_>> {
        let path = path.as_ref();
        let at = self.lookup(path)?;
        Some(Entry { path: EntryPath::new(path), at, inode: self.inodes.get(at)? })
    }

    /// All entries but the root, in path order: a directory before what it holds, names by their bytes.
    pub fn entries(&self) -> Entries<'_> {
        let root = self.inodes.first().map(|root| (Vec::new(), root.children.iter()));
        Entries { tree: self, stack: root.into_iter().collect() }
    }

    /// The metadata of the root directory.
    ///
    /// It is visible while the image is mounted by itself; a merge shows the hierarchies below it only.
    pub fn root_mut(&mut self) -> &mut Metadata {
        #[expect(
            clippy::indexing_slicing,
            reason = "`new` made the root, and no inode is ever taken away"
        )]
        &mut self.inodes[Self::ROOT].metadata
    }

    /// Takes a name that is no directory out of the tree, if it is there.
    pub(crate) fn unlink(&mut self, path: impl AsRef<[u8]>) {
        let path = path.as_ref();
        let (parent, name) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => (
                self.lookup(path.get(..slash).unwrap_or_default()),
                path.get(slash + 1..).unwrap_or_default(),
            ),
            None => (Some(Self::ROOT), path),
        };
        let Some(at) = self
            .lookup(path)
            .filter(|at| self.inodes.get(*at).is_some_and(|i| i.node != Node::Directory))
        else {
            return;
        };
        if let Some(inode) = self.inodes.get_mut(at) {
            inode.names -= 1;
        }
        if let Some(parent) = parent.and_then(|parent| self.inodes.get_mut(parent)) {
            parent.children.remove(name);
        }
    }

    /// The length of all content, each inode counted once.
    pub(crate) fn content_bytes(&self) -> u64 {
        let files = self.inodes.iter().filter_map(|inode| match &inode.node {
            Node::File(content) if inode.names > 0 => Some(content.len()),
            _ => None,
        });
        files.sum()
    }

    /// The first path of an inode, for a message.
    pub(crate) fn path_of(&self, inode: usize) -> EntryPath {
        self.entries()
            .find(|entry| entry.at == inode)
            .map_or(EntryPath::new(b""), |entry| entry.path)
    }

    pub(crate) fn inodes(&self) -> &[Inode] {
        &self.inodes
    }

    fn lookup(&self, path: &[u8]) -> Option<usize> {
        let mut at = Self::ROOT;
        for name in path.split(|byte| *byte == b'/') {
            at = *self.inodes.get(at)?.children.get(name)?;
        }
        Some(at)
    }

    /// Enters the inode that `inode` says under a path which must be free.
    fn attach(
        &mut self,
        path: &[u8],
        inode: impl FnOnce(&mut Vec<Inode>) -> usize,
    ) -> Result<(), InsertError> {
        if let Some(fault) = path_fault(path) {
            return Err(InsertError::new(path, fault));
        }
        let (parents, name) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => (path.get(..slash), path.get(slash + 1..).unwrap_or_default()),
            None => (None, path),
        };
        let mut at = Self::ROOT;
        for parent in parents.into_iter().flat_map(|parents| parents.split(|byte| *byte == b'/')) {
            at = self.child_directory(at, parent, path)?;
        }
        if self.inodes.get(at).is_some_and(|parent| parent.children.contains_key(name)) {
            return Err(InsertError::new(path, InsertErrorKind::Exists));
        }
        let new = inode(&mut self.inodes);
        if let Some(parent) = self.inodes.get_mut(at) {
            parent.children.insert(name.into(), new);
        }
        Ok(())
    }

    /// The directory `name` in the directory `at`, made when it is missing.
    fn child_directory(
        &mut self,
        at: usize,
        name: &[u8],
        path: &[u8],
    ) -> Result<usize, InsertError> {
        let known = self.inodes.get(at).and_then(|parent| parent.children.get(name)).copied();
        if let Some(child) = known {
            return match self.inodes.get(child) {
                Some(inode) if inode.node == Node::Directory => Ok(child),
                _ => Err(InsertError::new(path, InsertErrorKind::ParentIsNoDirectory)),
            };
        }
        let child = self.inodes.len();
        self.inodes.push(Inode::new(Metadata::new(0o755), Node::Directory));
        if let Some(parent) = self.inodes.get_mut(at) {
            parent.children.insert(name.into(), child);
        }
        Ok(child)
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Inode {
    fn new(metadata: Metadata, node: Node) -> Self {
        Self { metadata, node, names: 1, children: BTreeMap::new() }
    }
}

/// A path inside an image: bytes without a leading slash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Box<[u8]>);

impl EntryPath {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that are no UTF-8 are shown as `�`.
impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

/// One entry of a [`Tree`].
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    path: EntryPath,
    at: usize,
    inode: &'a Inode,
}

impl<'a> Entry<'a> {
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

type Names<'a> = std::collections::btree_map::Iter<'a, Box<[u8]>, usize>;

/// The entries of a [`Tree`] in path order.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    tree: &'a Tree,
    /// The directories from the root to where the iterator is: path, and what is left of their names.
    stack: Vec<(Vec<u8>, Names<'a>)>,
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

fn path_fault(path: &[u8]) -> Option<InsertErrorKind> {
    let invalid = path.len() > PATH_MAX
        || path.contains(&0)
        || path
            .split(|byte| *byte == b'/')
            .any(|name| name.is_empty() || name == b"." || name == b".." || name.len() > NAME_MAX);
    invalid.then_some(InsertErrorKind::InvalidPath)
}
