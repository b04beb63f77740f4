use thiserror::Error;

use super::{Device, EntryPath, InvalidPathErrorKind, XattrName, path::Quoted};

/// An entry that cannot be in a tree: where it was to be, and why not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot add {}: {kind}", Quoted(path))]
pub struct InsertError {
    path: Box<[u8]>,
    kind: InsertErrorKind,
}

impl InsertError {
    pub(super) fn new(path: &[u8], kind: InsertErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    /// Where the entry was to be, as it was given; empty for the root.
    pub fn path(&self) -> &[u8] {
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
    /// A device number that the format cannot hold.
    #[error("device {}:{} is out of range", device.major, device.minor)]
    #[non_exhaustive]
    Device {
        /// The numbers that were given.
        device: Device,
    },
    /// Something else is already at this path.
    #[error("something is already there")]
    Exists,
    /// A symlink to nothing.
    #[error("its link target is empty")]
    LinkTargetEmpty,
    /// A link target with a NUL byte.
    #[error("its link target has a NUL byte")]
    LinkTargetNul,
    /// A link target of more than 4095 bytes.
    #[error("its link target has {length} bytes, more than 4095")]
    #[non_exhaustive]
    LinkTargetTooLong {
        /// The length in bytes.
        length: usize,
    },
    /// A second name for a directory.
    #[error("a directory has one name only")]
    LinkToDirectory,
    /// A mode with more than permissions, setuid, setgid and sticky bit.
    #[error("the mode {mode:#o} has more than permissions")]
    #[non_exhaustive]
    Mode {
        /// The mode that was given.
        mode: u16,
    },
    /// A second name for what is not there.
    #[error("there is no {original:?} to link to")]
    #[non_exhaustive]
    NoOriginal {
        /// The path that was to get a second name.
        original: EntryPath,
    },
    /// User or group 4294967295, which on Linux means "no change".
    #[error("owner {uid}:{gid}: 4294967295 is no user or group")]
    #[non_exhaustive]
    Owner {
        /// The user that was given.
        uid: u32,
        /// The group that was given.
        gid: u32,
    },
    /// A component of the path before the last one is no directory.
    #[error("its parent {parent:?} is not a directory")]
    #[non_exhaustive]
    ParentIsNoDirectory {
        /// The first one that is none.
        parent: EntryPath,
    },
    /// What was given is no path.
    #[error(transparent)]
    Path(InvalidPathErrorKind),
    /// An attribute in `user.` on something else than a file or directory.
    #[error("{name:?} is for files and directories only")]
    #[non_exhaustive]
    UserXattr {
        /// The full name of the attribute.
        name: XattrName,
    },
    /// The names of all attributes are longer than 64 KiB together.
    #[error("the names of its attributes have {length} bytes, more than 65536")]
    #[non_exhaustive]
    XattrNamesTooLong {
        /// The length in bytes, a NUL behind each counted.
        length: usize,
    },
    /// A value of more than 64 KiB.
    #[error("the attribute {name:?} has {length} bytes, more than 65536")]
    #[non_exhaustive]
    XattrValueTooLong {
        /// The full name of the attribute.
        name: XattrName,
        /// The length of the value in bytes.
        length: usize,
    },
}
