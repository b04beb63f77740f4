//! What is found in images: every kind of finding with its severity and its sentence.

mod entries;
mod laws;
#[cfg(feature = "fs")]
mod real_systemd;
mod release;
mod units;

use std::{collections::BTreeSet, io::Cursor};

use sysext_image::{
    Check, Finding, Image, Metadata, Node, Severity, Tree,
    squashfs::{Compression, Writer},
};

const RELEASE: &str = "usr/lib/extension-release.d/extension-release.x";

/// A tree, how it is checked, and what is found: severity, code and sentence.
struct Case {
    tree: Tree,
    check: Check,
    expected: Vec<(Severity, &'static str, &'static str)>,
}

impl Case {
    /// An image `x` for any host that has nothing else.
    fn sysext() -> Self {
        Self::bare().with_file(RELEASE, "ID=_any\n")
    }

    fn confext() -> Self {
        Self::bare().with_file("etc/extension-release.d/extension-release.x", "ID=_any\n")
    }

    fn bare() -> Self {
        Self { tree: Tree::new(), check: Check::new(), expected: Vec::new() }
    }

    fn with(mut self, path: &str, metadata: Metadata, node: Node) -> Self {
        self.tree.insert(path, metadata, node).unwrap_or_else(|error| panic!("{error}"));
        self
    }

    fn with_file(self, path: &str, content: &str) -> Self {
        self.with(path, Metadata::new(0o644), Node::file(content))
    }

    fn with_directory(self, path: &str, mode: u16) -> Self {
        self.with(path, Metadata::new(mode), Node::Directory)
    }

    fn with_link(self, path: &str, target: &str) -> Self {
        self.with(path, Metadata::new(0o777), Node::symlink(target))
    }

    fn named(mut self, file_name: &str) -> Self {
        self.check = self.check.with_file_name(file_name);
        self
    }

    fn checked(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    fn error(self, code: &'static str, text: &'static str) -> Self {
        self.expect(Severity::Error, code, text)
    }

    fn warning(self, code: &'static str, text: &'static str) -> Self {
        self.expect(Severity::Warning, code, text)
    }

    fn info(self, code: &'static str, text: &'static str) -> Self {
        self.expect(Severity::Info, code, text)
    }

    fn expect(mut self, severity: Severity, code: &'static str, text: &'static str) -> Self {
        self.expected.push((severity, code, text));
        self
    }
}

/// What a check finds in the tree, and in the image of it.
fn check(tree: &Tree, check: &Check) -> Vec<Finding> {
    let findings = Image::from(tree.clone()).check(check).expect("a tree");
    assert_eq!(written(tree).check(check).expect("an image"), findings, "the image of it");
    findings
}

fn written(tree: &Tree) -> Image {
    let mut image = Cursor::new(Vec::new());
    Writer::new().with_compression(Compression::None).write(tree, &mut image).expect("an image");
    Image::open(image).expect("an image")
}

fn cases() -> Vec<Case> {
    [release::cases(), entries::cases(), units::cases()].into_iter().flatten().collect()
}

#[test]
fn each_finding_has_its_severity_and_its_sentence() {
    let mut disagreements = Vec::new();
    for case in cases() {
        let expected = case
            .expected
            .iter()
            .map(|(severity, code, text)| (*severity, *code, (*text).to_owned()))
            .collect::<Vec<_>>();
        let found = check(&case.tree, &case.check)
            .iter()
            .map(|finding| (finding.severity, finding.code(), finding.to_string()))
            .collect::<Vec<_>>();
        if found != expected {
            disagreements.push((found, expected));
        }
    }
    assert!(disagreements.is_empty(), "found, expected: {disagreements:#?}");
}

#[test]
fn the_table_of_the_readme_has_all_codes_with_their_severities() {
    let expected: BTreeSet<_> = cases()
        .iter()
        .flat_map(|case| &case.expected)
        .map(|(severity, code, _)| (code.to_string(), severity.to_string()))
        .collect();
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once("\n## What is found in images\n").expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let (codes, severities) = (cells.next().unwrap(), cells.next().unwrap());
        for code in codes.split(", ") {
            for severity in severities.split(", ") {
                found.insert((code.trim_matches('`').to_owned(), severity.to_owned()));
            }
        }
    }
    assert_eq!(found, expected);
}
