use std::{
    fmt,
    io::{Read, Seek},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    cache::Cache,
    decompressor::Decompressor,
    directory::Names,
    entries::{ReaderEntries, ReaderEntry},
    error::{ReadError, ReadErrorKind},
    inode::{Inode, Kind},
    limits::ReadLimits,
    metadata::{Cursor, MetadataReader},
    parse::Bytes,
    source::Source,
    superblock::Superblock,
    xattrs::XattrTables,
};
use crate::{
    squashfs::superblock::Superblock as RawSuperblock,
    tree::{EntryPath, Metadata},
};

/// How many decompressed fragment blocks are kept.
const KEPT: usize = 4;

/// Reads a squashfs 4.0 image.
///
/// A clone reads from the same source.
#[derive(Clone, Debug)]
pub struct Reader<R>(pub(super) Arc<Shared<R>>);

/// What all that reads an image has a part in.
pub(super) struct Shared<R> {
    pub(super) source: Source<R>,
    pub(super) superblock: RawSuperblock,
    pub(super) limits: ReadLimits,
    pub(super) metadata: MetadataReader,
    /// Where the table of directories ends at the latest.
    pub(super) directory_end: u64,
    pub(super) ids: Vec<u32>,
    pub(super) xattrs: XattrTables,
    /// Where the blocks of the fragment table begin.
    fragment_blocks: Vec<u64>,
    pub(super) decompressor: Mutex<Decompressor>,
    fragments: Mutex<Cache<Vec<u8>>>,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the superblock and the small tables.
    ///
    /// Of the image, no more is read later than the default limits allow.
    pub fn open(source: R) -> Result<Self, ReadError> {
        Self::open_with(source, &ReadLimits::default())
    }

    /// The same with other limits.
    pub fn open_with(source: R, limits: &ReadLimits) -> Result<Self, ReadError> {
        Shared::open(source, limits.clone()).map(|shared| Self(Arc::new(shared)))
    }

    /// What the image says about itself.
    pub fn superblock(&self) -> Superblock {
        Superblock::new(&self.0.superblock)
    }

    /// The mode, owner, time and extended attributes of the root directory, which is none of the entries.
    pub fn root(&self) -> Result<Metadata, ReadError> {
        let root = self.0.root_inode()?;
        self.0.metadata_of(&root)
    }

    /// The mode, owner, time and extended attributes of an entry.
    pub fn metadata(&self, entry: &ReaderEntry) -> Result<Metadata, ReadError> {
        self.0.metadata_of(&entry.inode)
    }
}

impl<R: Read + Seek + Send + 'static> Reader<R> {
    /// The entry at a path, if there is one; no symlink is followed. There is none for the root.
    pub fn get(&self, path: &EntryPath) -> Result<Option<ReaderEntry>, ReadError> {
        let mut inode = self.0.root_inode()?;
        let mut left = self.0.limits.entries;
        for name in path.as_bytes().split(|byte| *byte == b'/') {
            let mut names = Names::new(&self.0, &inode);
            let reference = loop {
                left = left.checked_sub(1).ok_or_else(|| self.0.too_many())?;
                match names.next()? {
                    Some((other, _)) if other < name => {}
                    Some((other, reference)) if other == name => break reference,
                    _ => return Ok(None),
                }
            };
            inode = self.0.inode(reference)?;
        }
        Ok(Some(ReaderEntry::new(&self.0, path.clone(), inode)))
    }

    /// The entries in path order, without the root.
    pub fn entries(&self) -> ReaderEntries<R> {
        ReaderEntries::new(Arc::clone(&self.0))
    }
}

impl<R: Read + Seek> Shared<R> {
    fn open(source: R, limits: ReadLimits) -> Result<Self, ReadError> {
        let source = Source::new(source);
        let failed = |kind| ReadError::new("superblock", kind);
        let corrupt = |what| failed(ReadErrorKind::corrupt(what));
        let length = source.length().map_err(|error| failed(ReadErrorKind::Io(error)))?;
        let mut bytes = [0; RawSuperblock::SIZE];
        if length < bytes.len() as u64 {
            return Err(corrupt("the file ends in it"));
        }
        source.read_exact_at(&mut bytes, 0).map_err(|error| failed(ReadErrorKind::Io(error)))?;
        let superblock = RawSuperblock::parse(&bytes).map_err(corrupt)?;
        if superblock.bytes_used > length {
            return Err(corrupt("the image is longer than the file: it was cut off"));
        }
        let end = superblock.bytes_used;
        let tables = [superblock.inode_table, superblock.directory_table, superblock.id_table];
        if !tables.is_sorted() || tables.iter().any(|table| *table >= end) {
            return Err(corrupt("the tables are not in the image, or not in order"));
        }
        let later = [
            superblock.fragment_table,
            superblock.export_table,
            superblock.id_table,
            superblock.xattr_table,
        ];
        let directory_end = later
            .into_iter()
            .filter(|table| *table > superblock.directory_table)
            .fold(end, u64::min);
        let decompressor = || Decompressor::new(superblock.compression).map_err(failed);
        let mut reader = Self {
            metadata: MetadataReader::new(decompressor()?),
            directory_end,
            ids: Vec::new(),
            xattrs: XattrTables::default(),
            fragment_blocks: Vec::new(),
            decompressor: Mutex::new(decompressor()?),
            fragments: Mutex::new(Cache::new(KEPT)),
            source,
            superblock,
            limits,
        };
        reader.read_ids()?;
        reader.xattrs = reader.xattr_tables()?;
        if reader.superblock.fragments > 0 {
            let (table, fragments) =
                (reader.superblock.fragment_table, reader.superblock.fragments);
            reader.fragment_blocks =
                reader.index("fragment table", table, u64::from(fragments) * 16)?;
        }
        Ok(reader)
    }

    pub(super) fn root_inode(&self) -> Result<Inode, ReadError> {
        let root = self.inode(self.superblock.root)?;
        if root.kind == Kind::Directory {
            return Ok(root);
        }
        Err(ReadError::new("inode", ReadErrorKind::corrupt("that of the root is no directory")))
    }

    /// There are more names than the limit allows.
    pub(super) fn too_many(&self) -> ReadError {
        let kind = ReadErrorKind::Limit { what: "entries", limit: self.limits.entries };
        ReadError::new("tree", kind)
    }

    fn metadata_of(&self, inode: &Inode) -> Result<Metadata, ReadError> {
        let Inode { mode, uid, gid, mtime, .. } = *inode;
        let mut metadata = Metadata::new(mode).with_owner(uid, gid).with_mtime(mtime);
        metadata.xattrs = self.xattrs_of(inode)?;
        Ok(metadata)
    }

    pub(super) fn block_size(&self) -> usize {
        1 << self.superblock.block_log
    }

    /// What a fragment block holds.
    pub(super) fn fragment(&self, number: u32) -> Result<Arc<Vec<u8>>, ReadError> {
        let cached =
            self.fragments.lock().unwrap_or_else(PoisonError::into_inner).get(number.into());
        if let Some(block) = cached {
            return Ok(block);
        }
        let (start, word) = self.fragment_place(number)?;
        let mut decompressor = self.decompressor.lock().unwrap_or_else(PoisonError::into_inner);
        let block = Arc::new(self.data_block("fragment", start, word, &mut decompressor)?);
        let mut fragments = self.fragments.lock().unwrap_or_else(PoisonError::into_inner);
        fragments.put(number.into(), Arc::clone(&block));
        Ok(block)
    }

    /// Where a fragment block begins, and its size word.
    pub(super) fn fragment_place(&self, number: u32) -> Result<(u64, u32), ReadError> {
        let missing = || {
            let kind = ReadErrorKind::corrupt("a file's fragment is not in it");
            ReadError::new("fragment table", kind)
        };
        if number >= self.superblock.fragments {
            return Err(missing());
        }
        let at = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(16);
        let block = self.fragment_blocks.get(at / 8192).copied().ok_or_else(missing)?;
        let mut cursor = Cursor {
            part: "fragment table",
            block,
            offset: at % 8192,
            end: self.superblock.bytes_used,
        };
        let mut entry = [0; 16];
        self.metadata.fill(&self.source, &mut None, &mut cursor, &mut entry)?;
        let mut entry = Bytes(&entry);
        Ok((entry.u64().unwrap_or_default(), entry.u32().unwrap_or_default()))
    }

    fn read_ids(&mut self) -> Result<(), ReadError> {
        let bytes = u64::from(self.superblock.ids) * 4;
        let blocks = self.index("id table", self.superblock.id_table, bytes)?;
        let mut left = usize::from(self.superblock.ids) * 4;
        for block in blocks {
            let length = left.min(8192);
            left -= length;
            let mut cursor =
                Cursor { part: "id table", block, offset: 0, end: self.superblock.bytes_used };
            let ids = self.metadata.read(&self.source, &mut cursor, length)?;
            self.ids.extend(ids.as_chunks::<4>().0.iter().map(|id| u32::from_le_bytes(*id)));
        }
        Ok(())
    }

    /// Where the metadata blocks of a table of so many bytes begin.
    pub(super) fn index(
        &self,
        part: &'static str,
        table: u64,
        bytes: u64,
    ) -> Result<Vec<u64>, ReadError> {
        let failed = |kind| ReadError::new(part, kind);
        let length = bytes.div_ceil(8192) * 8;
        if table.checked_add(length).is_none_or(|end| end > self.superblock.bytes_used) {
            return Err(failed(ReadErrorKind::corrupt("it is not in the image")));
        }
        let mut index = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.source
            .read_exact_at(&mut index, table)
            .map_err(|error| failed(ReadErrorKind::Io(error)))?;
        Ok(index.as_chunks::<8>().0.iter().map(|start| u64::from_le_bytes(*start)).collect())
    }
}

impl<R> fmt::Debug for Shared<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("superblock", &self.superblock).finish_non_exhaustive()
    }
}
