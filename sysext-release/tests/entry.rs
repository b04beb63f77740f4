//! Names of images and the names that they are looked up by agree with systemd's.

mod recorded;

use sysext_release::{Class, FileKind, ImageEntry, ImageForm, Systemd};

use recorded::latin1;

/// The name and type that `list` shows for an entry, which in a directory of versions takes one
/// that can be picked.
fn listed(
    file: &[u8],
    kind: FileKind,
    holds: Option<&str>,
    class: Class,
    systemd: Systemd,
) -> Option<(String, &'static str)> {
    let entry = ImageEntry::parse(file, kind, class, systemd).ok()?;
    let name = entry.name().as_str();
    let form = match entry.form() {
        ImageForm::Block => "block",
        ImageForm::Directory => "directory",
        ImageForm::Mstack => "mstack",
        ImageForm::Raw => "raw",
        ImageForm::Versions { suffix, .. } => {
            let held = holds.unwrap_or_default();
            let is_directory = held.ends_with('/');
            let version = held
                .trim_end_matches('/')
                .strip_prefix(name)?
                .strip_prefix('_')?
                .strip_suffix(&**suffix)?;
            if version.is_empty() || is_directory == suffix.ends_with(".raw") {
                return None;
            }
            if suffix.ends_with(".raw") {
                "raw"
            } else if suffix.ends_with(".mstack") {
                "mstack"
            } else {
                "directory"
            }
        }
        other => panic!("{other:?}"),
    };
    Some((name.to_owned(), form))
}

#[test]
fn the_recorded_names_and_types_of_images_are_those_of_systemd() {
    let mut rows = 0;
    let mut wrong = Vec::new();
    for row in recorded::objects(include_str!("data/image-entries.jsonl")) {
        rows += 1;
        let kind = match row["kind"].as_str().unwrap() {
            "block" => FileKind::Block,
            "directory" => FileKind::Directory,
            "regular" => FileKind::Regular,
            kind => panic!("{kind:?} in {row}"),
        };
        let file = latin1(row["file"].as_str().unwrap());
        let class = row["class"].as_str().unwrap().parse().unwrap();
        for (systemd, key) in [(Systemd::V257, "v257"), (Systemd::V262, "v262")] {
            let expected = row[key].as_array().map(|shown| {
                (
                    String::from_utf8(latin1(shown[0].as_str().unwrap())).unwrap(),
                    shown[1].as_str().unwrap(),
                )
            });
            let found = listed(&file, kind, row["holds"].as_str(), class, systemd);
            if found != expected {
                wrong.push(format!("{systemd}: {found:?} for {row}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows} rows disagree: {wrong:#?}", wrong.len());
    assert_eq!(rows, 188);
}

#[test]
fn an_entry_that_is_no_image_says_why() {
    let cases: [(&[u8], &str); 5] = [
        (b"foo.img", r#"no image "foo.img": a file's name must end in .raw"#),
        (b"\xff", "no image \"\u{fffd}\": a file's name must end in .raw"),
        (b".sysext.raw", "invalid name: it is empty"),
        (b".#foo.raw", r#"invalid name ".#foo": names that begin with .# are temporary files"#),
        (
            b".sysupdate.partial.foo.raw",
            r#"no image ".sysupdate.partial.foo.raw": names that begin with .sysupdate. are unfinished downloads"#,
        ),
    ];
    for (file, expected) in cases {
        let error =
            ImageEntry::parse(file, FileKind::Regular, Class::Sysext, Systemd::V262).unwrap_err();
        assert_eq!(error.to_string(), expected, "{file:?}");
    }
}

#[test]
fn only_files_directories_and_block_devices_are_images() {
    let cases = [
        (
            FileKind::Loop,
            r#"no image "foo.raw": it is a loop of links, at which systemd finds no image at all"#,
        ),
        (FileKind::Other, r#"no image "foo.raw": it is a character device, pipe or socket"#),
    ];
    for (kind, expected) in cases {
        let error = ImageEntry::parse(b"foo.raw", kind, Class::Sysext, Systemd::V262).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

/// Read off "Checking for …/extension-release.NAME" in the debug logs of merges.
#[test]
fn a_raw_image_is_looked_up_by_its_file_in_257_and_by_its_name_in_262() {
    use Class::{Confext, Sysext};
    use FileKind::{Directory, Regular};

    let cases = [
        (Sysext, "foo.raw", Regular, "foo.raw", "foo", "foo"),
        (Sysext, "foo.sysext.raw", Regular, "foo.sysext.raw", "foo", "foo"),
        (Sysext, "foo.confext.raw", Regular, "foo.confext.raw", "foo", "foo.confext"),
        (Confext, "foo.sysext.raw", Regular, "foo.sysext.raw", "foo", "foo.sysext"),
        (Confext, "foo.confext.raw", Regular, "foo.confext.raw", "foo", "foo"),
        (Sysext, "foo.img.raw", Regular, "foo.img.raw", "foo", "foo.img"),
        (Sysext, "foo.img.xz.raw", Regular, "foo.img.xz.raw", "foo", "foo.img.xz"),
        (Sysext, "foo.qcow2.raw", Regular, "foo.qcow2.raw", "foo", "foo.qcow2"),
        (Sysext, "foo.bz2.raw", Regular, "foo.bz2.raw", "foo", "foo.bz2"),
        (Sysext, "foo.gz.raw", Regular, "foo.gz.raw", "foo", "foo.gz"),
        (Sysext, "foo.bin.raw", Regular, "foo.bin.raw", "foo", "foo.bin"),
        (Sysext, "foo.xz.raw", Regular, "foo.xz.raw", "foo", "foo.xz"),
        (Sysext, "foo.zst.raw", Regular, "foo.zst.raw", "foo.zst", "foo.zst"),
        (Sysext, "foo_1.2.raw", Regular, "foo_1.2.raw", "foo_1.2", "foo_1.2"),
        (Sysext, "foo.raw.raw", Regular, "foo.raw.raw", "foo", "foo.raw"),
        (Sysext, "foo.sysext.raw.raw", Regular, "foo.sysext.raw.raw", "foo", "foo.sysext.raw"),
        (Sysext, ".img.raw", Regular, ".img.raw", "", ".img"),
        (Sysext, "foo.raw.v", Directory, "foo_1.2.raw", "foo_1.2", "foo"),
        (Sysext, "foo.sysext.raw.v", Directory, "foo_1.2.sysext.raw", "foo_1.2", "foo"),
        (Sysext, "foo.raw.v", Directory, "foo_1.2.sysext.raw", "foo_1.2", "foo"),
        (Sysext, "foo.v", Directory, "foo_1.2", "foo", "foo"),
        (Sysext, "foo.raw", Directory, "foo.raw", "foo.raw", "foo.raw"),
    ];
    for (class, entry_name, kind, file, v257, v262) in cases {
        for (systemd, expected) in [(Systemd::V257, v257), (Systemd::V262, v262)] {
            let entry = ImageEntry::parse(entry_name.as_bytes(), kind, class, systemd).unwrap();
            let found = entry.lookup_name(file.as_bytes());
            assert_eq!(found, expected.as_bytes(), "{entry_name:?} {file:?} {systemd}");
        }
    }
}
