use std::{collections::BTreeMap, num::NonZeroUsize};

use super::{error::WriteError, parallel};
use crate::tree::Content;

/// How many bytes of a file are hashed at a time.
const CHUNK: usize = 128 * 1024;

/// Finds files of equal content: for each file, the first one before it with the same content.
///
/// Only files whose sizes collide are read. Equal means: all 256 bits of a BLAKE3 digest of the whole content.
pub(crate) fn duplicates(
    files: &[(&Content, usize)],
    threads: NonZeroUsize,
    path_of: impl Fn(usize) -> crate::tree::EntryPath + Sync,
    mut hashed: impl FnMut(u64) -> Result<(), WriteError>,
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
    let mut same_as = vec![None; files.len()];
    let mut first = BTreeMap::new();
    let work = |buffer: &mut Vec<u8>, (number, (content, inode)): (usize, &(&Content, usize))| {
        let digest = digest(content, buffer)
            .map_err(|error| WriteError::content(error, || path_of(*inode)))?;
        Ok((number, content.len(), digest))
    };
    let consume = |(number, length, digest): (usize, u64, [u8; 32])| {
        let original = *first.entry((length, digest)).or_insert(number);
        if original != number
            && let Some(entry) = same_as.get_mut(number)
        {
            *entry = Some(original);
        }
        hashed(length)
    };
    let window = threads.get().saturating_mul(8);
    let state = || Ok(vec![0; CHUNK]);
    parallel::in_order(threads, window, candidates.into_iter(), state, work, consume)?;
    Ok(same_as)
}

fn digest(content: &Content, buffer: &mut [u8]) -> Result<[u8; 32], crate::tree::ContentError> {
    let open = content.open()?;
    let mut hasher = blake3::Hasher::new();
    let mut offset = 0;
    while offset < content.len() {
        let left = usize::try_from(content.len() - offset).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        let chunk = buffer.get_mut(..length).unwrap_or_default();
        open.read_exact_at(chunk, offset)?;
        hasher.update(chunk);
        offset += length as u64;
    }
    Ok(hasher.finalize().into())
}
