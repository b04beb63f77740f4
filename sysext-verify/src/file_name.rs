use std::{borrow::Borrow, fmt, str::FromStr};

use thiserror::Error;

/// The longest file name that Linux and systemd know, in bytes.
const LONGEST: usize = 255;

/// A file name that can stand in a manifest, for systemd 257 and 262 alike.
///
/// One bad name costs a publisher all clients, since systemd refuses the whole manifest for it. Refused are: the empty
/// name, `.` and `..`, more than 255 bytes, `/` (systemd 262 takes relative paths, 257 does not), `%` (257 takes it,
/// 262 does not), the ASCII control characters, and the Unicode noncharacters, which are not UTF-8 for systemd.
/// Everything else is a name, blanks at either end and bidirectional marks too: quote a name before a terminal sees it.
///
/// ```
/// use sysext_verify::FileName;
///
/// let name: FileName = "kubernetes-v1.34.1-x86-64.raw".parse()?;
/// assert_eq!(name.as_str(), "kubernetes-v1.34.1-x86-64.raw");
///
/// let error = "../kubernetes.raw".parse::<FileName>().unwrap_err();
/// assert_eq!(error.to_string(), "'/' at byte 2 cannot stand in a file name");
/// # Ok::<(), sysext_verify::FileNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(Box<str>);

impl FileName {
    /// The name as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for FileName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(FileNameError::Empty);
        }
        if matches!(text, "." | "..") {
            return Err(FileNameError::Dots);
        }
        if text.len() > LONGEST {
            return Err(FileNameError::TooLong { found: text.len() });
        }
        match text.char_indices().find(|(_, character)| is_refused(*character)) {
            Some((at, found)) => Err(FileNameError::Character { found, at }),
            None => Ok(Self(text.into())),
        }
    }
}

/// The text is no file name that a manifest can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FileNameError {
    /// There is no name.
    #[error("file name is empty")]
    Empty,
    /// The name is that of a directory itself or of the one above.
    #[error("file name is \".\" or \"..\"")]
    Dots,
    /// The name is longer than a file system stores.
    #[error("file name has {found} bytes, expected at most 255")]
    TooLong {
        /// The length of the name in bytes.
        found: usize,
    },
    /// The name holds a character for which systemd refuses the manifest.
    #[error("{found:?} at byte {at} cannot stand in a file name")]
    Character {
        /// The first such character.
        found: char,
        /// Its place in the name, in bytes from 0.
        at: usize,
    },
}

fn is_refused(character: char) -> bool {
    let noncharacter =
        matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe;
    noncharacter || character.is_ascii_control() || matches!(character, '/' | '%')
}
