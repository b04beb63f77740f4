use crate::tree::{ModePolicy, MtimePolicy, OwnerPolicy, PathPattern, XattrPolicy};

/// How a directory is read into a [`Tree`](crate::Tree): what is left out, and what happens to owners, modes, times and
/// extended attributes.
///
/// The default makes the tree independent of who made it and when: everything belongs to root, and every time is that
/// of 1970 or before. Nothing is left out.
///
/// ```
/// use sysext_image::{ModePolicy, ScanPolicy, Tree};
///
/// let source = tempfile::tempdir()?;
/// std::fs::create_dir_all(source.path().join("usr/.git"))?;
/// let policy = ScanPolicy::default()
///     .with_exclude("**/.git".parse()?)
///     .with_exclude("usr/secrets".parse()?)
///     .with_mode(ModePolicy::Clear(0o022));
/// let scan = Tree::scan(source.path(), &policy)?;
/// assert_eq!(scan.excluded, ["usr/.git".parse()?]);
/// assert_eq!(scan.unmatched, ["usr/secrets".parse()?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScanPolicy {
    /// Whose the entries are.
    pub owner: OwnerPolicy,
    /// When they were modified.
    pub mtime: MtimePolicy,
    /// Which permissions they have.
    pub mode: ModePolicy,
    /// Which extended attributes they have.
    pub xattrs: XattrPolicy,
    /// What is left out: the entries that one of these matches, and everything below them. It is not even read, so that
    /// a directory which cannot be read is no error.
    pub exclude: Vec<PathPattern>,
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

    /// The same with this treatment of modes.
    #[must_use]
    pub fn with_mode(mut self, mode: ModePolicy) -> Self {
        self.mode = mode;
        self
    }

    /// The same with this treatment of extended attributes.
    #[must_use]
    pub fn with_xattrs(mut self, xattrs: XattrPolicy) -> Self {
        self.xattrs = xattrs;
        self
    }

    /// The same without what this pattern matches, too.
    #[must_use]
    pub fn with_exclude(mut self, pattern: PathPattern) -> Self {
        self.exclude.push(pattern);
        self
    }
}
