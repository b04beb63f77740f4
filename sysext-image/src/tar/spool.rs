use std::io::Read;
#[cfg(feature = "fs")]
use std::{fs::File, os::unix::fs::FileExt, sync::Arc};

use super::{TarErrorKind, TarPolicy, members::Members, sparse::SparseMap};
use crate::{
    Content,
    tree::{Piece, Pieces, Store},
};

/// Where content goes while an archive is read: memory as long as there is some left, then a file without a name.
pub(super) struct Spool<'a> {
    policy: &'a TarPolicy,
    memory_left: u64,
    #[cfg(feature = "fs")]
    file: Option<Arc<File>>,
    /// The end of what is in the file.
    #[cfg(feature = "fs")]
    end: u64,
}

const CHUNK: usize = 1 << 16;

impl<'a> Spool<'a> {
    pub(super) fn new(policy: &'a TarPolicy) -> Self {
        Self {
            policy,
            memory_left: policy.limits.memory,
            #[cfg(feature = "fs")]
            file: None,
            #[cfg(feature = "fs")]
            end: 0,
        }
    }

    /// Takes the content of the current member.
    pub(super) fn take<R: Read>(
        &mut self,
        members: &mut Members<'_, R>,
        sparse: Option<SparseMap>,
    ) -> Result<Content, TarErrorKind> {
        let stored = members.left();
        let (store, begin) = if let Some(left) = self.memory_left.checked_sub(stored) {
            self.memory_left = left;
            let bytes = in_memory(members)?;
            if sparse.is_none() {
                return Ok(bytes.into());
            }
            (Store::Memory(bytes.into()), 0)
        } else {
            self.in_file(members)?
        };
        let SparseMap { length, parts } =
            sparse.unwrap_or_else(|| SparseMap { length: stored, parts: vec![(0, stored)] });
        let mut stored_at = begin;
        let pieces = parts.into_iter().map(|(at, length)| {
            let piece = Piece { at, length, stored_at };
            stored_at += length;
            piece
        });
        Ok(Content::of_pieces(Pieces::new(length, pieces.collect(), store)))
    }

    #[cfg(feature = "fs")]
    fn in_file<R: Read>(
        &mut self,
        members: &mut Members<'_, R>,
    ) -> Result<(Store, u64), TarErrorKind> {
        let file = if let Some(file) = &self.file {
            Arc::clone(file)
        } else {
            let file = match &self.policy.spool {
                Some(directory) => tempfile::tempfile_in(directory),
                None => tempfile::tempfile(),
            };
            Arc::clone(self.file.insert(Arc::new(file.map_err(TarErrorKind::Spool)?)))
        };
        let begin = self.end;
        let mut chunk = vec![0; CHUNK];
        while members.left() > 0 {
            let length = members.read(&mut chunk)?;
            let read = chunk.get(..length).unwrap_or_default();
            file.write_all_at(read, self.end).map_err(TarErrorKind::Spool)?;
            self.end += length as u64;
        }
        Ok((Store::File(file), begin))
    }

    #[cfg(not(feature = "fs"))]
    fn in_file<R: Read>(&mut self, _: &mut Members<'_, R>) -> Result<(Store, u64), TarErrorKind> {
        Err(TarErrorKind::MemoryLimit { most: self.policy.limits.memory })
    }
}

/// The content of the current member. Memory is taken for what was read, not for what the header claims.
fn in_memory<R: Read>(members: &mut Members<'_, R>) -> Result<Vec<u8>, TarErrorKind> {
    let mut bytes = Vec::new();
    while members.left() > 0 {
        let begin = bytes.len();
        let chunk = usize::try_from(members.left()).unwrap_or(CHUNK).min(CHUNK.max(begin));
        bytes.resize(begin + chunk, 0);
        members.read(bytes.get_mut(begin..).unwrap_or_default())?;
    }
    Ok(bytes)
}
