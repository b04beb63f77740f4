use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{Mutex, PoisonError},
};

/// Where the bytes of an image come from, for several threads at once.
#[derive(Debug)]
pub(super) struct Source<R>(Mutex<R>);

impl<R: Read + Seek> Source<R> {
    pub(super) fn new(source: R) -> Self {
        Self(Mutex::new(source))
    }

    /// How many bytes there are.
    pub(super) fn length(&self) -> io::Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seek(SeekFrom::End(0))
    }

    /// Fills the buffer from this offset on.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut source = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        source.seek(SeekFrom::Start(offset))?;
        source.read_exact(buffer)
    }
}
