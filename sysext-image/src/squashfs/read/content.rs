use std::{
    collections::{HashSet, VecDeque},
    io::{Read, Seek},
    num::NonZeroUsize,
    sync::Arc,
};

use super::{
    decompressor::Decompressor,
    entries::{ReaderEntries, ReaderEntry},
    error::{ReadError, ReadErrorKind},
    file::{Piece, Pieces},
    reader::{Reader, Shared},
};
use crate::{
    squashfs::parallel::{self, Turn, Wanted},
    tree::Node,
};

/// How many bytes of decompressed blocks may wait for those before them.
const WAITING_BYTES: usize = 16 << 20;
/// How many fragment blocks are at hand: files that share one mostly lie beside each other.
const FRAGMENTS: usize = 8;
/// How many entries, holes and tails are in a job at most.
const MOST_LIGHT: usize = 64;
/// How many bytes of paths and link targets are in a job when it takes no more of them.
const MOST_LIGHT_BYTES: usize = 16 << 10;

/// What an image holds, one thing after the other.
pub(crate) enum Item<'a> {
    /// The next entry. If it is a file, its content follows.
    Entry(ReaderEntry),
    /// The next bytes of the file.
    Block(&'a [u8]),
    /// So many zeros.
    Hole(u64),
}

/// What needs no work, and the block behind it: a job for a few bytes would cost more than it saves.
#[derive(Default)]
struct Job {
    light: Vec<Light>,
    block: Option<Block>,
}

/// What is there without work.
enum Light {
    Entry(ReaderEntry),
    Hole(u64),
    /// A part of a fragment block that came before.
    Tail {
        fragment: u32,
        offset: usize,
        length: usize,
    },
}

/// What is decompressed.
enum Block {
    /// A block of a file, of which this length counts.
    File { start: u64, word: u32, length: usize },
    /// A fragment block that the next files have their ends in.
    Fragment(u32),
}

struct Done {
    light: Vec<Light>,
    block: Option<(Block, Vec<u8>)>,
}

impl<R: Read + Seek + Send + 'static> Reader<R> {
    /// Hands over all entries with their content in path order. Several threads decompress.
    pub(crate) fn for_each<E: From<ReadError> + Send>(
        &self,
        threads: NonZeroUsize,
        consume: impl FnMut(Item<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.for_each(threads, consume)
    }
}

impl<R: Read + Seek + Send + 'static> Shared<R> {
    /// Hands over all entries with their content in path order. Several threads decompress.
    fn for_each<E: From<ReadError> + Send>(
        self: &Arc<Self>,
        threads: NonZeroUsize,
        mut consume: impl FnMut(Item<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let window = WAITING_BYTES / self.block_size();
        let window = window.clamp(threads.get() * 2, threads.get() * 16);
        let state = || {
            let state = Decompressor::new(self.superblock.compression);
            state.map_err(|kind| ReadError::new("superblock", kind).into())
        };
        let work = |state: &mut Decompressor, job: Result<Job, ReadError>, _: &Wanted<'_>| {
            self.work(state, job?).map_err(E::from)
        };
        let mut fragments: VecDeque<(u32, Vec<u8>)> = VecDeque::new();
        parallel::in_order(threads, window, Jobs::new(self), state, work, |turn| {
            let Turn::Done(Done { light, block }) = turn else { return Ok(()) };
            for light in light {
                match light {
                    Light::Entry(entry) => consume(Item::Entry(entry))?,
                    Light::Hole(length) => consume(Item::Hole(length))?,
                    Light::Tail { fragment, offset, length } => {
                        let block = fragments.iter().find(|(number, _)| *number == fragment);
                        let tail = block
                            .and_then(|(_, block)| block.get(offset..offset.checked_add(length)?));
                        consume(Item::Block(tail.ok_or_else(too_short)?))?;
                    }
                }
            }
            match block {
                None => Ok(()),
                Some((Block::File { length, .. }, content)) => {
                    consume(Item::Block(content.get(..length).ok_or_else(too_short)?))
                }
                Some((Block::Fragment(number), content)) => {
                    fragments.push_back((number, content));
                    if fragments.len() > FRAGMENTS {
                        fragments.pop_front();
                    }
                    Ok(())
                }
            }
        })
    }

    fn work(
        &self,
        decompressor: &mut Decompressor,
        Job { light, block }: Job,
    ) -> Result<Done, ReadError> {
        let Some(block) = block else { return Ok(Done { light, block: None }) };
        let (part, (start, word)) = match block {
            Block::File { start, word, .. } => ("file", (start, word)),
            Block::Fragment(number) => ("fragment", self.fragment_place(number)?),
        };
        let content = self.data_block(part, start, word, decompressor)?;
        Ok(Done { light, block: Some((block, content)) })
    }
}

fn too_short() -> ReadError {
    ReadError::new("file", ReadErrorKind::corrupt("a block of it is shorter than the file"))
}

/// The jobs of all entries in path order. Each inode's content comes with its first name.
struct Jobs<R> {
    reader: Arc<Shared<R>>,
    entries: ReaderEntries<R>,
    file: Option<Pieces<R>>,
    seen: HashSet<u32>,
    /// The fragment blocks that the consumer has at hand when it is there.
    fragments: VecDeque<u32>,
    /// What waits for the fragment block that was asked for.
    tail: Option<Light>,
    /// What comes behind the jobs before it.
    error: Option<ReadError>,
}

impl<R: Read + Seek + Send + 'static> Jobs<R> {
    fn new(reader: &Arc<Shared<R>>) -> Self {
        Self {
            reader: Arc::clone(reader),
            entries: ReaderEntries::new(Arc::clone(reader)),
            file: None,
            seen: HashSet::new(),
            fragments: VecDeque::new(),
            tail: None,
            error: None,
        }
    }
}

impl<R: Read + Seek + Send + 'static> Jobs<R> {
    /// Fills the job up to the next block; false at the end.
    fn fill(&mut self, job: &mut Job) -> Result<bool, ReadError> {
        job.light.extend(self.tail.take());
        let mut bytes = 0;
        while job.light.len() < MOST_LIGHT && bytes < MOST_LIGHT_BYTES {
            let Some(file) = &mut self.file else {
                let Some(entry) = self.entries.next().transpose()? else { return Ok(false) };
                if let Node::File(content) = entry.node()
                    && (entry.nlink() < 2 || self.seen.insert(entry.inode_number()))
                {
                    let reader = Arc::clone(&self.reader);
                    self.file = Some(Pieces::new(reader, content.len(), entry.inode.data));
                }
                bytes += entry.path().as_bytes().len();
                if let Node::Symlink(target) = entry.node() {
                    bytes += target.len();
                }
                job.light.push(Light::Entry(entry));
                continue;
            };
            match file.next()? {
                None => self.file = None,
                Some(Piece::Hole(length)) => job.light.push(Light::Hole(length as u64)),
                Some(Piece::Block { start, word, length }) => {
                    job.block = Some(Block::File { start, word, length });
                    return Ok(true);
                }
                Some(Piece::Tail { fragment, offset, length }) => {
                    let tail = Light::Tail { fragment, offset, length };
                    if self.fragments.contains(&fragment) {
                        job.light.push(tail);
                        continue;
                    }
                    self.fragments.push_back(fragment);
                    if self.fragments.len() > FRAGMENTS {
                        self.fragments.pop_front();
                    }
                    self.tail = Some(tail);
                    job.block = Some(Block::Fragment(fragment));
                    return Ok(true);
                }
            }
        }
        Ok(true)
    }
}

/// What comes before an error is handed over before it.
impl<R: Read + Seek + Send + 'static> Iterator for Jobs<R> {
    type Item = Result<Job, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        let mut job = Job::default();
        match self.fill(&mut job) {
            Ok(false) if job.light.is_empty() => None,
            Ok(_) => Some(Ok(job)),
            Err(error) if job.light.is_empty() => Some(Err(error)),
            Err(error) => {
                self.error = Some(error);
                Some(Ok(job))
            }
        }
    }
}
