//! Which names can stand in a manifest.

use sysext_verify::FileName;

#[test]
fn a_name_is_kept_as_it_is() {
    let longest = "x".repeat(255);
    for text in [
        "kubernetes-v1.34.1-x86-64.raw",
        "...",
        ".hidden",
        "-rf",
        " blanks ",
        "*asterisk",
        "back\\slash",
        "BEST-BEFORE-2030-01-01",
        "e\u{301}",
        "\u{202e}bidi",
        "\u{e000}private",
        &longest,
    ] {
        let name: FileName = text.parse().unwrap();
        assert_eq!((name.as_str(), name.as_ref()), (text, text));
        assert_eq!(name.to_string(), text);
    }
}

#[test]
fn a_name_that_a_manifest_cannot_hold_is_refused() {
    let table = [
        (String::new(), "invalid file name: it is empty"),
        (".".into(), r#"invalid file name ".": it is a directory's own or its parent's"#),
        ("..".into(), r#"invalid file name "..": it is a directory's own or its parent's"#),
        ("x".repeat(256), "invalid file name: it has 256 bytes, more than 255"),
        ("é".repeat(128), "invalid file name: it has 256 bytes, more than 255"),
        ("a/b".into(), r#"invalid file name "a/b": '/' at byte 1"#),
        ("a%20b".into(), r#"invalid file name "a%20b": '%' at byte 1"#),
        ("é\n".into(), r#"invalid file name "é\n": '\n' at byte 2"#),
        ("a\0".into(), r#"invalid file name "a\0": '\0' at byte 1"#),
        ("\u{1b}[31m".into(), r#"invalid file name "\u{1b}[31m": '\u{1b}' at byte 0"#),
        ("a\u{7f}".into(), r#"invalid file name "a\u{7f}": '\u{7f}' at byte 1"#),
        ("\u{fdd0}".into(), r#"invalid file name "\u{fdd0}": '\u{fdd0}' at byte 0"#),
        ("\u{ffff}".into(), r#"invalid file name "\u{ffff}": '\u{ffff}' at byte 0"#),
        ("\u{1fffe}".into(), r#"invalid file name "\u{1fffe}": '\u{1fffe}' at byte 0"#),
    ];
    for (text, expected) in table {
        let error = text.parse::<FileName>().unwrap_err();
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
}
