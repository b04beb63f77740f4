//! The syntax of release files, compared with systemd's answers and with a second reader.

mod campaign;
mod recorded;

use std::borrow::Cow;

use proptest::{collection::vec, prelude::*, sample::select};

use sysext_release::env_file::{self, MAX_BYTES, ParseError, ParseErrorKind, WriteErrorKind};

#[test]
fn systemd_reads_the_same_id_and_rejects_the_same_files() {
    let mut rows = 0;
    let mut disagreements = Vec::new();
    for row in recorded::objects(include_str!("data/env-file.jsonl")) {
        let file = recorded::latin1(row["file"].as_str().unwrap());
        let found = env_file::parse(&file).ok().map(|assignments| {
            let id = assignments.iter().rfind(|a| a.key == "ID");
            id.map_or(String::new(), |a| a.value.to_string())
        });
        let rejected = row["rejected"].as_bool().unwrap();
        let wanted = (!rejected).then(|| row["id"].as_str().unwrap().to_owned());
        if found != wanted {
            disagreements.push(format!("{row}: found {found:?}"));
        }
        rows += 1;
    }
    assert_eq!(disagreements, Vec::<String>::new());
    assert_eq!(rows, 69);
}

#[test]
fn order_repeats_unknown_keys_and_lines_are_kept() {
    let file =
        b"# a comment\n\nB=1\r\nA='two\nlines'\rB=2\n  export C = 3 \n;D=4\nno assignment\n==5\n";
    assert_eq!(
        pairs(file),
        Ok(vec![
            (3, "B".into(), "1".into()),
            (4, "A".into(), "two\nlines".into()),
            (6, "B".into(), "2".into()),
            (7, "export C".into(), "3".into()),
            (10, "=".into(), "5".into()),
        ])
    );
}

#[test]
fn a_value_is_borrowed_if_its_bytes_stand_in_one_piece() {
    let table: [(&[u8], &str, bool); 14] = [
        (b"K=", "", true),
        (b"K=plain text \n", "plain text", true),
        (b"K=\"in quotes\"\n", "in quotes", true),
        (b"K='in quotes' \n", "in quotes", true),
        (b"K=''\"\"'a'", "a", true),
        (b"K=\\a", "a", true),
        (b"K=\"a\\b\"", "a\\b", true),
        (b"K=a\\\n  \n", "a", true),
        (b"K=\\\n  a", "  a", true),
        (b"K=a\\b", "ab", false),
        (b"K=\"a\\\"\"", "a\"", false),
        (b"K=\"a\"b", "ab", false),
        (b"K='a' 'b'", "ab", false),
        (b"K=a\\\nb", "ab", false),
    ];
    for (file, value, borrowed) in table {
        let assignments = env_file::parse(file).unwrap();
        let [assignment] = &*assignments else { panic!("{file:?}: {assignments:?}") };
        assert_eq!(assignment.value, value, "{file:?}");
        assert_eq!(matches!(assignment.value, Cow::Borrowed(_)), borrowed, "{file:?}");
    }
}

#[test]
fn an_error_says_what_and_where() {
    let table: [(&[u8], u32, usize, &str); 11] = [
        (b"A=1\nB=\0", 2, 6, "line 2, byte 6 of the file: a NUL byte"),
        (b"A=1\n# \0", 2, 6, "line 2, byte 6 of the file: a NUL byte"),
        (b"A=\xff\nB=\0", 2, 6, "line 2, byte 6 of the file: a NUL byte"),
        (b"A=1\nB\xff=2", 2, 5, "line 2, byte 5 of the file: a key is not UTF-8"),
        (
            b"\xef\xbf\xbeA=2",
            1,
            0,
            "line 1, byte 0 of the file: a key holds the noncharacter '\\u{fffe}'",
        ),
        (
            b"A=1\r\nNAME=ab\xff",
            2,
            12,
            "line 2, byte 12 of the file: the value of \"NAME\" is not UTF-8",
        ),
        (
            b"NAME=\"a\nb\xed\xa0\x80\"",
            2,
            9,
            "line 2, byte 9 of the file: the value of \"NAME\" is not UTF-8",
        ),
        (
            b"NAME=a\\\nb'\xff",
            2,
            10,
            "line 2, byte 10 of the file: the value of \"NAME\" is not UTF-8",
        ),
        (b"NAME='a'\\\xc3", 1, 9, "line 1, byte 9 of the file: the value of \"NAME\" is not UTF-8"),
        (
            b"N=\xf0\x9f\xbf\xbf",
            1,
            2,
            "line 1, byte 2 of the file: the value of \"N\" holds the noncharacter '\\u{1ffff}'",
        ),
        (
            b"N=\xef\xb7\x90\xff",
            1,
            2,
            "line 1, byte 2 of the file: the value of \"N\" holds the noncharacter '\\u{fdd0}'",
        ),
    ];
    for (file, line, at, text) in table {
        let error = env_file::parse(file).unwrap_err();
        assert_eq!((error.line(), error.at(), &*error.to_string()), (line, at, text), "{file:?}");
    }
}

#[test]
fn bytes_that_make_no_assignment_may_be_anything_but_nul() {
    assert_eq!(
        pairs(b"# \xff\n\xff\xfe no equals\nA=1\n;\xff"),
        Ok(vec![(3, "A".into(), "1".into())])
    );
}

#[test]
fn a_file_one_byte_over_the_limit_is_not_read() {
    let mut file = vec![b'#'; MAX_BYTES];
    assert_eq!(env_file::parse(&file), Ok(Vec::new()));
    file.push(b'#');
    let error = env_file::parse(&file).unwrap_err();
    assert_eq!(error.kind(), &ParseErrorKind::TooLarge);
    assert_eq!(
        error.to_string(),
        "line 1, byte 67108863 of the file: the file is larger than 67108863 bytes"
    );
}

#[test]
fn an_error_ends_the_iteration() {
    let mut assignments = env_file::assignments(b"A=1\nB=\xff\nC=3").unwrap();
    assert_eq!(assignments.next().unwrap().unwrap().key, "A");
    let error = assignments.next().unwrap().unwrap_err();
    assert!(
        matches!(error.kind(), ParseErrorKind::ValueNotUtf8 { key, .. } if &**key == "B"),
        "{error:?}"
    );
    assert_eq!((assignments.next(), assignments.next()), (None, None));
}

/// Values, and the lines that they are written as.
const LINES: [(&str, &str); 20] = [
    ("", "K=\n"),
    ("1.31.4-rc1+k3s_1", "K=1.31.4-rc1+k3s_1\n"),
    ("https://example.org/?a=b", "K=\"https://example.org/?a=b\"\n"),
    ("cpe:/o:a,b%c@d", "K=cpe:/o:a,b%c@d\n"),
    ("=", "K==\n"),
    ("two words", "K=\"two words\"\n"),
    ("~", "K=\"~\"\n"),
    ("é", "K=\"é\"\n"),
    ("a\nb", "K=\"a\nb\"\n"),
    ("'", "K=\"'\"\n"),
    ("\"$`\\", "K=\"\\\"\\$\\`\\\\\"\n"),
    ("a\\nb", "K=\"a\\\\nb\"\n"),
    ("$(id) `id` $HOME ${HOME}", "K=\"\\$(id) \\`id\\` \\$HOME \\${HOME}\"\n"),
    ("a;b&c|d>e", "K=\"a;b&c|d>e\"\n"),
    ("* [a] !a #a", "K=\"* [a] !a #a\"\n"),
    (" a\t", "K=\" a\t\"\n"),
    ("a\\\nb", "K=\"a\\\\\nb\"\n"),
    ("a\r\n\n", "K=\"a\r\n\n\"\n"),
    ("\"", "K=\"\\\"\"\n"),
    ("a b\\", "K=\"a b\\\\\"\n"),
];

#[test]
fn values_are_quoted_only_where_a_shell_needs_it() {
    for (value, line) in LINES {
        assert_eq!(env_file::write([("K", value)]).as_deref(), Ok(line), "{value:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_shell_that_sources_the_lines_sees_the_same_values() {
    use std::process::Command;

    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/sourced");
    for (value, _) in LINES {
        std::fs::write(path, env_file::write([("K", value)]).unwrap()).unwrap();
        let script = r#". "$1"; printf %s "$K""#;
        let output = Command::new("sh").args(["-c", script, "sh", path]).output().unwrap();
        assert_eq!(output.stdout, value.as_bytes(), "{value:?}: {output:?}");
    }
}

#[test]
fn what_would_read_back_as_something_else_is_not_written() {
    let table = [
        ("", "", "cannot write \"\": the key is empty"),
        (" K", "", "cannot write \" K\": the key begins with ' '"),
        ("\tK", "", "cannot write \"\\tK\": the key begins with '\\t'"),
        ("#K", "", "cannot write \"#K\": the key begins with '#'"),
        (";K", "", "cannot write \";K\": the key begins with ';'"),
        ("K ", "", "cannot write \"K \": the key ends in ' '"),
        ("K\t", "", "cannot write \"K\\t\": the key ends in '\\t'"),
        ("\nK", "", "cannot write \"\\nK\": the key begins with '\\n'"),
        ("K\r", "", "cannot write \"K\\r\": the key holds '\\r'"),
        ("K=V", "", "cannot write \"K=V\": the key holds '='"),
        ("==", "", "cannot write \"==\": the key holds '='"),
        ("K\0", "", "cannot write \"K\\0\": the key holds '\\0'"),
        ("K\u{ffff}", "", "cannot write \"K\\u{ffff}\": the key holds '\\u{ffff}'"),
        ("K", "a\0b", "cannot write \"K\": the value holds '\\0'"),
        ("K", "\u{fdd0}", "cannot write \"K\": the value holds '\\u{fdd0}'"),
    ];
    for (key, value, text) in table {
        let error = env_file::write([("A", "1"), (key, value)]).unwrap_err();
        assert_eq!((error.key(), &*error.to_string()), (key, text), "{key:?} {value:?}");
    }
}

#[test]
fn a_file_that_would_be_too_large_is_not_written() {
    let rest = "K=\" \\$\"\n";
    let filler = "a".repeat(MAX_BYTES - "A=\n".len() - rest.len());
    let write = |key| env_file::write([("A", &*filler), (key, " $")]);
    assert!(write("K").unwrap().ends_with(&format!("a\n{rest}")));
    let error = write("KK").unwrap_err();
    assert_eq!(error.kind(), WriteErrorKind::TooLarge);
    assert_eq!(
        error.to_string(),
        "cannot write \"KK\": the file would be larger than 67108863 bytes"
    );
}

#[cfg(feature = "serde")]
#[test]
fn an_assignment_serializes_with_its_line() {
    assert_eq!(
        serde_json::to_value(env_file::parse(b"\nID='a'").unwrap()).unwrap(),
        serde_json::json!([{"key": "ID", "value": "a", "line": 2}])
    );
}

proptest! {
    #![proptest_config(campaign::config())]

    #[test]
    fn a_second_reader_agrees(file in syntax()) {
        prop_assert_eq!(read(&file), read_by_states(&file));
    }

    #[test]
    fn no_bytes_make_it_panic(file in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(read(&file), read_by_states(&file));
    }

    #[test]
    fn what_is_written_reads_back_in_its_order(assignments in vec((text(), text()), 0..6)) {
        let pairs = assignments.iter().map(|(key, value)| (&**key, &**value));
        if let Ok(file) = env_file::write(pairs.clone()) {
            let read = env_file::parse(file.as_bytes()).unwrap();
            prop_assert!(read.iter().map(|a| (a.key, &*a.value)).eq(pairs));
        } else {
            let read = |(key, value): (&str, &str)| read(format!("{key}=\"{}\"", escaped(value)).as_bytes());
            let same = |(key, value): (&str, &str)| read((key, value)).is_some_and(|found| {
                matches!(&*found, [(k, v, _)] if k == key && v == value)
            });
            prop_assert!(!pairs.clone().all(same), "refused for no reason");
        }
    }

    #[test]
    fn what_is_read_can_be_written_and_reads_back(file in syntax()) {
        if let Ok(assignments) = env_file::parse(&file) {
            let pairs = || assignments.iter().map(|a| (a.key, &*a.value));
            let written = env_file::write(pairs()).unwrap();
            let again = env_file::parse(written.as_bytes()).unwrap();
            prop_assert!(again.iter().map(|a| (a.key, &*a.value)).eq(pairs()));
        }
    }
}

/// Files that are made of what the syntax knows, so that most of its states are met.
fn syntax() -> impl Strategy<Value = Vec<u8>> {
    const TOKENS: &[&[u8]] = &[
        b"A",
        b"b",
        b"=",
        b"=",
        b"K=",
        b"\nK=",
        b"#",
        b";",
        b"\"",
        b"'",
        b"\\",
        b"`",
        b"$",
        b" ",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        "ä".as_bytes(),
        b"\xc3",
        b"\xa4",
        b"\xef\xbf\xbe",
    ];
    vec(select(TOKENS), 0..24).prop_map(|tokens| tokens.concat())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[A-Z][A-Z_]{0,8}", 3 => "[A-Z=#; \t\r\n\"'\\\\$`~]{0,6}", 1 => any::<String>()]
}

fn escaped(value: &str) -> String {
    let escape = |c: char| if "\"\\`$".contains(c) { format!("\\{c}") } else { c.to_string() };
    value.chars().map(escape).collect()
}

fn pairs(file: &[u8]) -> Result<Vec<(u32, String, String)>, ParseError> {
    let pair = |a: &env_file::Assignment<'_>| (a.line, a.key.to_owned(), a.value.to_string());
    Ok(env_file::parse(file)?.iter().map(pair).collect())
}

/// Key, value, and whether the value was borrowed.
type Read = Option<Vec<(String, String, bool)>>;

fn read(file: &[u8]) -> Read {
    let borrowed = |value: &Cow<'_, str>| matches!(value, Cow::Borrowed(_));
    let row =
        |a: &env_file::Assignment<'_>| (a.key.to_owned(), a.value.to_string(), borrowed(&a.value));
    Some(env_file::parse(file).ok()?.iter().map(row).collect())
}

/// One byte after the other, each value with the places its bytes come from.
fn read_by_states(file: &[u8]) -> Read {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        BeforeKey,
        Comment,
        Key,
        BeforeValue,
        Value,
        Escape,
        Single,
        Double,
        DoubleEscape,
    }
    use State::*;

    if file.contains(&0) {
        return None;
    }
    let mut found = Vec::new();
    let (mut state, mut key, mut value, mut kept) = (BeforeKey, Vec::new(), Vec::new(), 0);
    for (at, byte) in file.iter().copied().map(Some).chain([None]).enumerate() {
        let line_end = matches!(byte, Some(b'\n' | b'\r'));
        let blank = matches!(byte, Some(b' ' | b'\t'));
        let ends = byte.is_none() || line_end && matches!(state, BeforeValue | Value);
        if ends && matches!(state, BeforeValue | Value | Escape | Single | Double | DoubleEscape) {
            value.truncate(if state == Value { kept } else { value.len() });
            found.push((std::mem::take(&mut key), std::mem::take(&mut value)));
            state = BeforeKey;
            continue;
        }
        let Some(byte) = byte else { break };
        match state {
            BeforeKey if line_end || blank => {}
            BeforeKey if matches!(byte, b'#' | b';') => state = Comment,
            BeforeKey => (key, state) = (vec![byte], Key),
            Comment | Key if line_end => state = BeforeKey,
            Comment => {}
            Key if byte == b'=' => state = BeforeValue,
            Key => key.push(byte),
            BeforeValue if byte == b'\'' => state = Single,
            BeforeValue if byte == b'"' => state = Double,
            BeforeValue if blank => {}
            BeforeValue | Value if byte == b'\\' => (state, kept) = (Escape, value.len()),
            BeforeValue | Value => {
                value.push((at, byte));
                kept = if blank { kept } else { value.len() };
                state = Value;
            }
            Escape => {
                value.extend((!line_end).then_some((at, byte)));
                (state, kept) = (Value, value.len());
            }
            Single if byte == b'\'' => state = BeforeValue,
            Double if byte == b'"' => state = BeforeValue,
            Double if byte == b'\\' => state = DoubleEscape,
            Single | Double => value.push((at, byte)),
            DoubleEscape => {
                if !matches!(byte, b'"' | b'\\' | b'`' | b'$' | b'\n') {
                    value.push((at - 1, b'\\'));
                }
                value.extend((byte != b'\n').then_some((at, byte)));
                state = Double;
            }
        }
    }
    found
        .into_iter()
        .map(|(key, value)| {
            let borrowed = value.iter().zip(value.iter().skip(1)).all(|(a, b)| a.0 + 1 == b.0);
            let bytes = value.into_iter().map(|(_, byte)| byte).collect();
            let key = String::from_utf8(key).ok()?.trim_end_matches([' ', '\t']).to_owned();
            let value = String::from_utf8(bytes).ok()?;
            (!key.contains('\u{fffe}') && !value.contains('\u{fffe}'))
                .then_some((key, value, borrowed))
        })
        .collect()
}
