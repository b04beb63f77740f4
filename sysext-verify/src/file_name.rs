use std::{borrow::Borrow, fmt, str::FromStr};

use thiserror::Error;

/// The longest file name that Linux and systemd know, in bytes.
const LIMIT: usize = 255;

/// A file name that can stand in a manifest, for systemd 257 and 262 alike.
///
/// One bad name costs a publisher all clients, since systemd refuses the whole manifest for it.
/// Refused are: the empty name, `.` and `..`, more than 255 bytes, `/` (systemd 262 takes relative
/// paths, 257 does not), `%` (257 takes it, 262 does not), the ASCII control characters, and the
/// Unicode noncharacters, which are not UTF-8 for systemd. Everything else is a name, blanks at
/// either end and bidirectional marks too: quote a name before a terminal sees it.
///
/// ```
/// use sysext_verify::FileName;
///
/// let name: FileName = "kubernetes-v1.34.1-x86-64.raw".parse()?;
/// assert_eq!(name.as_str(), "kubernetes-v1.34.1-x86-64.raw");
///
/// let error = "../kubernetes.raw".parse::<FileName>().unwrap_err();
/// assert_eq!(error.to_string(), r#"invalid file name "../kubernetes.raw": '/' at byte 2"#);
/// # Ok::<(), sysext_verify::InvalidFileNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(Box<str>);

impl FileName {
    /// The name as text.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for FileName {
    fn as_ref(&self) -> &str {
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
    type Err = InvalidFileNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(InvalidFileNameError::Empty);
        }
        if matches!(text, "." | "..") {
            return Err(InvalidFileNameError::Dots { text: text.into() });
        }
        if text.len() > LIMIT {
            return Err(InvalidFileNameError::TooLong { length: text.len() });
        }
        match text.char_indices().find(|(_, character)| is_refused(*character)) {
            Some((at, character)) => {
                Err(InvalidFileNameError::Character { text: text.into(), character, at })
            }
            None => Ok(Self(text.into())),
        }
    }
}

/// The text is no file name that a manifest can hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidFileNameError {
    /// A character for which systemd refuses the manifest.
    #[error("invalid file name {text:?}: {character:?} at byte {at}")]
    #[non_exhaustive]
    Character {
        /// The whole text.
        text: Box<str>,
        /// The first character that does not belong there.
        character: char,
        /// Where it begins, in bytes from 0.
        at: usize,
    },
    /// `.` and `..` are directories.
    #[error("invalid file name {text:?}: it is a directory's own or its parent's")]
    #[non_exhaustive]
    Dots {
        /// The whole text.
        text: Box<str>,
    },
    /// There is no name.
    #[error("invalid file name: it is empty")]
    Empty,
    /// It is longer than a file system stores.
    #[error("invalid file name: it has {length} bytes, more than 255")]
    #[non_exhaustive]
    TooLong {
        /// How many bytes the text has.
        length: usize,
    },
}

fn is_refused(character: char) -> bool {
    let noncharacter =
        matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe;
    noncharacter || character.is_ascii_control() || matches!(character, '/' | '%')
}
