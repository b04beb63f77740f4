use std::fmt;

#[cfg(feature = "ddi")]
use gpt::disk::LogicalBlockSize;

use super::{ImageError, section::Section};

/// A format of images that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageFormat {
    /// A directory of this machine, or a [`Tree`](crate::Tree).
    Directory,
    /// EROFS.
    Erofs,
    /// Squashfs 4.0.
    Squashfs,
}

impl ImageFormat {
    /// The name that the kernel has for it: `squashfs`; or `directory`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Erofs => "erofs",
            Self::Squashfs => "squashfs",
        }
    }
}

impl fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A format that is known and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnreadFormat {
    /// A Btrfs file system.
    Btrfs,
    /// A file that bzip2 compressed.
    Bzip2,
    /// An EROFS file system, without the feature `erofs`.
    Erofs,
    /// An ext2, ext3 or ext4 file system.
    Ext,
    /// An F2FS file system.
    F2fs,
    /// A FAT file system.
    Fat,
    /// A disk image with a GPT, without the feature `ddi`.
    Gpt,
    /// A file that gzip compressed.
    Gzip,
    /// An ISO 9660 file system.
    Iso9660,
    /// An encrypted partition.
    Luks,
    /// A disk image with an MBR partition table only.
    Mbr,
    /// A qcow2 disk image.
    Qcow2,
    /// A big-endian squashfs of an old version.
    SquashfsBigEndian,
    /// A tar archive.
    Tar,
    /// The hashes of a dm-verity device.
    Verity,
    /// An XFS file system.
    Xfs,
    /// A file that xz compressed.
    Xz,
    /// A file that zstd compressed.
    Zstd,
}

impl UnreadFormat {
    /// What it is, as a sentence goes on: `an ext4 file system`.
    const fn phrase(self) -> &'static str {
        match self {
            Self::Btrfs => "a Btrfs file system",
            Self::Bzip2 => "compressed with bzip2: decompress it first",
            Self::Erofs => "an EROFS file system, and the feature `erofs` is not built in",
            Self::Ext => "an ext2, ext3 or ext4 file system",
            Self::F2fs => "an F2FS file system",
            Self::Fat => "a FAT file system",
            Self::Gpt if cfg!(feature = "ddi") => "a disk image with a GPT, inside of a partition",
            Self::Gpt => "a disk image with a GPT, and the feature `ddi` is not built in",
            Self::Gzip => "compressed with gzip: decompress it first",
            Self::Iso9660 => "an ISO 9660 file system",
            Self::Luks => "encrypted with LUKS",
            Self::Mbr => "a disk image with an MBR partition table, and systemd wants a GPT",
            Self::Qcow2 => "a qcow2 disk image: convert it to raw first",
            Self::SquashfsBigEndian => "a big-endian squashfs, which Linux no longer reads",
            Self::Tar => "a tar archive, not an image",
            Self::Verity => "the hashes of a dm-verity device, without the data",
            Self::Xfs => "an XFS file system",
            Self::Xz => "compressed with xz: decompress it first",
            Self::Zstd => "compressed with zstd: decompress it first",
        }
    }
}

impl fmt::Display for UnreadFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.phrase())
    }
}

/// What an image was found to be, if it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recognized {
    /// A disk image with sectors of this many bytes.
    #[cfg(feature = "ddi")]
    Gpt(LogicalBlockSize),
    #[cfg(feature = "erofs")]
    Erofs,
    Squashfs,
}

/// Either a format that is read or one that is not.
#[derive(Clone, Copy)]
enum Format {
    Read(Recognized),
    Unread(UnreadFormat),
}

use Format::{Read, Unread};

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "ddi")]
            Read(Recognized::Gpt(_)) => f.write_str("a disk image with a GPT"),
            #[cfg(feature = "erofs")]
            Read(Recognized::Erofs) => f.write_str("an EROFS image"),
            Read(Recognized::Squashfs) => f.write_str("a squashfs image"),
            Unread(format) => format.fmt(f),
        }
    }
}

#[cfg(feature = "ddi")]
const GPT: [Format; 2] = [
    Read(Recognized::Gpt(LogicalBlockSize::Lb512)),
    Read(Recognized::Gpt(LogicalBlockSize::Lb4096)),
];
#[cfg(not(feature = "ddi"))]
const GPT: [Format; 2] = [Unread(UnreadFormat::Gpt); 2];

#[cfg(feature = "erofs")]
const EROFS: Format = Read(Recognized::Erofs);
#[cfg(not(feature = "erofs"))]
const EROFS: Format = Unread(UnreadFormat::Erofs);

/// Where a format has its magic number, and which that is.
///
/// Those that can lie in the first bytes of an image come first; what a file system leaves to a boot loader comes last.
const MAGIC: [(u64, &[u8], Format); 22] = [
    (0, b"hsqs", Read(Recognized::Squashfs)),
    (0, b"sqsh", Unread(UnreadFormat::SquashfsBigEndian)),
    (512, b"EFI PART", GPT[0]),
    (4096, b"EFI PART", GPT[1]),
    (1024, b"\xe2\xe1\xf5\xe0", EROFS),
    (1080, b"\x53\xef", Unread(UnreadFormat::Ext)),
    (0x1_0040, b"_BHRfS_M", Unread(UnreadFormat::Btrfs)),
    (0, b"LUKS\xba\xbe", Unread(UnreadFormat::Luks)),
    (0, b"XFSB", Unread(UnreadFormat::Xfs)),
    (1024, b"\x10\x20\xf5\xf2", Unread(UnreadFormat::F2fs)),
    (0x8001, b"CD001", Unread(UnreadFormat::Iso9660)),
    (0, b"verity\0\0", Unread(UnreadFormat::Verity)),
    (0, b"QFI\xfb", Unread(UnreadFormat::Qcow2)),
    (0, b"\x1f\x8b", Unread(UnreadFormat::Gzip)),
    (0, b"BZh", Unread(UnreadFormat::Bzip2)),
    (0, b"\xfd7zXZ\0", Unread(UnreadFormat::Xz)),
    (0, b"\x28\xb5\x2f\xfd", Unread(UnreadFormat::Zstd)),
    (257, b"ustar\0", Unread(UnreadFormat::Tar)),
    (257, b"ustar  \0", Unread(UnreadFormat::Tar)),
    (54, b"FAT", Unread(UnreadFormat::Fat)),
    (82, b"FAT32", Unread(UnreadFormat::Fat)),
    (510, b"\x55\xaa", Unread(UnreadFormat::Mbr)),
];

/// What the content says that it is.
pub(super) fn recognize(section: &Section) -> Result<Recognized, ImageError> {
    let mut found = Vec::new();
    for (offset, magic, format) in MAGIC {
        let mut bytes = vec![0; magic.len()];
        if offset + magic.len() as u64 > section.length() {
            continue;
        }
        section.read_exact_at(&mut bytes, offset).map_err(ImageError::Io)?;
        if bytes == magic {
            found.push(format);
        }
    }
    // A boot sector may be in front of anything; of the others, two at once are two images for two readers.
    let strong = found.iter().filter(|format| !format.is_boot_sector()).collect::<Vec<_>>();
    if let [first, second, ..] = strong[..] {
        let (first, second) = (first.to_string(), second.to_string());
        return Err(ImageError::Ambiguous { first, second });
    }
    match found.first() {
        None => Err(ImageError::Unknown),
        Some(Unread(format)) => Err(ImageError::Unread { format: *format }),
        Some(Read(format)) => Ok(*format),
    }
}

impl Format {
    fn is_boot_sector(self) -> bool {
        matches!(self, Unread(UnreadFormat::Fat | UnreadFormat::Mbr))
    }
}
