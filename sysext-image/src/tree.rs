#[cfg(feature = "tar")]
pub(crate) use self::pieces::{Piece, Pieces, Store};
pub use self::{
    content::Content,
    entry::{Entries, Entry},
    error::{InsertError, InsertErrorKind},
    node::{Device, Metadata, Node},
    path::{EntryPath, InvalidPathError, InvalidPathErrorKind},
    xattr::{InvalidXattrNameError, XattrName},
};
pub(crate) use self::{
    content::{ContentError, ImageContent, OpenContent},
    inode::{Inode, InodeIndex, PerInode},
};
#[cfg(any(feature = "fs", feature = "tar"))]
pub use self::{
    loss::Loss,
    pattern::{InvalidPatternError, InvalidPatternErrorKind, PathPattern},
    policy::{ModePolicy, MtimePolicy, OwnerPolicy, XattrPolicy},
};

#[cfg(any(feature = "fs", feature = "tar"))]
pub(crate) mod acl;
mod content;
mod entry;
mod error;
#[cfg(any(feature = "fs", feature = "tar"))]
pub(crate) mod exclude;
mod inode;
#[cfg(any(feature = "fs", feature = "tar"))]
mod loss;
mod node;
pub(crate) mod path;
#[cfg(any(feature = "fs", feature = "tar"))]
mod pattern;
#[cfg(feature = "tar")]
mod pieces;
#[cfg(any(feature = "fs", feature = "tar"))]
mod policy;
#[cfg(feature = "fs")]
pub(crate) mod scan;
pub(crate) mod xattr;

/// What goes into an image: directories, files, links and devices, in path order.
///
/// A tree always has a root directory. Paths are bytes, as [`EntryPath`] says; missing parents become directories of mode
/// 0755 that belong to root. Two paths can name one inode ([`Tree::link`]).
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
    inodes: PerInode<Inode>,
}

impl Tree {
    /// A tree with nothing but its root, a directory of mode 0755 that belongs to root.
    pub fn new() -> Self {
        Self { inodes: PerInode::root(Inode::new(Metadata::new(0o755), Node::Directory)) }
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
        if let Some(existing) = self.lookup(path).map(|at| &mut self.inodes[at])
            && existing.is_directory()
            && node == Node::Directory
        {
            existing.metadata = metadata;
            return Ok(());
        }
        self.attach(path, |inodes| inodes.push(Inode::new(metadata, node)))
    }

    /// Gives the inode at the path `original` another name, `link`: a hard link.
    pub fn link(
        &mut self,
        original: &EntryPath,
        link: impl AsRef<[u8]>,
    ) -> Result<(), InsertError> {
        let link = link.as_ref();
        let Some(at) = self.lookup(original.as_bytes()) else {
            let original = original.clone();
            return Err(InsertError::new(link, InsertErrorKind::NoOriginal { original }));
        };
        if self.inodes[at].is_directory() {
            return Err(InsertError::new(link, InsertErrorKind::LinkToDirectory));
        }
        self.attach(link, |_| at)?;
        self.inodes[at].names += 1;
        Ok(())
    }

    /// The entry at a path; no symlink is followed. There is none for the root.
    pub fn get(&self, path: impl AsRef<[u8]>) -> Option<Entry<'_>> {
        let path = path.as_ref();
        let at = self.lookup(path)?;
        Some(Entry::new(EntryPath::of_names(path), at, &self.inodes[at]))
    }

    /// All entries but the root, in path order: a directory before what it holds, names by their bytes.
    pub fn entries(&self) -> Entries<'_> {
        Entries::new(self)
    }

    /// The metadata of the root directory.
    ///
    /// It is visible while the image is mounted by itself; a merge shows the hierarchies below it only.
    pub fn root_metadata(&self) -> &Metadata {
        &self.inodes[InodeIndex::ROOT].metadata
    }

    /// Gives the root directory other metadata.
    pub fn set_root_metadata(&mut self, metadata: Metadata) -> Result<(), InsertError> {
        if let Some(fault) = Node::Directory.fault(&metadata) {
            return Err(InsertError::new(b"", fault));
        }
        self.inodes[InodeIndex::ROOT].metadata = metadata;
        Ok(())
    }

    /// Takes an entry out of the tree, if it is there, and everything below it.
    #[cfg(feature = "tar")]
    pub(crate) fn remove(&mut self, path: &EntryPath) {
        let (parent, name) = split_parent(path.as_bytes());
        let Some(parent) = self.lookup_parent(parent) else { return };
        let mut gone: Vec<_> = self.inodes[parent].children.remove(name).into_iter().collect();
        while let Some(at) = gone.pop() {
            self.inodes[at].names -= 1;
            gone.extend(std::mem::take(&mut self.inodes[at].children).into_values());
        }
    }

    /// Takes a name that is no directory out of the tree, if it is there.
    pub(crate) fn unlink(&mut self, path: &EntryPath) {
        let path = path.as_bytes();
        let (parent, name) = split_parent(path);
        let (Some(at), Some(parent)) = (self.lookup(path), self.lookup_parent(parent)) else {
            return;
        };
        if !self.inodes[at].is_directory() {
            self.inodes[at].names -= 1;
            self.inodes[parent].children.remove(name);
        }
    }

    /// The length of all content, each inode counted once.
    pub(crate) fn content_bytes(&self) -> u64 {
        let files = self.inodes.values().filter_map(|inode| match &inode.node {
            Node::File(content) if inode.names > 0 => Some(content.len()),
            _ => None,
        });
        files.fold(0, u64::saturating_add)
    }

    /// The first path of an inode, for a message; empty for the root.
    pub(crate) fn path_of(&self, inode: InodeIndex) -> EntryPath {
        let entry = self.entries().find(|entry| entry.at() == inode);
        entry.map_or(EntryPath::of_names(b""), |entry| entry.path().clone())
    }

    pub(crate) fn inodes(&self) -> &PerInode<Inode> {
        &self.inodes
    }

    fn lookup(&self, path: &[u8]) -> Option<InodeIndex> {
        path.split(|byte| *byte == b'/')
            .try_fold(InodeIndex::ROOT, |at, name| self.inodes[at].children.get(name).copied())
    }

    fn lookup_parent(&self, parent: Option<&[u8]>) -> Option<InodeIndex> {
        parent.map_or(Some(InodeIndex::ROOT), |parent| self.lookup(parent))
    }

    /// Enters the inode that `inode` says under a path which must be free.
    fn attach(
        &mut self,
        path: &[u8],
        inode: impl FnOnce(&mut PerInode<Inode>) -> InodeIndex,
    ) -> Result<(), InsertError> {
        if let Some(fault) = path::fault(path) {
            return Err(InsertError::new(path, InsertErrorKind::Path(fault)));
        }
        let (parents, name) = split_parent(path);
        let mut at = InodeIndex::ROOT;
        let mut reached = 0;
        for parent in parents.into_iter().flat_map(|parents| parents.split(|byte| *byte == b'/')) {
            reached += parent.len() + usize::from(at != InodeIndex::ROOT);
            at = self.child_directory(at, parent).ok_or_else(|| {
                let parent = EntryPath::of_names(path.get(..reached).unwrap_or(path));
                InsertError::new(path, InsertErrorKind::ParentIsNoDirectory { parent })
            })?;
        }
        if self.inodes[at].children.contains_key(name) {
            return Err(InsertError::new(path, InsertErrorKind::Exists));
        }
        let new = inode(&mut self.inodes);
        self.inodes[at].children.insert(name.into(), new);
        Ok(())
    }

    /// The directory `name` in the directory `at`, made when it is missing; none if something else is there.
    fn child_directory(&mut self, at: InodeIndex, name: &[u8]) -> Option<InodeIndex> {
        if let Some(child) = self.inodes[at].children.get(name) {
            return self.inodes[*child].is_directory().then_some(*child);
        }
        let child = self.inodes.push(Inode::new(Metadata::new(0o755), Node::Directory));
        self.inodes[at].children.insert(name.into(), child);
        Some(child)
    }
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

/// The path of the parent, none for the root, and the last name.
fn split_parent(path: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (path.get(..slash), path.get(slash + 1..).unwrap_or_default()),
        None => (None, path),
    }
}
