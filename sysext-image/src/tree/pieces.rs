#[cfg(feature = "fs")]
use std::{fs::File, os::unix::fs::FileExt};
use std::{io, sync::Arc};

use super::ContentError;

/// Content in pieces of a store, with zeros between them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    length: u64,
    /// Ascending, not empty, without overlap, none beyond the length.
    stored: Box<[Piece]>,
    store: Store,
}

/// A part of the content that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it is in the content.
    pub(crate) at: u64,
    pub(crate) length: u64,
    /// Where it is in the store.
    pub(crate) stored_at: u64,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Memory(Arc<[u8]>),
    /// A file without a name, which nobody else can change.
    #[cfg(feature = "fs")]
    File(Arc<File>),
}

impl Pieces {
    /// What the pieces say must hold.
    pub(crate) fn new(length: u64, pieces: Vec<Piece>, store: Store) -> Self {
        Self { length, stored: pieces.into(), store }
    }

    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), ContentError> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(ContentError::Changed)?;
        if end > self.length {
            return Err(ContentError::Changed);
        }
        buffer.fill(0);
        let first = self.stored.partition_point(|piece| piece.end() <= offset);
        for piece in self.stored.get(first..).unwrap_or_default() {
            if piece.at >= end {
                break;
            }
            let (from, to) = (piece.at.max(offset), piece.end().min(end));
            let place = usize::try_from(from - offset).ok().zip(usize::try_from(to - offset).ok());
            let part = place.and_then(|(from, to)| buffer.get_mut(from..to));
            let part = part.ok_or(ContentError::Changed)?;
            self.store.read_exact_at(part, piece.stored_at + (from - piece.at))?;
        }
        Ok(())
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.at.saturating_add(self.length)
    }
}

impl Store {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), ContentError> {
        let read = match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).ok();
                let end = start.and_then(|start| start.checked_add(buffer.len()));
                let part = start.zip(end).and_then(|(start, end)| bytes.get(start..end));
                part.map(|part| buffer.copy_from_slice(part))
                    .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
            #[cfg(feature = "fs")]
            Self::File(file) => file.read_exact_at(buffer, offset),
        };
        read.map_err(|error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ContentError::Length,
            _ => ContentError::Io(error),
        })
    }
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(one), Self::Memory(other)) => one == other,
            #[cfg(feature = "fs")]
            (Self::File(one), Self::File(other)) => Arc::ptr_eq(one, other),
            #[cfg(feature = "fs")]
            _ => false,
        }
    }
}

impl Eq for Store {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Piece, Pieces, Store};

    #[test]
    fn any_part_reads_as_the_whole_does() {
        let pieces = vec![
            Piece { at: 2, length: 3, stored_at: 1 },
            Piece { at: 5, length: 1, stored_at: 4 },
            Piece { at: 9, length: 2, stored_at: 5 },
        ];
        let whole = *b"\0\0abcd\0\0\0ef\0";
        let pieces = Pieces::new(12, pieces, Store::Memory(Arc::from(&b"xabcdef"[..])));
        for start in 0..=whole.len() {
            for end in start..=whole.len() {
                let mut part = vec![0xff; end - start];
                pieces.read_exact_at(&mut part, start as u64).unwrap();
                assert_eq!(part, whole[start..end], "{start}..{end}");
            }
        }
    }
}
