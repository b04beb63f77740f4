use std::fmt::{self, Write};

use thiserror::Error;

use super::{MAX_BYTES, error::is_noncharacter};

/// Writes `KEY=value` lines that [`parse`](super::parse) reads back as they were.
///
/// Values stand in double quotes only where a shell that sources the file needs them. Keys are written as they are, and
/// systemd takes any: a shell must not source a file whose keys nobody knows.
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
    let mut file = String::new();
    for (key, value) in assignments {
        check(key, value)?;
        // Writing to a string cannot fail.
        let _ = writeln!(file, "{}", Line { key, value });
        if file.len() > MAX_BYTES {
            return Err(WriteError { kind: WriteErrorKind::TooLarge, key: key.into() });
        }
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

/// An assignment as it stands on its line, quoted where needed; the caller has checked it.
pub(crate) struct Line<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.key)?;
        if self.value.bytes().all(is_plain) {
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

/// Fails if the assignment would not be read back as it is.
fn check(key: &str, value: &str) -> Result<(), WriteError> {
    let kind = if let Some(kind) = key_fault(key) {
        kind
    } else if let Some(character) = unwritable(value) {
        WriteErrorKind::ValueCharacter { character }
    } else {
        return Ok(());
    };
    Err(WriteError { kind, key: key.into() })
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
