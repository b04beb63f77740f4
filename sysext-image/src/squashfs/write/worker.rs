use std::{
    io,
    sync::{Mutex, PoisonError},
};

#[cfg(feature = "fs")]
use super::cache::{CachedCompressor, Run};
use super::{
    compressor::Compressor,
    error::WriteError,
    plan::{Files, Job, Tail},
};
use crate::squashfs::{BlockSize, Compression};
use crate::tree::{Content, ContentError, InodeIndex, OpenContent, Tree};

/// Set in the size of a data block that is stored as it is.
const STORED: u32 = 1 << 24;

/// What became of a job.
pub(super) struct Block {
    /// The size with the flag of a stored block; 0 is a hole.
    pub(super) size_word: u32,
    /// How many bytes were read.
    pub(super) length: u64,
}

/// What a worker reads from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) tree: &'a Tree,
    pub(super) files: &'a Files<'a>,
    pub(super) fragments: &'a [Vec<Tail>],
    #[cfg(feature = "fs")]
    pub(super) cache: Option<&'a Run<'a>>,
}

/// What one thread keeps from job to job.
pub(super) struct Worker<'a> {
    source: Source<'a>,
    compressor: Compressor,
    #[cfg(feature = "fs")]
    cached: Option<CachedCompressor<'a>>,
    input: Vec<u8>,
    /// The file that was read last.
    open: Option<(usize, OpenContent)>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        source: Source<'a>,
        compression: Compression,
        block_size: BlockSize,
    ) -> io::Result<Self> {
        let compressor = Compressor::new(compression, block_size.bytes())?;
        Ok(Self {
            source,
            compressor,
            #[cfg(feature = "fs")]
            cached: source.cache.and_then(CachedCompressor::new),
            input: Vec::new(),
            open: None,
        })
    }

    /// Does a job and puts the bytes of its block into `out`.
    pub(super) fn work(&mut self, job: &Job, out: &mut Vec<u8>) -> Result<Block, WriteError> {
        out.clear();
        self.input.clear();
        match *job {
            Job::Block { file, offset, length, .. } => {
                self.input.resize(length, 0);
                self.with(file, |worker, content| worker.read(file, content, offset))?;
                if is_hole(&self.input) {
                    return Ok(Block { size_word: 0, length: length as u64 });
                }
            }
            Job::Empty(file) => {
                self.with(file, |_, content| content.open()?.check_empty())?;
                return Ok(Block { size_word: 0, length: 0 });
            }
            Job::Fragment(fragment) => {
                for tail in self.source.fragments.get(fragment).into_iter().flatten() {
                    self.with(tail.file, |worker, content| worker.append(content, tail))?;
                }
            }
        }
        let compressed = self.compress(out).map_err(WriteError::Compress)?;
        // A block is never longer than a mebibyte.
        let size = u32::try_from(out.len()).unwrap_or(u32::MAX);
        let size_word = if compressed { size } else { size | STORED };
        Ok(Block { size_word, length: self.input.len() as u64 })
    }

    fn compress(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        #[cfg(feature = "fs")]
        if let Some(cached) = &mut self.cached {
            return cached.compress(&mut self.compressor, &self.input, out);
        }
        self.compressor.compress(&self.input, out)
    }

    /// Reads from a file; an error gets its path.
    fn with(
        &mut self,
        file: usize,
        read: impl FnOnce(&mut Self, &'a Content) -> Result<(), ContentError>,
    ) -> Result<(), WriteError> {
        let Some((content, inode)) = self.source.files.get(file) else { return Ok(()) };
        read(self, content).map_err(|error| named(self.source.tree, *inode, error))
    }

    /// Fills the input from a file that is kept open for its next block.
    fn read(&mut self, file: usize, content: &Content, offset: u64) -> Result<(), ContentError> {
        let open = match self.open.take() {
            Some((number, open)) if number == file => open,
            _ => content.open()?,
        };
        open.read_exact_at(&mut self.input, offset)?;
        self.open = Some((file, open));
        Ok(())
    }

    /// Adds the end of a file to the input.
    fn append(&mut self, content: &Content, tail: &Tail) -> Result<(), ContentError> {
        let start = self.input.len();
        self.input.resize(start + tail.length as usize, 0);
        content.open()?.read_exact_at(self.input.get_mut(start..).unwrap_or_default(), tail.offset)
    }
}

/// An error with the path of the file that could not be read.
pub(super) fn named(tree: &Tree, inode: InodeIndex, error: ContentError) -> WriteError {
    WriteError::content(error, || tree.path_of(inode))
}

fn is_hole(block: &[u8]) -> bool {
    // Equal to itself moved by one byte: all bytes are the same. Ends at the first that differs, and runs as memcmp.
    block.first() == Some(&0) && block.get(1..) == block.get(..block.len() - 1)
}

/// Buffers of written blocks, for the next ones.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    pub(super) fn give(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}
