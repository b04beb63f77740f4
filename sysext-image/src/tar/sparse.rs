use std::io::Read;

use super::{
    TarErrorKind,
    header::BLOCK,
    members::Members,
    pax::{SparseRecords, decimal},
};

/// Where parts of a file are in it, and how long they are.
pub(super) type Parts = Vec<(u64, u64)>;

/// Which parts of a file with holes are in the archive.
#[derive(Debug)]
pub(super) struct SparseMap {
    /// The length of the file with its holes.
    pub(super) length: u64,
    /// What is not a hole: ascending, without overlap, none is empty.
    pub(super) parts: Parts,
}

impl SparseMap {
    /// A map that fits a file of which `stored` bytes are in the archive.
    pub(super) fn new(
        length: u64,
        parts: impl IntoIterator<Item = (u64, u64)>,
        stored: u64,
    ) -> Result<Self, TarErrorKind> {
        let mut kept = Vec::new();
        let (mut end, mut sum) = (0_u64, 0_u64);
        for (at, part) in parts {
            let part_end = at.checked_add(part).filter(|end| *end <= length);
            let part_end = part_end.filter(|_| at >= end).ok_or(TarErrorKind::SparseMap)?;
            end = part_end;
            // No overflow: the parts are in the file, and apart.
            sum += part;
            if part > 0 {
                kept.push((at, part));
            }
        }
        if sum != stored {
            return Err(TarErrorKind::SparseMap);
        }
        Ok(Self { length, parts: kept })
    }

    /// The map that the records of a pax header give, or that is at the beginning of the content.
    pub(super) fn of_records<R: Read>(
        records: SparseRecords,
        members: &mut Members<'_, R>,
    ) -> Result<Option<Self>, TarErrorKind> {
        let numbers = match (records.major, records.minor) {
            (None | Some(0), None | Some(0 | 1)) => match records.map {
                Some(numbers) => numbers,
                None if records.size.is_none() => return Ok(None),
                None => records.numbers,
            },
            (Some(1), Some(0)) => numbers_in_content(members)?,
            _ => return Err(TarErrorKind::SparseMap),
        };
        let (pairs, []) = numbers.as_chunks::<2>() else {
            return Err(TarErrorKind::SparseMap);
        };
        let length = records.size.ok_or(TarErrorKind::SparseMap)?;
        Self::new(length, pairs.iter().map(|[at, part]| (*at, *part)), members.left()).map(Some)
    }
}

/// Format 1.0: a number of pairs and the pairs, each number on a line of its own, padded to whole blocks.
fn numbers_in_content<R: Read>(members: &mut Members<'_, R>) -> Result<Vec<u64>, TarErrorKind> {
    let (mut numbers, mut line) = (Vec::new(), Vec::new());
    let mut expected = None;
    let mut read = 0;
    while expected.is_none_or(|expected| (numbers.len() as u64) < expected) {
        read += BLOCK as u64;
        if read > members.limits().extension {
            return Err(TarErrorKind::ExtensionLimit { most: members.limits().extension });
        }
        let mut block = [0; BLOCK];
        members.read_exact(&mut block)?;
        for byte in block {
            if expected.is_some_and(|expected| numbers.len() as u64 == expected) {
                break;
            }
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let number = decimal(&line).ok_or(TarErrorKind::SparseMap)?;
            line.clear();
            if expected.is_none() {
                expected = Some(number.checked_mul(2).ok_or(TarErrorKind::SparseMap)?);
            } else {
                numbers.push(number);
            }
        }
    }
    Ok(numbers)
}
