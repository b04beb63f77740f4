use std::{error::Error, fmt, io};

use super::superblock::Compressor;

/// An image could not be read.
#[derive(Debug)]
pub struct ReadError {
    part: &'static str,
    kind: ReadErrorKind,
}

impl ReadError {
    pub(super) fn new(part: &'static str, kind: ReadErrorKind) -> Self {
        Self { part, kind }
    }

    /// What of the image it is about, such as `superblock` or `inode`.
    pub fn part(&self) -> &'static str {
        self.part
    }

    /// What is wrong with it.
    pub fn kind(&self) -> &ReadErrorKind {
        &self.kind
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.kind)
    }
}

/// The kind is in the message, so that the source is what that has.
impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

/// What is wrong with a part of an image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// It says something that no image says.
    #[error("{what}")]
    #[non_exhaustive]
    Corrupt {
        /// What is wrong, in a few words.
        what: &'static str,
    },
    /// It needs a compressor that is not built in: each is a feature of its name, but for lzma and lzo, which are not
    /// read.
    #[error("its compressor, {compressor}, is not built in")]
    #[non_exhaustive]
    Compressor {
        /// The compressor that the superblock names.
        compressor: Compressor,
    },
    /// It cannot be decompressed.
    #[error("cannot decompress it")]
    Decompress(#[source] io::Error),
    /// The bytes cannot be read, or the image ends before them.
    #[error("cannot read it")]
    Io(#[source] io::Error),
    /// It is larger than the limit that was given.
    #[error("more than {limit} {what}")]
    #[non_exhaustive]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much may be.
        limit: u64,
    },
}

impl ReadErrorKind {
    pub(super) fn corrupt(what: &'static str) -> Self {
        Self::Corrupt { what }
    }
}
