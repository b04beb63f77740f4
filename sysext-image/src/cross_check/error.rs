use std::io;

use thiserror::Error;

use crate::{EntryPath, squashfs::ReadError};

/// An image could not be compared.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CrossCheckError {
    /// The progress callback wanted it to stop.
    #[error("stopped before everything was compared")]
    Cancelled,
    /// A file of the tree cannot be read any more, or changed since its scan.
    #[error("cannot read {path:?} again, to compare it")]
    #[non_exhaustive]
    Content {
        /// The entry of the tree.
        path: EntryPath,
        /// What went wrong.
        source: io::Error,
    },
    /// This crate's own reader cannot read the image.
    #[error("cannot read the image")]
    Read(#[from] ReadError),
    /// The image cannot be read at all.
    #[error("cannot read the image")]
    Source(#[source] io::Error),
}
