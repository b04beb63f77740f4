//! What patterns leave out of directories and archives.

#![cfg(feature = "fs")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sysext_image::{EntryPath, PathPattern, ScanPolicy, Tree};

const FILES: [&str; 7] = [
    "opt/data",
    "usr/bin/tool",
    "usr/lib/a.pyc",
    "usr/lib/deep/b.pyc",
    "usr/lib/deep/b.py",
    "usr/share/doc/a",
    "usr/share/doc/b/c",
];

fn source() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a temporary directory");
    for file in FILES {
        put(&source.path().join(file));
    }
    source
}

fn put(path: &Path) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, "content").expect("a file");
}

fn patterns(texts: &[&str]) -> Vec<PathPattern> {
    texts.iter().map(|text| text.parse().expect("a pattern")).collect()
}

fn files(tree: &Tree) -> Vec<String> {
    let files = tree.entries().filter(|entry| matches!(entry.node(), sysext_image::Node::File(_)));
    files.map(|entry| entry.path().to_string()).collect()
}

fn texts(paths: &[EntryPath]) -> Vec<String> {
    paths.iter().map(ToString::to_string).collect()
}

type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], &'a [&'a str]);

/// Patterns, what is left out, what matched nothing, and the files that are left.
const CASES: [Case<'_>; 6] = [
    (&[], &[], &[], &FILES),
    (
        &["usr/share/doc"],
        &["usr/share/doc"],
        &[],
        &["opt/data", "usr/bin/tool", "usr/lib/a.pyc", "usr/lib/deep/b.py", "usr/lib/deep/b.pyc"],
    ),
    (
        &["**/*.pyc", "usr/share/doc/**", "usr/secret", "secret"],
        &["usr/lib/a.pyc", "usr/lib/deep/b.pyc", "usr/share/doc/a", "usr/share/doc/b"],
        &["usr/secret", "secret"],
        &["opt/data", "usr/bin/tool", "usr/lib/deep/b.py"],
    ),
    (
        // What is below an excluded directory is not looked at.
        &["usr", "usr/lib", "opt/data", "*/data"],
        &["opt/data", "usr"],
        &["usr/lib"],
        &[],
    ),
    (
        &["usr/lib/deep", "usr/lib/deep*"],
        &["usr/lib/deep"],
        &[],
        &["opt/data", "usr/bin/tool", "usr/lib/a.pyc", "usr/share/doc/a", "usr/share/doc/b/c"],
    ),
    (&["**"], &["opt", "usr"], &[], &[]),
];

#[test]
fn a_scan_leaves_out_what_matches_and_all_below() {
    let source = source();
    for (exclude, excluded, unmatched, left) in CASES {
        let policy =
            patterns(exclude).into_iter().fold(ScanPolicy::default(), ScanPolicy::with_exclude);
        let scan = Tree::scan(source.path(), &policy).unwrap();
        assert_eq!(texts(&scan.excluded), excluded, "{exclude:?}");
        assert_eq!(scan.unmatched, patterns(unmatched), "{exclude:?}");
        let mut left = left.to_vec();
        left.sort_unstable();
        assert_eq!(files(&scan.tree), left, "{exclude:?}");
    }
}

#[test]
fn a_directory_that_cannot_be_read_can_be_left_out() {
    let source = source();
    let closed = source.path().join("usr/closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let policy = ScanPolicy::default().with_exclude("usr/closed".parse().unwrap());
    let scan = Tree::scan(source.path(), &policy).unwrap();
    assert_eq!(texts(&scan.excluded), ["usr/closed"]);
    if !rustix::process::getuid().is_root() {
        let error = Tree::scan(source.path(), &ScanPolicy::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read {closed:?}"));
    }
}

#[test]
fn another_name_of_what_is_left_out_keeps_the_content() {
    let source = source();
    let at = |path: &str| -> PathBuf { source.path().join(path) };
    fs::hard_link(at("opt/data"), at("usr/data")).unwrap();
    let policy = ScanPolicy::default().with_exclude("opt".parse().unwrap());
    let scan = Tree::scan(source.path(), &policy).unwrap();
    assert_eq!(scan.tree.get("usr/data").unwrap().nlink(), 1);
    assert!(scan.tree.get("opt").is_none());
}
