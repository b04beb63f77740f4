//! The plain types are their text in JSON, and a text that they refuse is refused there too.
#![cfg(feature = "serde")]

use serde_json::{from_str, to_string};
use sysext_release::{
    Architecture, Class, ExtensionName, ExtensionRelease, OsRelease, Scope, Systemd,
    version::Version,
};

#[test]
fn a_type_is_its_text() {
    assert_eq!(to_string(&Architecture::X86_64).unwrap(), r#""x86-64""#);
    assert_eq!(to_string(&Class::Confext).unwrap(), r#""confext""#);
    assert_eq!(to_string(&Scope::Initrd).unwrap(), r#""initrd""#);
    assert_eq!(to_string(&Systemd::V262).unwrap(), r#""262""#);
    assert_eq!(to_string(&"a b".parse::<ExtensionName>().unwrap()).unwrap(), r#""a b""#);
    assert_eq!(to_string(&"1.00".parse::<Version>().unwrap()).unwrap(), r#""1.00""#);

    assert_eq!(from_str::<Architecture>(r#""arm64""#).unwrap(), Architecture::Arm64);
    assert_eq!(from_str::<Class>(r#""sysext""#).unwrap(), Class::Sysext);
    assert_eq!(from_str::<Scope>(r#""portable""#).unwrap(), Scope::Portable);
    assert_eq!(from_str::<Systemd>(r#""257""#).unwrap(), Systemd::V257);
    assert_eq!(from_str::<ExtensionName>(r#""\u00fc""#).unwrap().as_str(), "ü");
    assert_eq!(from_str::<Version>(r#""1.0~rc1""#).unwrap().as_str(), "1.0~rc1");
}

#[test]
fn what_parse_refuses_is_refused() {
    let cases = [
        (
            from_str::<Architecture>(r#""amd64""#).unwrap_err(),
            r#"unknown architecture "amd64": systemd calls it x86-64 at line 1 column 7"#,
        ),
        (
            from_str::<ExtensionName>(r#""""#).unwrap_err(),
            "invalid name: it is empty at line 1 column 2",
        ),
        (
            from_str::<Systemd>("257").unwrap_err(),
            "invalid type: integer `257`, expected a version of systemd as a text at line 1 column 3",
        ),
        (
            from_str::<OsRelease>("1").unwrap_err(),
            "invalid type: integer `1`, expected an os-release file at line 1 column 1",
        ),
        (
            from_str::<ExtensionRelease>("1").unwrap_err(),
            "invalid type: integer `1`, expected an extension-release file at line 1 column 1",
        ),
        (
            from_str::<Version>("1").unwrap_err(),
            "invalid type: integer `1`, expected a version at line 1 column 1",
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(error.to_string(), expected);
    }
}
