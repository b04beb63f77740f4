use super::Change;
use crate::tree::Metadata;

/// What counts as a difference of two images: everything unless told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffOptions {
    /// Whether modification times do.
    pub mtimes: bool,
    /// Whether owners do.
    pub owners: bool,
}

impl DiffOptions {
    /// The same with or without modification times: between images of two versions that were not built with fixed times
    /// they differ everywhere.
    #[must_use]
    pub fn with_mtimes(mut self, mtimes: bool) -> Self {
        self.mtimes = mtimes;
        self
    }

    /// The same with or without owners.
    #[must_use]
    pub fn with_owners(mut self, owners: bool) -> Self {
        self.owners = owners;
        self
    }

    pub(super) fn compare_metadata(&self, old: &Metadata, new: &Metadata, to: &mut Vec<Change>) {
        if old.mode != new.mode {
            to.push(Change::Mode { old: old.mode, new: new.mode });
        }
        let (before, after) = ((old.uid, old.gid), (new.uid, new.gid));
        if self.owners && before != after {
            to.push(Change::Owner { old: before, new: after });
        }
        if self.mtimes && old.mtime != new.mtime {
            to.push(Change::Mtime { old: old.mtime, new: new.mtime });
        }
        for (name, value) in &old.xattrs {
            let found = new.xattrs.get(name);
            if found != Some(value) {
                let (name, old, new) = (name.clone(), Some(value.clone()), found.cloned());
                to.push(Change::Xattr { name, old, new });
            }
        }
        for (name, value) in &new.xattrs {
            if !old.xattrs.contains_key(name) {
                let (name, new) = (name.clone(), Some(value.clone()));
                to.push(Change::Xattr { name, old: None, new });
            }
        }
    }
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self { mtimes: true, owners: true }
    }
}
