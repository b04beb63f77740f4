mod cache;
#[cfg(feature = "fs")]
mod content;
mod decompressor;
mod directory;
mod entries;
mod error;
mod file;
mod inode;
mod limits;
mod metadata;
mod parse;
mod reader;
mod source;
mod superblock;
mod xattrs;

#[cfg(feature = "fs")]
pub(crate) use content::Item;
#[cfg(feature = "fs")]
pub(super) use decompressor::Decompressor;
pub use entries::{ReaderEntries, ReaderEntry};
pub use error::{ReadError, ReadErrorKind};
pub use limits::ReadLimits;
pub use reader::Reader;
pub use superblock::{Compressor, Superblock};
