mod cache;
mod compressor;
mod contents;
mod dedup;
mod directory;
mod error;
mod inode;
mod metadata;
mod plan;
mod progress;
mod tables;
mod worker;
mod writer;
mod xattr;

pub use cache::CacheUse;
#[cfg(feature = "fs")]
pub use cache::{BlockCache, BlockCacheError};
pub use error::WriteError;
pub use progress::{Phase, Progress};
pub use writer::{Summary, Writer};
