use std::{
    io::{Read, Seek},
    sync::Arc,
};

use super::{
    error::{ReadError, ReadErrorKind},
    inode::{Data, Inode},
    metadata::{Cursor, Hand},
    parse::Bytes,
    reader::Shared,
};

/// The longest name, in bytes.
const NAME_MAX: usize = 255;

/// The names of a directory in the order of their bytes, read as they are asked for: a listing may have gigabytes.
pub(super) struct Names<R> {
    reader: Arc<Shared<R>>,
    hand: Hand,
    cursor: Cursor,
    /// How many bytes of the listing are left.
    left: u32,
    /// How many names are left whose inodes are in `block`.
    run: u32,
    /// Where the block of the inodes begins in their table.
    block: u32,
    name: [u8; NAME_MAX],
    length: usize,
}

impl<R: Read + Seek> Names<R> {
    pub(super) fn new(reader: &Arc<Shared<R>>, inode: &Inode) -> Self {
        let (block, offset, length) = match inode.data {
            Data::Listing { block, offset, length } => (block, offset, length),
            _ => (0, 0, 0),
        };
        let cursor = Cursor {
            part: "directory",
            block: reader.superblock.directory_table.saturating_add(block.into()),
            offset: offset.into(),
            end: reader.directory_end,
        };
        Self {
            reader: Arc::clone(reader),
            hand: None,
            cursor,
            // Three bytes more than there are, for `.` and `..`.
            left: length.saturating_sub(3),
            run: 0,
            block: 0,
            name: [0; NAME_MAX],
            length: 0,
        }
    }

    /// The next name, and the reference of its inode.
    pub(super) fn next(&mut self) -> Result<Option<(&[u8], u64)>, ReadError> {
        if self.run == 0 {
            if self.left == 0 {
                return Ok(None);
            }
            let head = self.take::<12>()?;
            let mut head = Bytes(&head);
            let count = head.u32().unwrap_or_default();
            self.block = head.u32().unwrap_or_default();
            if count > 255 {
                return Err(corrupt("its listing has a header of more than 256 names"));
            }
            self.run = count + 1;
        }
        self.run -= 1;
        let entry = self.take::<8>()?;
        let mut entry = Bytes(&entry);
        let offset = entry.u16().unwrap_or_default();
        let _delta = entry.i16();
        let _kind = entry.u16();
        let length = u32::from(entry.u16().unwrap_or_default()) + 1;
        self.count_down(length)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut buffer = [0; NAME_MAX];
        let none = || corrupt("a name in it is none");
        let name = buffer.get_mut(..length).ok_or_else(none)?;
        self.reader.metadata.fill(&self.reader.source, &mut self.hand, &mut self.cursor, name)?;
        if name.iter().any(|byte| matches!(byte, 0 | b'/')) {
            return Err(none());
        }
        if matches!(&*name, b"." | b"..") {
            return Err(corrupt("a name in it is \".\" or \"..\""));
        }
        if self.name.get(..self.length).is_some_and(|last| *last >= *name) {
            return Err(corrupt("its names are not in order, or one is there twice"));
        }
        (self.name, self.length) = (buffer, length);
        let name = self.name.get(..length).unwrap_or_default();
        Ok(Some((name, u64::from(self.block) << 16 | u64::from(offset))))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        self.count_down(u32::try_from(N).unwrap_or(u32::MAX))?;
        let mut bytes = [0; N];
        let Self { reader, hand, cursor, .. } = self;
        reader.metadata.fill(&reader.source, hand, cursor, &mut bytes)?;
        Ok(bytes)
    }

    fn count_down(&mut self, length: u32) -> Result<(), ReadError> {
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| corrupt("its listing ends in the middle"))?;
        Ok(())
    }
}

fn corrupt(what: &'static str) -> ReadError {
    ReadError::new("directory", ReadErrorKind::corrupt(what))
}
