use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hasher},
};

use super::{FindingKind, entry::names, findings::Findings};
use crate::{
    image::ImageEntry,
    tree::{EntryPath, Node},
};

/// How many bytes of paths and targets are held in memory.
const MOST_BYTES: usize = 16 << 20;
/// How many names are looked up to follow all links.
const MOST_STEPS: u64 = 20_000_000;
/// How many links one path may lead through, as on Linux.
const MOST_HOPS: u32 = 40;

/// Where the symlinks of an image lead. They are followed in memory, since looking each one up in the image would take too
/// long with directories of many entries.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// All entries, as the hashes of their paths.
    entries: BTreeSet<u64>,
    targets: BTreeMap<u64, Box<[u8]>>,
    /// Those with an absolute target.
    absolute: Vec<EntryPath>,
    bytes: usize,
    unfollowed: u64,
}

impl Links {
    /// Takes an entry of the image; the links among those that are merged are followed.
    pub(super) fn take(&mut self, entry: &ImageEntry, merged: bool) {
        let hash = hash(entry.path());
        self.entries.insert(hash);
        let Node::Symlink(target) = entry.node() else { return };
        let absolute = merged && is_followed(target);
        let path_bytes = if absolute { entry.path().as_bytes().len() } else { 0 };
        let bytes = self.bytes + target.len() + path_bytes;
        if bytes > MOST_BYTES {
            self.unfollowed += u64::from(absolute);
            return;
        }
        self.bytes = bytes;
        self.targets.insert(hash, target.clone());
        if absolute {
            self.absolute.push(entry.path().clone());
        }
    }

    pub(super) fn finish(mut self, findings: &mut Findings) {
        let mut steps = 0;
        for path in &self.absolute {
            if steps > MOST_STEPS {
                self.unfollowed += 1;
            } else if let Some(target) = self.targets.get(&hash(path))
                && !self.leads_to_something(target, &mut steps)
            {
                findings.at(path, FindingKind::DanglingLink { target: target.clone() });
            }
        }
        if self.unfollowed > 0 {
            findings.of_image(FindingKind::LinksNotFollowed { count: self.unfollowed });
        }
    }

    /// Whether an absolute target leads to an entry, or to a link that was not kept.
    fn leads_to_something(&self, target: &[u8], steps: &mut u64) -> bool {
        // What is left of the path, the next name last; and where it is by now.
        let mut left: Vec<&[u8]> = components(target).collect();
        let mut at: Vec<DefaultHasher> = Vec::new();
        let mut hops = 0;
        while let Some(name) = left.pop() {
            *steps += 1;
            if name == b".." {
                at.pop();
                continue;
            }
            let mut hasher = at.last().cloned().unwrap_or_default();
            add(&mut hasher, name);
            let hash = hasher.finish();
            if !self.entries.contains(&hash) {
                return false;
            }
            let Some(target) = self.targets.get(&hash) else {
                at.push(hasher);
                continue;
            };
            hops += 1;
            if hops > MOST_HOPS {
                return false;
            }
            if target.starts_with(b"/") {
                at.clear();
            }
            left.extend(components(target));
        }
        true
    }
}

/// Whether it matters that something is there: not for the host's root, and not where a link masks a unit.
fn is_followed(target: &[u8]) -> bool {
    target.starts_with(b"/") && target != b"/dev/null" && components(target).next().is_some()
}

/// The names of a target that mean something, the last one first.
fn components(target: &[u8]) -> impl Iterator<Item = &[u8]> {
    target.split(|byte| *byte == b'/').rev().filter(|name| !matches!(*name, b"" | b"."))
}

/// The same for the same path in every run.
fn hash(path: &EntryPath) -> u64 {
    let mut hasher = DefaultHasher::new();
    names(path).for_each(|name| add(&mut hasher, name));
    hasher.finish()
}

fn add(hasher: &mut DefaultHasher, name: &[u8]) {
    hasher.write(name);
    hasher.write_u8(b'/');
}
