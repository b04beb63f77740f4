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

/// Whose the entries of a scanned directory are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnerPolicy {
    /// Everything belongs to user 0 and group 0.
    #[default]
    Root,
    /// As in the source.
    Keep,
}

/// When the entries of a scanned directory were modified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MtimePolicy {
    /// As in the source, but never later than this many seconds after 1970 (`SOURCE_DATE_EPOCH`).
    ClampTo(u32),
    /// As in the source.
    Keep,
}

impl Default for MtimePolicy {
    fn default() -> Self {
        Self::ClampTo(0)
    }
}
