use std::{
    fmt,
    io::{self, Read},
    sync::{Arc, Mutex, PoisonError},
};

use thiserror::Error;

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

#[derive(Clone)]
enum Source {
    Bytes(Arc<[u8]>),
    #[cfg(feature = "fs")]
    File(Arc<SourceFile>),
    Image(Arc<dyn ImageContent>),
    #[cfg(feature = "tar")]
    Pieces(Arc<Pieces>),
}

/// A file of an image that is read.
pub(crate) trait ImageContent: Send + Sync {
    fn len(&self) -> u64;

    /// The content from its beginning.
    fn open(&self) -> Box<dyn Read + Send>;
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(left), Self::Bytes(right)) => left == right,
            #[cfg(feature = "fs")]
            (Self::File(left), Self::File(right)) => left == right,
            (Self::Image(left), Self::Image(right)) => Arc::ptr_eq(left, right),
            #[cfg(feature = "tar")]
            (Self::Pieces(left), Self::Pieces(right)) => left == right,
            _ => false,
        }
    }
}

impl Eq for Source {}

impl Content {
    pub(crate) fn of_image(file: Arc<dyn ImageContent>) -> Self {
        Self(Source::Image(file))
    }

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
            Source::Image(file) => file.len(),
            #[cfg(feature = "tar")]
            Source::Pieces(pieces) => pieces.len(),
        }
    }

    /// Whether there is no byte in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content from its beginning. A file that changed after its scan is an error.
    pub fn reader(&self) -> impl Read + Send + use<> {
        ContentReader { content: self.clone(), open: None, offset: 0 }
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
            Source::Image(file) => Ok(OpenContent::Image(ImageReader::new(Arc::clone(file)))),
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
            Source::Image(file) => write!(f, "Content({} bytes of an image)", file.len()),
            #[cfg(feature = "tar")]
            Source::Pieces(pieces) => write!(f, "Content({} bytes)", pieces.len()),
        }
    }
}

struct ContentReader {
    content: Content,
    open: Option<OpenContent>,
    offset: u64,
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.content.len() - self.offset;
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(buffer) = buffer.get_mut(..length).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let open = match self.open.take() {
            Some(open) => open,
            None => self.content.open()?,
        };
        open.read_exact_at(buffer, self.offset)?;
        (self.open, self.offset) = (Some(open), self.offset + length as u64);
        Ok(length)
    }
}

/// Content that is being read.
#[derive(Debug)]
pub(crate) enum OpenContent {
    Bytes(Arc<[u8]>),
    #[cfg(feature = "fs")]
    File(OpenFile),
    Image(ImageReader),
    #[cfg(feature = "tar")]
    Pieces(Arc<Pieces>),
}

/// A file of an image that is read from any place on. The next place is the cheapest.
pub(crate) struct ImageReader {
    file: Arc<dyn ImageContent>,
    state: Mutex<(u64, Box<dyn Read + Send>)>,
}

impl ImageReader {
    fn new(file: Arc<dyn ImageContent>) -> Self {
        let state = Mutex::new((0, file.open()));
        Self { file, state }
    }

    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (position, reader) = &mut *state;
        if *position > offset {
            (*position, *reader) = (0, self.file.open());
        }
        io::copy(&mut reader.take(offset - *position), &mut io::sink())?;
        reader.read_exact(buffer)?;
        *position = offset + buffer.len() as u64;
        Ok(())
    }
}

impl fmt::Debug for ImageReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageReader").finish_non_exhaustive()
    }
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
            Self::Image(_) => Ok(()),
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
            Self::Image(file) => file.read_exact_at(buffer, offset).map_err(ContentError::Io),
            #[cfg(feature = "tar")]
            Self::Pieces(pieces) => pieces.read_exact_at(buffer, offset),
        }
    }
}

/// Why content could not be read.
#[derive(Debug, Error)]
pub(crate) enum ContentError {
    /// It is no longer what the scan saw.
    #[error("it changed after the scan")]
    Changed,
    /// Its length is not what its file system says.
    #[cfg_attr(
        not(any(feature = "fs", feature = "tar")),
        expect(dead_code, reason = "bytes in memory do not fail")
    )]
    #[error("its length is not what its file system says")]
    Length,
    #[error("cannot read it")]
    Io(#[source] io::Error),
}

impl From<ContentError> for io::Error {
    fn from(error: ContentError) -> Self {
        match error {
            ContentError::Io(error) => error,
            error => Self::other(error),
        }
    }
}
