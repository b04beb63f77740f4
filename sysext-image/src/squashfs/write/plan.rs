use super::{contents::Placement, error::WriteError};
use crate::squashfs::BlockSize;
use crate::tree::{Content, InodeIndex};

/// The regular files in path order, each inode once.
pub(super) type Files<'a> = [(&'a Content, InodeIndex)];

/// Where everything goes, before the first byte is read: all sizes are known.
pub(super) struct Plan {
    pub(super) placements: Vec<Placement>,
    units: Vec<Unit>,
    /// The ends of files that share each fragment block.
    pub(super) fragments: Vec<Vec<Tail>>,
    /// How many bytes are to be read.
    pub(super) total: u64,
}

/// The end of a file in a fragment block: all of a short one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    pub(super) file: usize,
    /// Where it begins in the file.
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// A run of jobs.
#[derive(Clone, Copy, Debug)]
enum Unit {
    /// So many bytes from the beginning of a file.
    Blocks {
        file: usize,
        size: u64,
    },
    Empty(usize),
    Fragment(usize),
}

impl Plan {
    pub(super) fn new(
        files: &Files<'_>,
        same_as: &[Option<usize>],
        block_size: BlockSize,
        pack_tails: bool,
    ) -> Result<Self, WriteError> {
        let mut plan =
            Self { placements: Vec::new(), units: Vec::new(), fragments: Vec::new(), total: 0 };
        let mut pending = Vec::new();
        let mut pending_bytes = 0;
        for (number, ((content, _), same_as)) in files.iter().zip(same_as).enumerate() {
            let size = content.len();
            let mut placement = Placement { size, same_as: *same_as, ..Placement::default() };
            if size == 0 {
                plan.units.push(Unit::Empty(number));
            } else if same_as.is_none() {
                plan.total = plan.total.saturating_add(size);
                let tail = tail(number, size, block_size, pack_tails);
                let in_blocks = size - tail.map_or(0, |tail| tail.length.into());
                if in_blocks > 0 {
                    plan.units.push(Unit::Blocks { file: number, size: in_blocks });
                }
                if let Some(tail @ Tail { length, .. }) = tail {
                    if pending_bytes + length > block_size.bytes() {
                        plan.finish_fragment(&mut pending);
                        pending_bytes = 0;
                    }
                    let fragment = u32::try_from(plan.fragments.len())
                        .map_err(|_| WriteError::TooManyFragments)?;
                    placement.fragment = Some((fragment, pending_bytes));
                    pending.push(tail);
                    pending_bytes += length;
                }
            }
            plan.placements.push(placement);
        }
        plan.finish_fragment(&mut pending);
        Ok(plan)
    }

    pub(super) fn jobs(&self, block_size: BlockSize) -> impl Iterator<Item = Job> + use<> {
        Jobs { units: self.units.clone().into_iter(), current: None, block_size }
    }

    fn finish_fragment(&mut self, pending: &mut Vec<Tail>) {
        if !pending.is_empty() {
            self.units.push(Unit::Fragment(self.fragments.len()));
            self.fragments.push(std::mem::take(pending));
        }
    }
}

/// What of a file shares a block with others.
fn tail(file: usize, size: u64, block_size: BlockSize, pack: bool) -> Option<Tail> {
    let rest = size % u64::from(block_size.bytes());
    let length = block_size.shorter(rest).filter(|length| *length > 0)?;
    let offset = size - rest;
    // The tail of a longer file is better read with the rest of it.
    (pack || offset == 0).then_some(Tail { file, offset, length })
}

/// One block to read, compress and write, or a file without any to look at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Job {
    Block { file: usize, index: u64, offset: u64, length: usize },
    Empty(usize),
    Fragment(usize),
}

struct Jobs {
    units: std::vec::IntoIter<Unit>,
    /// The file whose blocks are being handed out: number, bytes in blocks, blocks that were.
    current: Option<(usize, u64, u64)>,
    block_size: BlockSize,
}

impl Iterator for Jobs {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        loop {
            if let Some((file, size, index)) = &mut self.current {
                let offset = *index * u64::from(self.block_size.bytes());
                if offset < *size {
                    let left = *size - offset;
                    let length = self.block_size.shorter(left).unwrap_or(self.block_size.bytes());
                    let length = length as usize;
                    let job = Job::Block { file: *file, index: *index, offset, length };
                    *index += 1;
                    return Some(job);
                }
                self.current = None;
            }
            match self.units.next()? {
                Unit::Blocks { file, size } => self.current = Some((file, size, 0)),
                Unit::Empty(file) => return Some(Job::Empty(file)),
                Unit::Fragment(fragment) => return Some(Job::Fragment(fragment)),
            }
        }
    }
}
