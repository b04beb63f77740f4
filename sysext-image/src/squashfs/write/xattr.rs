use std::collections::BTreeMap;

use super::{
    compressor::Compressor,
    error::{TableError, fit},
    metadata::MetadataWriter,
};
use crate::tree::{Metadata, XattrName, xattr::Namespace};

type Attributes = BTreeMap<XattrName, Box<[u8]>>;

/// The sets of extended attributes of an image, each stored once.
#[derive(Debug, Default)]
pub(crate) struct XattrTable<'a> {
    numbers: BTreeMap<&'a Attributes, u32>,
    sets: Vec<&'a Attributes>,
}

impl<'a> XattrTable<'a> {
    /// Numbers the sets in the order of the inodes.
    pub(crate) fn new(inodes: impl Iterator<Item = &'a Metadata>) -> Result<Self, TableError> {
        let mut table = Self::default();
        for xattrs in inodes.map(|metadata| &metadata.xattrs).filter(|xattrs| !xattrs.is_empty()) {
            let number = fit(table.sets.len())?;
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
    ) -> Result<(Vec<u8>, u64), TableError> {
        let mut pairs = MetadataWriter::new(compressor);
        let mut ids = Vec::new();
        for set in &self.sets {
            let position = pairs.position()?;
            let mut bytes = Vec::new();
            let mut listed: usize = 0;
            for (name, value) in *set {
                let (namespace, rest) = name.split();
                bytes.extend_from_slice(&number(namespace).to_le_bytes());
                bytes.extend_from_slice(&fit::<_, u16>(rest.len())?.to_le_bytes());
                bytes.extend_from_slice(rest);
                bytes.extend_from_slice(&fit::<_, u32>(value.len())?.to_le_bytes());
                bytes.extend_from_slice(value);
                listed += name.as_bytes().len() + 1 + value.len();
            }
            pairs.write(&bytes)?;
            let count: u32 = fit(set.len())?;
            // Not the length of the pairs: what the full names, as `listxattr` returns them, and the values take. The
            // kernel adds it to the inode's blocks.
            let size: u32 = fit(listed)?;
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
        let sets: u32 = fit(self.sets.len())?;
        bytes.extend_from_slice(&start.to_le_bytes());
        bytes.extend_from_slice(&sets.to_le_bytes());
        bytes.extend_from_slice(&0_u32.to_le_bytes());
        for block in id_starts {
            bytes.extend_from_slice(&(id_start + block).to_le_bytes());
        }
        Ok((bytes, header))
    }
}

/// The number of a namespace in the table.
const fn number(namespace: Namespace) -> u16 {
    match namespace {
        Namespace::User => 0,
        Namespace::Trusted => 1,
        Namespace::Security => 2,
    }
}
