use std::{
    io::{self, Read, Seek},
    sync::{Arc, PoisonError},
};

use super::{
    decompressor::Decompressor,
    error::{ReadError, ReadErrorKind},
    inode::Data,
    metadata::{Cursor, Hand},
    reader::Shared,
};
use crate::tree::ImageContent;

/// Set in the size of a data block that is stored as it is.
const STORED: u32 = 1 << 24;

/// Where the next bytes of a file are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    /// A block with its size word.
    Block { start: u64, word: u32, length: usize },
    /// A part of a fragment block.
    Tail { fragment: u32, offset: usize, length: usize },
    /// So many zeros.
    Hole(usize),
}

/// The pieces of a file, in their order.
pub(super) struct Pieces<R> {
    reader: Arc<Shared<R>>,
    left: u64,
    /// Where the next block begins.
    next: u64,
    sizes: Option<Cursor>,
    hand: Hand,
    fragment: Option<(u32, u32)>,
}

impl<R: Read + Seek> Pieces<R> {
    /// The next piece; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, ReadError> {
        if self.left == 0 {
            return Ok(None);
        }
        let block_size = self.reader.block_size();
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(block_size);
        self.left -= length as u64;
        if let Some((fragment, offset)) = self.fragment
            && length < block_size
        {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            return Ok(Some(Piece::Tail { fragment, offset, length }));
        }
        let Some(sizes) = &mut self.sizes else { return Ok(None) };
        let mut word = [0; 4];
        self.reader.metadata.fill(&self.reader.source, &mut self.hand, sizes, &mut word)?;
        let word = u32::from_le_bytes(word);
        if word == 0 {
            return Ok(Some(Piece::Hole(length)));
        }
        let start = self.next;
        self.next = self.next.saturating_add(u64::from(word & !STORED));
        Ok(Some(Piece::Block { start, word, length }))
    }
}

/// The content of a file of an image, read from its beginning.
pub(super) struct FileReader<R> {
    pieces: Pieces<R>,
    block: Arc<Vec<u8>>,
    /// How many bytes of the block were read.
    taken: usize,
    /// Where the bytes of this file end in the block.
    end: usize,
}

impl<R: Read + Seek> FileReader<R> {
    fn new(pieces: Pieces<R>) -> Self {
        Self { pieces, block: Arc::default(), taken: 0, end: 0 }
    }

    /// Makes the next block the current one; false at the end of the file.
    fn advance(&mut self) -> Result<bool, ReadError> {
        let reader = Arc::clone(&self.pieces.reader);
        let Some(piece) = self.pieces.next()? else { return Ok(false) };
        let length;
        (self.block, self.taken, length) = match piece {
            Piece::Hole(length) => (Arc::new(vec![0; length]), 0, length),
            Piece::Tail { fragment, offset, length } => {
                (reader.fragment(fragment)?, offset, length)
            }
            Piece::Block { start, word, length } => {
                let mut decompressor =
                    reader.decompressor.lock().unwrap_or_else(PoisonError::into_inner);
                let block = reader.data_block("file", start, word, &mut decompressor)?;
                (Arc::new(block), 0, length)
            }
        };
        self.end = self.taken.saturating_add(length);
        if self.end > self.block.len() {
            let kind = ReadErrorKind::corrupt("a block of it is shorter than the file");
            return Err(ReadError::new("file", kind));
        }
        Ok(true)
    }
}

impl<R: Read + Seek> Read for FileReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.end && !self.advance().map_err(io::Error::other)? {
            return Ok(0);
        }
        let block = self.block.get(self.taken..self.end).unwrap_or_default();
        let length = block.len().min(buffer.len());
        if let (Some(from), Some(to)) = (block.get(..length), buffer.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        self.taken += length;
        Ok(length)
    }
}

/// A file of an image.
pub(super) struct ImageFile<R> {
    reader: Arc<Shared<R>>,
    size: u64,
    data: Data,
}

impl<R: Read + Seek + Send + 'static> ImageFile<R> {
    pub(super) fn new(reader: Arc<Shared<R>>, size: u64, data: Data) -> Self {
        Self { reader, size, data }
    }
}

impl<R: Read + Seek + Send + 'static> ImageContent for ImageFile<R> {
    fn len(&self) -> u64 {
        self.size
    }

    fn open(&self) -> Box<dyn Read + Send> {
        Box::new(FileReader::new(Pieces::new(Arc::clone(&self.reader), self.size, self.data)))
    }
}

impl<R: Read + Seek> Pieces<R> {
    pub(super) fn new(reader: Arc<Shared<R>>, left: u64, data: Data) -> Self {
        let (next, fragment, sizes) = match data {
            Data::Blocks { start, fragment, sizes } => (start, fragment, Some(sizes)),
            _ => (0, None, None),
        };
        Self { reader, left, next, sizes, hand: None, fragment }
    }
}

impl<R: Read + Seek> Shared<R> {
    /// What a data or fragment block holds.
    pub(super) fn data_block(
        &self,
        part: &'static str,
        start: u64,
        word: u32,
        decompressor: &mut Decompressor,
    ) -> Result<Vec<u8>, ReadError> {
        let failed = |kind| ReadError::new(part, kind);
        let block_size = self.block_size();
        let size = usize::try_from(word & !STORED).unwrap_or(usize::MAX);
        let end = start.checked_add(size as u64);
        if size > block_size || end.is_none_or(|end| end > self.superblock.bytes_used) {
            return Err(failed(ReadErrorKind::corrupt("a block of it is not in the image")));
        }
        let mut bytes = vec![0; size];
        self.source
            .read_exact_at(&mut bytes, start)
            .map_err(|error| failed(ReadErrorKind::Io(error)))?;
        if word & STORED == 0 {
            let mut content = Vec::new();
            decompressor.decompress(&bytes, block_size, &mut content).map_err(failed)?;
            bytes = content;
        }
        Ok(bytes)
    }
}
