use std::{
    borrow::Borrow,
    fmt,
    str::{self, FromStr},
};

use thiserror::Error;

use crate::{Architecture, env_file::is_noncharacter, version::Version};

/// The longest name in bytes: it is that of a file.
const LIMIT: usize = 255;

/// The name of an extension, as `systemd-sysext list` shows it: that of its image without the
/// suffixes.
///
/// 1 to 255 bytes of UTF-8 without `/`, control characters and Unicode's noncharacters; not `.` or
/// `..`, and not beginning with `.#`. Blanks and most signs are fine for systemd, but see
/// [`unmountable`](Self::unmountable).
///
/// Sorted by bytes, as in `systemd-sysext list`. In a merge the order is that of
/// [`compare`](crate::version::compare). A name is no path and doesn't turn into one by itself.
///
/// ```
/// use sysext_release::{Architecture, ExtensionName};
///
/// let name: ExtensionName = "kubernetes".parse()?;
/// let file = name.published_file_name(&"1.31.4".parse()?, Architecture::X86_64);
/// assert_eq!(file, "kubernetes-1.31.4-x86-64.raw");
/// assert_eq!(
///     "usr/lib".parse::<ExtensionName>().unwrap_err().to_string(),
///     r#"invalid name "usr/lib": '/' at byte 3"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionName(Box<str>);

impl ExtensionName {
    /// The name that these bytes spell, for instance those of a file name.
    pub fn from_bytes(name: &[u8]) -> Result<Self, InvalidNameError> {
        check(name).map(|name| Self(name.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A character of the name that makes the merge of all extensions fail, if there is one.
    ///
    /// `:`, `,` and `\`, and a quote `"` or `'` that isn't closed: they mean something in the
    /// options of the mount, and systemd doesn't escape them well enough. "Failed to merge
    /// hierarchies" is all that it says then. (The same in 257 and 262.)
    ///
    /// ```
    /// use sysext_release::ExtensionName;
    ///
    /// let name: ExtensionName = "team:tools".parse()?;
    /// assert_eq!(name.unmountable(), Some(':'));
    /// # Ok::<(), sysext_release::InvalidNameError>(())
    /// ```
    pub fn unmountable(&self) -> Option<char> {
        let mut open = None;
        for character in self.0.chars() {
            match character {
                ':' | ',' | '\\' => return Some(character),
                '"' | '\'' if open == Some(character) => open = None,
                '"' | '\'' if open.is_none() => open = Some(character),
                _ => {}
            }
        }
        open
    }

    /// The file name of an image as it is published: `NAME-VERSION-ARCHITECTURE.raw`.
    ///
    /// To systemd such a file by itself is an extension of another name. It is reached through a
    /// link or a copy under the [`link_file_name`](Self::link_file_name). It may be longer than the
    /// 255 bytes of a file name.
    pub fn published_file_name(&self, version: &Version, architecture: Architecture) -> String {
        format!("{self}-{version}-{architecture}.raw")
    }

    /// The file name under which systemd finds a raw image by this name: `NAME.raw`.
    pub fn link_file_name(&self) -> String {
        format!("{self}.raw")
    }
}

impl fmt::Display for ExtensionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for ExtensionName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ExtensionName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExtensionName {
    type Err = InvalidNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(text.as_bytes())
    }
}

/// The text is no name of an extension.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidNameError {
    /// A character that no name has: `/`, a control character or a noncharacter of Unicode.
    #[error("invalid name {text:?}: {character:?} at byte {at}")]
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
    #[error("invalid name {text:?}: it is a directory's own or its parent's")]
    #[non_exhaustive]
    Dots {
        /// The whole text.
        text: Box<str>,
    },
    /// There is nothing, or nothing but suffixes.
    #[error("invalid name: it is empty")]
    Empty,
    /// It is not UTF-8.
    #[error("invalid name {text:?}: no UTF-8 from byte {at}")]
    #[non_exhaustive]
    NotUtf8 {
        /// The whole text, with replacement characters.
        text: Box<str>,
        /// Where the first fault is, in bytes from 0.
        at: usize,
    },
    /// `.#` begins the names of lock files and of unfinished downloads.
    #[error("invalid name {text:?}: names that begin with .# are temporary files")]
    #[non_exhaustive]
    Temporary {
        /// The whole text.
        text: Box<str>,
    },
    /// It does not fit into a file name.
    #[error("invalid name: it has {length} bytes, more than the 255 of a file name")]
    #[non_exhaustive]
    TooLong {
        /// How many bytes the text has.
        length: usize,
    },
}

/// The rule of names, without a copy.
pub(crate) fn check(name: &[u8]) -> Result<&str, InvalidNameError> {
    if name.is_empty() {
        return Err(InvalidNameError::Empty);
    }
    if name.len() > LIMIT {
        return Err(InvalidNameError::TooLong { length: name.len() });
    }
    let name = str::from_utf8(name).map_err(|error| InvalidNameError::NotUtf8 {
        text: lossy(name),
        at: error.valid_up_to(),
    })?;
    if matches!(name, "." | "..") {
        return Err(InvalidNameError::Dots { text: name.into() });
    }
    if name.starts_with(".#") {
        return Err(InvalidNameError::Temporary { text: name.into() });
    }
    match name.char_indices().find(|&(_, character)| is_refused(character)) {
        Some((at, character)) => {
            Err(InvalidNameError::Character { text: name.into(), character, at })
        }
        None => Ok(name),
    }
}

/// A name that may not be UTF-8, for people.
pub(crate) fn lossy(name: &[u8]) -> Box<str> {
    String::from_utf8_lossy(name).into()
}

fn is_refused(character: char) -> bool {
    character == '/' || character.is_ascii_control() || is_noncharacter(character)
}
