use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
    sync::{Arc, Mutex, PoisonError},
};

/// One image for two readers, each with a place of its own in it.
pub(super) struct Shared<R> {
    image: Arc<Mutex<R>>,
    position: u64,
}

impl<R> Shared<R> {
    pub(super) fn new(image: R) -> Self {
        Self { image: Arc::new(Mutex::new(image)), position: 0 }
    }
}

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self { image: Arc::clone(&self.image), position: self.position }
    }
}

impl<R> fmt::Debug for Shared<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("position", &self.position).finish_non_exhaustive()
    }
}

impl<R: Read + Seek> Read for Shared<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut image = self.image.lock().unwrap_or_else(PoisonError::into_inner);
        image.seek(SeekFrom::Start(self.position))?;
        let length = image.read(buffer)?;
        self.position += length as u64;
        Ok(length)
    }
}

impl<R: Read + Seek> Seek for Shared<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let mut image = self.image.lock().unwrap_or_else(PoisonError::into_inner);
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(by) => {
                let position = self.position.checked_add_signed(by);
                position.ok_or(io::ErrorKind::InvalidInput)?
            }
            SeekFrom::End(_) => image.seek(to)?,
        };
        Ok(self.position)
    }
}
