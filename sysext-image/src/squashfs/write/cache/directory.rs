use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustix::fs::{Mode, OFlags};
use thiserror::Error;

use super::entry::{self, Key};

/// How old the time of an entry must be for its use to be noted: what was used in the same hour is equally young.
const TOUCH_AFTER: Duration = Duration::from_secs(60 * 60);

/// A directory with compressed blocks, so that an image of the same content, or nearly the same, is written again without
/// compressing it.
///
/// A block is found by a BLAKE3 digest of its content, the compression, the block size, the version of this crate, that
/// of the compressor where it says it, and what the compressor makes of a sample. There is a file for each block, of
/// about its compressed length. Several processes may use the directory at the same time. Blocks that are compressed
/// with lz4 or not at all go past it: looking them up takes as long.
///
/// The image is the same with the cache and without it, whatever damage the directory has taken. Each entry has a digest
/// of its own, and nothing is used that does not decompress to the very block; what fails is removed and compressed anew.
/// Whoever can write the directory can waste time and space, or put another compressed form of the same content into
/// the image, but no other content. Entries are not synced to the disk, since one that a crash has cut is a damaged one.
///
/// When an image was written, and something was stored for it, what was not used for longest is removed until the
/// limit is kept. Until then the directory may have twice as much, and more while several processes write; one that is
/// killed leaves it to the next.
///
/// ```
/// use std::io::Cursor;
/// use sysext_image::{Metadata, Node, Tree, squashfs::{BlockCache, Writer}};
///
/// let directory = tempfile::tempdir()?;
/// let cache = BlockCache::open(directory.path(), 1 << 30)?;
/// # let compression = "zstd:3".parse();
/// # let Ok(compression) = compression else { return Ok(()) };
/// let writer = Writer::new().with_compression(compression).with_block_cache(cache);
/// let mut tree = Tree::new();
/// tree.insert("usr/file", Metadata::new(0o644), Node::file("hello, hello, hello, hello"))?;
/// let mut hits = || writer.write(&tree, Cursor::new(Vec::new())).map(|it| it.cache.map(|it| it.hits));
/// assert_eq!((hits()?, hits()?), (Some(0), Some(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockCache {
    /// Leads there wherever the process goes.
    directory: Arc<Path>,
    limit: u64,
}

impl BlockCache {
    /// The cache in this directory, which is made if it is missing, of at most this many bytes. Files that are not the
    /// cache's own are left alone, and are not counted.
    pub fn open(directory: impl AsRef<Path>, limit: u64) -> Result<Self, BlockCacheError> {
        let directory = directory.as_ref();
        let open = || {
            // What is in images may be nobody else's business.
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            fs::canonicalize(directory)
        };
        match open() {
            Ok(path) => Ok(Self { directory: path.into(), limit }),
            Err(source) => Err(BlockCacheError { directory: directory.to_owned(), source }),
        }
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How many bytes it may have.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Puts the bytes of an entry into `bytes`, at most so many; false if there is none.
    pub(super) fn load(&self, key: &Key, most: u64, bytes: &mut Vec<u8>) -> io::Result<bool> {
        // Whatever is there, a symlink must not be followed, and a pipe must not block.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match rustix::fs::open(self.path(key), flags, Mode::empty()) {
            Err(rustix::io::Errno::NOENT) => return Ok(false),
            opened => File::from(opened?),
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.len() > most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        bytes.clear();
        io::copy(&mut io::Read::take(&file, most), bytes)?;
        let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
        if age.is_none_or(|age| age > TOUCH_AFTER) {
            // One that cannot be touched is forgotten earlier.
            let _ = file.set_modified(SystemTime::now());
        }
        Ok(true)
    }

    /// Stores an entry, whole or not at all.
    pub(super) fn store(&self, key: &Key, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(key);
        let shard = path.parent().unwrap_or(&self.directory);
        let create = || tempfile::Builder::new().prefix(entry::UNFINISHED).tempfile_in(shard);
        let mut file = match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(shard)?;
                create()?
            }
            created => created?,
        };
        file.write_all(bytes)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    pub(super) fn remove(&self, key: &Key) -> io::Result<()> {
        fs::remove_file(self.path(key))
    }

    fn path(&self, key: &Key) -> PathBuf {
        let (shard, name) = entry::place(key);
        self.directory.join(shard).join(name)
    }
}

/// A directory cannot be a block cache.
#[derive(Debug, Error)]
#[error("cannot open the block cache {directory:?}")]
pub struct BlockCacheError {
    directory: PathBuf,
    source: io::Error,
}

impl BlockCacheError {
    /// What was given.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}
