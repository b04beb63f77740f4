use std::{error::Error, fmt, io};

use thiserror::Error;

use crate::{InsertErrorKind, InvalidPathErrorKind, tree::path::Quoted};

/// A tar archive that could not be read into a tree: which member, where it is in the archive, and why not.
#[derive(Debug)]
pub struct TarError {
    member: Option<Box<[u8]>>,
    offset: u64,
    kind: TarErrorKind,
}

impl TarError {
    pub(super) fn new(member: Option<Box<[u8]>>, offset: u64, kind: TarErrorKind) -> Self {
        Self { member, offset, kind }
    }

    /// The name of the member as the archive has it, if it was read by then.
    pub fn member(&self) -> Option<&[u8]> {
        self.member.as_deref()
    }

    /// Where its header is in the archive, in bytes from 0.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What is wrong.
    pub fn kind(&self) -> &TarErrorKind {
        &self.kind
    }
}

impl fmt::Display for TarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(name) => write!(f, "member {} ", Quoted(name))?,
            None => f.write_str("header ")?,
        }
        write!(f, "at byte {} of the archive: {}", self.offset, self.kind)
    }
}

impl Error for TarError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// What is wrong in a [`TarError`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TarErrorKind {
    /// A header whose bytes do not add up: it is damaged, or this is no tar archive.
    #[error("its checksum is {stored}, its bytes add up to {computed}")]
    #[non_exhaustive]
    Checksum {
        /// What the header says.
        stored: i64,
        /// What it should say.
        computed: i64,
    },
    /// A link, a directory or a device that says it has content; programs disagree whether it is there.
    #[error("it has {size} bytes of content, but is no file")]
    #[non_exhaustive]
    Content {
        /// How many bytes it is said to have.
        size: u64,
    },
    /// More bytes of content than [`TarLimits::content`](crate::TarLimits::content).
    #[error("the content is longer than {most} bytes")]
    #[non_exhaustive]
    ContentLimit {
        /// The limit.
        most: u64,
    },
    /// No byte at all, as when the program before failed.
    #[error("there is nothing, not even an end")]
    Empty,
    /// A header that extends the next one, or a map of holes, of more than
    /// [`TarLimits::extension`](crate::TarLimits::extension).
    #[error("it has more than {most} bytes of extension")]
    #[non_exhaustive]
    ExtensionLimit {
        /// The limit.
        most: u64,
    },
    /// A record for all members that says what only one can have.
    #[error("the record {} is for all members", Quoted(key))]
    #[non_exhaustive]
    GlobalRecord {
        /// The key of the record.
        key: Box<[u8]>,
    },
    /// What no image can hold, or a place where there can be nothing.
    #[error(transparent)]
    Insert(InsertErrorKind),
    /// The target of a hard link that is no path inside the archive.
    #[error("its link target is no path: {0}")]
    LinkTarget(InvalidPathErrorKind),
    /// A block of zeros with something else than another one behind it: data are missing, or damaged.
    #[error("one block of zeros, where two end the archive")]
    LoneZeroBlock,
    /// More members, or inodes, than [`TarLimits::members`](crate::TarLimits::members).
    #[error("there are more than {most} members or inodes")]
    #[non_exhaustive]
    MemberLimit {
        /// The limit.
        most: u64,
    },
    /// More bytes of content than [`TarLimits::memory`](crate::TarLimits::memory), without the feature `fs`.
    #[error("the content does not fit in {most} bytes of memory")]
    #[non_exhaustive]
    MemoryLimit {
        /// The limit.
        most: u64,
    },
    /// More bytes of names and attributes than [`TarLimits::metadata`](crate::TarLimits::metadata).
    #[error("names and attributes are longer than {most} bytes")]
    #[non_exhaustive]
    MetadataLimit {
        /// The limit.
        most: u64,
    },
    /// A header that extends the next one, at the end of the archive.
    #[error("no member follows")]
    NoMember,
    /// A field that is no number, or none that it can have.
    #[error("its {field} is no number")]
    #[non_exhaustive]
    Number {
        /// What the number is: `size`, `mode` and so on.
        field: &'static str,
    },
    /// Something else than a directory where a directory is.
    #[error("a directory is already there")]
    OverDirectory,
    /// A user or group beyond 32 bits.
    #[error("owner {uid}:{gid} is out of range")]
    #[non_exhaustive]
    Owner {
        /// The user.
        uid: i64,
        /// The group.
        gid: i64,
    },
    /// A name that is no path inside the archive. A place is in the name as it is there.
    #[error("its name is no path: {0}")]
    Path(InvalidPathErrorKind),
    /// The archive could not be read.
    #[error("cannot read the archive")]
    Read(#[source] io::Error),
    /// An extended header that does not consist of records.
    #[error("no record at byte {at} of the extended header")]
    #[non_exhaustive]
    Record {
        /// Where in the content of the header it should be, from 0.
        at: usize,
    },
    /// A record whose value does not fit its key.
    #[error("the record {} has a value that it cannot have", Quoted(key))]
    #[non_exhaustive]
    RecordValue {
        /// The key of the record.
        key: Box<[u8]>,
    },
    /// The second header of one kind before a member; programs disagree about which counts.
    #[error("another header of this kind was before it")]
    Repeated,
    /// Something else than a directory at the top.
    #[error("it is the root, but no directory")]
    Root,
    /// A map of holes that is not ascending, leaves the file, or does not fit the content.
    #[error("its map of holes is invalid")]
    SparseMap,
    /// The content could not be stored in a temporary file.
    #[error("cannot write to a temporary file")]
    Spool(#[source] io::Error),
    /// The archive ends in the middle.
    #[error("the archive is cut off")]
    Truncated,
    /// A pax header and one of GNU tar that give it two names or targets; programs disagree about which counts.
    #[error("two headers give it different names")]
    TwoNames,
    /// A kind of member that is unknown, or that is a part of a file only.
    #[error("its type {:?} is unsupported", char::from(*typeflag))]
    #[non_exhaustive]
    Type {
        /// The type as the header has it.
        typeflag: u8,
    },
    /// A whiteout of an unknown kind, or of a name that cannot be.
    #[error("it hides nothing that can be")]
    Whiteout,
}
