use std::io;

use thiserror::Error;

use crate::tree::{ContentError, EntryPath};

/// An image could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The progress function asked for it.
    #[error("cancelled")]
    Cancelled,
    /// A file is no longer what it was when its directory was scanned.
    #[error("{path:?} changed while the image was being made")]
    Changed {
        /// The path in the image.
        path: EntryPath,
    },
    /// The compressor failed.
    #[error("cannot compress")]
    Compress(#[source] io::Error),
    /// A file could not be read.
    #[error("cannot read {path:?}")]
    Read {
        /// The path in the image.
        path: EntryPath,
        /// What the system said.
        source: io::Error,
    },
    /// The format counts fragment blocks with 32 bits.
    #[error("too many small files: the format has room for 4294967295 blocks that they share")]
    TooManyFragments,
    /// The format counts different owners with 16 bits.
    #[error("too many different owners: the format has room for 65535 users and groups")]
    TooManyIds,
    /// The format counts inodes with 32 bits.
    #[error("too many inodes: the format has room for 4294967294")]
    TooManyInodes,
    /// The output could not be written.
    #[error("cannot write the image")]
    Write(#[source] io::Error),
}

impl WriteError {
    pub(crate) fn content(error: ContentError, path: impl FnOnce() -> EntryPath) -> Self {
        match error {
            ContentError::Changed => Self::Changed { path: path() },
            ContentError::Compress(error) => Self::Compress(error),
            ContentError::Io(source) => Self::Read { path: path(), source },
        }
    }
}
