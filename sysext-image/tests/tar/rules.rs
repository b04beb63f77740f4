//! What members mean, one rule each.

use sysext_image::{Metadata, MtimePolicy, OwnerPolicy, TarLimits, TarPolicy, Tree};

use crate::archive::{
    Record, archive, image, link, listing, member, pax, put, read, read_with, records_of, with,
};

#[test]
fn each_kind_becomes_an_entry() {
    let device = |header: &mut [u8; 512]| {
        put(header, 329, b"0000010\0");
        put(header, 337, b"0000003\0");
    };
    let scan = read(&[
        member("usr/", b'5', b""),
        member("usr/file", b'0', b"content"),
        member("usr/old", 0, b"v7"),
        member("usr/contiguous", b'7', b"x"),
        link("usr/hard", b'1', "usr/file"),
        link("usr/soft", b'2', "../anything"),
        with("usr/char", b'3', b"", device),
        with("usr/block", b'4', b"", device),
        member("usr/fifo", b'6', b""),
        member("v7/", b'0', b""),
        member("dumped/", b'D', b"Yusr\0\0"),
        member("label", b'V', b""),
    ]);
    assert_eq!(
        listing(&scan.tree),
        [
            "0644 dumped/",
            "0644 usr/",
            "0644 usr/block b8:3",
            "0644 usr/char c8:3",
            "0644 usr/contiguous 1 bytes",
            "0644 usr/fifo Fifo",
            "0644 usr/file 7 bytes",
            "0644 usr/hard 7 bytes",
            "0644 usr/old 2 bytes",
            "0644 usr/soft -> ../anything",
            "0644 v7/",
        ]
    );
    let entry = |path| scan.tree.get(path).unwrap();
    assert!(entry("usr/file").is_same_inode(&entry("usr/hard")));
    assert_eq!(scan.members, 11);
}

#[test]
fn names_lose_what_leads_nowhere() {
    let names = ["a", "./a", "/a", "//a", "a/", "././/a/./", "/./a"];
    for name in names {
        let scan = read(&[member(name, b'5', b"")]);
        assert_eq!(listing(&scan.tree), ["0644 a/"], "{name:?}");
        let counts = (scan.absolute_names, scan.dotted_names);
        let expected = (name.starts_with('/').into(), name.starts_with("./").into());
        assert_eq!(counts, expected, "{name:?}");
    }
}

#[test]
fn the_root_is_that_of_a_new_tree_whatever_the_archive_says() {
    let parts = [member("./", b'5', b""), member("/", b'5', b""), member(".", b'5', b"")];
    let policy = TarPolicy::default().with_mtime(MtimePolicy::ClampTo(7));
    let scan = read_with(&parts, &policy);
    assert_eq!(*scan.tree.root_metadata(), Metadata::new(0o755).with_mtime(7));
    assert_eq!(listing(&scan.tree), Vec::<String>::new());
}

#[test]
fn a_later_member_replaces_an_earlier_one() {
    let scan = read(&[
        member("file", b'0', b"first"),
        link("other", b'1', "file"),
        member("file", b'0', b"second one"),
        link("link", b'2', "nowhere"),
        member("link/", b'5', b""),
        member("link/file", b'0', b""),
        member("other", b'0', b"x"),
        link("other", b'1', "other"),
    ]);
    assert_eq!(
        listing(&scan.tree),
        ["0644 file 10 bytes", "0644 link/", "0644 link/file 0 bytes", "0644 other 1 bytes"]
    );
    assert_eq!(scan.tree.get("other").unwrap().nlink(), 1);
}

#[test]
fn a_directory_stays_with_the_metadata_of_the_later_member() {
    let scan = read(&[
        member("usr/", b'5', b""),
        member("usr/file", b'0', b""),
        with("usr/", b'5', b"", |header| put(header, 100, b"0000700\0")),
    ]);
    assert_eq!(listing(&scan.tree), ["0700 usr/", "0644 usr/file 0 bytes"]);
}

#[test]
fn owners_and_times_are_those_of_the_policy() {
    let keep = TarPolicy::default().with_owner(OwnerPolicy::Keep).with_mtime(MtimePolicy::Keep);
    let owner_and_time = |parts: &[Vec<u8>], policy: &TarPolicy| {
        let scan = read_with(parts, policy);
        let metadata = scan.tree.get("f").unwrap().metadata().clone();
        (metadata.uid, metadata.gid, metadata.mtime)
    };
    let plain = [member("f", b'0', b"")];
    assert_eq!(owner_and_time(&plain, &TarPolicy::default()), (0, 0, 0));
    assert_eq!(owner_and_time(&plain, &keep), (1000, 1001, 1000));
    let records = [("uid", &b"3000000"[..]), ("gid", b"5"), ("mtime", b"1234.9")];
    let local = [pax(&records), plain[0].clone()];
    assert_eq!(owner_and_time(&local, &keep), (3_000_000, 5, 1234));
    let global = [member("g", b'g', &records_of(&records)), plain[0].clone()];
    assert_eq!(owner_and_time(&global, &keep), (3_000_000, 5, 1234));
    let binary = [with("f", b'0', b"", |header| {
        put(header, 108, &[0x80, 0, 0, 0, 1, 2, 3, 4]);
        put(header, 136, &[0x80, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 1]);
    })];
    assert_eq!(owner_and_time(&binary, &keep), (0x0102_0304, 1001, 0xff00_0001));
}

#[test]
fn what_an_image_cannot_hold_is_listed_as_a_loss() {
    let scan = read(&[
        pax(&[
            ("mtime", b"-0.5"),
            ("SCHILY.xattr.system.nfs4_acl", b"x"),
            ("SCHILY.acl.access", b"user::rwx,user:7:rwx,group::---,mask::rw-,other::r--"),
            ("SCHILY.acl.default", b"user::rwx,group::r-x,other::r-x"),
        ]),
        with("f", b'0', b"", |header| put(header, 100, b"0000764\0")),
        pax(&[
            ("SCHILY.xattr.user.note", b"x"),
            ("SCHILY.acl.access", b"user::rw-,group::r--,other::r--"),
        ]),
        link("l", b'2', "f"),
        with("d/", b'5', b"", |header| put(header, 136, &[0xff; 12])),
    ]);
    let losses: Vec<_> = scan.losses.iter().map(ToString::to_string).collect();
    assert_eq!(
        losses,
        [
            r#""f": the time -1 is out of range, the nearest one was stored"#,
            r#""f": squashfs cannot store "system.nfs4_acl", it was left out"#,
            r#""f": squashfs cannot store "system.posix_acl_default", it was left out"#,
            r#""f": the access control list was left out, and the mode 0764 became 0704"#,
            r#""l": squashfs cannot store "user.note", it was left out"#,
            r#""d": the time -1 is out of range, the nearest one was stored"#,
        ]
    );
    assert_eq!(listing(&scan.tree), ["0644 d/", "0704 f 0 bytes", "0644 l -> f"]);
}

#[test]
fn attributes_are_read_as_each_program_writes_them() {
    let cases: [(&[Record<'_>], &str); 6] = [
        (&[("SCHILY.xattr.user.a", b"1\n")], r" user.a=1\n"),
        (&[("SCHILY.xattr.user.a%3Db%25", b"1")], " user.a=b%=1"),
        (&[("LIBARCHIVE.xattr.user.a%20b", b"AQI=")], r" user.a b=\x01\x02"),
        (&[("LIBARCHIVE.xattr.user.a", b"AQI"), ("SCHILY.xattr.user.a", b"s")], " user.a=s"),
        (&[("RHT.security.selinux", b"u:r:t:s0")], r" security.selinux=u:r:t:s0\x00"),
        (&[("comment", b"x"), ("SCHILY.fflags", b"nodump"), ("VENDOR.key", b"")], ""),
    ];
    for (records, expected) in cases {
        let scan = read(&[pax(records), member("f", b'0', b"")]);
        assert_eq!(listing(&scan.tree), [format!("0644 f 0 bytes{expected}")], "{records:?}");
    }
}

#[test]
fn extension_headers_keep_their_own_size() {
    let scan = read(&[
        pax(&[("size", b"3")]),
        member("././@LongLink", b'L', b"a/long/name\0"),
        with("short", b'0', b"abc", |header| put(header, 124, b"00000000000\0")),
        member("b", b'0', b""),
    ]);
    let expected = ["0755 a/", "0755 a/long/", "0644 a/long/name 3 bytes", "0644 b 0 bytes"];
    assert_eq!(listing(&scan.tree), expected);
}

#[test]
fn the_end_may_be_missing_but_no_data() {
    let bytes = member("f", b'0', &[1; 700]);
    let whole = archive(std::slice::from_ref(&bytes));
    let policy = TarPolicy::default();
    let expected = image(&Tree::from_tar(&*whole, &policy).unwrap().tree);
    for length in [whole.len() - 512, whole.len() - 1024, 512 + 700] {
        let found = Tree::from_tar(&whole[..length], &policy).unwrap();
        assert!(image(&found.tree) == expected, "{length}");
    }
    for length in (1..512 + 700).chain([whole.len() - 1, whole.len() - 513]) {
        let error = Tree::from_tar(&whole[..length], &policy).unwrap_err().to_string();
        let at = if length < 512 + 700 { 0 } else { 1536 + (length - 1536) / 512 * 512 };
        let place = if (512..512 + 700).contains(&length) { "member \"f\"" } else { "header" };
        let at = if length > 1536 { 1536 } else { at };
        let text = format!("{place} at byte {at} of the archive: the archive is cut off");
        assert_eq!(error, text, "{length}");
    }
}

#[test]
fn what_follows_the_end_is_not_read() {
    let bytes = [archive(&[member("f", b'0', b"")]), vec![b'x'; 2000]].concat();
    let scan = Tree::from_tar(&*bytes, &TarPolicy::default()).unwrap();
    assert_eq!(listing(&scan.tree), ["0644 f 0 bytes"]);
}

#[test]
fn limits_hold_up_to_their_last_byte() {
    let limits = |limits: TarLimits| TarPolicy::default().with_limits(limits);
    let parts = [pax(&[("SCHILY.xattr.user.a", b"12")]), member("a/b", b'0', b"content")];
    let new = TarLimits::default;
    // Each of the limits that this archive just keeps: two inodes, a record, the name with attribute and value.
    let cases = [
        (new().with_members(2), new().with_members(1), "there are more than 1 members or inodes"),
        (
            new().with_extension(26),
            new().with_extension(25),
            "it has more than 25 bytes of extension",
        ),
        (
            new().with_metadata(11),
            new().with_metadata(10),
            "names and attributes are longer than 10 bytes",
        ),
        (new().with_content(7), new().with_content(6), "the content is longer than 6 bytes"),
    ];
    for (kept, broken, expected) in cases {
        assert_eq!(read_with(&parts, &limits(kept)).members, 1, "{expected}");
        let error = crate::archive::error_with(&parts, &limits(broken));
        assert!(error.ends_with(expected), "{error}: not {expected}");
    }
}
