use super::{
    error::{TableError, fit},
    metadata::{MetadataWriter, Position},
};

/// How many bytes of a listing one header covers at most, so that the index leads near to every name.
const RUN_BYTES: usize = 8192;
/// How many entries one header covers at most.
const RUN_ENTRIES: usize = 256;
/// What a reader adds to the length of a listing: `.` and `..` are not stored.
const DOTS: u32 = 3;

/// One name in a directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DirectoryEntry<'a> {
    pub(crate) name: &'a [u8],
    /// The number of the basic inode type.
    pub(crate) kind: u16,
    pub(crate) inode_number: u32,
    pub(crate) inode: Position,
}

/// A listing that was written to the directory table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) position: Position,
    /// As the inode states it.
    pub(crate) size: u32,
    pub(crate) index: Vec<IndexEntry>,
}

/// Where a reader can begin to look for a name.
#[derive(Clone, Debug)]
pub(crate) struct IndexEntry {
    /// The offset in the listing.
    pub(crate) offset: u32,
    /// The metadata block that holds this offset.
    pub(crate) block: u32,
    /// The first name there.
    pub(crate) name: Box<[u8]>,
}

/// Writes the listing of a directory whose entries are sorted by name.
pub(crate) fn write_listing(
    table: &mut MetadataWriter<'_>,
    entries: &[DirectoryEntry<'_>],
) -> Result<Listing, TableError> {
    if entries.is_empty() {
        return Ok(Listing { size: DOTS, ..Listing::default() });
    }
    let mut listing = Listing { position: table.position()?, ..Listing::default() };
    let mut written: u32 = 0;
    let mut indexed = listing.position.block;
    let mut rest = entries;
    while let Some((first, _)) = rest.split_first() {
        let (run, later) = rest.split_at(run_length(rest));
        let here = table.position()?;
        if here.block != indexed {
            indexed = here.block;
            listing.index.push(IndexEntry {
                offset: written,
                block: here.block,
                name: first.name.into(),
            });
        }
        let bytes = run_bytes(first, run)?;
        table.write(&bytes)?;
        written = written.checked_add(fit(bytes.len())?).ok_or(TableError::DirectoryTooLarge)?;
        rest = later;
    }
    listing.size = written.checked_add(DOTS).ok_or(TableError::DirectoryTooLarge)?;
    Ok(listing)
}

/// How many of the entries fit under one header: their inodes are in one metadata block and their numbers are near.
fn run_length(entries: &[DirectoryEntry<'_>]) -> usize {
    let Some(first) = entries.first() else {
        return 0;
    };
    let mut bytes = 12;
    entries
        .iter()
        .take(RUN_ENTRIES)
        .take_while(|entry| {
            bytes += 8 + entry.name.len();
            entry.inode.block == first.inode.block
                && delta(first, entry).is_some()
                && bytes <= RUN_BYTES
        })
        .count()
}

fn delta(first: &DirectoryEntry<'_>, entry: &DirectoryEntry<'_>) -> Option<i16> {
    i16::try_from(i64::from(entry.inode_number) - i64::from(first.inode_number)).ok()
}

fn run_bytes(
    first: &DirectoryEntry<'_>,
    run: &[DirectoryEntry<'_>],
) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    for word in [fit(run.len().saturating_sub(1))?, first.inode.block, first.inode_number] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for entry in run {
        let length: u16 = fit(entry.name.len().saturating_sub(1))?;
        bytes.extend_from_slice(&entry.inode.offset.to_le_bytes());
        bytes.extend_from_slice(&delta(first, entry).ok_or(TableError::TooLarge)?.to_le_bytes());
        bytes.extend_from_slice(&entry.kind.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(entry.name);
    }
    Ok(bytes)
}
