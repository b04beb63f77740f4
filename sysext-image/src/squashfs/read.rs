mod cache;
#[cfg(feature = "fs")]
mod content;
mod decompressor;
mod directory;
mod entries;
mod error;
#[cfg(feature = "fs")]
mod extract;
mod file;
mod inode;
mod limits;
mod metadata;
mod parse;
mod reader;
mod source;
mod superblock;
mod xattrs;

pub use entries::{ReaderEntries, ReaderEntry};
pub use error::{ReadError, ReadErrorKind};
#[cfg(feature = "fs")]
pub use extract::{ExtractError, ExtractLimits, Unrestored};
pub use limits::ReadLimits;
pub use reader::Reader;
pub use superblock::{Compressor, Superblock};
