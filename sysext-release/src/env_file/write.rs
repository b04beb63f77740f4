use std::fmt::{self, Write};

use thiserror::Error;

use super::{MAX_BYTES, error::is_noncharacter};

/// Writes `KEY=value` lines that [`parse`](super::parse) reads back as they were.
///
/// Values stand in double quotes only where a shell that sources the file needs them. Keys are
/// written as they are, and systemd takes any: a shell must not source a file whose keys nobody
/// knows.
///
/// ```
/// use sysext_release::env_file;
///
/// let file = env_file::write([("ID", "debian"), ("NAME", "Debian \"trixie\"")])?;
/// assert_eq!(file, "ID=debian\nNAME=\"Debian \\\"trixie\\\"\"\n");
/// # Ok::<(), env_file::WriteError>(())
/// ```
pub fn write<'a>(
    assignments: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<String, WriteError> {
    let (mut file, mut room) = (String::new(), MAX_BYTES);
    for (key, value) in assignments {
        let line = Line::checked(key, value, &mut room)?;
        // Writing to a string cannot fail.
        let _ = writeln!(file, "{line}");
    }
    Ok(file)
}

/// An assignment that no file can hold, since it would read back as another one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot write {key:?}: {kind}")]
pub struct WriteError {
    kind: WriteErrorKind,
    key: Box<str>,
}

impl WriteError {
    /// What is wrong.
    pub fn kind(&self) -> WriteErrorKind {
        self.kind
    }

    /// The key of the assignment.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// The kinds of [`WriteError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// The key is empty.
    #[error("the key is empty")]
    EmptyKey,
    /// The key begins with a blank, a line end or a comment character.
    #[error("the key begins with {character:?}")]
    #[non_exhaustive]
    KeyBegin {
        /// The character.
        character: char,
    },
    /// The key ends in a blank, which would be dropped.
    #[error("the key ends in {character:?}")]
    #[non_exhaustive]
    KeyEnd {
        /// The blank.
        character: char,
    },
    /// The key holds a line end, a NUL, a noncharacter, or a `=` behind its first character.
    #[error("the key holds {character:?}")]
    #[non_exhaustive]
    KeyCharacter {
        /// The first such character.
        character: char,
    },
    /// The value holds a NUL or a noncharacter.
    #[error("the value holds {character:?}")]
    #[non_exhaustive]
    ValueCharacter {
        /// The first such character.
        character: char,
    },
    /// The file would be larger than [`MAX_BYTES`].
    #[error("the file would be larger than {MAX_BYTES} bytes")]
    TooLarge,
}

/// An assignment as it stands on its line, quoted where needed, that reads back as it is.
pub(crate) struct Line<'a> {
    key: &'a str,
    value: &'a str,
}

impl<'a> Line<'a> {
    /// Takes the bytes of the line from `room`, which is what the file has left.
    pub(crate) fn checked(
        key: &'a str,
        value: &'a str,
        room: &mut usize,
    ) -> Result<Self, WriteError> {
        let line = Self::known(key, value);
        let value_fault =
            || unwritable(value).map(|character| WriteErrorKind::ValueCharacter { character });
        match (key_fault(key).or_else(value_fault), room.checked_sub(line.length())) {
            (Some(kind), _) => Err(WriteError { kind, key: key.into() }),
            (None, None) => Err(WriteError { kind: WriteErrorKind::TooLarge, key: key.into() }),
            (None, Some(left)) => {
                *room = left;
                Ok(line)
            }
        }
    }

    /// The line of an assignment that was read, or checked before.
    pub(crate) const fn known(key: &'a str, value: &'a str) -> Self {
        Self { key, value }
    }

    fn is_plain(&self) -> bool {
        self.value.bytes().all(is_plain)
    }

    /// How many bytes it has with its line end.
    fn length(&self) -> usize {
        let quoting = if self.is_plain() {
            0
        } else {
            "\"\"".len() + self.value.chars().filter(|&character| is_escaped(character)).count()
        };
        [self.key.len(), "=".len(), self.value.len(), quoting, "\n".len()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.key)?;
        if self.is_plain() {
            return f.write_str(self.value);
        }
        f.write_char('"')?;
        for part in self.value.split_inclusive(is_escaped) {
            let mut characters = part.chars();
            if let Some(last) = characters.next_back().filter(|&c| is_escaped(c)) {
                write!(f, "{}\\{last}", characters.as_str())?;
            } else {
                f.write_str(part)?;
            }
        }
        f.write_char('"')
    }
}

fn key_fault(key: &str) -> Option<WriteErrorKind> {
    let mut characters = key.chars();
    let Some(first) = characters.next() else { return Some(WriteErrorKind::EmptyKey) };
    if matches!(first, ' ' | '\t' | '\n' | '\r' | '#' | ';') {
        return Some(WriteErrorKind::KeyBegin { character: first });
    }
    let cut = characters.find(|c| matches!(c, '\n' | '\r' | '='));
    if let Some(character) = unwritable(key).or(cut) {
        return Some(WriteErrorKind::KeyCharacter { character });
    }
    let last = key.chars().next_back().filter(|&c| matches!(c, ' ' | '\t'));
    last.map(|character| WriteErrorKind::KeyEnd { character })
}

/// What no reader takes, in keys or values.
fn unwritable(text: &str) -> Option<char> {
    if text.contains('\0') {
        Some('\0')
    } else if text.is_ascii() {
        None
    } else {
        text.chars().find(|&character| is_noncharacter(character))
    }
}

/// Whether no shell sees anything in the byte, wherever in a value it stands; `~` is none of these.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'%' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'@' | b'_')
}

fn is_escaped(character: char) -> bool {
    matches!(character, '"' | '$' | '\\' | '`')
}
