use std::io::Cursor;

use proptest::prelude::*;
use sysext_image::{
    Check, DiffOptions, FindingKind, Image, Metadata, Node, Severity, Tree,
    squashfs::{Compression, Writer},
};
use sysext_release::{Architecture, Class, ExtensionRelease};

use crate::{Case, check};

#[test]
fn a_program_with_a_service_that_is_started_has_no_finding() {
    let mut tree = Tree::new();
    for (path, mode, content) in [
        ("usr/bin/hello", 0o755, "#!/bin/sh\necho hello\n"),
        ("usr/lib/systemd/system/hello.service", 0o644, "[Service]\nExecStart=/usr/bin/hello\n"),
        (
            "usr/lib/systemd/system/multi-user.target.d/10-hello.conf",
            0o644,
            "[Unit]\nUpholds=hello.service\n",
        ),
    ] {
        tree.insert(path, Metadata::new(mode), Node::file(content)).unwrap();
    }
    let release = ExtensionRelease::builder().any_os().architecture(Architecture::X86_64);
    let release = release.reload_manager(true).build().unwrap();
    let builder = sysext_image::Builder::new(Class::Sysext, "hello".parse().unwrap(), release);
    let extension = builder.build(tree).unwrap();
    assert_eq!(check(extension.tree(), &Check::new()), []);
    assert_eq!(check(extension.tree(), &Check::new().with_file_name("hello.raw")), []);
}

#[test]
fn of_each_kind_so_many_are_listed_and_the_others_counted() {
    let mut case = Case::sysext();
    for number in 0..250 {
        let path = format!("usr/bin/{number:03}");
        case = case.with(&path, Metadata::new(0o4755), Node::file(""));
    }
    for (options, listed, more) in
        [(Check::new(), 100, 150), (Check::new().with_most_of_a_kind(3), 3, 247)]
    {
        let findings = check(&case.tree, &options);
        assert_eq!(findings.len(), listed + 1);
        let last = findings.last().unwrap();
        assert_eq!(last.to_string(), format!("{more} more of setuid"));
        assert_eq!((last.severity, last.code(), &last.path), (Severity::Warning, "more", &None));
        let is_more =
            matches!(last.kind, FindingKind::More { code: "setuid", count, .. } if count == more);
        assert!(is_more, "{:?}", last.kind);
        let first: Vec<_> = findings.iter().take(2).map(ToString::to_string).collect();
        let expected = ["usr/bin/000", "usr/bin/001"].map(|path| {
            format!("{path:?}: whoever runs it has the rights of user 0, since sysexts are not mounted nosuid")
        });
        assert_eq!(first, expected);
    }
}

#[test]
fn what_is_not_listed_counts_as_the_worst_of_it() {
    let case = Case::sysext()
        .with_file("usr/bin", "")
        .with_file("usr/lib64", "")
        .with_file("usr/share", "");
    let findings = check(&case.tree, &Check::new().with_most_of_a_kind(0));
    let found: Vec<_> =
        findings.iter().map(|finding| (finding.severity, finding.to_string())).collect();
    assert_eq!(found, [(Severity::Error, "3 more of hides-host-directory".to_owned())]);
}

#[test]
fn a_link_is_not_the_only_unit_that_is_counted() {
    let case = Case::sysext()
        .with_link(
            "usr/lib/systemd/system/a.target.wants/b.service",
            "/usr/lib/systemd/system/b.service",
        )
        .with_file("usr/lib/systemd/system/c.service.d/c.conf", "");
    let texts: Vec<_> = check(&case.tree, &Check::new()).iter().map(ToString::to_string).collect();
    assert_eq!(
        texts.first().unwrap(),
        "none of the image's unit files (2) is loaded when it is merged: the release file needs EXTENSION_RELOAD_MANAGER=1"
    );
}

#[test]
fn a_file_that_is_not_raw_is_no_image_and_a_directory_is_one() {
    let case =
        Case::bare().with_file(&crate::RELEASE.replace(".x", ".x.img"), "ID=_any\n").named("x.img");
    assert_eq!(Image::from(case.tree.clone()).check(&case.check).unwrap(), []);
    let findings = crate::written(&case.tree).check(&case.check).unwrap();
    let texts: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["systemd passes over the file: no image \"x.img\": a file's name must end in .raw"]
    );
}

proptest! {
    #[test]
    fn a_damaged_image_is_checked_or_refused(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let case = Case::sysext()
            .with_file("usr/lib/systemd/system/a.service", "[Unit]\nWants=b.service\n")
            .with_link("usr/bin/a", "/usr/bin/b")
            .with("usr/bin/b", Metadata::new(0o4777), Node::file("b"));
        let mut bytes = Cursor::new(Vec::new());
        let writer = Writer::new().with_compression(Compression::None);
        writer.write(&case.tree, &mut bytes).unwrap();
        for (at, byte) in damage {
            *at.get_mut(bytes.get_mut()) = byte;
        }
        let Ok(image) = Image::open(bytes) else { return Ok(()) };
        if let Err(error) = image.check(&Check::new()) {
            prop_assert!(!error.to_string().is_empty());
        }
        let differences = image.diff(&image, &DiffOptions::default());
        let found = differences.take_while(Result::is_ok).count();
        prop_assert_eq!(found, 0, "an image differs from itself");
    }
}

#[test]
fn severities_are_ordered() {
    assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Error);
}
