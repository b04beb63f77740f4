use super::{
    contents::Placement,
    directory::Listing,
    error::{TableError, fit},
};
use crate::tree::{Device, Metadata, Node};

/// Where a table index is none.
const NONE: u32 = u32::MAX;
/// What the number of an extended inode type adds to that of the basic one.
const EXTENDED: u16 = 7;

/// What every inode has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    pub(crate) metadata: &'a Metadata,
    /// Index into the id table.
    pub(crate) uid: u16,
    /// Index into the id table.
    pub(crate) gid: u16,
    pub(crate) number: u32,
    pub(crate) links: u32,
    /// Index into the xattr table.
    pub(crate) xattr: Option<u32>,
}

/// The number of the basic inode type, which directory entries carry.
pub(crate) fn kind(node: &Node) -> u16 {
    match node {
        Node::Directory => 1,
        Node::File(_) => 2,
        Node::Symlink(_) => 3,
        Node::BlockDevice(_) => 4,
        Node::CharDevice(_) => 5,
        Node::Fifo => 6,
        Node::Socket => 7,
    }
}

/// The inode of a directory.
pub(crate) fn directory(
    header: &Header<'_>,
    listing: &Listing,
    parent: u32,
) -> Result<Vec<u8>, TableError> {
    let short = u16::try_from(listing.size)
        .ok()
        .filter(|_| header.xattr.is_none() && listing.index.is_empty());
    if let Some(size) = short {
        let mut bytes = Bytes::new(header, kind(&Node::Directory));
        bytes.u32(listing.position.block);
        bytes.u32(header.links);
        bytes.u16(size);
        bytes.u16(listing.position.offset);
        bytes.u32(parent);
        return Ok(bytes.0);
    }
    let mut bytes = Bytes::new(header, kind(&Node::Directory) + EXTENDED);
    bytes.u32(header.links);
    bytes.u32(listing.size);
    bytes.u32(listing.position.block);
    bytes.u32(parent);
    let entries = u16::try_from(listing.index.len());
    bytes.u16(entries.map_err(|_| TableError::DirectoryTooLarge)?);
    bytes.u16(listing.position.offset);
    bytes.u32(header.xattr.unwrap_or(NONE));
    for entry in &listing.index {
        bytes.u32(entry.offset);
        bytes.u32(entry.block);
        bytes.u32(fit(entry.name.len().saturating_sub(1))?);
        bytes.0.extend_from_slice(&entry.name);
    }
    Ok(bytes.0)
}

/// The inode of a regular file.
pub(crate) fn file(header: &Header<'_>, placement: &Placement) -> Vec<u8> {
    let (fragment, offset) = placement.fragment.unwrap_or((NONE, 0));
    let plain = header.xattr.is_none() && header.links == 1 && placement.sparse == 0;
    let mut bytes;
    match (u32::try_from(placement.start), u32::try_from(placement.size)) {
        (Ok(start), Ok(size)) if plain => {
            bytes = Bytes::new(header, 2);
            bytes.u32(start);
            bytes.u32(fragment);
            bytes.u32(offset);
            bytes.u32(size);
        }
        _ => {
            bytes = Bytes::new(header, 2 + EXTENDED);
            bytes.u64(placement.start);
            bytes.u64(placement.size);
            // mksquashfs counts a file of nothing but holes one byte short, so that it has a block on paper.
            bytes.u64(placement.sparse.min(placement.size.saturating_sub(1)));
            bytes.u32(header.links);
            bytes.u32(fragment);
            bytes.u32(offset);
            bytes.u32(header.xattr.unwrap_or(NONE));
        }
    }
    for block in &placement.blocks {
        bytes.u32(*block);
    }
    bytes.0
}

/// The inode of a symlink.
pub(crate) fn symlink(header: &Header<'_>, target: &[u8]) -> Result<Vec<u8>, TableError> {
    let mut bytes = Bytes::new(header, basic_or_extended(3, header));
    bytes.u32(header.links);
    bytes.u32(fit(target.len())?);
    bytes.0.extend_from_slice(target);
    bytes.xattr(header);
    Ok(bytes.0)
}

/// The inode of a device.
pub(crate) fn device(header: &Header<'_>, basic: u16, device: Device) -> Vec<u8> {
    let mut bytes = Bytes::new(header, basic_or_extended(basic, header));
    bytes.u32(header.links);
    // The kernel's encoding: the low byte of the minor number, then the major, then the rest of the minor.
    bytes.u32((device.minor & 0xff) | (device.major << 8) | ((device.minor & !0xff) << 12));
    bytes.xattr(header);
    bytes.0
}

/// The inode of a named pipe or a socket.
pub(crate) fn ipc(header: &Header<'_>, basic: u16) -> Vec<u8> {
    let mut bytes = Bytes::new(header, basic_or_extended(basic, header));
    bytes.u32(header.links);
    bytes.xattr(header);
    bytes.0
}

fn basic_or_extended(basic: u16, header: &Header<'_>) -> u16 {
    if header.xattr.is_some() { basic + EXTENDED } else { basic }
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn new(header: &Header<'_>, kind: u16) -> Self {
        let mut bytes = Self(Vec::new());
        bytes.u16(kind);
        bytes.u16(header.metadata.mode & 0o7777);
        bytes.u16(header.uid);
        bytes.u16(header.gid);
        bytes.u32(header.metadata.mtime);
        bytes.u32(header.number);
        bytes
    }

    fn u16(&mut self, value: u16) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// The last field of an extended inode that is neither a file nor a directory.
    fn xattr(&mut self, header: &Header<'_>) {
        if let Some(number) = header.xattr {
            self.u32(number);
        }
    }
}
