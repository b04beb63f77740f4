use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Reads a file, but no more than one byte over `most`: whoever parses it then says that it is too large.
///
/// A device such as `/dev/zero` ends too.
pub(crate) fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
