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

/// What an image holds, one thing after the other.
pub(crate) enum Item<'a> {
    /// The next entry. If it is a file, its content follows.
    Entry(ReaderEntry),
    /// The next bytes of the file.
    Block(&'a [u8]),
    /// So many zeros.
    Hole(u64),
}

enum Job {
    Entry(Box<ReaderEntry>),
    Block {
        start: u64,
        word: u32,
        length: usize,
    },
    Hole(u64),
    /// A fragment block that the next files have their ends in.
    Fragment(u32),
    /// A part of a fragment block that came before.
    Tail {
        fragment: u32,
        offset: usize,
        length: usize,
    },
}

enum Done {
    Entry(Box<ReaderEntry>),
    Block { content: Vec<u8>, length: usize },
    Hole(u64),
    Fragment { number: u32, content: Vec<u8> },
    Tail { fragment: u32, offset: usize, length: usize },
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
        let mut fragments: VecDeque<(u32, Arc<[u8]>)> = VecDeque::new();
        parallel::in_order(threads, window, Jobs::new(self), state, work, |turn| {
            let Turn::Done(done) = turn else { return Ok(()) };
            match done {
                Done::Entry(entry) => consume(Item::Entry(*entry)),
                Done::Hole(length) => consume(Item::Hole(length)),
                Done::Block { content, length } => match content.get(..length) {
                    Some(block) => consume(Item::Block(block)),
                    None => Err(too_short().into()),
                },
                Done::Fragment { number, content } => {
                    fragments.push_back((number, content.into()));
                    if fragments.len() > FRAGMENTS {
                        fragments.pop_front();
                    }
                    Ok(())
                }
                Done::Tail { fragment, offset, length } => {
                    let block = fragments.iter().find(|(number, _)| *number == fragment);
                    let tail =
                        block.and_then(|(_, block)| block.get(offset..offset.checked_add(length)?));
                    tail.map_or_else(|| Err(too_short().into()), |tail| consume(Item::Block(tail)))
                }
            }
        })
    }

    fn work(&self, decompressor: &mut Decompressor, job: Job) -> Result<Done, ReadError> {
        Ok(match job {
            Job::Entry(entry) => Done::Entry(entry),
            Job::Hole(length) => Done::Hole(length),
            Job::Tail { fragment, offset, length } => Done::Tail { fragment, offset, length },
            Job::Block { start, word, length } => {
                let content = self.data_block("file", start, word, decompressor)?;
                Done::Block { content, length }
            }
            Job::Fragment(number) => {
                let (start, word) = self.fragment_place(number)?;
                let content = self.data_block("fragment", start, word, decompressor)?;
                Done::Fragment { number, content }
            }
        })
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
    next: Option<Job>,
}

impl<R: Read + Seek + Send + 'static> Jobs<R> {
    fn new(reader: &Arc<Shared<R>>) -> Self {
        Self {
            reader: Arc::clone(reader),
            entries: ReaderEntries::new(Arc::clone(reader)),
            file: None,
            seen: HashSet::new(),
            fragments: VecDeque::new(),
            next: None,
        }
    }
}

impl<R: Read + Seek + Send + 'static> Iterator for Jobs<R> {
    type Item = Result<Job, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(job) = self.next.take() {
            return Some(Ok(job));
        }
        if let Some(file) = &mut self.file {
            match file.next() {
                Err(error) => {
                    self.file = None;
                    return Some(Err(error));
                }
                Ok(Some(Piece::Block { start, word, length })) => {
                    return Some(Ok(Job::Block { start, word, length }));
                }
                Ok(Some(Piece::Hole(length))) => return Some(Ok(Job::Hole(length as u64))),
                Ok(Some(Piece::Tail { fragment, offset, length })) => {
                    let tail = Job::Tail { fragment, offset, length };
                    if self.fragments.contains(&fragment) {
                        return Some(Ok(tail));
                    }
                    self.fragments.push_back(fragment);
                    if self.fragments.len() > FRAGMENTS {
                        self.fragments.pop_front();
                    }
                    self.next = Some(tail);
                    return Some(Ok(Job::Fragment(fragment)));
                }
                Ok(None) => self.file = None,
            }
        }
        let entry = match self.entries.next()? {
            Err(error) => return Some(Err(error)),
            Ok(entry) => entry,
        };
        if let Node::File(content) = entry.node()
            && (entry.nlink() < 2 || self.seen.insert(entry.inode_number()))
        {
            let reader = Arc::clone(&self.reader);
            self.file = Some(Pieces::new(reader, content.len(), entry.inode.data));
        }
        Some(Ok(Job::Entry(Box::new(entry))))
    }
}
