//! The other values of a transfer file.

use std::borrow::Cow;

use crate::error::{EscapeError, EscapeErrorKind, Setting, is_noncharacter};

/// The longest path or URL, in bytes.
const LIMIT: usize = 4095;

/// Writes a literal path or URL as the whole value of `Path=`.
///
/// Only `%`, which begins a specifier, is escaped. There are no other escapes in this value, so
/// what the lines of the file would swallow is an error: line ends, blanks at either end, and a
/// backslash at the end unless another one before it escapes it. A local path gets around the last
/// two with a `/` behind it, a URL with percent-encoding. Unicode noncharacters, which are not
/// UTF-8 for systemd, and more than 4095 bytes are errors too.
///
/// Whether the text is a path or URL that systemd takes, absolute and so on, is not judged.
///
/// ```
/// use sysupdate_conf::transfer;
///
/// let line = format!("Path={}", transfer::escape_path("https://example.com/a%20b/")?);
/// assert_eq!(line, "Path=https://example.com/a%%20b/");
///
/// let error = transfer::escape_path("/srv/images ").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"cannot write "/srv/images " as a Path: the blank at byte 11 would be lost"#,
/// );
/// # Ok::<(), sysupdate_conf::EscapeError>(())
/// ```
pub fn escape_path(literal: &str) -> Result<Cow<'_, str>, EscapeError> {
    let refuse = |kind| Err(EscapeError::new(literal, Setting::Path, kind));
    let last = literal.char_indices().next_back().map_or(0, |(at, _)| at);
    let mut escaped = false;
    for (at, character) in literal.char_indices() {
        escaped = character == '\\' && !escaped;
        match character {
            '\n' | '\r' | '\0' => return refuse(EscapeErrorKind::Character { character, at }),
            _ if is_noncharacter(character) => {
                return refuse(EscapeErrorKind::Character { character, at });
            }
            ' ' | '\t' if at == 0 || at == last => {
                return refuse(EscapeErrorKind::OuterBlank { at });
            }
            '\\' if escaped && at == last => return refuse(EscapeErrorKind::Continuation { at }),
            _ => {}
        }
    }
    if literal.len() > LIMIT {
        return refuse(EscapeErrorKind::TooLong { length: literal.len(), limit: LIMIT });
    }
    if literal.contains('%') { Ok(literal.replace('%', "%%").into()) } else { Ok(literal.into()) }
}
