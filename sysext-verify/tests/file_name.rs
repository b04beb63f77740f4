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
        assert_eq!((name.as_str(), name.to_string().as_str()), (text, text));
    }
}

#[test]
fn a_name_that_a_manifest_cannot_hold_is_refused() {
    let table = [
        (String::new(), "file name is empty"),
        (".".into(), r#"file name is "." or "..""#),
        ("..".into(), r#"file name is "." or "..""#),
        ("x".repeat(256), "file name has 256 bytes, expected at most 255"),
        ("é".repeat(128), "file name has 256 bytes, expected at most 255"),
        ("a/b".into(), "'/' at byte 1 cannot stand in a file name"),
        ("a%20b".into(), "'%' at byte 1 cannot stand in a file name"),
        ("é\n".into(), r"'\n' at byte 2 cannot stand in a file name"),
        ("a\0".into(), r"'\0' at byte 1 cannot stand in a file name"),
        ("\u{1b}[31m".into(), r"'\u{1b}' at byte 0 cannot stand in a file name"),
        ("a\u{7f}".into(), r"'\u{7f}' at byte 1 cannot stand in a file name"),
        ("\u{fdd0}".into(), r"'\u{fdd0}' at byte 0 cannot stand in a file name"),
        ("\u{ffff}".into(), r"'\u{ffff}' at byte 0 cannot stand in a file name"),
        ("\u{1fffe}".into(), r"'\u{1fffe}' at byte 0 cannot stand in a file name"),
    ];
    for (text, expected) in table {
        let error = text.parse::<FileName>().unwrap_err();
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
}
