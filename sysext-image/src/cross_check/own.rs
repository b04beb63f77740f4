use std::collections::{BTreeMap, BTreeSet};

use super::{
    CrossCheckError, Difference, Disagreement, Unchecked, WhichReader,
    difference::{Found, Shape},
};
use crate::{
    Content, EntryPath, Metadata, Node, Tree,
    image::Section,
    squashfs::{Reader, ReaderEntry},
};

/// What backhand keeps of an entry beside its path, its name in the listing and its block sizes.
const ENTRY: u64 = 512;

/// What this crate's reader says of an image.
pub(super) struct Own {
    reader: Reader<Section>,
    entries: BTreeMap<EntryPath, ReaderEntry>,
}

impl Own {
    /// Reads everything but the content.
    pub(super) fn read(reader: Reader<Section>) -> Result<Self, CrossCheckError> {
        let mut entries = BTreeMap::new();
        for entry in reader.entries() {
            let entry = entry?;
            entries.insert(entry.path().clone(), entry);
        }
        Ok(Self { reader, entries })
    }

    /// The content of the file at a path, if one is there.
    pub(super) fn content(&self, path: &EntryPath) -> Option<(&Content, u32)> {
        let entry = self.entries.get(path)?;
        match entry.node() {
            Node::File(content) => Some((content, entry.inode_number())),
            _ => None,
        }
    }

    /// What is not as in the tree, content aside.
    pub(super) fn compare(&self, tree: &Tree) -> Result<Vec<Disagreement>, CrossCheckError> {
        let mut disagreements = Vec::new();
        let mut add = |path: &EntryPath, difference| {
            disagreements.push(Disagreement::new(path, WhichReader::Own, difference));
        };
        let mut seen = 0;
        for expected in tree.entries() {
            let path = expected.path();
            let Some(entry) = self.entries.get(path) else {
                add(path, Difference::Missing);
                continue;
            };
            seen += 1;
            let metadata = self.reader.metadata(entry)?;
            let found = Found {
                shape: Shape::of(entry.node()),
                mode: metadata.mode,
                owner: (metadata.uid, metadata.gid),
                mtime: metadata.mtime,
            };
            let differences = found.differences(expected.node(), expected.metadata());
            for difference in differences {
                add(path, difference);
            }
            xattrs(expected.metadata(), &metadata, |difference| add(path, difference));
            let (links, found) = (expected.nlink(), entry.nlink());
            // Of directories the image counts what is below.
            let directory = [expected.node(), entry.node()].contains(&&Node::Directory);
            if !directory && links != found {
                add(path, Difference::Links { expected: links, found });
            }
        }
        if seen < self.entries.len() {
            let extra = self.entries.keys().filter(|path| tree.get(path).is_none());
            extra.for_each(|path| add(path, Difference::Extra));
        }
        Ok(disagreements)
    }

    /// The first reason not to ask backhand for the image.
    pub(super) fn beyond(&self, limit: u64) -> Option<Unchecked> {
        let superblock = self.reader.superblock();
        let count = superblock.ids;
        if count > Unchecked::OWNERS_MAX {
            return Some(Unchecked::Owners { count });
        }
        let block_size = u64::from(superblock.block_size);
        let mut needed = u64::from(superblock.fragments) * block_size;
        for (path, entry) in &self.entries {
            let bytes = path.as_bytes();
            let depth = bytes.split(|byte| *byte == b'/').count();
            if depth > Unchecked::DEPTH_MAX {
                return Some(Unchecked::Depth { path: path.clone(), depth });
            }
            let blocks = match entry.node() {
                Node::Symlink(target) if target.len() > Unchecked::TARGET_MAX => {
                    let (path, length) = (path.clone(), target.len());
                    return Some(Unchecked::Target { path, length });
                }
                Node::File(content) => content.len() / block_size + 1,
                _ => 0,
            };
            // The sizes are in the table, in the inode and in the node of each name.
            let lists = ENTRY + 2 * bytes.len() as u64;
            needed = needed.saturating_add(lists).saturating_add(blocks.saturating_mul(12));
        }
        (needed > limit).then_some(Unchecked::Memory { needed, limit })
    }

    /// What backhand does not show of entries that it reads.
    pub(super) fn unseen(&self) -> Result<Vec<Unchecked>, CrossCheckError> {
        let mut entries = 0;
        let mut inodes = BTreeSet::new();
        let mut names = 0;
        for entry in self.entries.values() {
            if !self.reader.metadata(entry)?.xattrs.is_empty() {
                entries += 1;
            }
            if *entry.node() != Node::Directory && !inodes.insert(entry.inode_number()) {
                names += 1;
            }
        }
        let links = (names > 0).then_some(Unchecked::HardLinks { names });
        let xattrs = (entries > 0).then_some(Unchecked::Xattrs { entries });
        Ok(links.into_iter().chain(xattrs).collect())
    }
}

fn xattrs(expected: &Metadata, found: &Metadata, mut add: impl FnMut(Difference)) {
    for (name, value) in &expected.xattrs {
        let other = found.xattrs.get(name);
        if other != Some(value) {
            let (expected, found) = (Some(value.clone()), other.cloned());
            add(Difference::Xattr { name: name.clone(), expected, found });
        }
    }
    for (name, value) in &found.xattrs {
        if !expected.xattrs.contains_key(name) {
            let found = Some(value.clone());
            add(Difference::Xattr { name: name.clone(), expected: None, found });
        }
    }
}
