use std::{borrow::Borrow, fmt, str::FromStr};

use thiserror::Error;

/// The longest path and the longest link target that Linux takes, in bytes.
pub(crate) const PATH_MAX: usize = 4095;
/// The longest name of one directory entry, in bytes.
const NAME_MAX: usize = 255;

/// A path inside an image: names of 1 to 255 bytes with a slash between each two, without `.` and `..`, 4095 bytes at
/// most. It begins with no slash, and the root has none.
///
/// `Display` shows bytes that are no UTF-8 as `�`; `Debug` quotes and escapes, so that no two paths look alike.
///
/// ```
/// use sysext_image::EntryPath;
///
/// let path: EntryPath = "usr/bin/hello".parse()?;
/// assert_eq!(path.to_string(), "usr/bin/hello");
///
/// let error = "/usr".parse::<EntryPath>().unwrap_err();
/// assert_eq!(error.to_string(), r#"invalid path "/usr": it begins with a slash"#);
/// # Ok::<(), sysext_image::InvalidPathError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Box<[u8]>);

impl EntryPath {
    /// A path that is known to be valid, since it was made of valid names.
    pub(crate) fn of_names(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it leads through this other one.
    #[cfg(feature = "tar")]
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        self.0.strip_prefix(&*other.0).is_some_and(|rest| rest.starts_with(b"/"))
    }
}

impl TryFrom<&[u8]> for EntryPath {
    type Error = InvalidPathError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        match fault(bytes) {
            Some(kind) => Err(InvalidPathError { path: bytes.into(), kind }),
            None => Ok(Self(bytes.into())),
        }
    }
}

impl FromStr for EntryPath {
    type Err = InvalidPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.as_bytes().try_into()
    }
}

impl AsRef<[u8]> for EntryPath {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for EntryPath {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(&self.0), f)
    }
}

/// Bytes that are no path inside an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPathError {
    path: Box<[u8]>,
    kind: InvalidPathErrorKind,
}

impl InvalidPathError {
    /// What was given.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// What is wrong in it.
    pub fn kind(&self) -> InvalidPathErrorKind {
        self.kind
    }
}

impl fmt::Display for InvalidPathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            InvalidPathErrorKind::Empty | InvalidPathErrorKind::TooLong { .. } => {
                write!(f, "invalid path: {}", self.kind)
            }
            kind => write!(f, "invalid path {}: {kind}", Quoted(&self.path)),
        }
    }
}

impl std::error::Error for InvalidPathError {}

/// What is wrong in an [`InvalidPathError`]. A place is in bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidPathErrorKind {
    /// A slash at its beginning: paths are relative to the root of the image.
    #[error("it begins with a slash")]
    Absolute,
    /// A name that is `.` or `..`.
    #[error("the name at byte {at} is \".\" or \"..\"")]
    #[non_exhaustive]
    Dots {
        /// Where the name begins.
        at: usize,
    },
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// Two slashes with nothing between them, or a slash at its end.
    #[error("the name at byte {at} is empty")]
    #[non_exhaustive]
    EmptyName {
        /// Where the name would begin.
        at: usize,
    },
    /// A name that is longer than 255 bytes.
    #[error("the name at byte {at} has {length} bytes, more than 255")]
    #[non_exhaustive]
    NameTooLong {
        /// Where the name begins.
        at: usize,
        /// The length of the name in bytes.
        length: usize,
    },
    /// A NUL byte.
    #[error("NUL at byte {at}")]
    #[non_exhaustive]
    Nul {
        /// Where it is.
        at: usize,
    },
    /// More than 4095 bytes.
    #[error("it has {length} bytes, more than 4095")]
    #[non_exhaustive]
    TooLong {
        /// The length in bytes.
        length: usize,
    },
}

pub(super) fn fault(path: &[u8]) -> Option<InvalidPathErrorKind> {
    if path.is_empty() {
        return Some(InvalidPathErrorKind::Empty);
    }
    if path.len() > PATH_MAX {
        return Some(InvalidPathErrorKind::TooLong { length: path.len() });
    }
    if let Some(at) = path.iter().position(|byte| *byte == 0) {
        return Some(InvalidPathErrorKind::Nul { at });
    }
    if path.starts_with(b"/") {
        return Some(InvalidPathErrorKind::Absolute);
    }
    let mut at = 0;
    path.split(|byte| *byte == b'/').find_map(|name| {
        let begin = at;
        at += name.len() + 1;
        match name {
            b"" => Some(InvalidPathErrorKind::EmptyName { at: begin }),
            b"." | b".." => Some(InvalidPathErrorKind::Dots { at: begin }),
            name if name.len() > NAME_MAX => {
                Some(InvalidPathErrorKind::NameTooLong { at: begin, length: name.len() })
            }
            _ => None,
        }
    })
}

/// Bytes of a name as text in quotes: what is no UTF-8 and no printable character is escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for chunk in self.0.utf8_chunks() {
            write!(f, "{}{}", chunk.valid().escape_debug(), chunk.invalid().escape_ascii())?;
        }
        f.write_str("\"")
    }
}
