use std::{collections::BTreeMap, io};

use super::{compress::Compressor, metadata::MetadataWriter};
use crate::tree::Metadata;

/// The largest value that Linux takes, in bytes.
pub(crate) const VALUE_MAX: usize = 65536;

/// The longest full name that Linux takes, in bytes.
const NAME_MAX: usize = 255;

/// The namespaces that the format can store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    User,
    Trusted,
    Security,
}

impl Prefix {
    const ALL: [(Self, &'static [u8]); 3] =
        [(Self::User, b"user."), (Self::Trusted, b"trusted."), (Self::Security, b"security.")];

    /// The namespace of a full name with something behind it, and that rest.
    fn split(name: &[u8]) -> Option<(Self, &[u8])> {
        if name.len() > NAME_MAX || name.contains(&0) {
            return None;
        }
        Self::ALL.into_iter().find_map(|(prefix, text)| match name.strip_prefix(text) {
            Some(rest) if !rest.is_empty() => Some((prefix, rest)),
            _ => None,
        })
    }

    /// The namespace of a name that can be stored.
    pub(crate) fn of(name: &[u8]) -> Option<Self> {
        Self::split(name).map(|(prefix, _)| prefix)
    }

    const fn number(self) -> u16 {
        match self {
            Self::User => 0,
            Self::Trusted => 1,
            Self::Security => 2,
        }
    }
}

type Attributes = BTreeMap<Box<[u8]>, Box<[u8]>>;

/// The sets of extended attributes of an image, each stored once.
#[derive(Debug, Default)]
pub(crate) struct XattrTable<'a> {
    numbers: BTreeMap<&'a Attributes, u32>,
    sets: Vec<&'a Attributes>,
}

impl<'a> XattrTable<'a> {
    /// Numbers the sets in the order of the inodes.
    pub(crate) fn new(inodes: impl Iterator<Item = &'a Metadata>) -> io::Result<Self> {
        let mut table = Self::default();
        for xattrs in inodes.map(|metadata| &metadata.xattrs).filter(|xattrs| !xattrs.is_empty()) {
            let number =
                u32::try_from(table.sets.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            table.numbers.entry(xattrs).or_insert_with(|| {
                table.sets.push(xattrs);
                number
            });
        }
        Ok(table)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// The number of the set that an inode has.
    pub(crate) fn number(&self, metadata: &Metadata) -> Option<u32> {
        self.numbers.get(&metadata.xattrs).copied()
    }

    /// The bytes of the table, which begins at `start` of the image, and where its header is.
    pub(crate) fn to_bytes(
        &self,
        start: u64,
        compressor: &mut Compressor,
    ) -> io::Result<(Vec<u8>, u64)> {
        let mut pairs = MetadataWriter::new(compressor);
        let mut ids = Vec::new();
        for set in &self.sets {
            let position = pairs.position()?;
            let mut bytes = Vec::new();
            let mut listed: usize = 0;
            for (name, value) in *set {
                let (prefix, rest) = Prefix::split(name).ok_or(io::ErrorKind::InvalidData)?;
                bytes.extend_from_slice(&prefix.number().to_le_bytes());
                bytes.extend_from_slice(&length(rest)?.to_le_bytes());
                bytes.extend_from_slice(rest);
                let size = u32::try_from(value.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
                bytes.extend_from_slice(&size.to_le_bytes());
                bytes.extend_from_slice(value);
                listed += name.len() + 1 + value.len();
            }
            pairs.write(&bytes)?;
            let count = u32::try_from(set.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            // Not the length of the pairs: what the full names, as `listxattr` returns them, and the values take. The
            // kernel adds it to the inode's blocks.
            let size = u32::try_from(listed).map_err(|_| io::ErrorKind::FileTooLarge)?;
            ids.extend_from_slice(&position.reference().to_le_bytes());
            ids.extend_from_slice(&count.to_le_bytes());
            ids.extend_from_slice(&size.to_le_bytes());
        }
        let (mut bytes, _) = pairs.finish()?;
        let mut id_writer = MetadataWriter::new(compressor);
        id_writer.write(&ids)?;
        let (id_table, id_starts) = id_writer.finish()?;
        let id_start = start + bytes.len() as u64;
        bytes.extend_from_slice(&id_table);
        let header = start + bytes.len() as u64;
        let sets = u32::try_from(self.sets.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        bytes.extend_from_slice(&start.to_le_bytes());
        bytes.extend_from_slice(&sets.to_le_bytes());
        bytes.extend_from_slice(&0_u32.to_le_bytes());
        for block in id_starts {
            bytes.extend_from_slice(&(id_start + block).to_le_bytes());
        }
        Ok((bytes, header))
    }
}

fn length(name: &[u8]) -> io::Result<u16> {
    u16::try_from(name.len()).map_err(|_| io::ErrorKind::InvalidData.into())
}
