use std::{
    fmt,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    num::NonZeroUsize,
    ops::ControlFlow,
    str::FromStr,
    thread,
};

use thiserror::Error;

use super::{
    compress::Compression,
    data::{self, DataOptions},
    superblock::Superblock,
    tables,
};
use crate::tree::{ContentError, EntryPath, Tree};

/// An image's length is a multiple of this, so that a loop device can show all of it.
const PADDING: u64 = 4096;

/// More threads than this are of no use, and each has memory of its own.
const MOST_THREADS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Writes a [`Tree`] as a squashfs 4.0 file system.
///
/// The bytes depend on the tree and the options alone, not on the number of threads, and for a compressor on its
/// version. All content is read and compressed in bounded memory: a few blocks and the compressor's state for each thread, and 4 bytes
/// for each block of the image.
///
/// Files of equal content are stored once. Blocks of zeros become holes. Files shorter than a block share blocks.
///
/// ```
/// use std::io::Cursor;
/// use sysext_image::{Metadata, Node, Tree, squashfs::Writer};
///
/// let mut tree = Tree::new();
/// tree.insert("usr/bin/hello", Metadata::new(0o755), Node::file("#!/bin/sh\necho hello\n"))?;
/// let mut image = Cursor::new(Vec::new());
/// let summary = Writer::new().write(&tree, &mut image)?;
/// assert_eq!(summary.inodes, 4);
/// assert_eq!(image.into_inner().len() as u64, summary.image_bytes);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    compression: Compression,
    block_size: BlockSize,
    threads: NonZeroUsize,
    modified: u32,
}

impl Writer {
    /// A writer with the default compression and block size, a thread for each processor, and the time 0.
    pub fn new() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            compression: Compression::default(),
            block_size: BlockSize::default(),
            threads,
            modified: 0,
        }
    }

    /// The same with this compression.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// The same with this block size.
    #[must_use]
    pub fn with_block_size(mut self, block_size: BlockSize) -> Self {
        self.block_size = block_size;
        self
    }

    /// The same with this number of threads that read and compress, 256 at most. With one, none is spawned; where the
    /// system allows fewer, those that there are do all of it.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }

    /// The same with this time of creation in the superblock, in seconds since 1970.
    #[must_use]
    pub fn with_modified(mut self, seconds: u32) -> Self {
        self.modified = seconds;
        self
    }

    /// Writes the image to where `out` is now; afterwards `out` is behind the image.
    ///
    /// `out` must seek once, to patch the superblock. When it fails, `out` holds a part of an image.
    pub fn write(&self, tree: &Tree, out: impl Write + Seek) -> Result<Summary, WriteError> {
        self.write_with_progress(tree, out, |_| ControlFlow::Continue(()))
    }

    /// The same, telling after each block how far it is. [`ControlFlow::Break`] ends it with [`WriteError::Cancelled`].
    pub fn write_with_progress(
        &self,
        tree: &Tree,
        out: impl Write + Seek,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Summary, WriteError> {
        let mut report = |state| match progress(state) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(WriteError::Cancelled),
        };
        let mut out = BufWriter::with_capacity(256 * 1024, out);
        let start = out.stream_position().map_err(WriteError::Write)?;
        let mut superblock = self.superblock();
        let mut head = superblock.to_bytes();
        if let Some(options) = self.compression.options() {
            superblock.flags |= Superblock::COMPRESSOR_OPTIONS;
            let size = u16::try_from(options.len())
                .map_err(|_| WriteError::Write(io::ErrorKind::InvalidData.into()))?;
            // A metadata block that is stored as it is.
            head.extend_from_slice(&(size | 1 << 15).to_le_bytes());
            head.extend_from_slice(&options);
        }
        out.write_all(&head).map_err(WriteError::Write)?;
        let options = DataOptions {
            compression: self.compression,
            block_size: self.block_size,
            threads: self.threads.min(MOST_THREADS),
        };
        let (data, end) =
            data::write_data(tree, options, &mut out, head.len() as u64, &mut report)?;
        superblock.bytes_used =
            tables::write_tables(tree, &data, self.compression, &mut superblock, &mut out, end)?;
        let image_bytes = superblock.bytes_used.next_multiple_of(PADDING);
        io::copy(&mut io::Read::take(io::repeat(0), image_bytes - superblock.bytes_used), &mut out)
            .map_err(WriteError::Write)?;
        patch(&mut out, start, &superblock.to_bytes()).map_err(WriteError::Write)?;
        Ok(Summary {
            image_bytes,
            content_bytes: tree.content_bytes(),
            inodes: superblock.inodes,
            duplicates: data.duplicates,
        })
    }

    fn superblock(&self) -> Superblock {
        let mut flags = Superblock::DUPLICATES | Superblock::EXPORTABLE;
        if self.compression == Compression::None {
            flags |= Superblock::UNCOMPRESSED_INODES
                | Superblock::UNCOMPRESSED_DATA
                | Superblock::UNCOMPRESSED_FRAGMENTS
                | Superblock::UNCOMPRESSED_XATTRS
                | Superblock::UNCOMPRESSED_IDS;
        }
        Superblock {
            modified: self.modified,
            block_log: self.block_size.log(),
            compression: self.compression.id(),
            flags,
            ..Superblock::default()
        }
    }
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes the superblock over the place that was kept for it.
fn patch(out: &mut (impl Write + Seek), start: u64, superblock: &[u8]) -> io::Result<()> {
    let end = out.stream_position()?;
    out.seek(SeekFrom::Start(start))?;
    out.write_all(superblock)?;
    out.seek(SeekFrom::Start(end))?;
    out.flush()
}

/// How much content one block holds: a power of two from 4 KiB to 1 MiB. Larger blocks compress better; reading one
/// byte costs decompressing its block.
///
/// Parses from and displays as `4K` to `1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockSize(u16);

impl BlockSize {
    const LOGS: std::ops::RangeInclusive<u16> = 12..=20;

    /// A block of this many bytes, if the format has it.
    pub fn new(bytes: u32) -> Option<Self> {
        Self::LOGS.map(Self).find(|size| size.get() == bytes)
    }

    /// The size in bytes.
    pub const fn get(self) -> u32 {
        1 << self.0
    }

    pub(crate) const fn log(self) -> u16 {
        self.0
    }

    /// The length as a number of bytes below one block.
    pub(crate) fn shorter(self, length: u64) -> Option<u32> {
        u32::try_from(length).ok().filter(|length| *length < self.get())
    }
}

/// 128 KiB, as mksquashfs has it.
impl Default for BlockSize {
    fn default() -> Self {
        Self(17)
    }
}

impl fmt::Display for BlockSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            20.. => write!(f, "{}M", self.get() >> 20),
            _ => write!(f, "{}K", self.get() >> 10),
        }
    }
}

impl FromStr for BlockSize {
    type Err = InvalidBlockSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, unit) = match text.char_indices().last() {
            Some((at, 'K')) => (text.get(..at), 10),
            Some((at, 'M')) => (text.get(..at), 20),
            _ => (Some(text), 0),
        };
        digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u32>().ok())
            .and_then(|number| number.checked_mul(1 << unit))
            .and_then(Self::new)
            .ok_or_else(|| InvalidBlockSizeError { text: text.into() })
    }
}

/// The text is no [`BlockSize`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid block size {text:?}: expected a power of two from 4K to 1M")]
pub struct InvalidBlockSizeError {
    text: Box<str>,
}

/// How far the writing of an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Bytes of content that this stage has done.
    pub done: u64,
    /// Bytes of content that this stage will do at most.
    pub total: u64,
}

/// A stage of writing an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// Files of equal size are hashed.
    Deduplicating,
    /// Content is read, compressed and written.
    Writing,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The length of the image, a multiple of 4096.
    pub image_bytes: u64,
    /// The length of all content, counting each inode once and equal files as often as they occur.
    pub content_bytes: u64,
    /// How many inodes the image has, the root among them.
    pub inodes: u32,
    /// How many files have the content of another one and take no space of their own.
    pub duplicates: usize,
}

/// An image could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The progress function asked for it.
    #[error("cancelled")]
    Cancelled,
    /// A file is no longer what it was when its directory was scanned.
    #[error("{path:?} changed while the image was being made")]
    Changed {
        /// The path in the image.
        path: EntryPath,
    },
    /// The compressor failed.
    #[error("cannot compress")]
    Compress(#[source] io::Error),
    /// A file could not be read.
    #[error("cannot read {path:?}")]
    Read {
        /// The path in the image.
        path: EntryPath,
        /// What the system said.
        source: io::Error,
    },
    /// The format counts fragment blocks with 32 bits.
    #[error("too many small files: the format has room for 4294967295 blocks that they share")]
    TooManyFragments,
    /// The format counts different owners with 16 bits.
    #[error("too many different owners: the format has room for 65535 users and groups")]
    TooManyIds,
    /// The format counts inodes with 32 bits.
    #[error("too many inodes: the format has room for 4294967294")]
    TooManyInodes,
    /// The output could not be written.
    #[error("cannot write the image")]
    Write(#[source] io::Error),
}

impl WriteError {
    pub(crate) fn content(error: ContentError, path: impl FnOnce() -> EntryPath) -> Self {
        match error {
            ContentError::Changed => Self::Changed { path: path() },
            ContentError::Compress(error) => Self::Compress(error),
            ContentError::Io(source) => Self::Read { path: path(), source },
        }
    }
}
