//! The classes of extensions, and where each has what.

use sysext_release::Class;

#[test]
fn a_class_is_read_back_from_its_name() {
    let names: Vec<_> = Class::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["confext", "sysext"]);
    for (name, &class) in names.iter().zip(Class::ALL) {
        assert_eq!((name.parse(), class.as_str()), (Ok(class), &**name));
    }
    let error = "Sysext".parse::<Class>().unwrap_err();
    assert_eq!(
        (error.text(), &*error.to_string()),
        ("Sysext", r#"unknown class "Sysext": expected sysext or confext"#)
    );
}

#[test]
fn each_class_has_its_own_places_and_fields() {
    let name = "tools_1.2".parse().unwrap();
    let found = Class::ALL.iter().map(|class| {
        (class.hierarchies(), class.release_file(&name), class.level_key(), class.scope_key())
    });
    let expected: [(&[&str], &str, &str, &str); 2] = [
        (
            &["etc"],
            "etc/extension-release.d/extension-release.tools_1.2",
            "CONFEXT_LEVEL",
            "CONFEXT_SCOPE",
        ),
        (
            &["usr", "opt"],
            "usr/lib/extension-release.d/extension-release.tools_1.2",
            "SYSEXT_LEVEL",
            "SYSEXT_SCOPE",
        ),
    ];
    let expected = expected.map(|(tops, file, level, scope)| (tops, file.to_owned(), level, scope));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}
