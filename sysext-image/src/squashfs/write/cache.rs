#[cfg(feature = "fs")]
pub use self::directory::{BlockCache, BlockCacheError};
#[cfg(feature = "fs")]
pub(super) use self::run::{CachedCompressor, Run};

#[cfg(feature = "fs")]
mod directory;
#[cfg(feature = "fs")]
mod entry;
#[cfg(feature = "fs")]
mod run;
#[cfg(feature = "fs")]
mod trim;

/// What a block cache did for one image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheUse {
    /// How many blocks were found.
    pub hits: u64,
    /// How many were not, and had to be compressed.
    pub misses: u64,
    /// How often the cache failed: an entry was damaged and is gone now, or the system refused to read, store or remove
    /// one. The image is the same all the same, only later.
    pub faults: u64,
}
