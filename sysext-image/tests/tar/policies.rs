//! What the policies that archives share with directories do to members.

use sysext_image::{ModePolicy, PathPattern, TarPolicy, Whiteouts, XattrPolicy};

use crate::archive::{link, listing, member, pax, put, read_with, with};

fn excluding(patterns: &[&str]) -> TarPolicy {
    let patterns = patterns.iter().map(|text| text.parse::<PathPattern>().expect("a pattern"));
    patterns.fold(TarPolicy::default(), TarPolicy::with_exclude)
}

#[test]
fn what_matches_is_left_out_with_all_below() {
    let members = [
        member("usr/share/doc/a", b'0', b"a"),
        member("usr/share/doc/b/c", b'0', b"c"),
        member("usr/share/docs", b'0', b"docs"),
        member("opt/", b'5', b""),
    ];
    let policy = excluding(&["usr/share/doc", "opt/missing", "o?t"]);
    let scan = read_with(&members, &policy);
    assert_eq!(
        listing(&scan.tree),
        ["0755 usr/", "0755 usr/share/", "0644 usr/share/docs 4 bytes"]
    );
    assert_eq!(scan.excluded, ["opt", "usr/share/doc"].map(|path| path.parse().unwrap()));
    assert_eq!(scan.unmatched, ["opt/missing".parse().unwrap()]);
    assert_eq!(scan.members, 4);
}

#[test]
fn a_hard_link_keeps_the_content_and_losses_of_what_is_left_out() {
    let members = [
        pax(&[("SCHILY.xattr.system.other", b"1")]),
        member("usr/linked", b'0', b"content"),
        link("usr/link", b'1', "usr/linked"),
        pax(&[("SCHILY.xattr.system.other", b"1")]),
        member("usr/alone", b'0', b"content"),
    ];
    let scan = read_with(&members, &excluding(&["usr/linked", "usr/alone"]));
    assert_eq!(listing(&scan.tree), ["0755 usr/", "0644 usr/link 7 bytes"]);
    assert_eq!(scan.tree.get("usr/link").unwrap().nlink(), 1);
    let losses: Vec<_> = scan.losses.iter().map(ToString::to_string).collect();
    let expected = "\"usr/linked\": squashfs cannot store \"system.other\", it was left out";
    assert_eq!(losses, [expected]);
}

#[test]
fn a_pattern_is_of_what_a_whiteout_becomes() {
    let members = [member("usr/.wh.gone", b'0', b""), member("usr/.wh.kept", b'0', b"")];
    let policy = excluding(&["usr/gone"]).with_whiteouts(Whiteouts::Oci);
    let scan = read_with(&members, &policy);
    assert_eq!(listing(&scan.tree), ["0755 usr/", "0000 usr/kept c0:0"]);
}

#[test]
fn modes_and_attributes_are_those_of_the_policy() {
    let members = [
        pax(&[
            ("SCHILY.xattr.security.selinux", b"label"),
            ("SCHILY.xattr.btrfs.compression", b"zstd"),
            ("SCHILY.xattr.user.note", b"note"),
        ]),
        with("file", b'0', b"", |header| put(header, 100, b"0006775\0")),
    ];
    let cases = [
        (XattrPolicy::Keep, "0755 file 0 bytes security.selinux=label user.note=note"),
        (XattrPolicy::WithoutLabels, "0755 file 0 bytes user.note=note"),
        (XattrPolicy::Nothing, "0755 file 0 bytes"),
    ];
    for (xattrs, expected) in cases {
        let policy = TarPolicy::default().with_mode(ModePolicy::Clear(0o6022)).with_xattrs(xattrs);
        let scan = read_with(&members, &policy);
        assert_eq!(
            (listing(&scan.tree), scan.losses),
            (vec![expected.into()], vec![]),
            "{xattrs:?}"
        );
    }
}
