use std::{
    io::{self, Read, Seek},
    sync::Arc,
};

use super::{
    error::{ReadError, ReadErrorKind},
    inode::{Data, Inode, ReaderNode},
    metadata::Cursor,
    parse::Bytes,
    reader::Reader,
};

/// Set in the size of a data block that is stored as it is.
const STORED: u32 = 1 << 24;

/// The content of a file of an image, read from its beginning.
#[derive(Debug)]
pub struct FileReader<'a, R> {
    reader: &'a Reader<R>,
    /// How many bytes are not in `block` yet.
    left: u64,
    /// Where the next block begins.
    next: u64,
    sizes: Option<Cursor>,
    fragment: Option<(u32, u32)>,
    block: Arc<Vec<u8>>,
    /// How many bytes of the block were read.
    taken: usize,
    /// Where the bytes of this file end in the block.
    end: usize,
}

impl<'a, R: Read + Seek> FileReader<'a, R> {
    pub(super) fn new(reader: &'a Reader<R>, inode: &Inode) -> Self {
        let left = if let ReaderNode::File(size) = inode.node { size } else { 0 };
        let (next, fragment, sizes) = match inode.data {
            Data::Blocks { start, fragment, sizes } => (start, fragment, Some(sizes)),
            _ => (0, None, None),
        };
        Self { reader, left, next, sizes, fragment, block: Arc::default(), taken: 0, end: 0 }
    }

    /// Makes the next block the current one.
    fn advance(&mut self) -> Result<(), ReadError> {
        let block_size = self.reader.block_size();
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(block_size);
        (self.taken, self.end) = (0, length);
        self.left -= length as u64;
        if let Some((fragment, offset)) = self.fragment
            && length < block_size
        {
            self.block = self.reader.fragment(fragment)?;
            self.taken = usize::try_from(offset).unwrap_or(usize::MAX);
            self.end = self.taken.saturating_add(length);
        } else if let Some(sizes) = &mut self.sizes {
            let word = self.reader.metadata.read(&self.reader.source, sizes, 4)?;
            let word = Bytes(&word).u32().unwrap_or_default();
            self.block = if word == 0 {
                Arc::new(vec![0; length])
            } else {
                let start = self.next;
                self.next = self.next.saturating_add(u64::from(word & !STORED));
                Arc::new(self.reader.data_block("file", start, word)?)
            };
        }
        if self.end > self.block.len() {
            let kind = ReadErrorKind::corrupt("a block of it is shorter than the file");
            return Err(ReadError::new("file", kind));
        }
        Ok(())
    }
}

impl<R: Read + Seek> FileReader<'_, R> {
    /// The next bytes of the file, up to a block of them; none at its end.
    pub(super) fn next_block(&mut self) -> Result<Option<&[u8]>, ReadError> {
        if self.taken == self.end {
            if self.left == 0 {
                return Ok(None);
            }
            self.advance()?;
        }
        let block = self.block.get(self.taken..self.end).unwrap_or_default();
        self.taken = self.end;
        Ok(Some(block))
    }
}

impl<R: Read + Seek> Read for FileReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.end {
            if self.left == 0 {
                return Ok(0);
            }
            self.advance().map_err(io::Error::other)?;
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

impl<R: Read + Seek> Reader<R> {
    /// What a data or fragment block holds.
    pub(super) fn data_block(
        &self,
        part: &'static str,
        start: u64,
        word: u32,
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
            self.decompress(&bytes, block_size, &mut content).map_err(failed)?;
            bytes = content;
        }
        Ok(bytes)
    }
}
