//! Values of `MatchPattern=`, by which file names are matched and made.

use std::borrow::Cow;

use crate::error::{EscapeError, EscapeErrorKind, Setting, is_noncharacter};

/// The longest pattern, less the `@v` that every pattern has, in bytes.
const LIMIT: usize = 253;

/// Writes literal text, a part of a file name, for use in a `MatchPattern=` value.
///
/// The result is put together with wildcards and other literal text. There `@` begins a wildcard,
/// `%` a specifier and a blank another pattern, so these are escaped; quotes, `#` and `;` have no
/// meaning and stay. What a pattern cannot hold, however it is escaped, is an error:
/// `! $ * ? [ \ ] |`, control characters and Unicode noncharacters. So is `/`, which separates
/// directories in a pattern and is in no file name.
///
/// A whole pattern has at most 255 bytes, where `\x20` and `%%` count as one and `@@` as two. Text
/// that leaves no room for `@v` is an error here; a longer rest is the caller's to count.
///
/// ```
/// use sysupdate_conf::pattern;
///
/// let name = "100% tested@home";
/// let line = format!("MatchPattern={}_@v.raw", pattern::escape(name)?);
/// assert_eq!(line, r"MatchPattern=100%%\x20tested@@home_@v.raw");
///
/// let error = pattern::escape("what?").unwrap_err();
/// assert_eq!(error.to_string(), r#"cannot write "what?" in a MatchPattern: '?' at byte 4"#);
/// # Ok::<(), sysupdate_conf::EscapeError>(())
/// ```
pub fn escape(literal: &str) -> Result<Cow<'_, str>, EscapeError> {
    let refuse = |kind| Err(EscapeError::new(literal, Setting::MatchPattern, kind));
    if let Some((at, character)) = literal.char_indices().find(|(_, it)| is_refused(*it)) {
        return refuse(EscapeErrorKind::Character { character, at });
    }
    let length = literal.len() + literal.matches('@').count();
    if length > LIMIT {
        return refuse(EscapeErrorKind::TooLong { length, limit: LIMIT });
    }
    if !literal.contains([' ', '%', '@']) {
        return Ok(literal.into());
    }
    Ok(literal.replace('@', "@@").replace('%', "%%").replace(' ', r"\x20").into())
}

fn is_refused(character: char) -> bool {
    matches!(character, '!' | '$' | '*' | '?' | '[' | '\\' | ']' | '|' | '/')
        || character.is_ascii_control()
        || is_noncharacter(character)
}
