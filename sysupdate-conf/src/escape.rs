use std::{borrow::Cow, fmt};

use thiserror::Error;

/// The longest pattern, less the `@v` that every pattern has, in bytes.
const LONGEST_LITERAL: usize = 253;

/// The longest path or URL, in bytes.
const LONGEST_PATH: usize = 4095;

/// Writes literal text, a part of a file name, for use in a `MatchPattern=` value.
///
/// The result is put together with wildcards and other literal text. There `@` begins a wildcard, `%` a specifier and
/// a blank another pattern, so these are escaped; quotes, `#` and `;` have no meaning and stay. What a pattern cannot
/// hold, however it is escaped, is an error: `! $ * ? [ \ ] |`, control characters and Unicode noncharacters. So is
/// `/`, which separates directories in a pattern and is in no file name.
///
/// A whole pattern has at most 255 bytes, where `\x20` and `%%` count as one and `@@` as two. Text that leaves no room
/// for `@v` is an error here; a longer rest is the caller's to count.
///
/// ```
/// use sysupdate_conf::escape_pattern;
///
/// let name = "100% tested@home";
/// let line = format!("MatchPattern={}_@v.raw", escape_pattern(name)?);
/// assert_eq!(line, r"MatchPattern=100%%\x20tested@@home_@v.raw");
///
/// let error = escape_pattern("what?").unwrap_err();
/// assert_eq!(error.to_string(), "'?' at byte 4 cannot be written");
/// # Ok::<(), sysupdate_conf::EscapeError>(())
/// ```
pub fn escape_pattern(literal: &str) -> Result<Cow<'_, str>, EscapeError> {
    let mut length = 0;
    for (at, character) in literal.char_indices() {
        length += if character == '@' { 2 } else { character.len_utf8() };
        let kind = match character {
            '!' | '$' | '*' | '?' | '[' | '\\' | ']' | '|' | '/' => {
                EscapeErrorKind::Character(character)
            }
            _ if character.is_ascii_control() || is_noncharacter(character) => {
                EscapeErrorKind::Character(character)
            }
            _ if length > LONGEST_LITERAL => EscapeErrorKind::TooLong { limit: LONGEST_LITERAL },
            _ => continue,
        };
        return Err(EscapeError { kind, at });
    }
    if !literal.contains([' ', '%', '@']) {
        return Ok(literal.into());
    }
    Ok(literal.replace('@', "@@").replace('%', "%%").replace(' ', r"\x20").into())
}

/// Writes a literal path or URL as the whole value of `Path=`.
///
/// Only `%`, which begins a specifier, is escaped. There are no other escapes in this value, so what the lines of the
/// file would swallow is an error: line ends, blanks at either end, and a backslash at the end unless another one
/// before it escapes it. A local path gets around the last two with a `/` behind it, a URL with percent-encoding.
/// Unicode noncharacters, which are not UTF-8 for systemd, and more than 4095 bytes are errors too.
///
/// Whether the text is a path or URL that systemd takes, absolute and so on, is not judged.
///
/// ```
/// use sysupdate_conf::escape_path;
///
/// let line = format!("Path={}", escape_path("https://example.com/a%20b/")?);
/// assert_eq!(line, "Path=https://example.com/a%%20b/");
///
/// let error = escape_path("/srv/images ").unwrap_err();
/// assert_eq!(error.to_string(), "blank at byte 11 is at an end of the value and would be lost");
/// # Ok::<(), sysupdate_conf::EscapeError>(())
/// ```
pub fn escape_path(literal: &str) -> Result<Cow<'_, str>, EscapeError> {
    let last = literal.char_indices().next_back().map_or(0, |(at, _)| at);
    let mut escaped = false;
    for (at, character) in literal.char_indices() {
        escaped = character == '\\' && !escaped;
        let kind = match character {
            '\n' | '\r' | '\0' => EscapeErrorKind::Character(character),
            _ if is_noncharacter(character) => EscapeErrorKind::Character(character),
            ' ' | '\t' if at == 0 || at == last => EscapeErrorKind::OuterBlank,
            '\\' if escaped && at == last => EscapeErrorKind::Continuation,
            _ if at + character.len_utf8() > LONGEST_PATH => {
                EscapeErrorKind::TooLong { limit: LONGEST_PATH }
            }
            _ => continue,
        };
        return Err(EscapeError { kind, at });
    }
    if literal.contains('%') { Ok(literal.replace('%', "%%").into()) } else { Ok(literal.into()) }
}

/// The text cannot be written so that systemd reads it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub struct EscapeError {
    kind: EscapeErrorKind,
    at: usize,
}

impl EscapeError {
    /// Why not.
    pub const fn kind(&self) -> EscapeErrorKind {
        self.kind
    }

    /// Where in the text, in bytes from 0.
    pub const fn at(&self) -> usize {
        self.at
    }
}

impl fmt::Display for EscapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match self.kind {
            EscapeErrorKind::Character(found) => {
                write!(f, "{found:?} at byte {at} cannot be written")
            }
            EscapeErrorKind::OuterBlank => {
                write!(f, "blank at byte {at} is at an end of the value and would be lost")
            }
            EscapeErrorKind::Continuation => {
                write!(f, "backslash at byte {at} ends the value and would continue the line")
            }
            EscapeErrorKind::TooLong { limit } => {
                write!(f, "text from byte {at} on is above the limit of {limit} bytes")
            }
        }
    }
}

/// Why a text cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EscapeErrorKind {
    /// The value cannot hold this character, nor is there an escape for it.
    Character(char),
    /// A blank at the beginning or the end of a path is stripped.
    OuterBlank,
    /// A backslash at the end of a path makes the next line a part of it.
    Continuation,
    /// The text is longer than the value may be.
    TooLong {
        /// The longest such text in bytes, as systemd counts them.
        limit: usize,
    },
}

fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe
}
