use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    error::WriteError,
    plan::Files,
    progress::{Phase, Progress},
    worker::named,
};
use crate::squashfs::parallel::{self, Turn, Wanted};
use crate::tree::{Content, ContentError, InodeIndex, Tree};

/// How many bytes of a file are hashed at a time.
const CHUNK: usize = 128 * 1024;

/// Finds files of equal content: for each file, the first one before it with the same content.
///
/// Only files whose sizes collide are read. Equal means: all 256 bits of a BLAKE3 digest of the whole content.
pub(super) fn duplicates(
    tree: &Tree,
    files: &Files<'_>,
    threads: NonZeroUsize,
    progress: &mut dyn FnMut(Progress) -> Result<(), WriteError>,
) -> Result<Vec<Option<usize>>, WriteError> {
    let mut sizes = BTreeMap::new();
    for (content, _) in files {
        *sizes.entry(content.len()).or_insert(0_usize) += 1;
    }
    let candidates: Vec<_> = files
        .iter()
        .enumerate()
        .filter(|(_, (content, _))| {
            !content.is_empty() && sizes.get(&content.len()).is_some_and(|count| *count > 1)
        })
        .collect();
    let total =
        candidates.iter().map(|(_, (content, _))| content.len()).fold(0, u64::saturating_add);
    let hashed = AtomicU64::new(0);
    let mut same_as = vec![None; files.len()];
    let mut first = BTreeMap::new();
    let work =
        |buffer: &mut Vec<u8>, job: (usize, &(&Content, InodeIndex)), wanted: &Wanted<'_>| {
            let (number, (content, inode)) = job;
            let digest = digest(content, buffer, &hashed, wanted);
            let digest = digest.map_err(|error| named(tree, *inode, error))?;
            Ok((number, content.len(), digest))
        };
    let consume = |turn| {
        if let Turn::Done((number, length, digest)) = turn {
            let original = *first.entry((length, digest)).or_insert(number);
            if let Some(entry) = same_as.get_mut::<usize>(number)
                && original != number
            {
                *entry = Some(original);
            }
        }
        let done = hashed.load(Ordering::Relaxed);
        progress(Progress { phase: Phase::Deduplicating, done, total })
    };
    let window = threads.get().saturating_mul(8);
    let state = || Ok(vec![0; CHUNK]);
    parallel::in_order(threads, window, candidates.into_iter(), state, work, consume)?;
    Ok(same_as)
}

/// The digest of the whole content; of a part of it, once nobody wants it any more.
fn digest(
    content: &Content,
    buffer: &mut [u8],
    hashed: &AtomicU64,
    wanted: &Wanted<'_>,
) -> Result<[u8; 32], ContentError> {
    let open = content.open()?;
    let mut state = blake3::Hasher::new();
    let mut offset = 0;
    while offset < content.len() && wanted.is_wanted() {
        let left = usize::try_from(content.len() - offset).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let chunk = buffer.get_mut(..length).unwrap_or_default();
        open.read_exact_at(chunk, offset)?;
        state.update(chunk);
        offset += length as u64;
        hashed.fetch_add(length as u64, Ordering::Relaxed);
    }
    Ok(state.finalize().into())
}
