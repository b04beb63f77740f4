//! Which paths a pattern is of, and what is none.

#![cfg(any(feature = "fs", feature = "tar"))]

use sysext_image::{EntryPath, PathPattern};

fn path(text: &str) -> EntryPath {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn pattern(text: &str) -> PathPattern {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn patterns_match_whole_paths() {
    let cases: [(&str, &[&str], &[&str]); 17] = [
        ("usr", &["usr"], &["usr/a", "us", "usrr", "a/usr"]),
        ("usr/a", &["usr/a"], &["usr", "usr/ab", "usr/a/b"]),
        ("usr/*", &["usr/a", "usr/.hidden"], &["usr", "usr/a/b"]),
        ("*.pyc", &["a.pyc", ".pyc"], &["usr/a.pyc", "a.pyc.old"]),
        ("**/*.pyc", &["a.pyc", "usr/a.pyc", "usr/lib/a.pyc"], &["usr/a.py"]),
        ("usr/**/doc", &["usr/doc", "usr/a/doc", "usr/a/b/doc"], &["opt/doc", "usr/a/docs", "usr"]),
        ("usr/**", &["usr/a", "usr/a/b"], &["usr", "opt/a"]),
        ("**", &["usr", "usr/a/b"], &[]),
        ("**/a/**/b", &["a/b", "x/a/y/b", "a/a/b", "a/b/b"], &["b/a", "ab"]),
        ("**/**/a", &["a", "x/y/a"], &["b"]),
        ("a?c", &["abc", "a.c"], &["ac", "abbc", "a\u{e9}c"]),
        ("*a*b*", &["ab", "xaybz", "aab"], &["ba", "a/b"]),
        ("*/*", &["a/b"], &["a", "a/b/c"]),
        (r"\*", &["*"], &["a"]),
        (r"\!a\[b\]\\", &[r"!a[b]\"], &["!ab"]),
        (r"\a{b,c}]!", &["a{b,c}]!"], &["ab]!"]),
        (r"\**", &["*", "*a"], &["a"]),
    ];
    for (text, of, not_of) in cases {
        for (paths, expected) in [(of, true), (not_of, false)] {
            for found in paths {
                assert_eq!(pattern(text).matches(&path(found)), expected, "{text:?} of {found:?}");
            }
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_bytes() {
    let pattern = PathPattern::try_from(&b"usr/\xff*"[..]).unwrap();
    assert!(pattern.matches(&EntryPath::try_from(&b"usr/\xff\xfe"[..]).unwrap()));
    assert!(!pattern.matches(&EntryPath::try_from(&b"usr/\xfe"[..]).unwrap()));
    assert_eq!(pattern.as_bytes(), b"usr/\xff*");
    assert_eq!(format!("{pattern} {pattern:?}"), "usr/\u{fffd}* \"usr/\\xff*\"");
}

#[test]
fn what_is_no_pattern_says_why_and_where() {
    let set = |at| {
        format!(
            "the \"[\" at byte {at} would begin a set, of which there are none: write \"\\[\" for itself"
        )
    };
    let cases = [
        ("", "it is empty".to_owned()),
        ("/usr", "it begins with a slash".into()),
        ("usr/", "the name at byte 4 is empty".into()),
        ("usr//a", "the name at byte 4 is empty".into()),
        ("./usr", "the name at byte 0 is \".\" or \"..\"".into()),
        ("usr/..", "the name at byte 4 is \".\" or \"..\"".into()),
        (r"usr/\.", "the name at byte 4 is \".\" or \"..\"".into()),
        ("usr\0", "NUL at byte 3".into()),
        ("usr/a[b]", set(5)),
        ("[", set(0)),
        ("usr/**a", "the \"**\" at byte 4 is a part of a name only".into()),
        ("usr/a**", "the \"**\" at byte 5 is a part of a name only".into()),
        ("***", "the \"**\" at byte 0 is a part of a name only".into()),
        (r"usr\", "there is nothing behind the backslash at byte 3".into()),
        (r"usr\/a", "there is nothing behind the backslash at byte 3".into()),
        (
            "!usr",
            "the \"!\" at byte 0 would take something back, which no pattern does: write \"\\!\" for itself"
                .into(),
        ),
    ];
    for (text, expected) in cases {
        let error = text.parse::<PathPattern>().unwrap_err();
        assert_eq!(error.to_string(), format!("invalid pattern {text:?}: {expected}"));
        assert_eq!(error.pattern(), text.as_bytes());
    }
}

#[test]
fn a_pattern_with_many_ways_to_fit_ends() {
    // Trying all of them would take longer than the universe has been there.
    let path = path(&vec!["a".repeat(255); 15].join("/"));
    let names = ["*a".repeat(100) + "b", "a*".repeat(100) + "b"];
    let patterns = [
        names[0].clone(),
        format!("**/{}/**/{}/**/b", names[0], names[1]),
        vec![format!("**/{}", "*a".repeat(50)); 20].join("/"),
    ];
    for text in patterns {
        assert!(!pattern(&text).matches(&path), "{text:?}");
    }
}
