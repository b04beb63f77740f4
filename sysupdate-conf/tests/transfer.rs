//! Paths and URLs in transfer files, against what real systemd read back.

mod recorded;

use std::borrow::Cow;

use sysupdate_conf::transfer::escape_path;

#[test]
fn what_is_written_is_found_by_systemd_and_what_is_refused_is_not() {
    assert_eq!(recorded::agree(include_str!("data/path.jsonl"), escape_path), 47);
}

#[test]
fn a_path_without_a_percent_sign_is_borrowed() {
    for literal in ["", "/srv/images", "#;\"'~&日本"] {
        assert!(
            matches!(escape_path(literal), Ok(Cow::Borrowed(text)) if text == literal),
            "{literal:?}"
        );
    }
}

#[test]
fn an_error_names_the_path_and_what_the_lines_of_a_file_would_swallow() {
    let table = [
        ("/a\nType=tar", r#"cannot write "/a\nType=tar" as a Path: '\n' at byte 2"#),
        ("/a\r", r#"cannot write "/a\r" as a Path: '\r' at byte 2"#),
        ("/a\0", r#"cannot write "/a\0" as a Path: '\0' at byte 2"#),
        ("/a\u{10ffff}b", r#"cannot write "/a\u{10ffff}b" as a Path: '\u{10ffff}' at byte 2"#),
        (" /a", r#"cannot write " /a" as a Path: the blank at byte 0 would be lost"#),
        ("/a\t", r#"cannot write "/a\t" as a Path: the blank at byte 2 would be lost"#),
        ("/a  ", r#"cannot write "/a  " as a Path: the blank at byte 3 would be lost"#),
        (
            r"/a\",
            r#"cannot write "/a\\" as a Path: the backslash at byte 2 would continue the line"#,
        ),
        (
            r"/a\\\",
            r#"cannot write "/a\\\\\\" as a Path: the backslash at byte 4 would continue the line"#,
        ),
    ];
    for (literal, expected) in table {
        assert_eq!(escape_path(literal).unwrap_err().to_string(), expected, "{literal:?}");
    }
}

/// systemd 257.13 and 262 took a `Path=` of 4095 bytes, and refused 4096.
#[test]
fn a_path_has_4095_bytes_at_most() {
    let path = "/%bcdefg".repeat(512);
    let longest = path.get(..4095).unwrap();
    assert_eq!(escape_path(longest).unwrap(), longest.replace('%', "%%"));
    let error = escape_path(&path).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot write the text as a Path: it has 4096 bytes, more than 4095"
    );
}
