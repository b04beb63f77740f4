use std::fmt::{self, Write};

/// A text of somebody else's on one line: what a terminal would obey is escaped, all else is as it is.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_debug())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Printable;

    #[test]
    fn control_characters_are_escaped_and_nothing_else_is() {
        let cases = [
            ("1.0~rc'1\"", "1.0~rc'1\""),
            ("a\u{1b}[31mb\n", "a\\u{1b}[31mb\\n"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\\n \u{e9}", "\\n \u{e9}"),
        ];
        for (text, expected) in cases {
            assert_eq!(Printable(text).to_string(), expected, "{text:?}");
        }
    }
}
