mod cache;
#[cfg(feature = "fs")]
mod content;
mod decompressor;
mod directory;
mod entries;
mod error;
mod file;
mod inode;
mod metadata;
mod parse;
mod reader;
mod source;
mod xattrs;

#[cfg(feature = "fs")]
pub(crate) use content::Item;
#[cfg(feature = "fs")]
pub(super) use decompressor::Decompressor;
pub use entries::{ReaderEntries, ReaderEntry};
pub use error::{ReadError, ReadErrorKind};
pub use reader::Reader;
