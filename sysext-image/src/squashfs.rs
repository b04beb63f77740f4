//! Writing squashfs 4.0, the file system of most extension images.
//!
//! The format is described in the
//! [documentation of the kernel](https://docs.kernel.org/filesystems/squashfs.html).

mod block_size;
mod compression;
mod parallel;
mod read;
mod superblock;
mod write;

pub use block_size::{BlockSize, InvalidBlockSizeError};
#[cfg(feature = "zstd")]
pub use compression::ZstdLevel;
pub use compression::{Compression, InvalidCompressionError};
#[cfg(feature = "fs")]
pub use read::{ExtractError, ExtractLimits, Unrestored};
pub use read::{ReadError, ReadErrorKind, Reader, ReaderEntries, ReaderEntry};
pub use write::{Phase, Progress, Summary, WriteError, Writer};
