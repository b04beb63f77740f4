use std::io::{Read, Seek};

use super::{
    error::{ReadError, ReadErrorKind},
    metadata::{Cursor, Hand},
    parse::Bytes,
    reader::Shared,
};
use crate::tree::Device;

/// The longest link target that is read, in bytes.
const TARGET_MAX: usize = 65535;

/// What an inode is, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A directory.
    Directory,
    /// A regular file of this many bytes.
    File(u64),
    /// A symbolic link to this target.
    Symlink(Box<[u8]>),
    /// A character device.
    CharDevice(Device),
    /// A block device.
    BlockDevice(Device),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// One inode, as the table has it.
#[derive(Clone, Debug)]
pub(super) struct Inode {
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mtime: u32,
    pub(super) number: u32,
    pub(super) nlink: u32,
    pub(super) xattrs: Option<u32>,
    pub(super) data: Data,
}

/// Where what belongs to an inode is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data {
    None,
    /// The listing of a directory: block and offset in the table, and length.
    Listing {
        block: u32,
        offset: u16,
        length: u32,
    },
    /// The blocks of a file.
    Blocks {
        start: u64,
        /// Fragment block, and offset in it.
        fragment: Option<(u32, u32)>,
        /// The size words.
        sizes: Cursor,
    },
}

impl<R: Read + Seek> Shared<R> {
    /// The inode that a reference leads to: where its block begins in the table, and the offset in the block.
    pub(super) fn inode(&self, reference: u64) -> Result<Inode, ReadError> {
        self.inode_at(reference, &mut None)
    }

    /// The same, for inodes that are beside each other.
    pub(super) fn inode_at(&self, reference: u64, hand: &mut Hand) -> Result<Inode, ReadError> {
        let mut cursor = Cursor {
            part: "inode",
            block: self.superblock.inode_table.saturating_add(reference >> 16),
            offset: usize::try_from(reference & 0xffff).unwrap_or(usize::MAX),
            end: self.superblock.directory_table,
        };
        let mut head = [0; 16];
        self.metadata.fill(&self.source, hand, &mut cursor, &mut head)?;
        let mut head = Bytes(&head);
        let code = head.u16().unwrap_or_default();
        let mode = head.u16().unwrap_or_default() & 0o7777;
        let uid = head.u16().unwrap_or_default();
        let gid = head.u16().unwrap_or_default();
        let mtime = head.u32().unwrap_or_default();
        let number = head.u32().unwrap_or_default();
        // What every inode of the type has behind the head.
        let length = match code {
            1 | 2 => 16,
            3..=5 | 10 | 13 | 14 => 8,
            6 | 7 => 4,
            8 => 24,
            9 => 40,
            11 | 12 => 12,
            _ => return Err(corrupt("its type is none")),
        };
        let mut body = [0; 40];
        let body = body.get_mut(..length).unwrap_or_default();
        self.metadata.fill(&self.source, hand, &mut cursor, body)?;
        let mut body = Bytes(body);
        let (mut nlink, mut xattrs) = (1, None);
        let mut data = Data::None;
        let mut word = || body.u32().unwrap_or_default();
        let kind = match code {
            1 => {
                let block = word();
                nlink = word();
                let sizes = word();
                // Length and offset share a word here.
                let (length, offset) = (sizes & 0xffff, (sizes >> 16) & 0xffff);
                let offset = u16::try_from(offset).unwrap_or_default();
                data = Data::Listing { block, offset, length };
                Kind::Directory
            }
            8 => {
                nlink = word();
                let length = word();
                let block = word();
                let _parent = word();
                let rest = word();
                xattrs = Some(word());
                let offset = u16::try_from(rest >> 16).unwrap_or_default();
                data = Data::Listing { block, offset, length };
                Kind::Directory
            }
            2 => {
                let start = u64::from(word());
                let fragment = (word(), word());
                let size = u64::from(word());
                data = blocks(start, fragment, cursor);
                Kind::File(size)
            }
            9 => {
                let start = u64::from(word()) | u64::from(word()) << 32;
                let size = u64::from(word()) | u64::from(word()) << 32;
                let _sparse = (word(), word());
                nlink = word();
                let fragment = (word(), word());
                xattrs = Some(word());
                data = blocks(start, fragment, cursor);
                Kind::File(size)
            }
            3 | 10 => {
                nlink = word();
                let length = usize::try_from(word()).unwrap_or(usize::MAX);
                if length == 0 || length > TARGET_MAX {
                    return Err(corrupt("its link target has a length that none has"));
                }
                let target = self.metadata.read(&self.source, &mut cursor, length)?;
                if code == 10 {
                    let set = self.metadata.read(&self.source, &mut cursor, 4)?;
                    xattrs = Bytes(&set).u32();
                }
                Kind::Symlink(target.into())
            }
            4 | 5 | 11 | 12 => {
                nlink = word();
                let number = word();
                let major = number >> 8 & 0xfff;
                let minor = number & 0xff | number >> 12 & 0xf_ff00;
                if code > 7 {
                    xattrs = Some(word());
                }
                let device = Device { major, minor };
                if matches!(code, 4 | 11) {
                    Kind::BlockDevice(device)
                } else {
                    Kind::CharDevice(device)
                }
            }
            _ => {
                nlink = word();
                if code > 7 {
                    xattrs = Some(word());
                }
                if matches!(code, 6 | 13) { Kind::Fifo } else { Kind::Socket }
            }
        };
        Ok(Inode {
            kind,
            mode,
            uid: self.owner(uid)?,
            gid: self.owner(gid)?,
            mtime,
            number,
            nlink,
            xattrs: xattrs.filter(|set| *set != u32::MAX),
            data,
        })
    }

    fn owner(&self, index: u16) -> Result<u32, ReadError> {
        let id = self.ids.get(usize::from(index)).copied();
        id.ok_or_else(|| corrupt("its owner is not in the table"))
    }
}

fn blocks(start: u64, (fragment, offset): (u32, u32), sizes: Cursor) -> Data {
    let fragment = (fragment != u32::MAX).then_some((fragment, offset));
    Data::Blocks { start, fragment, sizes: Cursor { part: "file", ..sizes } }
}

fn corrupt(what: &'static str) -> ReadError {
    ReadError::new("inode", ReadErrorKind::corrupt(what))
}
