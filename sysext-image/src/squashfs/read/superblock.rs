use std::{fmt, io::Read};

use super::error::{ReadError, ReadErrorKind};
use crate::squashfs::superblock::Superblock as RawSuperblock;

/// What an image says about itself in its first 96 bytes.
///
/// ```
/// use sysext_image::{Tree, squashfs::{Superblock, Writer}};
///
/// let mut image = std::io::Cursor::new(Vec::new());
/// Writer::new().with_mkfs_time(1_700_000_000).write(&Tree::new(), &mut image)?;
///
/// let superblock = Superblock::read(&image.get_ref()[..])?;
/// assert_eq!((superblock.inodes, superblock.mkfs_time), (1, 1_700_000_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Superblock {
    /// What its blocks are compressed with; its level is nowhere.
    pub compressor: Compressor,
    /// How many bytes of a file are a block.
    pub block_size: u32,
    /// How many inodes there are, the root among them.
    pub inodes: u32,
    /// How many blocks hold the ends of files.
    pub fragments: u32,
    /// How many user and group numbers there are.
    pub ids: u16,
    /// When the file system was made, in seconds since 1970.
    pub mkfs_time: u32,
    /// The length of the file system in bytes: a file may have more behind it.
    pub bytes_used: u64,
    /// Whether inodes are found by their number, as a server of NFS does.
    pub is_exportable: bool,
    /// Whether there is a table of extended attributes.
    pub has_xattrs: bool,
}

impl Superblock {
    /// Reads it from the beginning of an image, whether or not the rest could be read: the compressor need not be built
    /// in.
    pub fn read(mut image: impl Read) -> Result<Self, ReadError> {
        let failed = |kind| ReadError::new("superblock", kind);
        let mut bytes = [0; RawSuperblock::SIZE];
        image.read_exact(&mut bytes).map_err(|error| failed(ReadErrorKind::Io(error)))?;
        match RawSuperblock::parse(&bytes) {
            Ok(superblock) => Ok(Self::new(&superblock)),
            Err(what) => Err(failed(ReadErrorKind::corrupt(what))),
        }
    }

    pub(super) fn new(raw: &RawSuperblock) -> Self {
        Self {
            compressor: Compressor::of_id(raw.compression),
            block_size: 1 << raw.block_log,
            inodes: raw.inodes,
            fragments: raw.fragments,
            ids: raw.ids,
            mkfs_time: raw.mkfs_time,
            bytes_used: raw.bytes_used,
            is_exportable: raw.flags & RawSuperblock::EXPORTABLE != 0,
            has_xattrs: raw.xattr_table != RawSuperblock::NO_TABLE,
        }
    }
}

/// A compressor that an image names. An image without compression names one too, mostly gzip.
///
/// Displays as its name in lower case, `gzip`; one that the format has no name for, as `compressor 7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compressor {
    /// DEFLATE in the zlib format.
    Gzip,
    /// LZMA, of the time before xz.
    Lzma,
    /// LZO.
    Lzo,
    /// LZMA2 in the xz format.
    Xz,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
    /// One with another number.
    Other(u16),
}

impl Compressor {
    pub(super) fn of_id(id: u16) -> Self {
        match id {
            1 => Self::Gzip,
            2 => Self::Lzma,
            3 => Self::Lzo,
            4 => Self::Xz,
            5 => Self::Lz4,
            6 => Self::Zstd,
            id => Self::Other(id),
        }
    }
}

impl fmt::Display for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip => f.pad("gzip"),
            Self::Lzma => f.pad("lzma"),
            Self::Lzo => f.pad("lzo"),
            Self::Xz => f.pad("xz"),
            Self::Lz4 => f.pad("lz4"),
            Self::Zstd => f.pad("zstd"),
            Self::Other(id) => f.pad(&format!("compressor {id}")),
        }
    }
}
