mod cache;
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

pub use entries::{ReaderEntries, ReaderEntry};
pub use error::{ReadError, ReadErrorKind};
pub use file::FileReader;
pub use inode::ReaderNode;
pub use reader::Reader;
