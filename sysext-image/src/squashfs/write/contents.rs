use std::{io::Write, num::NonZeroUsize};

#[cfg(feature = "fs")]
use super::cache::{BlockCache, Run};
use super::{
    cache::CacheUse,
    dedup,
    error::WriteError,
    plan::{Job, Plan},
    progress::{Phase, Progress},
    worker::{Block, Pool, Source, Worker},
};
use crate::squashfs::{
    BlockSize, Compression,
    parallel::{self, Turn},
};
use crate::tree::{Content, InodeIndex, Node, PerInode, Tree};

/// How many bytes of finished blocks may wait for those before them; each thread may have two blocks all the same.
const WAITING_BYTES: usize = 32 << 20;

/// The content of all regular files, as it was written: what the inodes and the fragment table say.
#[derive(Debug)]
pub(super) struct Contents {
    /// Which file an inode is.
    of_inode: PerInode<Option<usize>>,
    placements: Vec<Placement>,
    /// Start and size word of each fragment block.
    pub(super) fragments: Vec<(u64, u32)>,
    pub(super) duplicates: u32,
    pub(super) cache: Option<CacheUse>,
}

/// Where the content of one file is.
#[derive(Clone, Debug, Default)]
pub(super) struct Placement {
    pub(super) size: u64,
    /// Where the first block begins.
    pub(super) start: u64,
    /// The size words of the blocks; 0 is a hole.
    pub(super) blocks: Vec<u32>,
    /// How many bytes are in holes.
    pub(super) sparse: u64,
    /// The fragment block with the content, and the offset in it.
    pub(super) fragment: Option<(u32, u32)>,
    /// An earlier file with the same content, whose blocks are this one's too.
    pub(super) same_as: Option<usize>,
}

impl Contents {
    /// Where the content of an inode is, if it is a regular file.
    pub(super) fn of(&self, inode: InodeIndex) -> Option<&Placement> {
        let placement = self.placements.get(self.of_inode[inode]?)?;
        placement.same_as.map_or(Some(placement), |original| self.placements.get(original))
    }
}

/// How the content is written.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) compression: Compression,
    pub(super) block_size: BlockSize,
    pub(super) pack_tails: bool,
    pub(super) threads: NonZeroUsize,
    #[cfg(feature = "fs")]
    pub(super) cache: Option<BlockCache>,
}

impl Options {
    /// How many blocks may be under way: enough that no thread waits for another, in bounded memory.
    fn window(&self) -> usize {
        let threads = self.threads.get();
        let blocks = WAITING_BYTES >> self.block_size.log();
        blocks.clamp(threads.saturating_mul(2), threads.saturating_mul(8))
    }
}

/// Writes the content of all regular files to `out`, whose next byte is at `start` of the image. Returns where the next
/// byte is then.
pub(super) fn write_contents(
    tree: &Tree,
    options: &Options,
    out: &mut impl Write,
    start: u64,
    progress: &mut dyn FnMut(Progress) -> Result<(), WriteError>,
) -> Result<(Contents, u64), WriteError> {
    let (files, of_inode) = files(tree);
    let same_as = dedup::duplicates(tree, &files, options.threads, progress)?;
    let plan = Plan::new(&files, &same_as, options.block_size, options.pack_tails)?;
    let jobs = plan.jobs(options.block_size);
    let mut contents = Contents {
        of_inode,
        duplicates: u32::try_from(same_as.iter().flatten().count())
            .map_err(|_| WriteError::TooManyInodes)?,
        placements: plan.placements,
        fragments: Vec::with_capacity(plan.fragments.len()),
        cache: None,
    };
    let total = plan.total;
    let (mut done, mut position) = (0, start);
    let pool = Pool::default();
    #[cfg(feature = "fs")]
    let cache = match &options.cache {
        Some(cache) => Some(
            Run::new(cache, options.compression, options.block_size)
                .map_err(WriteError::Compress)?,
        ),
        None => None,
    };
    let source = Source {
        tree,
        files: &files,
        fragments: &plan.fragments,
        #[cfg(feature = "fs")]
        cache: cache.as_ref(),
    };
    let worker = || {
        Worker::new(source, options.compression, options.block_size).map_err(WriteError::Compress)
    };
    let consume = |turn| {
        if let Turn::Done((job, block, bytes)) = turn {
            let bytes: Vec<u8> = bytes;
            contents.place(job, &block, position);
            out.write_all(&bytes).map_err(WriteError::Write)?;
            position += bytes.len() as u64;
            done += block.length;
            pool.give(bytes);
        }
        progress(Progress { phase: Phase::Writing, done, total })
    };
    let work = |worker: &mut Worker<'_>, job: Job, _: &parallel::Wanted<'_>| {
        let mut bytes = pool.take();
        worker.work(&job, &mut bytes).map(|block| (job, block, bytes))
    };
    parallel::in_order(options.threads, options.window(), jobs, worker, work, consume)?;
    #[cfg(feature = "fs")]
    {
        contents.cache = cache.map(Run::finish);
    }
    Ok((contents, position))
}

impl Contents {
    /// Notes where a block is.
    fn place(&mut self, job: Job, block: &Block, position: u64) {
        match job {
            Job::Block { file, index, .. } => {
                if let Some(placement) = self.placements.get_mut(file) {
                    if index == 0 {
                        placement.start = position;
                    }
                    placement.blocks.push(block.size_word);
                    placement.sparse += if block.size_word == 0 { block.length } else { 0 };
                }
            }
            Job::Empty(_) => {}
            Job::Fragment(_) => self.fragments.push((position, block.size_word)),
        }
    }
}

/// The regular files in path order, each inode once, and the number of each inode's file.
fn files(tree: &Tree) -> (Vec<(&Content, InodeIndex)>, PerInode<Option<usize>>) {
    let mut files = Vec::new();
    let mut of_inode = PerInode::like(tree.inodes(), None);
    for entry in tree.entries() {
        if let (Node::File(content), None) = (entry.node(), of_inode[entry.at()]) {
            of_inode[entry.at()] = Some(files.len());
            files.push((content, entry.at()));
        }
    }
    (files, of_inode)
}
