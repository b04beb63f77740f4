use thiserror::Error;

use super::{Device, EntryPath};

/// An entry that cannot be in a tree: the path, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot add {path:?}: {kind}")]
pub struct InsertError {
    path: EntryPath,
    kind: InsertErrorKind,
}

impl InsertError {
    pub(super) fn new(path: &[u8], kind: InsertErrorKind) -> Self {
        Self { path: EntryPath::new(path), kind }
    }

    /// Where the entry was to be.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// Why it cannot be there.
    pub fn kind(&self) -> &InsertErrorKind {
        &self.kind
    }
}

/// Why an entry cannot be in a tree.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InsertErrorKind {
    /// Something else is already at this path.
    #[error("something is already there")]
    Exists,
    /// A device number that the format cannot hold.
    #[error("device {}:{} is out of range", device.major, device.minor)]
    InvalidDevice {
        /// The numbers that were given.
        device: Device,
    },
    /// A link target that is empty, longer than 4095 bytes or has a NUL byte.
    #[error("a link target of {length} bytes, or with a NUL byte, cannot be stored")]
    InvalidLinkTarget {
        /// Its length.
        length: usize,
    },
    /// An empty path or component, `.`, `..`, a NUL byte, or too long for Linux.
    #[error("not a path of names of 1 to 255 bytes, without \"..\", 4095 bytes in all")]
    InvalidPath,
    /// An attribute outside `user.`, `trusted.` and `security.`, with a name above 255 bytes or a value above 64 KiB.
    #[error("extended attribute {name:?} cannot be stored")]
    InvalidXattr {
        /// The full name of the attribute.
        name: EntryPath,
    },
    /// A second name for a directory.
    #[error("a directory has one name only")]
    LinkToDirectory,
    /// A second name for what is not there.
    #[error("there is no {target:?} to link to")]
    NoLinkTarget {
        /// The path that was to get a second name.
        target: EntryPath,
    },
    /// A component of the path before the last one is no directory.
    #[error("a parent of it is not a directory")]
    ParentIsNoDirectory,
}
