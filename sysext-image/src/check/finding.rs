use std::fmt;

use super::FindingKind;
use crate::tree::EntryPath;

/// Something that goes wrong with an image at run time, or may surprise.
///
/// `Display` is one sentence: what happens, and where there is a way out, which.
///
/// With the feature `serde`, an object of `code`, `severity`, `path` (null where it is not of one entry) and `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The entry that it is of, if it is of one.
    pub path: Option<EntryPath>,
    /// What it is.
    pub kind: FindingKind,
}

impl Finding {
    pub(super) fn new(path: Option<EntryPath>, kind: FindingKind) -> Self {
        Self { severity: kind.severity(), path, kind }
    }

    /// A name that stays as it is: see [`FindingKind::code`].
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path:?}: ")?;
        }
        write!(f, "{}", self.kind)
    }
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// It surprises, or is dangerous on some hosts.
    Warning,
    /// The merge fails, the image is passed over, or the host is broken.
    Error,
}

impl Severity {
    /// `info`, `warning` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
