//! The scopes of extensions.

use sysext_release::Scope;

#[test]
fn a_scope_is_read_back_from_its_name() {
    let names: Vec<_> = Scope::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["initrd", "portable", "system"]);
    for (name, &scope) in names.iter().zip(Scope::ALL) {
        assert_eq!((name.parse(), scope.as_str()), (Ok(scope), &**name));
    }
    let error = "host".parse::<Scope>().unwrap_err();
    assert_eq!(
        (error.text(), &*error.to_string()),
        ("host", r#"unknown scope "host": expected system, initrd or portable"#)
    );
}
