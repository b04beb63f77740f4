use std::io::Read;

pub use self::{
    error::{TarError, TarErrorKind},
    policy::{TarLimits, TarPolicy, Whiteouts},
};
use self::{members::Members, unpack::Unpacker};
use crate::{EntryPath, Loss, PathPattern, Tree};

mod error;
mod header;
mod members;
mod pax;
mod policy;
mod sparse;
mod spool;
mod unpack;

/// A tar archive that was read into a tree, and what the tree could not take over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TarScan {
    /// The tree. Its root is a directory of mode 0755 that belongs to root, whatever the archive says of `./`. Its time
    /// is that of [`MtimePolicy::ClampTo`](crate::MtimePolicy::ClampTo), or 0.
    pub tree: Tree,
    /// What is not in the tree as it is in the archive.
    pub losses: Vec<Loss>,
    /// What was left out because a pattern matches it, in path order. A directory stands for everything below it.
    pub excluded: Vec<EntryPath>,
    /// The patterns that matched nothing, in the order of the policy: a mistake, most likely, and what they were to leave
    /// out is in the tree. Nothing is matched below what another pattern leaves out.
    pub unmatched: Vec<PathPattern>,
    /// How many members there were, also those that were replaced or excluded, and whiteouts.
    pub members: u64,
    /// How many names of members and targets of hard links began with a slash, which was left out.
    pub absolute_names: u64,
    /// How many of them began with `./`, which was left out.
    pub dotted_names: u64,
}

impl Tree {
    /// Reads a tar archive: V7, ustar, star, pax and GNU, with attributes, hard links, devices and holes. It must not be
    /// compressed. The formats are those of tar(5) and of POSIX's pax(1).
    ///
    /// A later member of the same name takes the place of an earlier one; a directory stays, with the metadata of the
    /// later one. Nothing is put below a symlink. A hard link is to an earlier member, whose metadata stands.
    ///
    /// Where programs disagree about what an archive means, it is an error: a link or directory that says it has content, a
    /// name that two headers give, a header for all members with what is of one.
    ///
    /// Content of more than [`TarLimits::memory`] is in a file without a name until the tree is dropped. The reader need not
    /// be buffered. Reading ends with the blocks that end the archive, or some bytes behind.
    ///
    /// ```
    /// use sysext_image::{TarPolicy, Tree};
    ///
    /// // Two blocks of zeros are an archive without members.
    /// let scan = Tree::from_tar(&[0; 1024][..], &TarPolicy::default())?;
    /// assert_eq!((scan.members, scan.tree.entries().count()), (0, 0));
    ///
    /// let error = Tree::from_tar(&[b'x'; 512][..], &TarPolicy::default()).unwrap_err();
    /// assert_eq!(error.to_string(), "header at byte 0 of the archive: its checksum is no number");
    /// # Ok::<(), sysext_image::TarError>(())
    /// ```
    pub fn from_tar(reader: impl Read, policy: &TarPolicy) -> Result<TarScan, TarError> {
        let mut members = Members::new(reader, &policy.limits);
        let scan = Unpacker::new(policy).unpack(&mut members);
        scan.map_err(|kind| members.error(kind))
    }
}
