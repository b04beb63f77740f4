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
    #[non_exhaustive]
    Changed {
        /// The path in the image.
        path: EntryPath,
    },
    /// The compressor failed.
    #[error("cannot compress")]
    Compress(#[source] io::Error),
    /// The listing of a directory is longer than 4 GiB, or its index has more than 65535 entries: about two million
    /// names of 255 bytes, or many more short ones.
    #[error("{path:?} has too many entries: the format cannot list them")]
    #[non_exhaustive]
    DirectoryTooLarge {
        /// The path in the image, empty for the root.
        path: EntryPath,
    },
    /// A file has more or fewer bytes than its file system says, as below `/proc` and `/sys`.
    #[error("{path:?} has another length than its file system says")]
    #[non_exhaustive]
    Length {
        /// The path in the image.
        path: EntryPath,
    },
    /// The output appends what is written, wherever it is told to write: the superblock is behind the image.
    #[error("cannot write the superblock: the output is opened for appending")]
    OpenedForAppending,
    /// A file could not be read.
    #[error("cannot read {path:?}")]
    #[non_exhaustive]
    Read {
        /// The path in the image.
        path: EntryPath,
        /// What the system said.
        source: io::Error,
    },
    /// A table is longer than 4 GiB.
    #[error("the table of {table} is too large for the format")]
    #[non_exhaustive]
    TableTooLarge {
        /// What is in the table.
        table: &'static str,
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
    pub(super) fn content(error: ContentError, path: impl FnOnce() -> EntryPath) -> Self {
        match error {
            ContentError::Changed => Self::Changed { path: path() },
            ContentError::Length => Self::Length { path: path() },
            ContentError::Io(source) => Self::Read { path: path(), source },
        }
    }

    /// What became of the table of these things.
    pub(super) fn table(table: &'static str) -> impl Fn(TableError) -> Self {
        move |error| match error {
            TableError::Compress(error) => Self::Compress(error),
            // Which directory it is, only its caller knows.
            TableError::TooLarge | TableError::DirectoryTooLarge => Self::TableTooLarge { table },
        }
    }
}

/// Why a table could not be made.
#[derive(Debug)]
pub(super) enum TableError {
    Compress(io::Error),
    /// A listing is longer than its inode can say.
    DirectoryTooLarge,
    /// A place or a count in it needs more bits than it has.
    TooLarge,
}

/// A number in the bits that a table has for it.
pub(super) fn fit<T, U>(number: T) -> Result<U, TableError>
where
    U: TryFrom<T>,
{
    U::try_from(number).map_err(|_| TableError::TooLarge)
}
