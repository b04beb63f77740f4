//! extension-release files, read and made.

mod campaign;

use proptest::{collection::vec, prelude::*};

use sysext_release::{
    Architecture, Class, ExtensionRelease, InvalidExtensionReleaseError, Scope,
    env_file::{MAX_BYTES, WriteErrorKind},
};

const K3S: &str = "ID=_any\nSYSEXT_LEVEL=glibc-2.41\nVERSION_ID=20250329\nSYSEXT_VERSION_ID=29.1\n\
    SYSEXT_SCOPE=initrd system portable\nARCHITECTURE=x86-64\nEXTENSION_RELOAD_MANAGER=1\nSYSEXT_ID=k3s\n\
    SYSEXT_IMAGE_ID=k3s-image\nCONFEXT_ID=k3s-etc\nCONFEXT_VERSION_ID=30\nCONFEXT_IMAGE_ID=etc-image\n\
    CONFEXT_LEVEL=2\nIMAGE_ID=os\nIMAGE_VERSION=7\nBUILD_ID=8\nVARIANT_ID=server\nPORTABLE_PREFIXES=\"a b\"\n\
    EXTENSION_RESTART_UNITS=\" k3s.service\tb.socket\"\nEXTENSION_RELOAD_OR_RESTART_UNITS=c.service\n";

#[test]
fn every_field_has_its_method() {
    let extension = parse(K3S);
    let found = [
        (extension.id(), "_any"),
        (extension.version_id(), "20250329"),
        (extension.level(Class::Sysext), "glibc-2.41"),
        (extension.level(Class::Confext), "2"),
        (extension.architecture(), "x86-64"),
        (extension.extension_id(Class::Sysext), "k3s"),
        (extension.extension_id(Class::Confext), "k3s-etc"),
        (extension.extension_version_id(Class::Sysext), "29.1"),
        (extension.extension_version_id(Class::Confext), "30"),
        (extension.extension_image_id(Class::Sysext), "k3s-image"),
        (extension.extension_image_id(Class::Confext), "etc-image"),
        (extension.image_id(), "os"),
        (extension.image_version(), "7"),
        (extension.build_id(), "8"),
        (extension.variant_id(), "server"),
        (extension.get("SYSEXT_SCOPE"), "initrd system portable"),
    ];
    for (value, wanted) in found {
        assert_eq!(value, Some(wanted));
    }
    assert_eq!(extension.reload_manager(), Ok(true));
    assert_eq!(extension.portable_prefixes().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(extension.restart_units().collect::<Vec<_>>(), ["k3s.service", "b.socket"]);
    assert_eq!(extension.reload_or_restart_units().collect::<Vec<_>>(), ["c.service"]);
}

#[test]
fn scopes_have_a_default_that_an_empty_field_overrides() {
    let table: [(&str, &[&str]); 5] = [
        ("ID=a\n", &["system", "portable"]),
        ("CONFEXT_SCOPE=initrd\n", &["system", "portable"]),
        ("SYSEXT_SCOPE=\n", &[]),
        ("SYSEXT_SCOPE=\" \"\n", &[]),
        ("SYSEXT_SCOPE=\"initrd, any\nsystem\"\n", &["initrd,", "any", "system"]),
    ];
    for (file, scopes) in table {
        assert_eq!(parse(file).scopes(Class::Sysext).collect::<Vec<_>>(), scopes, "{file:?}");
    }
}

#[test]
fn reload_manager_is_a_boolean_as_systemd_reads_it() {
    for yes in ["1", "yes", "y", "true", "t", "on", "YES", "On"] {
        let file = format!("EXTENSION_RELOAD_MANAGER={yes}\n");
        assert_eq!(parse(&file).reload_manager(), Ok(true), "{yes}");
    }
    for no in ["0", "no", "n", "false", "f", "off", "No", "OFF", ""] {
        let file = format!("EXTENSION_RELOAD_MANAGER={no}\n");
        assert_eq!(parse(&file).reload_manager(), Ok(false), "{no}");
    }
    for neither in ["2", "01", "enable", "yes no"] {
        let file = format!("EXTENSION_RELOAD_MANAGER={neither}\n");
        let error = parse(&file).reload_manager().unwrap_err();
        assert_eq!(error.value(), neither);
        assert_eq!(
            error.to_string(),
            format!("EXTENSION_RELOAD_MANAGER=\"{neither}\" is neither yes nor no")
        );
    }
    assert_eq!(parse("ID=a\n").reload_manager(), Ok(false));
}

#[test]
fn only_a_file_without_assignments_is_empty() {
    for (file, empty) in [("", true), ("# ID=a\n\nID\n", true), ("X=\n", false)] {
        assert_eq!(parse(file).is_empty(), empty, "{file:?}");
    }
}

#[test]
fn an_empty_value_counts_as_none_but_is_kept() {
    let extension = parse("ID=\nVERSION_ID=\nSYSEXT_LEVEL=\nARCHITECTURE=\n");
    assert_eq!(
        [
            extension.id(),
            extension.version_id(),
            extension.level(Class::Sysext),
            extension.architecture()
        ],
        [None; 4]
    );
    assert_eq!(extension.get("ID"), Some(""));
}

#[test]
fn the_same_fields_give_the_same_file_in_whatever_order() {
    let file = "ID=debian\nVERSION_ID=13\nSYSEXT_LEVEL=1\nSYSEXT_SCOPE=\"initrd system\"\nCONFEXT_LEVEL=2\n\
        CONFEXT_SCOPE=portable\nARCHITECTURE=arm64\nEXTENSION_RELOAD_MANAGER=1\n\
        EXTENSION_RESTART_UNITS=\"a.service b.service\"\nEXTENSION_RELOAD_OR_RESTART_UNITS=c.service\n\
        A=\"two\nlines\"\nSYSEXT_ID=\"\\$\"\n";
    let extension = ExtensionRelease::builder()
        .extension_id(Class::Sysext, "$")
        .field("A", "two\nlines")
        .reload_or_restart_units(["c.service"])
        .restart_units(["a.service", "b.service"])
        .reload_manager(true)
        .architecture(Architecture::Arm64)
        .scopes(Class::Confext, [Scope::Portable])
        .level(Class::Confext, "2")
        .scopes(Class::Sysext, [Scope::System, Scope::Initrd, Scope::System])
        .level(Class::Sysext, "1")
        .version_id("13")
        .id("debian")
        .build()
        .unwrap();
    assert_eq!(extension.to_string(), file);
    let again = ExtensionRelease::parse(file.as_bytes()).unwrap();
    assert_eq!(again, extension);
    assert!(again.assignments().eq(extension.assignments()), "lines differ");
}

#[test]
fn a_later_call_replaces_an_earlier_one() {
    let extension = ExtensionRelease::builder()
        .id("debian")
        .any_os()
        .scopes(Class::Sysext, [])
        .scopes(Class::Sysext, [Scope::Initrd])
        .reload_manager(true)
        .reload_manager(false)
        .build()
        .unwrap();
    assert_eq!(extension.to_string(), "ID=_any\nSYSEXT_SCOPE=initrd\nEXTENSION_RELOAD_MANAGER=0\n");
}

#[test]
fn a_file_that_no_host_could_use_is_not_built() {
    let builder = || ExtensionRelease::builder().any_os();
    let table = [
        (
            ExtensionRelease::builder().version_id("1").build(),
            "an extension-release file needs an ID: that of an operating system, or _any",
        ),
        (
            builder().id("").build(),
            "an extension-release file needs an ID: that of an operating system, or _any",
        ),
        (
            builder().scopes(Class::Confext, []).build(),
            "CONFEXT_SCOPE is empty: no host would take the extension",
        ),
        (
            builder().field("SYSEXT_SCOPE", " \t\n").build(),
            "SYSEXT_SCOPE is empty: no host would take the extension",
        ),
        (
            builder().restart_units(["a.service", "b service", "c service"]).build(),
            "EXTENSION_RESTART_UNITS cannot hold the unit name \"b service\"",
        ),
        (
            builder().reload_or_restart_units([""]).build(),
            "EXTENSION_RELOAD_OR_RESTART_UNITS cannot hold the unit name \"\"",
        ),
        (
            builder().extension_version_id(Class::Sysext, "\u{fdd0}").build(),
            "cannot write \"SYSEXT_VERSION_ID\": the value holds '\\u{fdd0}'",
        ),
        (builder().version_id("1\0").build(), "cannot write \"VERSION_ID\": the value holds '\\0'"),
    ];
    for (result, text) in table {
        assert_eq!(result.map_err(|error| error.to_string()), Err(text.to_owned()));
    }
}

#[test]
fn a_key_that_a_shell_would_not_take_is_refused() {
    for key in ["", "A B", "A ", "A=", "A-B", "1A", "Ä", "$(id)", "A\n"] {
        let error = ExtensionRelease::builder().any_os().field(key, "x").build().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("invalid key {key:?}: it is no name of a shell variable")
        );
    }
    for key in ["A", "_", "a1_B"] {
        let extension = ExtensionRelease::builder().any_os().field(key, "x").build();
        assert_eq!(extension.unwrap().get(key), Some("x"), "{key:?}");
    }
}

#[test]
fn an_empty_value_removes_the_field() {
    let no_unit: [&str; 0] = [];
    let extension = ExtensionRelease::builder()
        .any_os()
        .version_id("13")
        .level(Class::Sysext, "1")
        .extension_id(Class::Confext, "etc")
        .restart_units(["a.service"])
        .reload_or_restart_units(["b service"])
        .scopes(Class::Sysext, [])
        .version_id("")
        .level(Class::Sysext, "")
        .extension_id(Class::Confext, "")
        .restart_units(no_unit)
        .reload_or_restart_units(no_unit)
        .field("SYSEXT_SCOPE", "")
        .build();
    assert_eq!(extension.unwrap().to_string(), "ID=_any\n");
}

#[test]
fn what_was_set_of_the_extension_itself_is_read_back() {
    for class in [Class::Sysext, Class::Confext] {
        let extension = ExtensionRelease::builder()
            .any_os()
            .extension_id(class, "k3s")
            .extension_version_id(class, "1.31.4+k3s1")
            .extension_image_id(class, "k3s-full")
            .build()
            .unwrap();
        assert_eq!(extension.extension_id(class), Some("k3s"));
        assert_eq!(extension.extension_version_id(class), Some("1.31.4+k3s1"));
        assert_eq!(extension.extension_image_id(class), Some("k3s-full"));
    }
}

#[test]
fn a_file_that_would_be_too_large_is_not_built() {
    let value = "a".repeat(MAX_BYTES - "ID=_any\nA=\n".len());
    let build = |key| ExtensionRelease::builder().any_os().field(key, &value).build();
    assert_eq!(build("A").unwrap().get("A").map(str::len), Some(value.len()));
    let error = build("AB").unwrap_err();
    let InvalidExtensionReleaseError::Field { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!((source.key(), source.kind()), ("AB", WriteErrorKind::TooLarge));
}

#[cfg(feature = "serde")]
#[test]
fn it_serializes_as_its_text() {
    let json = serde_json::json!("ID=_any\nSYSEXT_SCOPE=\"initrd system\"\n");
    let extension: ExtensionRelease = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(extension.scopes(Class::Sysext).collect::<Vec<_>>(), ["initrd", "system"]);
    assert_eq!(serde_json::to_value(extension).unwrap(), json);
}

proptest! {
    #![proptest_config(campaign::config())]

    #[test]
    fn what_is_built_reads_back(fields in vec(("[A-Z_ ]{1,2}", any::<String>()), 0..5), id in "[a-z]{1,3}") {
        let builder = fields.iter().fold(ExtensionRelease::builder(), |b, (key, value)| b.field(key, value));
        if let Ok(extension) = builder.id(&id).build() {
            let again = ExtensionRelease::parse(extension.to_string().as_bytes()).unwrap();
            prop_assert!(again.assignments().eq(extension.assignments()));
            prop_assert_eq!(again.id(), Some(&*id));
            for (key, value) in fields.iter().rev().skip_while(|(key, _)| key == "ID").take(1) {
                prop_assert_eq!(again.get(key).unwrap_or_default(), &**value);
            }
        }
    }
}

fn parse(file: &str) -> ExtensionRelease {
    ExtensionRelease::parse(file.as_bytes()).expect("readable")
}
