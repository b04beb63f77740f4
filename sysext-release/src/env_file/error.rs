use std::str;

use thiserror::Error;

use super::MAX_BYTES;

/// What makes a file unreadable, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, byte {at} of the file: {kind}")]
pub struct ParseError {
    kind: ParseErrorKind,
    line: u32,
    at: usize,
}

impl ParseError {
    pub(super) fn new(kind: ParseErrorKind, file: &[u8], at: usize) -> Self {
        let before = file.get(..at).unwrap_or(file);
        Self { kind, line: line_ends(before).saturating_add(1), at }
    }

    /// What is wrong.
    pub fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// The line of the byte that is wrong, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The place of the byte that is wrong, counted from 0 at the start of the file.
    pub fn at(&self) -> usize {
        self.at
    }
}

/// The kinds of [`ParseError`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The file is larger than [`MAX_BYTES`].
    #[error("the file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// A NUL byte, be it in a comment.
    #[error("a NUL byte")]
    Nul,
    /// A key that is not UTF-8.
    #[error("a key is not UTF-8")]
    KeyNotUtf8,
    /// A key with a code point that Unicode keeps out of interchange.
    #[error("a key holds the noncharacter {character:?}")]
    #[non_exhaustive]
    KeyNoncharacter {
        /// The code point.
        character: char,
    },
    /// A value that is not UTF-8.
    #[error("the value of {key:?} is not UTF-8")]
    #[non_exhaustive]
    ValueNotUtf8 {
        /// The key of the value.
        key: Box<str>,
    },
    /// A value with a code point that Unicode keeps out of interchange.
    #[error("the value of {key:?} holds the noncharacter {character:?}")]
    #[non_exhaustive]
    ValueNoncharacter {
        /// The key of the value.
        key: Box<str>,
        /// The code point.
        character: char,
    },
}

/// Bytes that systemd takes for no text.
pub(super) struct TextError {
    pub(super) at: usize,
    /// What was found there, if the bytes are UTF-8 all the same.
    pub(super) noncharacter: Option<char>,
}

impl TextError {
    pub(super) fn moved(self, by: usize) -> Self {
        Self { at: self.at + by, ..self }
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, TextError> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // A noncharacter that stands before the fault is met first.
            let (valid, _) = bytes.split_at(error.valid_up_to());
            let found = str::from_utf8(valid).ok().and_then(noncharacter);
            return Err(found.unwrap_or(TextError { at: valid.len(), noncharacter: None }));
        }
    };
    noncharacter(text).map_or(Ok(text), Err)
}

fn noncharacter(text: &str) -> Option<TextError> {
    if text.is_ascii() {
        return None;
    }
    let (at, found) = text.char_indices().find(|&(_, character)| is_noncharacter(character))?;
    Some(TextError { at, noncharacter: Some(found) })
}

/// Whether Unicode keeps the code point out of interchange: U+FDD0 to U+FDEF, and the last two of
/// each plane.
pub(crate) fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}

/// How many lines end in a text: at LF, CR LF, and a CR that no LF follows in it.
pub(crate) fn line_ends(text: &[u8]) -> u32 {
    let mut ends = 0_u32;
    let mut after_cr = false;
    for &byte in text {
        if byte == b'\r' || byte == b'\n' && !after_cr {
            ends = ends.saturating_add(1);
        }
        after_cr = byte == b'\r';
    }
    ends
}
