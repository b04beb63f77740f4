use std::io;

use thiserror::Error;

use super::UnreadFormat;
use crate::squashfs::ReadError;
#[cfg(feature = "fs")]
use crate::tree::scan::ScanError;

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
