//! Writing squashfs 4.0, the file system of most extension images.
//!
//! The format is described in the
//! [documentation of the kernel](https://docs.kernel.org/filesystems/squashfs.html).

mod block_size;
mod compress;
mod contents;
mod dedup;
mod directory;
mod error;
mod inode;
mod metadata;
mod parallel;
mod plan;
mod progress;
mod superblock;
mod tables;
mod worker;
mod writer;
mod xattr;

pub use block_size::{BlockSize, InvalidBlockSizeError};
#[cfg(feature = "zstd")]
pub use compress::ZstdLevel;
pub use compress::{Compression, InvalidCompressionError};
pub use error::WriteError;
pub use progress::{Phase, Progress};
pub use writer::{Summary, Writer};
