use std::{
    io::{Read, Seek},
    ops::Range,
};

use super::{
    error::{ReadError, ReadErrorKind},
    inode::{Data, Inode},
    metadata::Cursor,
    parse::Bytes,
    reader::Shared,
};

/// A name in a directory, and the reference of its inode.
pub(super) type Name = (Box<[u8]>, u64);
/// A place in the table of directories: where a block begins in the image, and the offset in what it holds.
pub(super) type Place = (u64, usize);

impl<R: Read + Seek> Shared<R> {
    /// The names of a directory in the order of their bytes with where their inodes are, and what of the table they
    /// are in.
    pub(super) fn listing(&self, inode: &Inode) -> Result<(Vec<Name>, Range<Place>), ReadError> {
        let nothing = (Vec::new(), (0, 0)..(0, 0));
        let Data::Listing { block, offset, length } = inode.data else { return Ok(nothing) };
        // Three bytes more than there are, for `.` and `..`.
        let Some(mut left) = length.checked_sub(3).filter(|left| *left > 0) else {
            return Ok(nothing);
        };
        let mut cursor = Cursor {
            part: "directory",
            block: self.superblock.directory_table.saturating_add(block.into()),
            offset: offset.into(),
            end: self.directory_end,
        };
        let start = (cursor.block, cursor.offset);
        let mut names: Vec<Name> = Vec::new();
        let mut take = |length: u32| {
            left = left
                .checked_sub(length)
                .ok_or_else(|| corrupt("its listing ends in the middle"))?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            Ok((self.metadata.read(&self.source, &mut cursor, length)?, left))
        };
        loop {
            let (head, _) = take(12)?;
            let mut head = Bytes(&head);
            let count = head.u32().unwrap_or_default();
            let block = head.u32().unwrap_or_default();
            if count > 255 {
                return Err(corrupt("its listing has a header of more than 256 names"));
            }
            let mut rest = 0;
            for _ in 0..=count {
                let (entry, _) = take(8)?;
                let mut entry = Bytes(&entry);
                let offset = entry.u16().unwrap_or_default();
                let _delta = entry.i16();
                let _kind = entry.u16();
                let length = u32::from(entry.u16().unwrap_or_default()) + 1;
                let (name, after) = take(length)?;
                rest = after;
                if name.len() > 255 || name.contains(&0) || name.contains(&b'/') {
                    return Err(corrupt("a name in it is none"));
                }
                if matches!(&*name, b"." | b"..") {
                    return Err(corrupt("a name in it is \".\" or \"..\""));
                }
                if names.last().is_some_and(|(last, _)| **last >= *name) {
                    return Err(corrupt("its names are not in order, or one is there twice"));
                }
                names.push((name.into(), u64::from(block) << 16 | u64::from(offset)));
            }
            if rest == 0 {
                return Ok((names, start..(cursor.block, cursor.offset)));
            }
        }
    }
}

fn corrupt(what: &'static str) -> ReadError {
    ReadError::new("directory", ReadErrorKind::corrupt(what))
}
