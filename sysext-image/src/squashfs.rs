//! Writing and reading squashfs 4.0, the file system of most extension images.
//!
//! The format is described in the
//! [documentation of the kernel](https://docs.kernel.org/filesystems/squashfs.html).

mod block_size;
mod compression;
#[cfg(any(feature = "gzip", feature = "xz", feature = "zstd"))]
mod level;
mod parallel;
mod read;
mod superblock;
mod write;
#[cfg(feature = "xz")]
mod xz_options;

pub use block_size::{BlockSize, InvalidBlockSizeError};
pub use compression::{Compression, InvalidCompressionError};
#[cfg(feature = "gzip")]
pub use level::GzipLevel;
#[cfg(feature = "xz")]
pub use level::XzLevel;
#[cfg(feature = "zstd")]
pub use level::ZstdLevel;
#[cfg(feature = "fs")]
pub(crate) use read::Item;
pub use read::{
    Compressor, ReadError, ReadErrorKind, ReadLimits, Reader, ReaderEntries, ReaderEntry,
    Superblock,
};
#[cfg(feature = "fs")]
pub use write::{BlockCache, BlockCacheError};
pub use write::{CacheUse, Phase, Progress, Summary, WriteError, Writer};
#[cfg(feature = "xz")]
pub use xz_options::{XzDictionary, XzOptions};
