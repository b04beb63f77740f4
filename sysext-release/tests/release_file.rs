//! The release file that is found is the one that systemd reads.

mod recorded;

use std::error::Error;

use sysext_release::{
    Class, FileKind, ImageEntry, Systemd,
    release_file::{Candidate, CandidateKind, NoReleaseFileError, Reason, base, find},
};

use recorded::latin1;

fn candidate<'a>(name: &'a [u8], kind: CandidateKind, strict: Option<&'a [u8]>) -> Candidate<'a> {
    let candidate = Candidate::new(name, kind);
    strict.map_or(candidate, |value| candidate.with_strict(value))
}

fn kind(text: &str) -> CandidateKind {
    match text {
        "directory" => CandidateKind::File(FileKind::Directory),
        "link to directory" => CandidateKind::Link(Some(FileKind::Directory)),
        "link to loop" => CandidateKind::Link(Some(FileKind::Loop)),
        "link to nothing" => CandidateKind::Link(None),
        "link to regular" => CandidateKind::Link(Some(FileKind::Regular)),
        "other" => CandidateKind::File(FileKind::Other),
        "regular" => CandidateKind::File(FileKind::Regular),
        _ => panic!("{text:?}"),
    }
}

#[test]
fn the_recorded_choice_of_systemd_is_made() {
    let mut rows = 0;
    let mut wrong = Vec::new();
    for row in recorded::objects(include_str!("data/release-files.jsonl")) {
        rows += 1;
        let files: Vec<_> = row["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| {
                let name = latin1(file["name"].as_str().unwrap());
                (name, kind(file["kind"].as_str().unwrap()), file["strict"].as_str().map(latin1))
            })
            .collect();
        let listing: Vec<_> = files
            .iter()
            .map(|(name, kind, strict)| candidate(name, *kind, strict.as_deref()))
            .collect();
        let image = latin1(row["image"].as_str().unwrap());
        for (systemd, key) in [(Systemd::V257, "v257"), (Systemd::V262, "v262")] {
            let entry =
                ImageEntry::parse(&image, FileKind::Directory, Class::Sysext, systemd).unwrap();
            let found = find(entry.lookup_name(&image), &listing, systemd);
            if found.as_ref().ok().map(|found| found.name.to_vec()) != row[key].as_str().map(latin1)
            {
                wrong.push(format!("{systemd}: {found:?} for {row}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows disagree: {wrong:#?}", wrong.len());
    assert_eq!(rows, 149);
}

#[test]
fn the_recorded_merges_find_their_release_file() {
    let mut rows = 0;
    let mut not_found = 0;
    let mut wrong = Vec::new();
    for row in recorded::objects(include_str!("data/release-match.jsonl")) {
        let class: Class = row["class"].as_str().unwrap().parse().unwrap();
        let (Some(suffix), None) = (row["release_file_suffix"].as_str(), row["extra"].as_str())
        else {
            continue;
        };
        let image = latin1(row["image"].as_str().unwrap());
        for systemd in [Systemd::V257, Systemd::V262] {
            let Ok(entry) = ImageEntry::parse(&image, FileKind::Directory, class, systemd) else {
                continue;
            };
            rows += 1;
            let name = [b"extension-release.", latin1(suffix).as_slice()].concat();
            let strict = row["strict_xattr"].as_str().map(latin1);
            let listing = row["extension_release"]
                .as_str()
                .map(|_| candidate(&name, kind("regular"), strict.as_deref()));
            let expected = !row["log"].as_array().unwrap().iter().any(|line| {
                line.as_str()
                    .unwrap()
                    .ends_with("-release in image, ignoring: No such file or directory")
            });
            not_found += usize::from(!expected);
            if find(entry.lookup_name(&image), listing.as_slice(), systemd).is_ok() != expected {
                wrong.push(format!("{systemd}: {row}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} disagree: {wrong:#?}", wrong.len());
    assert_eq!((rows, not_found), (2 * 100, 2 * 6));
}

#[test]
fn the_reason_is_told() {
    let exact = Candidate::regular(b"extension-release.foo_1").with_strict(b"0");
    let base = Candidate::regular(b"extension-release.foo").with_strict(b"0");
    let other = Candidate::regular(b"extension-release.bar").with_strict(b"No");
    let cases: [(&[Candidate<'_>], Candidate<'_>, Reason); 3] = [
        (&[other, base, exact], exact, Reason::Exact),
        (&[base], base, Reason::Base),
        (&[other], other, Reason::NotStrict),
    ];
    for (listing, expected, reason) in cases {
        let found = find(b"foo_1", listing, Systemd::V262).unwrap();
        assert_eq!((found.name, found.reason), (expected.name, reason));
    }
}

#[test]
fn an_exact_name_that_is_no_file_ends_the_search() {
    let directory =
        Candidate::new(b"extension-release.foo", CandidateKind::File(FileKind::Directory));
    let other = Candidate::regular(b"extension-release.bar").with_strict(b"0");
    let error = find(b"foo", &[directory, other], Systemd::V262).unwrap_err();
    assert_eq!(error.to_string(), r#"release file "extension-release.foo" is a directory"#);

    let cases = [
        (
            CandidateKind::File(FileKind::Block),
            r#"release file "extension-release.foo" is a block device"#,
        ),
        (
            CandidateKind::Link(Some(FileKind::Loop)),
            r#"release file "extension-release.foo" is a loop of links"#,
        ),
        (
            CandidateKind::File(FileKind::Other),
            r#"release file "extension-release.foo" is a character device, pipe or socket"#,
        ),
    ];
    for (kind, expected) in cases {
        let exact = Candidate::new(b"extension-release.foo", kind);
        assert_eq!(find(b"foo", &[exact, other], Systemd::V262).unwrap_err().to_string(), expected);
    }
}

#[test]
fn several_files_that_would_do_are_named_in_order() {
    let listing = [
        Candidate::regular(b"extension-release.zz").with_strict(b"0"),
        Candidate::regular(b"extension-release.bak").with_strict(b"0"),
        Candidate::regular(b"extension-release.aa").with_strict(b"off"),
    ];
    assert_eq!(
        find(b"foo", &listing, Systemd::V262).unwrap_err().to_string(),
        r#"more than one release file for "foo": ["extension-release.aa", "extension-release.zz"]"#
    );
}

#[test]
fn a_name_that_cannot_be_looked_up_is_an_error_of_its_own() {
    let error = find(b"", &[], Systemd::V257).unwrap_err();
    assert_eq!(error.to_string(), "no release file can be looked up");
    assert_eq!(error.source().unwrap().to_string(), "invalid name: it is empty");

    let error = find("n".repeat(238).as_bytes(), &[], Systemd::V262).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no release file can be looked up: the image's name has 238 bytes, more than 237"
    );
}

#[test]
fn each_file_that_is_passed_over_says_why() {
    let listing = [
        Candidate::regular(b"extension-release.z"),
        Candidate::regular(b"extension-release.y").with_strict(b"Yes"),
        Candidate::regular(b"extension-release.x").with_strict(b"0\n"),
        Candidate::regular(b"extension-release.w.rpmnew").with_strict(b"0"),
        Candidate::regular(b"extension-release.").with_strict(b"0"),
        Candidate::new(b"extension-release.v", CandidateKind::Link(Some(FileKind::Regular)))
            .with_strict(b"0"),
        Candidate::regular(b"README"),
    ];
    let Err(error) = find(b"foo", &listing, Systemd::V262) else { panic!("found") };
    assert_eq!(error.to_string(), r#"no release file for "foo""#);
    let NoReleaseFileError::NotFound { rejected, .. } = error else { panic!("{error:?}") };
    let rejected: Vec<_> =
        rejected.iter().map(|file| (file.name(), file.reason().to_string())).collect();
    let expected = [
        ("extension-release.", "invalid name: it is empty"),
        ("extension-release.v", "it is no regular file"),
        ("extension-release.w.rpmnew", "it is a backup"),
        (
            "extension-release.x",
            r#"its attribute user.extension-release.strict is "0\n", no boolean"#,
        ),
        ("extension-release.y", "its attribute user.extension-release.strict is true"),
        ("extension-release.z", "it has no attribute user.extension-release.strict"),
    ];
    assert_eq!(rejected, expected.map(|(name, why)| (name, why.to_owned())));
}

#[test]
fn a_name_without_a_base_takes_no_other_file() {
    let listing = [Candidate::regular(b"extension-release.x").with_strict(b"0")];
    let Err(NoReleaseFileError::NotFound { rejected, .. }) = find(b"_foo", &listing, Systemd::V257)
    else {
        panic!("found")
    };
    let [file] = rejected.as_slice() else { panic!("{rejected:?}") };
    assert_eq!(file.reason().to_string(), "the image's name has no base");
    assert_eq!(file.reason().source().unwrap().to_string(), "invalid name: it is empty");
}

#[test]
fn the_base_ends_before_the_version() {
    let cases = [
        ("foo", "foo"),
        ("foo_1.2", "foo"),
        ("foo+3_1", "foo"),
        ("foo-1", "foo-1"),
        ("foo_1.raw", "foo"),
        ("foo.sysext.raw", "foo"),
        ("foo.confext.raw", "foo"),
        ("foo.raw.raw", "foo.raw"),
        ("foo.raw_1", "foo.raw"),
        ("_foo", ""),
        ("", ""),
    ];
    for (name, expected) in cases {
        assert_eq!(base(name.as_bytes()), expected.as_bytes(), "{name:?}");
    }
}
