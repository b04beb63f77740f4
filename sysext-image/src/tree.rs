use std::collections::BTreeMap;

pub(crate) use self::content::{ContentError, OpenContent};
pub use self::{
    content::Content,
    entry::{Entries, Entry},
    error::{InsertError, InsertErrorKind},
    node::{Device, Metadata, Node},
    path::EntryPath,
};

mod content;
mod entry;
mod error;
mod node;
mod path;
#[cfg(feature = "fs")]
pub(crate) mod scan;

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
        Some(Entry::new(EntryPath::new(path), at, self.inodes.get(at)?))
    }

    /// All entries but the root, in path order: a directory before what it holds, names by their bytes.
    pub fn entries(&self) -> Entries<'_> {
        Entries::new(self)
    }

    /// The metadata of the root directory.
    ///
    /// It is visible while the image is mounted by itself; a merge shows the hierarchies below it only.
    pub fn root_metadata_mut(&mut self) -> &mut Metadata {
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
        files.fold(0, u64::saturating_add)
    }

    /// The first path of an inode, for a message.
    pub(crate) fn path_of(&self, inode: usize) -> EntryPath {
        self.entries()
            .find(|entry| entry.at() == inode)
            .map_or(EntryPath::new(b""), |entry| entry.path().clone())
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
        if path::is_invalid(path) {
            return Err(InsertError::new(path, InsertErrorKind::InvalidPath));
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
