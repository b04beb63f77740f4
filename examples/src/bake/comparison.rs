use std::{fmt, fs::File, path::Path};

use sysext_image::{
    Extension,
    cross_check::{CrossCheck, CrossCheckError, Report, Unchecked},
};

use super::BakeError;
use crate::progress::WriteProgress;

/// How many disagreements a message has room for.
const SHOWN: usize = 8;

/// Reads an image again, with two readers, and compares it with what should be in it.
pub(super) fn compare(
    image: &Path,
    extension: &Extension,
    out: &Path,
    progress: &mut WriteProgress,
) -> Result<Agreement, BakeError> {
    let file =
        File::open(image).map_err(|source| BakeError::Input { path: image.to_owned(), source })?;
    let result = CrossCheck::new().run(extension.tree(), file, |state| {
        progress.show_bytes("comparing", state.done, state.total)
    });
    progress.finish();
    let Report { entries, disagreements, unchecked, .. } = result.map_err(|error| match error {
        CrossCheckError::Cancelled => BakeError::Interrupted { directory: out.to_owned() },
        error => error.into(),
    })?;
    if disagreements.is_empty() {
        return Ok(Agreement { entries, unchecked });
    }
    let left_out = disagreements.len().saturating_sub(SHOWN);
    let shown = disagreements.iter().take(SHOWN).map(ToString::to_string);
    Err(BakeError::Disagreement { shown: shown.collect(), left_out })
}

/// An image that is as it should be.
#[derive(Debug)]
pub(super) struct Agreement {
    /// None if one reader alone has read it.
    entries: u64,
    unchecked: Vec<Unchecked>,
}

/// One line.
impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entries {
            0 => f.write_str("as read again with sysext-image alone")?,
            entries => write!(f, "{entries} entries are the same when backhand reads them")?,
        }
        self.unchecked.iter().try_for_each(|unchecked| write!(f, "; {unchecked}"))
    }
}
