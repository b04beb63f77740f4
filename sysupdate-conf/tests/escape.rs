//! Literal text in transfer files, against what real systemd read back.

use std::borrow::Cow;

use serde_json::Value;
use sysupdate_conf::{escape_path, escape_pattern};

#[test]
fn what_is_written_is_found_by_systemd_and_what_is_refused_is_not() {
    let mut rows = include_str!("data/escape.jsonl").lines();
    assert!(rows.next().unwrap().contains("257.13"), "the first line names the tools");
    let mut seen = 0;
    let mut disagreements = Vec::new();
    for row in rows.map(|row| serde_json::from_str::<Value>(row).unwrap()) {
        let literal = row["literal"].as_str().unwrap();
        let written = match row["value"].as_str() {
            Some("MatchPattern") => escape_pattern(literal),
            _ => escape_path(literal),
        };
        let found = row["257"] == "found" && row.get("262").is_none_or(|it| it == "found");
        let expected = if found { row["written"].as_str() } else { None };
        if written.as_deref().ok() != expected {
            disagreements.push((row.to_string(), written.map(Cow::into_owned)));
        }
        seen += 1;
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
    assert_eq!(seen, 137);
}

#[test]
fn a_pattern_without_special_characters_is_borrowed() {
    for literal in ["", "kubernetes", "#;\"'~&日本"] {
        assert!(
            matches!(escape_pattern(literal), Ok(Cow::Borrowed(text)) if text == literal),
            "{literal:?}"
        );
        assert!(
            matches!(escape_path(literal), Ok(Cow::Borrowed(text)) if text == literal),
            "{literal:?}"
        );
    }
}

#[test]
fn a_pattern_names_the_first_character_that_it_cannot_hold() {
    let table = [
        ("a*b?", "'*' at byte 1 cannot be written"),
        ("é[", "'[' at byte 2 cannot be written"),
        (r"a\", r"'\\' at byte 1 cannot be written"),
        ("usr/lib", "'/' at byte 3 cannot be written"),
        ("a\tb", r"'\t' at byte 1 cannot be written"),
        ("a\n", r"'\n' at byte 1 cannot be written"),
        ("\0", r"'\0' at byte 0 cannot be written"),
        ("\u{7f}", r"'\u{7f}' at byte 0 cannot be written"),
        ("a\u{fdd0}", r"'\u{fdd0}' at byte 1 cannot be written"),
    ];
    for (literal, expected) in table {
        assert_eq!(escape_pattern(literal).unwrap_err().to_string(), expected, "{literal:?}");
    }
}

#[test]
fn a_path_refuses_what_the_lines_of_a_file_swallow() {
    let table = [
        ("/a\nType=tar", r"'\n' at byte 2 cannot be written"),
        ("/a\r", r"'\r' at byte 2 cannot be written"),
        ("/a\0", r"'\0' at byte 2 cannot be written"),
        ("/a\u{10ffff}b", r"'\u{10ffff}' at byte 2 cannot be written"),
        (" /a", "blank at byte 0 is at an end of the value and would be lost"),
        ("/a\t", "blank at byte 2 is at an end of the value and would be lost"),
        ("/a  ", "blank at byte 3 is at an end of the value and would be lost"),
        (r"/a\", "backslash at byte 2 ends the value and would continue the line"),
        (r"/a\\\", "backslash at byte 4 ends the value and would continue the line"),
    ];
    for (literal, expected) in table {
        assert_eq!(escape_path(literal).unwrap_err().to_string(), expected, "{literal:?}");
    }
}

/// systemd 257.13 and 262 took a `Path=` of 4095 bytes, and refused 4096.
#[test]
fn length_is_counted_as_systemd_counts_it() {
    let path = "/%bcdefg".repeat(512);
    let longest = path.get(..4095).unwrap();
    assert_eq!(escape_path(longest).unwrap(), longest.replace('%', "%%"));
    let error = escape_path(&path).unwrap_err();
    assert_eq!(error.to_string(), "text from byte 4095 on is above the limit of 4095 bytes");

    let longest = "% ".repeat(126);
    assert_eq!(escape_pattern(&longest).unwrap(), r"%%\x20".repeat(126));
    let error = escape_pattern(&(longest + "@")).unwrap_err();
    assert_eq!(error.to_string(), "text from byte 252 on is above the limit of 253 bytes");
}
