use std::{
    io::{self, BufWriter, Seek, SeekFrom, Write},
    num::NonZeroUsize,
    ops::ControlFlow,
    thread,
};

#[cfg(feature = "fs")]
use super::cache::BlockCache;
use super::{
    cache::CacheUse,
    contents::{self, Options},
    error::WriteError,
    metadata,
    progress::Progress,
    tables,
};
use crate::squashfs::{BlockSize, Compression, superblock::Superblock};
use crate::tree::Tree;

/// An image's length is a multiple of this, so that a loop device can show all of it.
const PADDING: u64 = 4096;

/// More threads than this are of no use, and each has memory of its own.
const MOST_THREADS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Writes a [`Tree`] as a squashfs 4.0 file system.
///
/// The bytes depend on the tree and the options alone, not on the number of threads, and for a compressor on its
/// version. All content is read and compressed in bounded memory: a few blocks and the compressor's state for each
/// thread. Besides, there are 4 to 8 bytes for each block of the image, and for each inode its place in the tables, a few
/// dozen bytes and its names.
///
/// Files of equal content are stored once. Blocks of zeros become holes. Files shorter than a block share blocks;
/// with [tail packing](Self::with_tail_packing), the ends of longer ones too.
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
#[derive(Clone, Debug)]
pub struct Writer {
    compression: Compression,
    block_size: BlockSize,
    tail_packing: bool,
    threads: NonZeroUsize,
    mkfs_time: u32,
    #[cfg(feature = "fs")]
    cache: Option<BlockCache>,
}

impl Writer {
    /// A writer with the default compression and block size, a thread for each processor, and the time 0.
    pub fn new() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            compression: Compression::default(),
            block_size: BlockSize::default(),
            tail_packing: false,
            threads,
            mkfs_time: 0,
            #[cfg(feature = "fs")]
            cache: None,
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

    /// The same with the last part of each file, when it is shorter than a block, in a block that it shares with others:
    /// `-tailends` of mksquashfs. Not done unless told to.
    ///
    /// The image becomes smaller where many files of a kind are a few blocks long, and may become larger where what
    /// compresses shares blocks with what does not. To read the end of a file, the system must decompress a block of many
    /// files.
    #[must_use]
    pub fn with_tail_packing(mut self, tail_packing: bool) -> Self {
        self.tail_packing = tail_packing;
        self
    }

    /// The same with this number of threads that read and compress, 256 at most. With one, none is spawned; where the
    /// system allows fewer, those that there are do all of it.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }

    /// The same with this time in the superblock, in seconds since 1970: when the file system was made.
    #[must_use]
    pub fn with_mkfs_time(mut self, seconds: u32) -> Self {
        self.mkfs_time = seconds;
        self
    }

    /// The same with compressed blocks from this cache, and into it. The image is the same.
    #[cfg(feature = "fs")]
    #[must_use]
    pub fn with_block_cache(mut self, cache: BlockCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Writes the image to where `out` is now; afterwards `out` is behind the image.
    ///
    /// `out` must seek, to patch the superblock in the end. When it fails, `out` holds a part of an image.
    pub fn write(&self, tree: &Tree, out: impl Write + Seek) -> Result<Summary, WriteError> {
        self.write_with_progress(tree, out, |_| ControlFlow::Continue(()))
    }

    /// The same, telling how far it is: after each block that was written, each file that was hashed, and in between
    /// about every 50 ms. With one thread, while it is writing, after blocks only. [`ControlFlow::Break`] ends it with
    /// [`WriteError::Cancelled`].
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
        if let Some(options) = self.compression.options(self.block_size) {
            superblock.flags |= Superblock::COMPRESSOR_OPTIONS;
            let block = metadata::stored_block(&options);
            head.extend(block.map_err(WriteError::table("compressor options"))?);
        }
        out.write_all(&head).map_err(WriteError::Write)?;
        let options = Options {
            compression: self.compression,
            block_size: self.block_size,
            pack_tails: self.tail_packing,
            threads: self.threads.min(MOST_THREADS),
            #[cfg(feature = "fs")]
            cache: self.cache.clone(),
        };
        let (contents, end) =
            contents::write_contents(tree, &options, &mut out, head.len() as u64, &mut report)?;
        superblock.bytes_used = tables::write_tables(
            tree,
            &contents,
            self.compression,
            &mut superblock,
            &mut out,
            end,
        )?;
        let image_bytes = superblock.bytes_used.next_multiple_of(PADDING);
        io::copy(&mut io::Read::take(io::repeat(0), image_bytes - superblock.bytes_used), &mut out)
            .map_err(WriteError::Write)?;
        patch(&mut out, start, &superblock.to_bytes())?;
        Ok(Summary {
            image_bytes,
            content_bytes: tree.content_bytes(),
            inodes: superblock.inodes,
            duplicates: contents.duplicates,
            cache: contents.cache,
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
        if self.tail_packing {
            flags |= Superblock::TAILS_IN_FRAGMENTS;
        }
        Superblock {
            mkfs_time: self.mkfs_time,
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
fn patch(out: &mut (impl Write + Seek), start: u64, superblock: &[u8]) -> Result<(), WriteError> {
    let mut place = || {
        let end = out.stream_position()?;
        out.seek(SeekFrom::Start(start))?;
        out.write_all(superblock)?;
        out.flush()?;
        let behind = out.stream_position()?;
        out.seek(SeekFrom::Start(end))?;
        Ok(behind == start + superblock.len() as u64)
    };
    if place().map_err(WriteError::Write)? { Ok(()) } else { Err(WriteError::OpenedForAppending) }
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
    pub duplicates: u32,
    /// What the block cache did, if there was one.
    pub cache: Option<CacheUse>,
}
