use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What an image is read from.
trait ReadSeek: Read + Seek + Send {}

impl<R: Read + Seek + Send> ReadSeek for R {}

/// A part of what an image is read from. Clones have a position each.
#[derive(Clone)]
pub(crate) struct Section {
    source: Arc<Mutex<dyn ReadSeek>>,
    start: u64,
    length: u64,
    position: u64,
}

impl Section {
    /// All of it.
    pub(crate) fn whole(source: impl Read + Seek + Send + 'static) -> io::Result<Self> {
        let source: Arc<Mutex<dyn ReadSeek>> = Arc::new(Mutex::new(source));
        let length = lock(&source).seek(SeekFrom::End(0))?;
        Ok(Self { source, start: 0, length, position: 0 })
    }

    /// A part of it, which must lie within.
    #[cfg(feature = "ddi")]
    pub(super) fn part(&self, start: u64, length: u64) -> Self {
        let start = self.start.saturating_add(start);
        Self { source: Arc::clone(&self.source), start, length, position: 0 }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Fills the buffer from this offset on.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64);
        let (Some(start), true) =
            (self.start.checked_add(offset), end.is_some_and(|end| end <= self.length))
        else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let mut source = lock(&self.source);
        source.seek(SeekFrom::Start(start))?;
        source.read_exact(buffer)
    }
}

fn lock(source: &Mutex<dyn ReadSeek>) -> MutexGuard<'_, dyn ReadSeek + 'static> {
    source.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let Some(buffer) = buffer.get_mut(..length).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let mut source = lock(&self.source);
        source.seek(SeekFrom::Start(self.start.saturating_add(self.position)))?;
        let length = source.read(buffer)?;
        drop(source);
        self.position = self.position.saturating_add(length as u64);
        Ok(length)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("start", &self.start)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
