use std::{fmt, io, sync::Arc};

#[cfg(feature = "fs")]
use super::scan::{OpenFile, SourceFile};

/// The content of a regular file: bytes in memory, or a file that is read when the image is written.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Bytes(Arc<[u8]>),
    #[cfg(feature = "fs")]
    File(Arc<SourceFile>),
}

impl Content {
    #[cfg(feature = "fs")]
    pub(crate) fn of_file(file: SourceFile) -> Self {
        Self(Source::File(Arc::new(file)))
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Source::Bytes(bytes) => bytes.len() as u64,
            #[cfg(feature = "fs")]
            Source::File(file) => file.len(),
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
        expect(clippy::unnecessary_wraps, reason = "bytes in memory are always there")
    )]
    pub(crate) fn open(&self) -> Result<OpenContent, ContentError> {
        match &self.0 {
            Source::Bytes(bytes) => Ok(OpenContent::Bytes(Arc::clone(bytes))),
            #[cfg(feature = "fs")]
            Source::File(file) => SourceFile::open(file).map(OpenContent::File),
        }
    }
}

impl<T: Into<Vec<u8>>> From<T> for Content {
    fn from(bytes: T) -> Self {
        Self(Source::Bytes(bytes.into().into()))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Bytes(bytes) => write!(f, "Content({} bytes)", bytes.len()),
            #[cfg(feature = "fs")]
            Source::File(file) => write!(f, "Content({file:?})"),
        }
    }
}

/// Content that is being read.
#[derive(Debug)]
pub(crate) enum OpenContent {
    Bytes(Arc<[u8]>),
    #[cfg(feature = "fs")]
    File(OpenFile),
}

impl OpenContent {
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
        }
    }
}

/// Why content could not be read.
#[derive(Debug)]
pub(crate) enum ContentError {
    /// It is no longer what the scan saw.
    Changed,
    /// It was read, but not compressed.
    Compress(io::Error),
    #[cfg_attr(not(feature = "fs"), expect(dead_code, reason = "bytes in memory do not fail"))]
    Io(io::Error),
}
