use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

use super::{
    error::{ReadError, ReadErrorKind},
    inode::Inode,
    metadata::Cursor,
    parse::Bytes,
    reader::Shared,
};
use crate::{squashfs::superblock::Superblock, tree::XattrName};

/// Set in the type of an attribute whose value is elsewhere.
const OUT_OF_LINE: u16 = 1 << 8;
/// The largest value, and the longest list of names, that Linux has.
const MOST: usize = 65536;

/// Where the tables of attributes are.
#[derive(Debug, Default)]
pub(super) struct XattrTables {
    /// Where the names and values begin.
    pairs: u64,
    sets: u32,
    /// Where the blocks with the sets begin.
    blocks: Vec<u64>,
    end: u64,
}

impl<R: Read + Seek> Shared<R> {
    pub(super) fn xattr_tables(&self) -> Result<XattrTables, ReadError> {
        let table = self.superblock.xattr_table;
        if table == Superblock::NO_TABLE {
            return Ok(XattrTables::default());
        }
        let end = self.superblock.bytes_used;
        let Some(index) = table.checked_add(16).filter(|index| *index <= end) else {
            return Err(corrupt("it is not in the image"));
        };
        let mut head = [0; 16];
        self.source
            .read_exact_at(&mut head, table)
            .map_err(|error| ReadError::new(PART, ReadErrorKind::Io(error)))?;
        let mut head = Bytes(&head);
        let pairs = head.u64().unwrap_or_default();
        let sets = head.u32().unwrap_or_default();
        let blocks = self.index(PART, index, u64::from(sets) * 16)?;
        Ok(XattrTables { pairs, sets, blocks, end })
    }

    /// The attributes of an inode.
    pub(super) fn xattrs_of(
        &self,
        inode: &Inode,
    ) -> Result<BTreeMap<XattrName, Box<[u8]>>, ReadError> {
        let mut xattrs = BTreeMap::new();
        let Some(set) = inode.xattrs else { return Ok(xattrs) };
        let tables = &self.xattrs;
        let at = usize::try_from(set).unwrap_or(usize::MAX).saturating_mul(16);
        let block = tables.blocks.get(at / 8192).filter(|_| set < tables.sets);
        let block = *block.ok_or_else(|| corrupt("a set of attributes is not in it"))?;
        let mut cursor = Cursor { part: PART, block, offset: at % 8192, end: tables.end };
        let entry = self.metadata.read(&self.source, &mut cursor, 16)?;
        let mut entry = Bytes(&entry);
        let reference = entry.u64().unwrap_or_default();
        let count = entry.u32().unwrap_or_default();
        let mut cursor = self.pair(reference);
        let (mut names, mut values) = (0, 0);
        for _ in 0..count {
            let head = self.metadata.read(&self.source, &mut cursor, 4)?;
            let mut head = Bytes(&head);
            let kind = head.u16().unwrap_or_default();
            let length = usize::from(head.u16().unwrap_or_default());
            let rest = self.metadata.read(&self.source, &mut cursor, length)?;
            let prefix: &[u8] = match kind & !OUT_OF_LINE {
                0 => b"user.",
                1 => b"trusted.",
                2 => b"security.",
                _ => return Err(corrupt("an attribute is in no namespace")),
            };
            let mut value = self.value(&mut cursor)?;
            if kind & OUT_OF_LINE != 0 {
                let reference = Bytes(&value).u64();
                let reference = reference.ok_or_else(|| corrupt("a value leads nowhere"))?;
                value = self.value(&mut self.pair(reference))?;
            }
            let name = [prefix, &rest].concat();
            names += name.len() + 1;
            values += value.len();
            // Linux lists no more names, and a set of many values of a mebibyte each is none either.
            if names > MOST || values > 64 * MOST {
                return Err(corrupt("a set of attributes is larger than Linux has"));
            }
            let name = XattrName::try_from(&*name);
            let name = name.map_err(|_| corrupt("the name of an attribute is none"))?;
            if xattrs.insert(name, value.into()).is_some() {
                return Err(corrupt("an attribute is there twice"));
            }
        }
        Ok(xattrs)
    }

    fn pair(&self, reference: u64) -> Cursor {
        Cursor {
            part: PART,
            block: self.xattrs.pairs.saturating_add(reference >> 16),
            offset: usize::try_from(reference & 0xffff).unwrap_or(usize::MAX),
            end: self.xattrs.end,
        }
    }

    fn value(&self, cursor: &mut Cursor) -> Result<Vec<u8>, ReadError> {
        let length = self.metadata.read(&self.source, cursor, 4)?;
        let length = Bytes(&length).u32().and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| *length <= MOST);
        let length = length.ok_or_else(|| corrupt("a value is larger than Linux has"))?;
        self.metadata.read(&self.source, cursor, length)
    }
}

const PART: &str = "attribute table";

fn corrupt(what: &'static str) -> ReadError {
    ReadError::new(PART, ReadErrorKind::corrupt(what))
}
