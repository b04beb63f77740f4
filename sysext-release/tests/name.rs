//! Which texts are names of extensions, and which of them break a merge.

mod campaign;

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use sysext_release::{Architecture, ExtensionName, InvalidNameError};

fn name(text: &str) -> ExtensionName {
    text.parse().expect(text)
}

#[test]
fn blanks_hidden_names_and_most_signs_are_valid() {
    for text in [
        "foo", "a b", " ", ".hidden", "...", "..foo", "foo~", "a:b", "#x#", "ü", "\u{85}",
        "\u{202e}", "-a",
    ] {
        assert_eq!(name(text).as_str(), text);
        assert_eq!(ExtensionName::from_bytes(text.as_bytes()), Ok(name(text)));
    }
    assert_eq!(name(&"n".repeat(255)).as_str().len(), 255);
    assert_eq!(format!("[{:>5}]", name("foo")), "[  foo]");
}

#[test]
fn a_map_of_names_is_asked_by_text() {
    let map = HashMap::from([(name("foo"), 1)]);
    assert_eq!((map.get("foo"), map.get("bar")), (Some(&1), None));
    assert!(BTreeSet::from([name("b"), name("a")]).contains("b"));
    assert_eq!(name("a b").as_ref(), "a b");
}

#[test]
fn what_systemd_refuses_is_refused_with_its_place() {
    let cases: [(&[u8], &str); 14] = [
        (b"", "invalid name: it is empty"),
        (b".", r#"invalid name ".": it is a directory's own or its parent's"#),
        (b"..", r#"invalid name "..": it is a directory's own or its parent's"#),
        (b".#", r#"invalid name ".#": names that begin with .# are temporary files"#),
        (b".#foo", r#"invalid name ".#foo": names that begin with .# are temporary files"#),
        (b"a/b", r#"invalid name "a/b": '/' at byte 1"#),
        (b"a\nb", r#"invalid name "a\nb": '\n' at byte 1"#),
        (b"\xc3\xbc\x7f", r#"invalid name "ü\u{7f}": '\u{7f}' at byte 2"#),
        (b"a\0", r#"invalid name "a\0": '\0' at byte 1"#),
        (b"a\xff", "invalid name \"a\u{fffd}\": no UTF-8 from byte 1"),
        (b"\xed\xa0\x80", "invalid name \"\u{fffd}\u{fffd}\u{fffd}\": no UTF-8 from byte 0"),
        ("a\u{fffe}".as_bytes(), r#"invalid name "a\u{fffe}": '\u{fffe}' at byte 1"#),
        ("\u{fdd0}".as_bytes(), r#"invalid name "\u{fdd0}": '\u{fdd0}' at byte 0"#),
        ("\u{1fffe}".as_bytes(), r#"invalid name "\u{1fffe}": '\u{1fffe}' at byte 0"#),
    ];
    for (text, expected) in cases {
        assert_eq!(ExtensionName::from_bytes(text).unwrap_err().to_string(), expected, "{text:?}");
    }
}

#[test]
fn a_name_fits_into_a_file_name() {
    let error = "n".repeat(256).parse::<ExtensionName>().unwrap_err();
    assert!(matches!(error, InvalidNameError::TooLong { length: 256, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "invalid name: it has 256 bytes, more than the 255 of a file name"
    );
}

/// Each was merged with systemd 257.13 and 262, alone, on Linux 6.18.
#[test]
fn names_that_the_mount_options_cannot_hold_are_told() {
    let cases = [
        ("a:b", Some(':')),
        ("a,b", Some(',')),
        (r"a\b", Some('\\')),
        (r"a\", Some('\\')),
        (r"a\\b", Some('\\')),
        (r"a\:b", Some('\\')),
        (r#"a\"b"#, Some('\\')),
        (r"\056", Some('\\')),
        (r#"":""#, Some(':')),
        ("'a,b'", Some(',')),
        (r#"a"b"#, Some('"')),
        ("a'b", Some('\'')),
        (r#"a"b'c"#, Some('"')),
        (r#"a"b"c""#, Some('"')),
        (r#"a"b'c"d'"#, Some('\'')),
        (r#"a"b""#, None),
        ("a'b'", None),
        (r#""ab""#, None),
        ("'ab'", None),
        (r#"a"'"b"#, None),
        (r#"a'"'b"#, None),
        (r#"a"b c"d"#, None),
        (r#"a"""#, None),
        ("a b", None),
        (" a", None),
        ("a ", None),
        ("a%25b", None),
        ("a=b", None),
        ("a$b", None),
        ("a`b", None),
        ("a#b", None),
        ("a;b", None),
        ("a&b", None),
        ("a*b", None),
        ("a[b", None),
        ("a{b}", None),
        ("a|b", None),
        ("a<b", None),
        ("a~b", None),
        ("a!b", None),
        ("a+b", None),
        ("a@b", None),
        ("ü", None),
        (".hidden", None),
        ("-a", None),
    ];
    for (text, expected) in cases {
        assert_eq!(name(text).unmountable(), expected, "{text:?}");
    }
}

#[test]
fn a_published_image_carries_version_and_architecture_and_its_link_does_not() {
    let name = name("kubernetes");
    let version = "1.31.4+k3s1".parse().unwrap();
    assert_eq!(
        name.published_file_name(&version, Architecture::Arm64),
        "kubernetes-1.31.4+k3s1-arm64.raw"
    );
    assert_eq!(name.link_file_name(), "kubernetes.raw");
}

proptest! {
    #![proptest_config(campaign::config())]

    #[test]
    fn a_name_is_kept_as_it_is_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(name) = ExtensionName::from_bytes(&bytes) {
            prop_assert_eq!(name.as_str().as_bytes(), bytes.as_slice());
            prop_assert_eq!(name.as_str().parse(), Ok(name));
        }
    }
}
