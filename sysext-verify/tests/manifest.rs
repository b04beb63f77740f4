//! Reading, extending and writing SHA256SUMS.

use std::{env, error::Error};

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use serde_json::Value;
use sysext_verify::{FileName, Insertion, Manifest, ManifestErrorKind, Sha256Digest};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

const BAD_SEPARATOR: &str =
    "line 1: expected two blanks, or a blank and an asterisk, after the digest";

#[test]
fn a_file_that_is_taken_out_is_not_listed() {
    let mut manifest = Manifest::parse(format!("{A}  x\n{A}  y\n").as_bytes()).unwrap();
    let digest = manifest.get("x");
    assert_eq!((manifest.remove("x"), manifest.remove("x")), (digest, None));
    assert_eq!(manifest.to_string(), format!("{A}  y\n"));
}

#[test]
fn a_manifest_is_accepted_when_systemd_257_and_262_accept_it() {
    let mut rows = include_str!("data/manifest.jsonl").lines();
    assert_eq!(rows.next(), Some("# systemd-sysupdate 257.13 (257.13-1~deb13u1) and 262 (262-1)"));
    let mut seen = 0;
    let mut disagreements = Vec::new();
    for row in rows.map(|row| serde_json::from_str::<Value>(row).unwrap()) {
        let text = row["manifest"].as_str().unwrap();
        let bytes: Vec<u8> = text.chars().map(|byte| u8::try_from(byte).unwrap()).collect();
        let both = row["257"] == "accepted" && row.get("262").is_none_or(|it| it == "accepted");
        let expected = match text {
            // 257 cannot download an empty file, and 262 looks at the clock.
            "" => true,
            _ if text.ends_with("  BEST-BEFORE-2001-01-01\n") => true,
            _ if has_conflict(text) => false,
            _ => both,
        };
        let found = Manifest::parse(&bytes);
        if found.is_ok() != expected {
            disagreements.push((row, found));
        }
        seen += 1;
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
    assert_eq!(seen, 93);
}

#[test]
fn a_bad_line_is_named_with_its_number_and_reason() {
    let digits = "1".repeat(63);
    let table: [(Vec<u8>, String); 22] = [
        (format!("{A}  x").into(), "line 1: there is no line feed at its end".into()),
        (format!("{A}  x\n{A}  y").into(), "line 2: there is no line feed at its end".into()),
        (format!("{A}  x\n\n").into(), "line 2: it is empty".into()),
        (format!("\\{A}  x\\ny\n").into(), "line 1: escaped file names are not supported".into()),
        ([A.as_bytes(), b"  \xff\n"].concat(), "line 1: it is not UTF-8".into()),
        (format!("# sums\n{A}  x\n").into(), "line 1: a manifest has no comments".into()),
        (format!("{A}  x\n#{A}  y\n").into(), "line 2: a manifest has no comments".into()),
        (format!("SHA256 (x) = {A}\n").into(), "line 1: BSD-style lines are not supported".into()),
        (format!("SHA256 (x)\n{A}\n").into(), bad_length(6)),
        (format!("{A} (x) = {A}\n").into(), BAD_SEPARATOR.into()),
        (format!("{digits}  x\n").into(), bad_length(63)),
        (format!("{A}**x\n").into(), bad_length(67)),
        (
            format!("g{digits}  x\n").into(),
            format!("line 1: invalid digest \"g{digits}\": 'g' at byte 0 is no hexadecimal digit"),
        ),
        (format!("{A}\n").into(), BAD_SEPARATOR.into()),
        (format!("{A} x\n").into(), BAD_SEPARATOR.into()),
        (format!("{A}\t x\n").into(), BAD_SEPARATOR.into()),
        (format!("{A}  \n").into(), "line 1: invalid file name: it is empty".into()),
        (
            format!("{A}  ..\n").into(),
            r#"line 1: invalid file name "..": it is a directory's own or its parent's"#.into(),
        ),
        (format!("{A}  x\r\n").into(), r#"line 1: invalid file name "x\r": '\r' at byte 1"#.into()),
        (
            format!("{A}  a\n{A}  b/c\n").into(),
            r#"line 2: invalid file name "b/c": '/' at byte 1"#.into(),
        ),
        (
            format!("{A}  {}\n", "x".repeat(300)).into(),
            "line 1: invalid file name: it has 300 bytes, more than 255".into(),
        ),
        (
            format!("{A}  x\n{B}  y\n{B} *x\n").into(),
            format!("line 3: \"x\" is listed with digest {A}, not {B}"),
        ),
    ];
    for (bytes, expected) in table {
        let text = String::from_utf8_lossy(&bytes);
        let error = Manifest::parse(&bytes).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text:?}");
        assert_eq!(
            error.line().map(|line| format!("line {line}")).as_deref(),
            expected.get(..6),
            "{text:?}"
        );
        assert!(error.source().is_none(), "the text says it all: {text:?}");
    }
}

#[test]
fn a_name_may_look_like_a_comment_or_a_line_of_bsd() {
    let text = format!("{A}  # sums\n{A}  (x) = y\n");
    assert_eq!(Manifest::parse(text.as_bytes()).unwrap().to_string(), text);
}

#[test]
fn an_entry_written_anew_keeps_its_meaning_and_loses_its_form() {
    let read = format!("{} *b\n{A}  a\n{A}  a\n{B}  *c\n", B.to_uppercase());
    let written = format!("{B}  *c\n{A}  a\n{B}  b\n");
    assert_eq!(Manifest::parse(read.as_bytes()).unwrap().to_string(), written);
}

#[test]
fn markers_signatures_and_foreign_files_survive() {
    let read = format!(
        "{A}  BEST-BEFORE-2030-01-01\n\
         {A}  BEST-BEFORE-nonsense\n\
         {B}  SHA256SUMS.gpg\n\
         {B}  notes.txt\n"
    );
    let mut manifest = Manifest::parse(read.as_bytes()).unwrap();
    manifest.insert(name("x.raw"), Sha256Digest::of(b"abc")).unwrap();
    let added = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  x.raw\n";
    assert_eq!(manifest.to_string(), read + added);
}

#[test]
fn a_listed_name_keeps_its_digest_unless_it_is_replaced() {
    let (a, b) = (A.parse().unwrap(), B.parse().unwrap());
    let mut manifest = Manifest::default();
    assert!(manifest.is_empty(), "{manifest:?}");
    assert_eq!(manifest.insert(name("x"), a), Ok(Insertion::Added));
    assert!(!manifest.is_empty(), "{manifest:?}");
    assert_eq!(manifest.insert(name("x"), a), Ok(Insertion::Unchanged));

    let error = manifest.insert(name("x"), b).unwrap_err();
    assert_eq!((error.name().as_str(), error.listed(), error.given()), ("x", a, b));
    assert_eq!(error.to_string(), format!("\"x\" is listed with digest {A}, not {B}"));
    assert_eq!(manifest.get("x"), Some(a));

    assert_eq!(manifest.replace(name("x"), b), Some(a));
    assert_eq!(manifest.replace(name("y"), b), None);
    assert_eq!((manifest.get("x"), manifest.get("z")), (Some(b), None));
    let files: Vec<_> = manifest.files().map(|(name, digest)| (name.as_str(), digest)).collect();
    assert_eq!(files, [("x", b), ("y", b)]);
}

#[test]
fn a_manifest_above_the_limit_is_refused_unread() {
    let mut bytes = vec![b'\n'; Manifest::MAX_BYTES];
    assert_eq!(Manifest::parse(&bytes).unwrap_err().to_string(), "line 1: it is empty");

    bytes.push(b'\n');
    let error = Manifest::parse(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "manifest has 67108865 bytes, more than 67108864");
    assert_eq!(error.line(), None);
    assert!(matches!(error.kind(), ManifestErrorKind::TooLarge { length: 67_108_865, .. }));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read_back(files in btree_map(any::<String>(), any::<[u8; 32]>(), 0..20)) {
        let mut manifest = Manifest::default();
        for (text, digest) in files {
            if let Ok(name) = text.parse() {
                manifest.insert(name, digest.into()).unwrap();
            }
        }
        prop_assert_eq!(Manifest::parse(manifest.to_string().as_bytes()), Ok(manifest));
    }

    #[test]
    fn what_is_read_is_in_the_file(
        lines in vec("[01]{63}[0-2g] [ *][a-c%/\n]{0,2}\n?", 0..4),
    ) {
        let text = lines.concat();
        if let Ok(manifest) = Manifest::parse(text.as_bytes()) {
            let mut expected: Vec<_> = text
                .lines()
                .map(|line| (line.split_at(66).1.to_owned(), line.split_at(64).0.to_owned()))
                .collect();
            expected.sort_unstable();
            expected.dedup();
            let found: Vec<_> = manifest
                .files()
                .map(|(name, digest)| (name.to_string(), digest.to_string()))
                .collect();
            prop_assert_eq!(found, expected, "{:?}", text);
        }
    }
}

/// A whole campaign if it may take long, else a tenth.
fn config() -> ProptestConfig {
    let cases = if env::var_os("SYSEXT_LONG").is_some() { 2560 } else { 256 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn bad_length(length: usize) -> String {
    format!("line 1: invalid digest: it has {length} bytes, not the 64 digits of SHA-256")
}

/// Whether two lines of the file give one name different digests.
fn has_conflict(text: &str) -> bool {
    let pairs = || text.lines().filter_map(|line| line.split_at_checked(64));
    pairs().any(|(digest, name)| pairs().any(|(other, twin)| name == twin && digest != other))
}

fn name(text: &str) -> FileName {
    text.parse().expect("a valid name")
}
