//! os-release files.

use sysext_release::{Class, OsRelease};

const STEAMOS: &str = "NAME=\"SteamOS\"\nPRETTY_NAME=\"SteamOS 3\"\nID=steamos\nID_LIKE=\"arch\tlinux\"\nVARIANT_ID=steamdeck\n\
    VERSION_ID=3.6\nBUILD_ID=20240327.1000\nIMAGE_ID=deck\nIMAGE_VERSION=33\nSYSEXT_LEVEL=1\nCONFEXT_LEVEL=2\n";

#[test]
fn every_field_has_its_method() {
    let os = OsRelease::parse(STEAMOS.as_bytes()).unwrap();
    let found = [
        (os.name(), "SteamOS"),
        (os.pretty_name(), "SteamOS 3"),
        (os.id(), "steamos"),
        (os.variant_id(), "steamdeck"),
        (os.version_id(), "3.6"),
        (os.build_id(), "20240327.1000"),
        (os.image_id(), "deck"),
        (os.image_version(), "33"),
        (os.level(Class::Sysext), "1"),
        (os.level(Class::Confext), "2"),
        (os.get("ID_LIKE"), "arch\tlinux"),
    ];
    for (value, wanted) in found {
        assert_eq!(value, Some(wanted));
    }
    assert_eq!(os.id_like().collect::<Vec<_>>(), ["arch", "linux"]);
}

#[test]
fn an_empty_value_counts_as_none_but_is_kept() {
    let keys = ["ID", "VERSION_ID", "SYSEXT_LEVEL", "NAME", "IMAGE_ID"];
    let file = keys.map(|key| format!("{key}=\n")).concat();
    let os = OsRelease::parse(file.as_bytes()).unwrap();
    assert_eq!(
        [os.id(), os.version_id(), os.level(Class::Sysext), os.name(), os.image_id()],
        [None; 5]
    );
    assert_eq!(keys.map(|key| os.get(key)), [Some(""); 5]);
    assert_eq!(os.get("PRETTY_NAME"), None);
}

#[test]
fn only_a_file_without_assignments_is_empty() {
    for (file, empty) in [("", true), ("# ID=a\n", true), ("X=\n", false)] {
        assert_eq!(OsRelease::parse(file.as_bytes()).unwrap().is_empty(), empty, "{file:?}");
    }
}

#[test]
fn the_last_value_counts_even_if_it_is_empty() {
    let table = [
        ("ID=a\nID=b\n", Some("b")),
        ("ID=a\nID=\n", None),
        ("ID=\nID=a\n", Some("a")),
        ("ID=a\nid=b\n", Some("a")),
    ];
    for (file, id) in table {
        assert_eq!(OsRelease::parse(file.as_bytes()).unwrap().id(), id, "{file:?}");
    }
}

#[test]
fn nothing_but_comments_is_lost() {
    let file = b"# comment\nID='a'\n\nX=1\nID=\"b c\"\n";
    let os = OsRelease::parse(file).unwrap();
    let found: Vec<_> = os.assignments().map(|a| (a.line, a.key, a.value.into_owned())).collect();
    assert_eq!(
        found,
        [(2, "ID", "a".to_owned()), (4, "X", "1".to_owned()), (5, "ID", "b c".to_owned())]
    );
    assert_eq!(os.to_string(), "ID=a\nX=1\nID=\"b c\"\n");
    assert_eq!(OsRelease::parse(os.to_string().as_bytes()), Ok(os));
}

#[test]
fn order_and_repeats_tell_files_apart_and_comments_do_not() {
    let parse = |file: &str| OsRelease::parse(file.as_bytes()).unwrap();
    assert_eq!(parse("ID=a\nX=1\n"), parse("# comment\nID='a'\nX=1"));
    assert_ne!(parse("ID=a\nX=1\n"), parse("X=1\nID=a\n"));
    assert_ne!(parse("ID=a\n"), parse("ID=a\nID=a\n"));
}

#[test]
fn an_unreadable_file_is_an_error() {
    let error = OsRelease::parse(b"ID=a\nNAME=\xff\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, byte 10 of the file: the value of \"NAME\" is not UTF-8"
    );
}

#[cfg(feature = "serde")]
#[test]
fn it_serializes_as_its_text() {
    let os = OsRelease::parse(b"ID=a # b\nID='c'\n").unwrap();
    let json = serde_json::to_string(&os).unwrap();
    assert_eq!(json, r#""ID=\"a # b\"\nID=c\n""#);
    assert_eq!(serde_json::from_str::<OsRelease>(&json).unwrap(), os);
    let error = serde_json::from_str::<OsRelease>(r#""ID=a\u0000""#).unwrap_err();
    assert_eq!(error.to_string(), "line 1, byte 4 of the file: a NUL byte at line 1 column 12");
}
