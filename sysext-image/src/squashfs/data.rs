use std::{
    io::{self, Write},
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use super::{
    block_size::BlockSize,
    compress::{Compression, Compressor},
    dedup,
    error::WriteError,
    parallel,
    progress::{Progress, Stage},
};
use crate::tree::{Content, ContentError, Node, OpenContent, Tree};

/// How many bytes of finished blocks may wait for those before them; each thread may have two blocks all the same.
const WAITING_BYTES: usize = 32 << 20;
/// Set in the size of a data block that is stored as it is.
const STORED: u32 = 1 << 24;

/// The content of all regular files, as it was written: what the inodes and the fragment table say.
#[derive(Debug)]
pub(crate) struct Data {
    /// Which file an inode of the tree is.
    of_inode: Vec<Option<usize>>,
    files: Vec<FileData>,
    /// Start and size word of each fragment block.
    pub(crate) fragments: Vec<(u64, u32)>,
    pub(crate) duplicates: usize,
}

/// Where the content of one file is.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileData {
    pub(crate) size: u64,
    /// Where the first block begins.
    pub(crate) start: u64,
    /// The size words of the blocks; 0 is a hole.
    pub(crate) blocks: Vec<u32>,
    /// How many bytes are in holes.
    pub(crate) sparse: u64,
    /// The fragment block with the tail, and the offset in it.
    pub(crate) fragment: Option<(u32, u32)>,
    /// An earlier file with the same content, whose blocks are this one's too.
    same_as: Option<usize>,
}

impl Data {
    pub(crate) fn of(&self, inode: usize) -> Option<&FileData> {
        let file = self.files.get((*self.of_inode.get(inode)?)?)?;
        file.same_as.map_or(Some(file), |original| self.files.get(original))
    }
}

/// How the content is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DataOptions {
    pub(crate) compression: Compression,
    pub(crate) block_size: BlockSize,
    pub(crate) threads: NonZeroUsize,
}

impl DataOptions {
    /// How many blocks may be under way: enough that no thread waits for another, in bounded memory.
    fn window(self) -> usize {
        let threads = self.threads.get();
        let blocks = WAITING_BYTES >> self.block_size.log();
        blocks.clamp(threads.saturating_mul(2), threads.saturating_mul(8))
    }
}

/// Writes the content of all regular files to `out`, whose next byte is at `start` of the image.
pub(crate) fn write_data(
    tree: &Tree,
    options: DataOptions,
    out: &mut impl Write,
    start: u64,
    progress: &mut dyn FnMut(Progress) -> Result<(), WriteError>,
) -> Result<(Data, u64), WriteError> {
    let path_of = |inode| tree.path_of(inode);
    let (files, of_inode) = files(tree);
    let same_as = {
        let total = files.iter().map(|(content, _)| content.len()).fold(0, u64::saturating_add);
        let mut done = 0;
        dedup::duplicates(&files, options.threads, path_of, |hashed| {
            done += hashed;
            progress(Progress { stage: Stage::Deduplicating, done, total })
        })?
    };
    let plan = Plan::new(&files, &same_as, options.block_size)?;
    let mut data = Data {
        of_inode,
        duplicates: same_as.iter().flatten().count(),
        files: plan.files,
        fragments: Vec::with_capacity(plan.fragments.len()),
    };
    let total = plan.total;
    let (mut done, mut position) = (0, start);
    let pool = Pool::default();
    let worker = || Worker::new(options).map_err(WriteError::Compress);
    let work = |worker: &mut Worker, job: Job| {
        let mut out = pool.take();
        match worker.work(&files, &plan.fragments, &job, &mut out) {
            Ok(block) => Ok((job, block, out)),
            Err((error, inode)) => Err(WriteError::content(error, || path_of(inode))),
        }
    };
    let consume = |(job, block, bytes): (Job, Block, Vec<u8>)| {
        out.write_all(&bytes).map_err(WriteError::Write)?;
        match job {
            Job::Block { file, index, .. } => {
                if let Some(file) = data.files.get_mut(file) {
                    if index == 0 {
                        file.start = position;
                    }
                    file.blocks.push(block.size_word);
                    file.sparse += if block.size_word == 0 { block.length } else { 0 };
                }
            }
            Job::Fragment(_) => data.fragments.push((position, block.size_word)),
        }
        position += bytes.len() as u64;
        done += block.length;
        pool.give(bytes);
        progress(Progress { stage: Stage::Writing, done, total })
    };
    let jobs =
        Jobs { units: plan.units.into_iter(), current: None, block_size: options.block_size };
    parallel::in_order(options.threads, options.window(), jobs, worker, work, consume)?;
    Ok((data, position))
}

/// The regular files in path order, each inode once, and the number of each inode's file.
fn files(tree: &Tree) -> (Vec<(&Content, usize)>, Vec<Option<usize>>) {
    let mut files = Vec::new();
    let mut of_inode = vec![None; tree.inodes().len()];
    for entry in tree.entries() {
        let (Node::File(content), Some(known @ None)) =
            (entry.node(), of_inode.get_mut(entry.at()))
        else {
            continue;
        };
        *known = Some(files.len());
        files.push((content, entry.at()));
    }
    (files, of_inode)
}

/// Where everything goes, before the first byte is read: all sizes are known.
struct Plan {
    files: Vec<FileData>,
    units: Vec<Unit>,
    /// The files whose tails share each fragment block.
    fragments: Vec<Vec<usize>>,
    /// How many bytes are to be read.
    total: u64,
}

/// A run of jobs.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Blocks { file: usize, size: u64 },
    Fragment(usize),
}

impl Plan {
    fn new(
        files: &[(&Content, usize)],
        same_as: &[Option<usize>],
        block_size: BlockSize,
    ) -> Result<Self, WriteError> {
        let mut plan =
            Self { files: Vec::new(), units: Vec::new(), fragments: Vec::new(), total: 0 };
        let mut pending = Vec::new();
        let mut pending_bytes = 0;
        for (number, ((content, _), same_as)) in files.iter().zip(same_as).enumerate() {
            let size = content.len();
            let mut file = FileData { size, same_as: *same_as, ..FileData::default() };
            if same_as.is_none() && size > 0 {
                plan.total = plan.total.saturating_add(size);
                // Only whole files share a block: a tail of a larger file is better read with the rest of it.
                if let Some(length) = block_size.shorter(size) {
                    if pending_bytes + length > block_size.get() {
                        plan.finish_fragment(&mut pending);
                        pending_bytes = 0;
                    }
                    let fragment = u32::try_from(plan.fragments.len())
                        .map_err(|_| WriteError::TooManyFragments)?;
                    file.fragment = Some((fragment, pending_bytes));
                    pending.push(number);
                    pending_bytes += length;
                } else {
                    plan.units.push(Unit::Blocks { file: number, size });
                }
            }
            plan.files.push(file);
        }
        plan.finish_fragment(&mut pending);
        Ok(plan)
    }

    fn finish_fragment(&mut self, pending: &mut Vec<usize>) {
        if !pending.is_empty() {
            self.units.push(Unit::Fragment(self.fragments.len()));
            self.fragments.push(std::mem::take(pending));
        }
    }
}

/// One block to read, compress and write.
#[derive(Clone, Copy, Debug)]
enum Job {
    Block { file: usize, index: u64, offset: u64, length: usize },
    Fragment(usize),
}

struct Jobs {
    units: std::vec::IntoIter<Unit>,
    /// The file whose blocks are being handed out: number, size, blocks that were.
    current: Option<(usize, u64, u64)>,
    block_size: BlockSize,
}

impl Iterator for Jobs {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        loop {
            if let Some((file, size, index)) = &mut self.current {
                let offset = *index * u64::from(self.block_size.get());
                if offset < *size {
                    let left = *size - offset;
                    let length =
                        self.block_size.shorter(left).unwrap_or(self.block_size.get()) as usize;
                    let job = Job::Block { file: *file, index: *index, offset, length };
                    *index += 1;
                    return Some(job);
                }
            }
            match self.units.next()? {
                Unit::Blocks { file, size } => self.current = Some((file, size, 0)),
                Unit::Fragment(fragment) => {
                    self.current = None;
                    return Some(Job::Fragment(fragment));
                }
            }
        }
    }
}

/// What became of a job.
struct Block {
    /// The size with the flag of a stored block; 0 is a hole.
    size_word: u32,
    /// How many bytes were read.
    length: u64,
}

/// What one thread keeps from job to job.
struct Worker {
    compressor: Compressor,
    input: Vec<u8>,
    /// The file that was read last.
    open: Option<(usize, OpenContent)>,
}

impl Worker {
    fn new(options: DataOptions) -> io::Result<Self> {
        Ok(Self {
            compressor: Compressor::new(options.compression)?,
            input: Vec::new(),
            open: None,
        })
    }

    /// Puts the block's bytes into `out`. An error comes with the inode of the file.
    fn work(
        &mut self,
        files: &[(&Content, usize)],
        fragments: &[Vec<usize>],
        job: &Job,
        out: &mut Vec<u8>,
    ) -> Result<Block, (ContentError, usize)> {
        let mut inode = Tree::ROOT;
        match *job {
            Job::Block { file, offset, length, .. } => {
                let Some((content, at)) = files.get(file) else {
                    return Err((ContentError::Changed, inode));
                };
                inode = *at;
                self.input.resize(length, 0);
                self.read(file, content, offset).map_err(|error| (error, inode))?;
                if is_hole(&self.input) {
                    return Ok(Block { size_word: 0, length: length as u64 });
                }
            }
            Job::Fragment(fragment) => {
                self.input.clear();
                for (content, at) in fragments
                    .get(fragment)
                    .into_iter()
                    .flatten()
                    .filter_map(|file| files.get(*file))
                {
                    inode = *at;
                    self.append(content).map_err(|error| (error, inode))?;
                }
            }
        }
        let compressed = self
            .compressor
            .compress(&self.input, out)
            .map_err(|error| (ContentError::Compress(error), inode))?;
        let size = u32::try_from(out.len()).unwrap_or(u32::MAX);
        Ok(Block {
            size_word: if compressed { size } else { size | STORED },
            length: self.input.len() as u64,
        })
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

    /// Adds a whole file to the input.
    fn append(&mut self, content: &Content) -> Result<(), ContentError> {
        let start = self.input.len();
        let length = usize::try_from(content.len()).map_err(|_| ContentError::Changed)?;
        self.input.resize(start + length, 0);
        content.open()?.read_exact_at(self.input.get_mut(start..).unwrap_or_default(), 0)
    }
}

fn is_hole(block: &[u8]) -> bool {
    // Equal to itself moved by one byte: all bytes are the same. Ends at the first that differs, and runs as memcmp.
    block.first() == Some(&0) && block.get(1..) == block.get(..block.len() - 1)
}

/// Buffers of written blocks, for the next ones.
#[derive(Default)]
struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    fn take(&self) -> Vec<u8> {
        let mut buffer =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    fn give(&self, buffer: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }
}
