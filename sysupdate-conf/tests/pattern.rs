//! Literal text in patterns, against what real systemd read back.

mod recorded;

use std::{borrow::Cow, error::Error};

use sysupdate_conf::{EscapeErrorKind, pattern::escape};

#[test]
fn what_is_written_is_found_by_systemd_and_what_is_refused_is_not() {
    assert_eq!(recorded::agree(include_str!("data/pattern.jsonl"), escape), 90);
}

#[test]
fn text_without_special_characters_is_borrowed() {
    for literal in ["", "kubernetes", "#;\"'~&日本"] {
        assert!(
            matches!(escape(literal), Ok(Cow::Borrowed(text)) if text == literal),
            "{literal:?}"
        );
    }
}

#[test]
fn an_error_names_the_text_and_the_first_character_that_a_pattern_cannot_hold() {
    let table = [
        ("a*b?", r#"cannot write "a*b?" in a MatchPattern: '*' at byte 1"#),
        ("é[", r#"cannot write "é[" in a MatchPattern: '[' at byte 2"#),
        (r"a\", r#"cannot write "a\\" in a MatchPattern: '\\' at byte 1"#),
        ("usr/lib", r#"cannot write "usr/lib" in a MatchPattern: '/' at byte 3"#),
        ("a\tb", r#"cannot write "a\tb" in a MatchPattern: '\t' at byte 1"#),
        ("a\n", r#"cannot write "a\n" in a MatchPattern: '\n' at byte 1"#),
        ("\0", r#"cannot write "\0" in a MatchPattern: '\0' at byte 0"#),
        ("\u{7f}", r#"cannot write "\u{7f}" in a MatchPattern: '\u{7f}' at byte 0"#),
        ("a\u{fdd0}", r#"cannot write "a\u{fdd0}" in a MatchPattern: '\u{fdd0}' at byte 1"#),
    ];
    for (literal, expected) in table {
        let error = escape(literal).unwrap_err();
        assert_eq!(error.to_string(), expected, "{literal:?}");
        assert_eq!(error.text(), literal);
        assert!(error.source().is_none(), "the text says it all: {literal:?}");
    }
}

#[test]
fn a_kind_says_by_itself_what_is_wrong_and_where() {
    let kind = escape("what?").unwrap_err().kind();
    assert!(matches!(kind, EscapeErrorKind::Character { character: '?', at: 4, .. }), "{kind:?}");
    assert_eq!(kind.to_string(), "'?' at byte 4");
}

#[test]
fn length_is_counted_as_systemd_counts_it() {
    let longest = "% ".repeat(126);
    assert_eq!(escape(&longest).unwrap(), r"%%\x20".repeat(126));
    let error = escape(&(longest + "@")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write the text in a MatchPattern: it has 254 bytes, more than 253"
    );
}
