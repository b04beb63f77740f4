use std::{fmt, io, sync::Arc};

#[cfg(feature = "tar")]
use super::Pieces;
#[cfg(feature = "fs")]
use super::scan::{OpenFile, SourceFile};

/// The content of a regular file: bytes in memory, or a file or part of an archive that is read when the image is
/// written.
///
/// Content is equal to other content of the same kind: the same bytes in memory, the same file in the same state, or the
/// same part of the same archive. A file is not read to compare it.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Bytes(Arc<[u8]>),
    #[cfg(feature = "fs")]
    File(Arc<SourceFile>),
    #[cfg(feature = "tar")]
    Pieces(Arc<Pieces>),
}

impl Content {
    #[cfg(feature = "fs")]
    pub(crate) fn of_file(file: SourceFile) -> Self {
        Self(Source::File(Arc::new(file)))
    }

    #[cfg(feature = "tar")]
    pub(crate) fn of_pieces(pieces: Pieces) -> Self {
        Self(Source::Pieces(Arc::new(pieces)))
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Source::Bytes(bytes) => bytes.len() as u64,
            #[cfg(feature = "fs")]
            Source::File(file) => file.len(),
            #[cfg(feature = "tar")]
            Source::Pieces(pieces) => pieces.len(),
        }
    }

    /// Whether there is no byte in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, unless it is longer than `most`.
    pub(crate) fn read_all(&self, most: usize) -> Result<Option<Vec<u8>>, ContentError> {
        let Some(length) = usize::try_from(self.len()).ok().filter(|length| *length <= most) else {
            return Ok(None);
        };
        let mut bytes = vec![0; length];
        self.open()?.read_exact_at(&mut bytes, 0)?;
        Ok(Some(bytes))
    }

    #[cfg_attr(
        not(feature = "fs"),
        expect(clippy::unnecessary_wraps, reason = "only files fail to open")
    )]
    pub(crate) fn open(&self) -> Result<OpenContent, ContentError> {
        match &self.0 {
            Source::Bytes(bytes) => Ok(OpenContent::Bytes(Arc::clone(bytes))),
            #[cfg(feature = "fs")]
            Source::File(file) => SourceFile::open(file).map(OpenContent::File),
            #[cfg(feature = "tar")]
            Source::Pieces(pieces) => Ok(OpenContent::Pieces(Arc::clone(pieces))),
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Source::Bytes(bytes.into()))
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        Self(Source::Bytes(bytes.into()))
    }
}

impl<const N: usize> From<&[u8; N]> for Content {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<Arc<[u8]>> for Content {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self(Source::Bytes(bytes))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Bytes(bytes) => write!(f, "Content({} bytes)", bytes.len()),
            #[cfg(feature = "fs")]
            Source::File(file) => write!(f, "Content({file:?})"),
            #[cfg(feature = "tar")]
            Source::Pieces(pieces) => write!(f, "Content({} bytes)", pieces.len()),
        }
    }
}

/// Content that is being read.
#[derive(Debug)]
pub(crate) enum OpenContent {
    Bytes(Arc<[u8]>),
    #[cfg(feature = "fs")]
    File(OpenFile),
    #[cfg(feature = "tar")]
    Pieces(Arc<Pieces>),
}

impl OpenContent {
    /// Whether content of the length 0 is empty indeed.
    #[cfg_attr(
        not(feature = "fs"),
        expect(clippy::unnecessary_wraps, reason = "only files can be otherwise")
    )]
    pub(crate) fn check_empty(&self) -> Result<(), ContentError> {
        match self {
            Self::Bytes(_) => Ok(()),
            #[cfg(feature = "fs")]
            Self::File(file) => file.check_empty(),
            #[cfg(feature = "tar")]
            Self::Pieces(_) => Ok(()),
        }
    }

    /// Fills the whole buffer from this offset on.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), ContentError> {
        match self {
            Self::Bytes(bytes) => {
                let start = usize::try_from(offset).map_err(|_| ContentError::Changed)?;
                let end = start.checked_add(buffer.len()).ok_or(ContentError::Changed)?;
                buffer.copy_from_slice(bytes.get(start..end).ok_or(ContentError::Changed)?);
                Ok(())
            }
            #[cfg(feature = "fs")]
            Self::File(file) => file.read_exact_at(buffer, offset),
            #[cfg(feature = "tar")]
            Self::Pieces(pieces) => pieces.read_exact_at(buffer, offset),
        }
    }
}

/// Why content could not be read.
#[derive(Debug)]
pub(crate) enum ContentError {
    /// It is no longer what the scan saw.
    Changed,
    /// Its length is not what its file system says.
    #[cfg_attr(
        not(any(feature = "fs", feature = "tar")),
        expect(dead_code, reason = "bytes in memory do not fail")
    )]
    Length,
    #[cfg_attr(
        not(any(feature = "fs", feature = "tar")),
        expect(dead_code, reason = "bytes in memory do not fail")
    )]
    Io(io::Error),
}
