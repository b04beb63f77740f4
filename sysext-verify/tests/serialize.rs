//! Each type is its text in JSON, and a text that it refuses is refused there too.
#![cfg(feature = "serde")]

use serde_json::{from_str, to_string};
use sysext_verify::{FileName, Manifest, Sha256Digest};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn a_type_is_its_text() {
    let digest = Sha256Digest::of(b"abc");
    assert_eq!(to_string(&digest).unwrap(), format!("\"{ABC}\""));
    assert_eq!(from_str::<Sha256Digest>(&format!("\"{ABC}\"")).unwrap(), digest);

    let name: FileName = "ü.raw".parse().unwrap();
    assert_eq!(to_string(&name).unwrap(), r#""ü.raw""#);
    assert_eq!(from_str::<FileName>(r#""\u00fc.raw""#).unwrap(), name);

    let mut manifest = Manifest::default();
    assert_eq!(to_string(&manifest).unwrap(), r#""""#);
    manifest.insert(name, digest).unwrap();
    assert_eq!(to_string(&manifest).unwrap(), format!(r#""{ABC}  ü.raw\n""#));
    assert_eq!(from_str::<Manifest>(&format!(r#""{ABC} *ü.raw\n""#)).unwrap(), manifest);
}

#[test]
fn what_parse_refuses_is_refused() {
    let cases = [
        (
            from_str::<Sha256Digest>(r#""abc""#).unwrap_err(),
            "invalid digest: it has 3 bytes, not the 64 digits of SHA-256 at line 1 column 5",
        ),
        (
            from_str::<Sha256Digest>("1").unwrap_err(),
            "invalid type: integer `1`, expected the 64 hexadecimal digits of a SHA-256 digest \
             at line 1 column 1",
        ),
        (
            from_str::<FileName>(r#""a/b""#).unwrap_err(),
            r#"invalid file name "a/b": '/' at byte 1 at line 1 column 5"#,
        ),
        (
            from_str::<FileName>("[]").unwrap_err(),
            "invalid type: sequence, expected a file name at line 1 column 0",
        ),
        (
            from_str::<Manifest>(r##""# x\n""##).unwrap_err(),
            "line 1: a manifest has no comments at line 1 column 7",
        ),
        (
            from_str::<Manifest>("null").unwrap_err(),
            "invalid type: null, expected a manifest at line 1 column 4",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
    }
}
