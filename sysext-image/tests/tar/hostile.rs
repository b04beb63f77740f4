//! Archives that are damaged or mean harm: an error that names the place, never a panic, never much memory.

use proptest::prelude::*;
use sysext_image::{OwnerPolicy, TarLimits, TarPolicy, Tree};

use crate::archive::{
    Record, archive, error, error_with, image, link, member, pax, put, records_of, with,
};

#[test]
fn errors_name_the_member_its_place_and_the_reason() {
    let file = |name| member(name, b'0', b"");
    let sized = |typeflag| with("m", typeflag, b"", |header| put(header, 124, b"00000000001\0"));
    let raw = |bytes: &[u8]| vec![member("x", b'x', bytes), member("m", b'0', b"")];
    let records = |records: &[Record<'_>]| vec![pax(records), member("m", b'0', b"")];
    let field =
        |at, bytes: &'static [u8]| vec![with("m", b'0', b"", |header| put(header, at, bytes))];
    let global = |key: &str| vec![member("g", b'g', &records_of(&[(key, b"1")]))];
    let long = format!(
        "member {:?} at byte 1024: its name is no path: the name at byte 0 has 256 bytes, more than 255",
        "n".repeat(256)
    );
    let cases: Vec<(Vec<Vec<u8>>, &str)> = vec![
        (
            vec![file("a/../b")],
            r#"member "a/../b" at byte 0: its name is no path: the name at byte 2 is "." or "..""#,
        ),
        (
            vec![file("..")],
            r#"member ".." at byte 0: its name is no path: the name at byte 0 is "." or "..""#,
        ),
        (vec![file("")], r#"member "" at byte 0: its name is no path: it is empty"#),
        (vec![file(".")], r#"member "." at byte 0: it is the root, but no directory"#),
        (
            records(&[("path", b"a\0b")]),
            r#"member "a\0b" at byte 1024: its name is no path: NUL at byte 1"#,
        ),
        (records(&[("path", &[b'n'; 256])]), &long),
        (
            vec![link("l", b'2', "/etc"), file("l/passwd")],
            r#"member "l/passwd" at byte 512: its parent "l" is not a directory"#,
        ),
        (vec![link("l", b'2', "")], r#"member "l" at byte 0: its link target is empty"#),
        (
            vec![link("l", b'1', "f"), file("f")],
            r#"member "l" at byte 0: there is no "f" to link to"#,
        ),
        (
            vec![link("l", b'1', "../f")],
            r#"member "l" at byte 0: its link target is no path: the name at byte 0 is "." or "..""#,
        ),
        (
            vec![link("l", b'1', "")],
            r#"member "l" at byte 0: its link target is no path: it is empty"#,
        ),
        (
            vec![member("d", b'5', b""), link("l", b'1', "d")],
            r#"member "l" at byte 512: a directory has one name only"#,
        ),
        (vec![file("d/f"), file("d")], r#"member "d" at byte 512: a directory is already there"#),
        (vec![sized(b'1')], r#"member "m" at byte 0: it has 1 bytes of content, but is no file"#),
        (vec![sized(b'2')], r#"member "m" at byte 0: it has 1 bytes of content, but is no file"#),
        (vec![sized(b'5')], r#"member "m" at byte 0: it has 1 bytes of content, but is no file"#),
        (vec![file("f"), sized(b'M')], r#"member "m" at byte 512: its type 'M' is unsupported"#),
        (field(100, b"99"), r#"member "m" at byte 0: its mode is no number"#),
        (field(124, &[0xff; 12]), r#"member "m" at byte 0: its size is no number"#),
        (
            field(124, b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"),
            r#"member "m" at byte 0: the content is longer than 68719476736 bytes"#,
        ),
        (
            vec![pax(&[]), pax(&[]), file("m")],
            "header at byte 512: another header of this kind was before it",
        ),
        (vec![pax(&[])], "header at byte 512: no member follows"),
        (
            vec![pax(&[("path", b"a")]), member("L", b'L', b"b\0"), file("m")],
            "header at byte 2048: two headers give it different names",
        ),
        (
            vec![with("x", b'x', b"", |header| put(header, 124, b"77777777777\0"))],
            "header at byte 0: it has more than 1048576 bytes of extension",
        ),
        (raw(b"9 a=b\n"), "header at byte 0: no record at byte 0 of the extended header"),
        (raw(b"6 a=b\n7 a=b\n"), "header at byte 0: no record at byte 6 of the extended header"),
        (raw(b"6 a=b\n1 \n"), "header at byte 0: no record at byte 6 of the extended header"),
        (raw(b"5 =b\n"), "header at byte 0: no record at byte 0 of the extended header"),
        (
            raw(b"99999999999999999999 a=b\n"),
            "header at byte 0: no record at byte 0 of the extended header",
        ),
        (
            records(&[("size", b"-1")]),
            r#"header at byte 0: the record "size" has a value that it cannot have"#,
        ),
        (
            records(&[("mtime", b"soon")]),
            r#"header at byte 0: the record "mtime" has a value that it cannot have"#,
        ),
        (
            records(&[("LIBARCHIVE.xattr.user.a", b"*")]),
            r#"header at byte 0: the record "LIBARCHIVE.xattr.user.a" has a value that it cannot have"#,
        ),
        (global("size"), r#"header at byte 0: the record "size" is for all members"#),
        (
            global("GNU.sparse.size"),
            r#"header at byte 0: the record "GNU.sparse.size" is for all members"#,
        ),
        (
            records(&[("SCHILY.xattr.user.a", &vec![0; 65537])]),
            r#"member "m" at byte 66560: the attribute "user.a" has 65537 bytes, more than 65536"#,
        ),
        (
            vec![vec![0; 512], file("m")],
            "header at byte 0: one block of zeros, where two end the archive",
        ),
        (
            vec![vec![b'1'; 512]],
            "header at byte 0: its checksum is 2396745, its bytes add up to 24952",
        ),
    ];
    for (parts, expected) in cases {
        let expected = expected.replacen(": ", " of the archive: ", 1);
        assert_eq!(error(&parts), expected);
    }
}

#[test]
fn maps_of_holes_must_fit() {
    let sparse = |records: &[Record<'_>], content: &[u8]| {
        let parts = vec![pax(records), member("m", b'0', content)];
        Tree::from_tar(&*archive(&parts), &TarPolicy::default()).map_err(|error| error.to_string())
    };
    let invalid = r#"member "m" at byte 1024 of the archive: its map of holes is invalid"#;
    let size = ("GNU.sparse.size", &b"20"[..]);
    let maps: [(&[u8], bool); 9] = [
        (b"0,2,10,2", true),
        (b"0,4,20,0", true),
        (b"0,2,1,2", false),
        (b"10,2,0,2", false),
        (b"0,2,19,2", false),
        (b"0,3,10,2", false),
        (b"0,2,10", false),
        (b"18446744073709551615,4", false),
        (b"0,2,10,18446744073709551615", false),
    ];
    for (map, good) in maps {
        let found = sparse(&[size, ("GNU.sparse.map", map)], b"abcd");
        let text = map.escape_ascii();
        match found {
            Ok(scan) => assert!(good && image(&scan.tree).len() == 4096, "{text}"),
            Err(error) => assert_eq!((error.as_str(), good), (invalid, false), "{text}"),
        }
    }
    let one = [
        ("GNU.sparse.major", &b"1"[..]),
        ("GNU.sparse.minor", b"0"),
        ("GNU.sparse.realsize", b"20"),
    ];
    for content in [
        "",
        "1\n",
        "1\n0\n4\n",
        "1\n0\nx\n",
        "99999999999999999999\n",
        "\n",
        "18446744073709551615\n",
    ] {
        let error = sparse(&one, format!("{content:\0<512}").as_bytes()).unwrap_err();
        assert_eq!(error, invalid, "{content:?}");
    }
    let two = [("GNU.sparse.major", &b"2"[..]), size];
    assert_eq!(sparse(&two, b"").unwrap_err(), invalid);
}

#[test]
fn owners_beyond_32_bits_are_errors_only_where_they_are_kept() {
    let parts = [pax(&[("uid", b"4294967296")]), member("m", b'0', b"")];
    let keep = TarPolicy::default().with_owner(OwnerPolicy::Keep);
    assert_eq!(
        error_with(&parts, &keep),
        r#"member "m" at byte 1024 of the archive: owner 4294967296:1001 is out of range"#
    );
    let root = Tree::from_tar(&*archive(&parts), &TarPolicy::default()).expect("a good archive");
    assert_eq!(root.tree.get("m").map(|entry| entry.metadata().uid), Some(0));
}

#[cfg(feature = "fs")]
#[test]
fn a_directory_for_content_that_is_not_there_is_an_error() {
    let limits = TarLimits::default().with_memory(3);
    let policy = TarPolicy::default().with_limits(limits).with_spool("/nowhere/at/all");
    let text = r#"member "m" at byte 0 of the archive: cannot write to a temporary file"#;
    assert_eq!(error_with(&[member("m", b'0', b"1234")], &policy), text);
}

#[cfg(not(feature = "fs"))]
#[test]
fn content_beyond_the_memory_is_an_error() {
    let policy = TarPolicy::default().with_limits(TarLimits::default().with_memory(3));
    let text =
        r#"member "m" at byte 0 of the archive: the content does not fit in 3 bytes of memory"#;
    assert_eq!(error_with(&[member("m", b'0', b"1234")], &policy), text);
}

#[test]
fn nothing_is_no_archive() {
    let error = Tree::from_tar(&b""[..], &TarPolicy::default()).unwrap_err();
    let text = "header at byte 0 of the archive: there is nothing, not even an end";
    assert_eq!(error.to_string(), text);
    assert_eq!((error.member(), error.offset()), (None, 0));
}

#[test]
fn a_reader_that_fails_is_the_source_of_the_error() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("no disk"))
        }
    }
    let error = Tree::from_tar(Broken, &TarPolicy::default()).unwrap_err();
    let text = "header at byte 0 of the archive: cannot read the archive";
    assert_eq!(error.to_string(), text);
    let source = std::error::Error::source(&error).expect("a source");
    assert_eq!(source.to_string(), "no disk");
}

fn small() -> TarPolicy {
    let limits = TarLimits::default().with_content(1 << 16).with_memory(1 << 16);
    TarPolicy::default().with_limits(limits.with_members(1000).with_metadata(1 << 16))
}

/// One of everything.
fn sample() -> Vec<u8> {
    let old = with("old", b'S', b"abcd", |header| {
        put(header, 257, b"ustar  \0");
        put(header, 386, b"00000000000");
        put(header, 398, b"00000000004");
        put(header, 483, b"00000000100\0");
    });
    archive(&[
        member("g", b'g', &records_of(&[("mtime", b"1"), ("comment", b"c")])),
        pax(&[("path", b"usr/a"), ("mtime", b"5.5"), ("SCHILY.xattr.user.a", b"b")]),
        member("a", b'0', b"content"),
        member("L", b'L', b"usr/long\0"),
        member("K", b'K', b"usr/a\0"),
        link("l", b'1', "x"),
        pax(&[("GNU.sparse.size", b"9"), ("GNU.sparse.map", b"1,2,5,1")]),
        member("usr/s", b'0', b"abc"),
        old,
        link("usr/soft", b'2', "a"),
        member("usr/.wh.x", b'0', b""),
    ])
}

/// What can be read can be written.
fn survive(bytes: &[u8]) {
    let policy = small().with_whiteouts(sysext_image::Whiteouts::Oci);
    match Tree::from_tar(bytes, &policy) {
        Ok(scan) => assert!(image(&scan.tree).len() >= 4096),
        Err(error) => assert!(error.offset() <= bytes.len() as u64, "{error}"),
    }
}

/// Gives each block that looks like a header the checksum that it should have, so that a change gets past it.
fn reseal(bytes: &mut [u8]) {
    for block in bytes.as_chunks_mut::<512>().0 {
        if block[257..262] == *b"ustar" {
            put(block, 148, b"        ");
            let sum: u32 = block.iter().copied().map(u32::from).sum();
            put(block, 148, format!("{sum:06o}\0 ").as_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        survive(&bytes);
    }

    #[test]
    fn changed_archives_do_no_harm(
        changes in prop::collection::vec((0_usize..14_000, any::<u8>()), 1..8),
        cut in 0_usize..40_000,
    ) {
        let mut bytes = sample();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        reseal(&mut bytes);
        bytes.truncate(cut);
        survive(&bytes);
    }

    #[test]
    fn records_of_any_kind_do_no_harm(
        records in prop::collection::vec(
            (
                prop::sample::select(vec![
                    "path", "linkpath", "size", "mtime", "uid", "SCHILY.xattr.user.a", "SCHILY.acl.access",
                    "LIBARCHIVE.xattr.user.b", "GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.size",
                    "GNU.sparse.map", "GNU.sparse.offset", "GNU.sparse.numbytes", "GNU.sparse.name",
                ]),
                prop_oneof!["[0-9]{1,20}", "(0|1|2)", "([0-9]{1,3},){0,4}[0-9]{1,3}", "[a-z./:]{0,12}"],
            ),
            0..6,
        ),
        content in prop::collection::vec(any::<u8>(), 0..1200),
    ) {
        let records: Vec<_> = records.iter().map(|(key, value)| (*key, value.as_bytes())).collect();
        survive(&archive(&[pax(&records), member("f", b'0', &content), member("g", b'0', b"")]));
    }
}

#[test]
fn the_sample_is_good() {
    let scan = Tree::from_tar(&*sample(), &small()).unwrap();
    assert_eq!(scan.members, 6);
    assert_eq!(scan.tree.get("usr/s").map(|entry| entry.nlink()), Some(1));
}
