//! Whiteouts of container layers.

use sysext_image::{TarPolicy, Whiteouts};

use crate::archive::{error_with, link, listing, member, read, read_with};

fn oci() -> TarPolicy {
    TarPolicy::default().with_whiteouts(Whiteouts::Oci)
}

#[test]
fn they_are_names_unless_the_policy_says_otherwise() {
    let parts = [member("usr/.wh.gone", b'0', b""), member("usr/.wh..wh..opq", b'0', b"")];
    let expected = ["0755 usr/", "0644 usr/.wh..wh..opq 0 bytes", "0644 usr/.wh.gone 0 bytes"];
    assert_eq!(listing(&read(&parts).tree), expected);
    let expected = ["0755 usr/ trusted.overlay.opaque=y", "0000 usr/gone c0:0"];
    assert_eq!(listing(&read_with(&parts, &oci()).tree), expected);
}

#[test]
fn they_hide_lower_layers_only_wherever_they_stand() {
    let whiteouts = [member("usr/.wh.dir", b'0', b""), member("usr/.wh.file", b'0', b"")];
    let entries = [
        member("usr/dir/", b'5', b""),
        member("usr/dir/in", b'0', b""),
        member("usr/file", b'0', b"x"),
    ];
    let expected = [
        "0755 usr/",
        "0644 usr/dir/ trusted.overlay.opaque=y",
        "0644 usr/dir/in 0 bytes",
        "0644 usr/file 1 bytes",
    ];
    for parts in [[&whiteouts[..], &entries].concat(), [&entries[..], &whiteouts].concat()] {
        assert_eq!(listing(&read_with(&parts, &oci()).tree), expected);
    }
}

#[test]
fn the_root_can_be_opaque() {
    let scan = read_with(&[member(".wh..wh..opq", b'0', b"")], &oci());
    assert_eq!(listing(&scan.tree), Vec::<String>::new());
    let xattrs = &scan.tree.root_metadata().xattrs;
    assert_eq!(xattrs.get(&b"trusted.overlay.opaque"[..]), Some(&b"y"[..].into()));
}

#[test]
fn those_that_hide_nothing_are_errors() {
    let at = |name: &str, text: &str| format!("member {name:?} at byte 0 of the archive: {text}");
    for name in [".wh.", "usr/.wh..", "usr/.wh...", ".wh..wh.plnk"] {
        let error = error_with(&[member(name, b'0', b"")], &oci());
        assert_eq!(error, at(name, "it hides nothing that can be"), "{name:?}");
    }
    let below = [member("usr/lib/.wh.gone", b'0', b""), link("usr/lib", b'2', "lib64")];
    let text = r#"its parent "usr/lib" is not a directory"#;
    assert_eq!(error_with(&below, &oci()), at("usr/lib/gone", text));
    let below = [member("usr/lib/.wh..wh..opq", b'0', b""), link("usr/lib", b'2', "lib64")];
    assert_eq!(error_with(&below, &oci()), at("usr/lib", "something is already there"));
}
