#[cfg(feature = "fs")]
use std::path::PathBuf;

use crate::{ModePolicy, MtimePolicy, OwnerPolicy, PathPattern, XattrPolicy};

/// How a tar archive is read into a [`Tree`](crate::Tree): what is left out, what happens to owners, modes, times,
/// extended attributes and whiteouts, and how much is too much.
///
/// The default makes the tree independent of who made the archive and when, and takes every name literally.
///
/// ```
/// use sysext_image::{TarPolicy, Whiteouts};
///
/// let layer_of_a_container = TarPolicy::default().with_whiteouts(Whiteouts::Oci);
/// assert_eq!(layer_of_a_container.whiteouts, Whiteouts::Oci);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TarPolicy {
    /// Whose the entries are. Names of users and groups are not looked up, the numbers count.
    pub owner: OwnerPolicy,
    /// When they were modified.
    pub mtime: MtimePolicy,
    /// Which permissions they have.
    pub mode: ModePolicy,
    /// Which extended attributes they have. What whiteouts become is no matter of this.
    pub xattrs: XattrPolicy,
    /// What is left out of the tree that the archive makes: the entries that one of these matches, and everything below
    /// them. Their members are read all the same, must be without fault, and count for the limits; a hard link to one of
    /// them keeps its content.
    pub exclude: Vec<PathPattern>,
    /// What names that begin with `.wh.` mean.
    pub whiteouts: Whiteouts,
    /// How much an archive may have.
    pub limits: TarLimits,
    /// Where the content goes that does not stay in memory: a directory of a file system with room for it. None is
    /// [`std::env::temp_dir`], which on many systems is memory.
    #[cfg(feature = "fs")]
    pub spool: Option<PathBuf>,
}

impl TarPolicy {
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

    /// The same with this meaning of `.wh.`.
    #[must_use]
    pub fn with_whiteouts(mut self, whiteouts: Whiteouts) -> Self {
        self.whiteouts = whiteouts;
        self
    }

    /// The same with these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: TarLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with this directory for content.
    #[cfg(feature = "fs")]
    #[must_use]
    pub fn with_spool(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spool = Some(directory.into());
        self
    }
}

/// What the names mean that say which parts of lower layers are gone. See the image specification of the OCI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whiteouts {
    /// Nothing: they are names as others are.
    #[default]
    Literal,
    /// `.wh.NAME` becomes the character device 0:0 at `NAME`, and `.wh..wh..opq` the attribute `trusted.overlay.opaque` of
    /// its directory, which is how overlayfs says it. They hide what lower layers have, never another member: a directory
    /// that is there as well becomes opaque.
    Oci,
}

/// How much a tar archive may have; more is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TarLimits {
    /// Members, and inodes with the missing parents of members: 1 000 000.
    pub members: u64,
    /// Bytes of names, link targets, attributes, lists of losses and maps of holes together: 256 MiB.
    pub metadata: u64,
    /// Bytes of one header that extends another, or of one map of holes: 1 MiB.
    pub extension: u64,
    /// Bytes of all files together, holes included: 64 GiB.
    pub content: u64,
    /// Bytes of content that stay in memory: 16 MiB, and the rest goes to a file. Without the feature `fs` it is 1 GiB,
    /// and more is an error.
    pub memory: u64,
}

impl Default for TarLimits {
    fn default() -> Self {
        Self {
            members: 1_000_000,
            metadata: 256 << 20,
            extension: 1 << 20,
            content: 64 << 30,
            memory: if cfg!(feature = "fs") { 16 << 20 } else { 1 << 30 },
        }
    }
}

impl TarLimits {
    /// The same with this many members.
    #[must_use]
    pub fn with_members(mut self, most: u64) -> Self {
        self.members = most;
        self
    }

    /// The same with this many bytes of metadata.
    #[must_use]
    pub fn with_metadata(mut self, bytes: u64) -> Self {
        self.metadata = bytes;
        self
    }

    /// The same with this many bytes in one extension.
    #[must_use]
    pub fn with_extension(mut self, bytes: u64) -> Self {
        self.extension = bytes;
        self
    }

    /// The same with this many bytes of content.
    #[must_use]
    pub fn with_content(mut self, bytes: u64) -> Self {
        self.content = bytes;
        self
    }

    /// The same with this many bytes of content in memory.
    #[must_use]
    pub fn with_memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }
}
