use super::{
    compressor::Compressor,
    error::{TableError, fit},
};

/// How many bytes a metadata block holds before compression.
pub(super) const BLOCK: u16 = 8192;
/// Set in the size of a metadata block that is stored as it is.
const STORED: u16 = 1 << 15;

/// A place in a table of metadata blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Where the block begins, counted from the start of the table, in compressed bytes.
    pub(super) block: u32,
    /// The offset in the uncompressed block, below 8192.
    pub(super) offset: u16,
}

impl Position {
    /// The position as one number: what the format calls a reference.
    pub(super) fn reference(self) -> u64 {
        u64::from(self.block) << 16 | u64::from(self.offset)
    }
}

/// A metadata block that is stored as it is, with its header.
pub(super) fn stored_block(content: &[u8]) -> Result<Vec<u8>, TableError> {
    let size: u16 = fit(content.len())?;
    Ok([&(size | STORED).to_le_bytes(), content].concat())
}

/// A table of metadata blocks that is being written: inodes, directories and the smaller tables.
pub(super) struct MetadataWriter<'a> {
    compressor: &'a mut Compressor,
    /// Finished blocks with their sizes.
    table: Vec<u8>,
    /// Where each finished block begins in `table`.
    starts: Vec<u64>,
    /// What is not yet a block, always shorter than one.
    pending: Vec<u8>,
    compressed: Vec<u8>,
}

impl<'a> MetadataWriter<'a> {
    pub(super) fn new(compressor: &'a mut Compressor) -> Self {
        Self {
            compressor,
            table: Vec::new(),
            starts: Vec::new(),
            pending: Vec::new(),
            compressed: Vec::new(),
        }
    }

    /// Where the next byte will be.
    pub(super) fn position(&self) -> Result<Position, TableError> {
        Ok(Position { block: fit(self.table.len())?, offset: fit(self.pending.len())? })
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), TableError> {
        while let Some((head, rest)) =
            bytes.split_at_checked(usize::from(BLOCK) - self.pending.len())
        {
            self.pending.extend_from_slice(head);
            self.flush()?;
            bytes = rest;
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    /// The whole table, and where its blocks begin in it.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, Vec<u64>), TableError> {
        if !self.pending.is_empty() {
            self.flush()?;
        }
        Ok((self.table, self.starts))
    }

    fn flush(&mut self) -> Result<(), TableError> {
        let compressed = self
            .compressor
            .compress(&self.pending, &mut self.compressed)
            .map_err(TableError::Compress)?;
        let size: u16 = fit(self.compressed.len())?;
        let header = if compressed { size } else { size | STORED };
        self.starts.push(self.table.len() as u64);
        self.table.extend_from_slice(&header.to_le_bytes());
        self.table.extend_from_slice(&self.compressed);
        self.pending.clear();
        Ok(())
    }
}
