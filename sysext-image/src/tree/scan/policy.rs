use crate::tree::{MtimePolicy, OwnerPolicy};

/// How a directory is read into a [`Tree`](crate::Tree): what happens to owners and times.
///
/// The default makes the tree independent of who made it and when: everything belongs to root, and every time is that
/// of 1970 or before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanPolicy {
    /// Whose the entries are.
    pub owner: OwnerPolicy,
    /// When they were modified.
    pub mtime: MtimePolicy,
}

impl ScanPolicy {
    /// The same with this treatment of owners.
    #[must_use]
    pub fn with_owner(mut self, owner: OwnerPolicy) -> Self {
        self.owner = owner;
        self
    }

    /// The same with this treatment of times.
    #[must_use]
    pub fn with_mtime(mut self, mtime: MtimePolicy) -> Self {
        self.mtime = mtime;
        self
    }
}
