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

pub(super) struct Block {
    bytes: Vec<u8>,
    /// Where the next block begins.
    next: u64,
}

/// The block that was read last and where it begins: who reads on needs no lock for what is left of it.
pub(super) type Hand = Option<(u64, Arc<Block>)>;

/// Reads tables of metadata blocks.
pub(super) struct MetadataReader(Mutex<State>);

struct State {
    decompressor: Decompressor,
    cache: Cache<Block>,
    /// A block as it is in the image.
    stored: Vec<u8>,
}

impl MetadataReader {
    pub(super) fn new(decompressor: Decompressor) -> Self {
        Self(Mutex::new(State { decompressor, cache: Cache::new(KEPT), stored: Vec::new() }))
    }

    /// The next bytes, in whatever blocks they are.
    pub(super) fn read<R: Read + Seek>(
        &self,
        source: &Source<R>,
        cursor: &mut Cursor,
        length: usize,
    ) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        let mut hand = None;
        while bytes.len() < length {
            // No more at once than there is: the length is what an image says.
            let start = bytes.len();
            bytes.resize(length.min(start + BLOCK), 0);
            let part = bytes.get_mut(start..).unwrap_or_default();
            self.fill(source, &mut hand, cursor, part)?;
        }
        Ok(bytes)
    }

    /// Fills the buffer with the next bytes.
    pub(super) fn fill<R: Read + Seek>(
        &self,
        source: &Source<R>,
        hand: &mut Hand,
        cursor: &mut Cursor,
        mut buffer: &mut [u8],
    ) -> Result<(), ReadError> {
        while !buffer.is_empty() {
            let block = match hand {
                Some((start, block)) if *start == cursor.block => &*block,
                _ => &hand.insert((cursor.block, self.block(source, cursor)?)).1,
            };
            let left = block.bytes.get(cursor.offset..).unwrap_or_default();
            if cursor.offset > block.bytes.len() {
                return Err(corrupt(cursor, "it begins behind its block"));
            }
            let taken = left.len().min(buffer.len());
            let (head, rest) = buffer.split_at_mut(taken);
            head.copy_from_slice(left.get(..taken).unwrap_or_default());
            buffer = rest;
            cursor.offset += taken;
            if cursor.offset == block.bytes.len() {
                (cursor.block, cursor.offset) = (block.next, 0);
            }
        }
        Ok(())
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
        // With the length before it, so that one block is read once.
        let left = cursor.end.saturating_sub(cursor.block);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK + 2);
        let State { decompressor, cache, stored } = &mut *state;
        stored.resize(most, 0);
        if most >= 2 {
            source
                .read_exact_at(stored, cursor.block)
                .map_err(|error| failed(ReadErrorKind::Io(error)))?;
        }
        let Some((header, stored)) = stored.split_first_chunk() else {
            return Err(corrupt(cursor, "it ends in the middle"));
        };
        let header = u16::from_le_bytes(*header);
        let size = usize::from(header & !STORED);
        let Some(stored) = stored.get(..size).filter(|_| size > 0) else {
            return Err(corrupt(cursor, "a block of it has a length that none has"));
        };
        let mut bytes = Vec::new();
        if header & STORED == 0 {
            decompressor.decompress(stored, BLOCK, &mut bytes).map_err(failed)?;
        } else {
            bytes.extend_from_slice(stored);
        }
        if bytes.is_empty() {
            return Err(corrupt(cursor, "a block of it is empty"));
        }
        let block = Arc::new(Block { bytes, next: cursor.block + 2 + size as u64 });
        cache.put(cursor.block, Arc::clone(&block));
        Ok(block)
    }
}

fn corrupt(cursor: &Cursor, what: &'static str) -> ReadError {
    ReadError::new(cursor.part, ReadErrorKind::corrupt(what))
}
