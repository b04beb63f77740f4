use super::{Image, ImageEntry, ImageError};
use crate::tree::{EntryPath, Node};

/// How many symlinks are followed: as many as Linux follows.
const MOST_LINKS: usize = 40;
/// How many names are looked up: each is a walk through directories.
const MOST_NAMES: usize = 100;

impl Image {
    /// The entry that a path leads to inside of the image, all symlinks followed as if the image were the root of the
    /// file system: `..` stays inside.
    ///
    /// There is none if the path leads nowhere, to the root, around in circles, or through a hundred names.
    pub fn resolve(&self, path: &EntryPath) -> Result<Option<ImageEntry>, ImageError> {
        self.resolve_counting(path, &mut 0)
    }

    /// The same, adding to `followed` how many symlinks were followed.
    pub(super) fn resolve_counting(
        &self,
        path: &EntryPath,
        followed: &mut usize,
    ) -> Result<Option<ImageEntry>, ImageError> {
        let (mut links, mut looked_up) = (0, 0);
        // What is left of the path, the next name last; and where it is by now.
        let mut left: Vec<Vec<u8>> = names(path.as_bytes());
        let mut at: Vec<Vec<u8>> = Vec::new();
        let mut found = None;
        while let Some(name) = left.pop() {
            if name == b".." {
                at.pop();
                found = None;
                continue;
            }
            at.push(name);
            looked_up += 1;
            if looked_up > MOST_NAMES {
                return Ok(None);
            }
            let Ok(path) = EntryPath::try_from(&*at.join(&b'/')) else { return Ok(None) };
            let Some(entry) = self.get(&path)? else { return Ok(None) };
            let Node::Symlink(target) = entry.node() else {
                found = Some(entry);
                continue;
            };
            links += 1;
            *followed += 1;
            if links > MOST_LINKS {
                return Ok(None);
            }
            at.pop();
            if target.starts_with(b"/") {
                at.clear();
            }
            left.extend(names(target));
            found = None;
        }
        match (found, at.is_empty()) {
            (None, false) => self.get_names(&at),
            (found, _) => Ok(found),
        }
    }

    fn get_names(&self, names: &[Vec<u8>]) -> Result<Option<ImageEntry>, ImageError> {
        match EntryPath::try_from(&*names.join(&b'/')) {
            Ok(path) => self.get(&path),
            Err(_) => Ok(None),
        }
    }
}

/// The names of a path that mean something, the last one first.
fn names(path: &[u8]) -> Vec<Vec<u8>> {
    let names = path.split(|byte| *byte == b'/').rev();
    names.filter(|name| !matches!(*name, b"" | b".")).map(<[u8]>::to_vec).collect()
}
