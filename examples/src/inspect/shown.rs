use std::fmt;

use crate::printable::Printable;

/// Bytes of a name on one line: what a terminal would obey is escaped, and what is no UTF-8.
pub(super) struct Shown<'a>(pub(super) &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            write!(f, "{}{}", Printable(chunk.valid()), chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

/// Bytes as text for JSON: with replacement characters where they are no UTF-8.
pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The same bytes in hexadecimal, if they are no UTF-8, so that nothing is lost.
pub(super) fn hex_unless_text(bytes: &[u8]) -> Option<String> {
    str::from_utf8(bytes).is_err().then(|| hex(bytes))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

#[cfg(test)]
mod tests {
    use super::{Shown, hex, hex_unless_text};

    #[test]
    fn names_are_shown_on_one_line_whatever_their_bytes() {
        let cases: [(&[u8], &str); 4] = [
            (b"caf\xc3\xa9", "caf\u{e9}"),
            (b"caf\xe9", "caf\\xe9"),
            (b"\x1b[2J\n", "\\u{1b}[2J\\n"),
            (b"\xff\x9b\xc2\x9b", "\\xff\\x9b\\u{9b}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Shown(bytes).to_string(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_in_hexadecimal() {
        assert_eq!(hex(b"\x00\x7f\xa0"), "007fa0");
        assert_eq!(hex_unless_text(b"text"), None);
        assert_eq!(hex_unless_text(b"\xff").as_deref(), Some("ff"));
    }
}
