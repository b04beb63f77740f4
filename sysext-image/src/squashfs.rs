//! Writing squashfs 4.0, the file system of most extension images.
//!
//! The format is described in the kernel's `Documentation/filesystems/squashfs.rst`.

mod compress;
mod data;
mod dedup;
mod directory;
mod inode;
mod metadata;
mod superblock;
mod tables;
mod writer;
pub(crate) mod xattr;

#[cfg(feature = "zstd")]
pub use compress::ZstdLevel;
pub use compress::{Compression, ParseCompressionError};
pub use writer::{BlockSize, InvalidBlockSizeError, Progress, Stage, Summary, WriteError, Writer};
