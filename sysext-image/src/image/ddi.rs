use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom, Write},
};

use gpt::{
    GptConfig,
    disk::LogicalBlockSize,
    header::{Header, read_header_from_arbitrary_device},
    partition::file_read_partitions,
};
use sysext_release::Architecture;

use self::types::TYPES;
use super::{Section, error::DdiError};

mod types;

/// The size that every partition table has an entry of.
const ENTRY_SIZE: u32 = 128;
/// How many partitions a table has at most. The usual number is 128.
const MOST_PARTITIONS: u32 = 1024;

/// A partition of a disk image.
///
/// What it is for is told by its type: see the
/// [Discoverable Partitions Specification](https://uapi-group.org/specifications/specs/discoverable_partitions_specification/).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Partition {
    /// Its number in the table, from 1 on.
    pub number: u32,
    /// What it is for, if its type says so.
    pub designator: Option<PartitionDesignator>,
    /// What it is for, in architectures.
    pub architecture: Option<Architecture>,
    /// Its type, as a UUID in text.
    pub type_uuid: String,
    /// Its own UUID, in text. Of a data partition with verity it is the first half of the root hash.
    pub uuid: String,
    /// Its name in the table.
    pub label: String,
    /// Where it begins, in bytes.
    pub start: u64,
    /// How many bytes it has.
    pub length: u64,
}

/// What a partition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PartitionDesignator {
    /// A root file system.
    Root,
    /// The dm-verity hashes of a root file system.
    RootVerity,
    /// The signature of the root hash of these.
    RootVeritySig,
    /// A file system for `/usr`.
    Usr,
    /// The dm-verity hashes of one for `/usr`.
    UsrVerity,
    /// The signature of the root hash of these.
    UsrVeritySig,
}

impl PartitionDesignator {
    /// In the order of the table of types.
    const ALL: [Self; 6] = [
        Self::Root,
        Self::RootVerity,
        Self::RootVeritySig,
        Self::Usr,
        Self::UsrVerity,
        Self::UsrVeritySig,
    ];

    /// The name that systemd has for it: `root`, `usr-verity-sig` …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::RootVerity => "root-verity",
            Self::RootVeritySig => "root-verity-sig",
            Self::Usr => "usr",
            Self::UsrVerity => "usr-verity",
            Self::UsrVeritySig => "usr-verity-sig",
        }
    }
}

impl fmt::Display for PartitionDesignator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The partitions of a disk image, in the order of the table.
///
/// Both tables must say the same: with two that differ, it depends on the reader what the image is.
pub(super) fn partitions(
    section: &Section,
    sector: LogicalBlockSize,
) -> Result<Vec<Partition>, DdiError> {
    let mut disk = Disk(section.clone());
    // The library takes the numbers of a header as they are.
    let first = read_header_from_arbitrary_device(&mut disk, sector)
        .map_err(|error| DdiError::Primary { source: Box::new(error) })?;
    check(&first)?;
    let config = GptConfig::new().writable(false).logical_block_size(sector);
    let disk = config.open_from_device(disk).map_err(|error| DdiError::Table(error.into()))?;
    let second = disk
        .backup_header()
        .map_err(|error| DdiError::Backup { source: error.to_string().into() })?
        .clone();
    check(&second)?;
    let facts = |header: &Header| {
        let Header { first_usable, last_usable, disk_guid, num_parts, crc32_parts, .. } = *header;
        (first_usable, last_usable, disk_guid, num_parts, crc32_parts)
    };
    let places = (first.current_lba, first.backup_lba) == (second.backup_lba, second.current_lba);
    if facts(&first) != facts(&second) || !places {
        return Err(DdiError::Disagree);
    }
    let mut disk = disk.take_device();
    let table = file_read_partitions(&mut disk, &second, sector)
        .map_err(|error| DdiError::Table(Box::new(error)))?;
    let bytes = sector.as_u64();
    let mut partitions = Vec::new();
    for (number, found) in table {
        let outside = DdiError::Outside { number };
        if found.first_lba < first.first_usable || found.last_lba > first.last_usable {
            return Err(outside);
        }
        let sectors = (found.last_lba + 1).checked_sub(found.first_lba).filter(|it| *it > 0);
        let start = found.first_lba.checked_mul(bytes);
        let length = sectors.and_then(|sectors| sectors.checked_mul(bytes));
        let (Some(start), Some(length)) = (start, length) else { return Err(outside) };
        if start.checked_add(length).is_none_or(|end| end > section.length()) {
            return Err(outside);
        }
        let guid = found.part_type_guid.guid;
        let (architecture, designator) = purpose(guid.as_u128()).unzip();
        partitions.push(Partition {
            number,
            designator,
            architecture,
            type_uuid: guid.to_string(),
            uuid: found.part_guid.to_string(),
            label: found.name,
            start,
            length,
        });
    }
    let mut places: Vec<_> = partitions.iter().map(|it| (it.start, it.length, it.number)).collect();
    places.sort_unstable();
    for pair in places.windows(2) {
        if let [(start, length, first), (next, _, second)] = pair
            && start + length > *next
        {
            return Err(DdiError::Overlap { first: *first, second: *second });
        }
    }
    Ok(partitions)
}

/// The partition that holds the file system: root or `usr`, for this architecture or for the only one that there is.
pub(super) fn choose(
    partitions: &[Partition],
    architecture: Option<Architecture>,
) -> Result<&Partition, DdiError> {
    let is_data = |partition: &&Partition| {
        let Partition { designator, architecture: found, .. } = partition;
        matches!(designator, Some(PartitionDesignator::Root | PartitionDesignator::Usr))
            && (architecture.is_none() || *found == architecture)
    };
    let mut found = partitions.iter().filter(is_data);
    let first = found.next().ok_or(DdiError::None { architecture })?;
    match found.next() {
        None => Ok(first),
        Some(second) => Err(DdiError::NotUnique { first: first.number, second: second.number }),
    }
}

/// Numbers that would need memory without end.
fn check(header: &Header) -> Result<(), DdiError> {
    if header.part_size != ENTRY_SIZE || header.num_parts > MOST_PARTITIONS {
        let (count, size) = (header.num_parts, header.part_size);
        return Err(DdiError::Entries { count, size });
    }
    // Beyond it the last sector has no number, and neither has its end.
    if header.last_usable == u64::MAX {
        return Err(DdiError::Disagree);
    }
    Ok(())
}

fn purpose(guid: u128) -> Option<(Architecture, PartitionDesignator)> {
    TYPES.iter().find_map(|(architecture, types)| {
        let at = types.iter().position(|it| *it == guid)?;
        Some((*architecture, *PartitionDesignator::ALL.get(at)?))
    })
}

/// What the library wants, which could write.
#[derive(Debug)]
struct Disk(Section);

impl Read for Disk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Write for Disk {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
