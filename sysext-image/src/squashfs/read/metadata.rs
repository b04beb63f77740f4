use std::{
    io::{Read, Seek},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cache::Cache,
    decompressor::Decompressor,
    error::{ReadError, ReadErrorKind},
    source::Source,
};

/// How many bytes a metadata block holds at most.
pub(super) const BLOCK: usize = 8192;
/// Set in the size of a metadata block that is stored as it is.
const STORED: u16 = 1 << 15;
/// How many blocks are kept: half a mebibyte.
const KEPT: usize = 64;

/// A place in a table of metadata blocks, from which is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor {
    /// What the table is called in errors.
    pub(super) part: &'static str,
    /// Where the block begins in the image.
    pub(super) block: u64,
    /// The offset in what the block holds.
    pub(super) offset: usize,
    /// Where the table ends.
    pub(super) end: u64,
}

#[derive(Debug)]
struct Block {
    bytes: Vec<u8>,
    /// Where the next block begins.
    next: u64,
}

/// Reads tables of metadata blocks.
pub(super) struct MetadataReader(Mutex<State>);

struct State {
    decompressor: Decompressor,
    cache: Cache<Block>,
}

impl MetadataReader {
    pub(super) fn new(decompressor: Decompressor) -> Self {
        Self(Mutex::new(State { decompressor, cache: Cache::new(KEPT) }))
    }

    /// The next bytes, in whatever blocks they are.
    pub(super) fn read<R: Read + Seek>(
        &self,
        source: &Source<R>,
        cursor: &mut Cursor,
        length: usize,
    ) -> Result<Vec<u8>, ReadError> {
        // No more at once than there is: the length is what an image says.
        let mut bytes = Vec::with_capacity(length.min(BLOCK));
        while bytes.len() < length {
            let block = self.block(source, cursor)?;
            let left = block.bytes.get(cursor.offset..).unwrap_or_default();
            let taken = left.len().min(length - bytes.len());
            if taken == 0 && !left.is_empty()
                || left.is_empty() && cursor.offset > block.bytes.len()
            {
                return Err(corrupt(cursor, "it begins behind its block"));
            }
            bytes.extend_from_slice(left.get(..taken).unwrap_or_default());
            cursor.offset += taken;
            if cursor.offset == block.bytes.len() {
                (cursor.block, cursor.offset) = (block.next, 0);
            }
        }
        Ok(bytes)
    }

    fn block<R: Read + Seek>(
        &self,
        source: &Source<R>,
        cursor: &Cursor,
    ) -> Result<Arc<Block>, ReadError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = state.cache.get(cursor.block) {
            return Ok(block);
        }
        let failed = |kind| ReadError::new(cursor.part, kind);
        let io_error = |error| failed(ReadErrorKind::Io(error));
        if cursor.block.checked_add(2).is_none_or(|data| data > cursor.end) {
            return Err(corrupt(cursor, "it ends in the middle"));
        }
        let mut header = [0; 2];
        source.read_exact_at(&mut header, cursor.block).map_err(io_error)?;
        let header = u16::from_le_bytes(header);
        let size = usize::from(header & !STORED);
        let next = cursor.block + 2 + size as u64;
        if size == 0 || size > BLOCK || next > cursor.end {
            return Err(corrupt(cursor, "a block of it has a length that none has"));
        }
        let mut bytes = vec![0; size];
        source.read_exact_at(&mut bytes, cursor.block + 2).map_err(io_error)?;
        if header & STORED == 0 {
            let mut content = Vec::new();
            state.decompressor.decompress(&bytes, BLOCK, &mut content).map_err(failed)?;
            bytes = content;
        }
        if bytes.is_empty() {
            return Err(corrupt(cursor, "a block of it is empty"));
        }
        let block = Arc::new(Block { bytes, next });
        state.cache.put(cursor.block, Arc::clone(&block));
        Ok(block)
    }
}

fn corrupt(cursor: &Cursor, what: &'static str) -> ReadError {
    ReadError::new(cursor.part, ReadErrorKind::corrupt(what))
}
