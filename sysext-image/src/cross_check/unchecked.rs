use thiserror::Error;

use crate::EntryPath;

/// What backhand cannot read or does not show, so that one reader alone compared it.
///
/// All but [`HardLinks`](Self::HardLinks) and [`Xattrs`](Self::Xattrs) mean the whole image.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unchecked {
    /// It goes from a directory to those in it by calling itself, and has a stack for so many only.
    #[error(
        "{path:?} is {depth} names deep, and backhand is asked for {} at most",
        Unchecked::DEPTH_MAX
    )]
    #[non_exhaustive]
    Depth {
        /// The deepest entry.
        path: EntryPath,
        /// How many names its path has.
        depth: usize,
    },
    /// It does not tell names of one inode from copies.
    #[error("backhand does not show hard links (here {names})")]
    #[non_exhaustive]
    HardLinks {
        /// How many names there are beyond the first of each inode.
        names: u64,
    },
    /// It reads one block of the table of owners.
    #[error(
        "backhand cannot read an image with {count} owners, more than {}",
        Unchecked::OWNERS_MAX
    )]
    #[non_exhaustive]
    Owners {
        /// How many different users and groups there are.
        count: u16,
    },
    /// It would need more memory than it may have.
    #[error("backhand would need about {needed} bytes of memory, more than {limit}")]
    #[non_exhaustive]
    Memory {
        /// The estimate.
        needed: u64,
        /// The limit.
        limit: u64,
    },
    /// One long target is enough that it opens nothing of the image.
    #[error(
        "backhand cannot read an image with a link target of {length} bytes, more than {}: {path:?}",
        Unchecked::TARGET_MAX
    )]
    #[non_exhaustive]
    Target {
        /// The first such link.
        path: EntryPath,
        /// The length of its target.
        length: usize,
    },
    /// It reads no extended attributes.
    #[error("backhand does not show extended attributes (here of {entries} entries)")]
    #[non_exhaustive]
    Xattrs {
        /// How many entries have some.
        entries: u64,
    },
}

impl Unchecked {
    /// So many calls fit into the 2 MiB that a thread has, without optimisation too, as the tests show.
    pub(super) const DEPTH_MAX: usize = 256;
    pub(super) const OWNERS_MAX: u16 = 2048;
    pub(super) const TARGET_MAX: usize = 255;
}
