use std::fmt;

use thiserror::Error;

/// A text cannot be written so that systemd reads it back.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct EscapeError {
    text: Box<str>,
    setting: Setting,
    kind: EscapeErrorKind,
}

impl EscapeError {
    pub(crate) fn new(text: &str, setting: Setting, kind: EscapeErrorKind) -> Self {
        Self { text: text.into(), setting, kind }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why not.
    pub const fn kind(&self) -> EscapeErrorKind {
        self.kind
    }
}

impl fmt::Display for EscapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot write ")?;
        match self.kind {
            EscapeErrorKind::TooLong { .. } => f.write_str("the text")?,
            _ => write!(f, "{:?}", self.text)?,
        }
        let place = match self.setting {
            Setting::MatchPattern => "in a MatchPattern",
            Setting::Path => "as a Path",
        };
        write!(f, " {place}: {}", self.kind)
    }
}

/// Why a text cannot be written.
///
/// A place in the text is in bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EscapeErrorKind {
    /// The value cannot hold this character, nor is there an escape for it.
    #[error("{character:?} at byte {at}")]
    #[non_exhaustive]
    Character {
        /// The first such character.
        character: char,
        /// Where it begins.
        at: usize,
    },
    /// A backslash at the end of a path makes the next line a part of it.
    #[error("the backslash at byte {at} would continue the line")]
    #[non_exhaustive]
    Continuation {
        /// Where it is.
        at: usize,
    },
    /// A blank at the beginning or the end of a path is stripped.
    #[error("the blank at byte {at} would be lost")]
    #[non_exhaustive]
    OuterBlank {
        /// Where it is.
        at: usize,
    },
    /// The text is longer than the value may be.
    #[error("it has {length} bytes, more than {limit}")]
    #[non_exhaustive]
    TooLong {
        /// How many bytes the text has, as systemd counts them: `@` is two in a pattern.
        length: usize,
        /// How many it may have.
        limit: usize,
    },
}

/// Where a text was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    MatchPattern,
    Path,
}

/// systemd takes these for invalid UTF-8.
pub(crate) fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}
