use std::io;
#[cfg(feature = "ddi")]
use std::{error::Error, fmt};

#[cfg(feature = "ddi")]
use sysext_release::Architecture;
use thiserror::Error;

use super::UnreadFormat;
#[cfg(feature = "fs")]
use crate::tree::scan::ScanError;
use crate::{squashfs::ReadError, tree::EntryPath};

/// An image could not be looked into.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// It is two images at once: what one reader sees, another one does not.
    #[error("it is {first} as well as {second}")]
    #[non_exhaustive]
    Ambiguous {
        /// What it is.
        first: String,
        /// What it is, too.
        second: String,
    },
    /// The content of a file cannot be read.
    #[error("cannot read {path:?} of the image")]
    #[non_exhaustive]
    Content {
        /// The path in the image.
        path: EntryPath,
        /// What is wrong.
        source: io::Error,
    },
    /// The partition table is none that could be trusted.
    #[cfg(feature = "ddi")]
    #[error(transparent)]
    Ddi(#[from] DdiError),
    /// The EROFS cannot be read.
    #[cfg(feature = "erofs")]
    #[error(transparent)]
    Erofs(#[from] ErofsError),
    /// The bytes cannot be read.
    #[error("cannot read the image")]
    Io(#[source] io::Error),
    /// There is more in the image than the [options](crate::ImageOptions) allow.
    #[error("the image has more than {limit} {what}")]
    #[non_exhaustive]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much may be.
        limit: u64,
    },
    /// Below the directory that its file system is mounted at, an entry has a path that is too long.
    #[error("below /usr, the path of {path:?} is too long")]
    #[non_exhaustive]
    PathTooLong {
        /// The path in the file system.
        path: EntryPath,
    },
    /// What is in a partition cannot be read.
    #[cfg(feature = "ddi")]
    #[error("partition {number}")]
    #[non_exhaustive]
    Partition {
        /// The number of the partition.
        number: u32,
        /// Why not.
        source: Box<Self>,
    },
    /// The directory cannot be read.
    #[cfg(feature = "fs")]
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The squashfs cannot be read.
    #[error(transparent)]
    Squashfs(ReadError),
    /// Nothing that is known begins like that.
    #[error("no image of a known format")]
    Unknown,
    /// It is of a format that is not read.
    #[error("it is {format}")]
    #[non_exhaustive]
    Unread {
        /// The format.
        format: UnreadFormat,
    },
}

/// An EROFS image could not be read.
#[cfg(feature = "erofs")]
#[derive(Debug, Error)]
#[error(transparent)]
pub struct ErofsError(ErofsErrorKind);

#[cfg(feature = "erofs")]
#[derive(Debug, Error)]
enum ErofsErrorKind {
    /// It says something that no image says.
    #[error("{what}")]
    Corrupt { what: &'static str },
    /// What the library says.
    #[error(transparent)]
    Library(erofs_rs::Error),
}

#[cfg(feature = "erofs")]
pub(super) fn corrupt(what: &'static str) -> ErofsError {
    ErofsError(ErofsErrorKind::Corrupt { what })
}

#[cfg(feature = "erofs")]
impl ErofsError {
    pub(super) fn of_library(error: erofs_rs::Error) -> Self {
        Self(ErofsErrorKind::Library(error))
    }
}

/// The partition table of a disk image is none that could be trusted, or has no partition that would be opened.
#[cfg(feature = "ddi")]
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DdiError {
    /// The second table, at the end, is missing or damaged: the image may have been cut off.
    #[error("the second partition table, at the end of the image, cannot be read")]
    #[non_exhaustive]
    Backup {
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The two tables do not say the same.
    #[error("the two partition tables do not say the same")]
    Disagree,
    /// The table has other entries than any has.
    #[error("the partition table says that it has {count} entries of {size} bytes")]
    #[non_exhaustive]
    Entries {
        /// How many.
        count: u32,
        /// How long each is.
        size: u32,
    },
    /// There is no root or `usr` partition for the architecture.
    #[error("no root or usr partition{}", For(*architecture))]
    #[non_exhaustive]
    None {
        /// The architecture, if one was asked for.
        architecture: Option<Architecture>,
    },
    /// There is more than one that could be opened.
    #[error("partition {first} and partition {second} could both be the one that is wanted")]
    #[non_exhaustive]
    NotUnique {
        /// One of them.
        first: u32,
        /// Another one.
        second: u32,
    },
    /// A partition is not in the image.
    #[error("partition {number} is not within the image")]
    #[non_exhaustive]
    Outside {
        /// Its number.
        number: u32,
    },
    /// Two partitions share bytes.
    #[error("partitions {first} and {second} overlap")]
    #[non_exhaustive]
    Overlap {
        /// The one that begins first.
        first: u32,
        /// The one that begins in it.
        second: u32,
    },
    /// The first table cannot be read.
    #[error("the partition table cannot be read")]
    #[non_exhaustive]
    Primary {
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The entries of the table cannot be read.
    #[error("the entries of the partition table cannot be read")]
    Table(#[source] Box<dyn Error + Send + Sync>),
}

/// The end of a message.
#[cfg(feature = "ddi")]
struct For(Option<Architecture>);

#[cfg(feature = "ddi")]
impl fmt::Display for For {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(architecture) => write!(f, " for {architecture}"),
            None => Ok(()),
        }
    }
}
