//! What a user without the right to read is told.

#![cfg(feature = "fs")]

use std::{
    error::Error,
    fs::{self, Permissions},
    io::Cursor,
    num::NonZeroUsize,
    os::unix::fs::PermissionsExt,
    thread,
};

use rustix::{
    process::{Uid, getuid},
    thread::set_thread_uid,
};
use sysext_image::{
    ScanPolicy, Tree,
    squashfs::{Compression, Writer},
};

/// Runs on a thread that has no right to pass over permissions, whoever runs the tests.
fn without_rights<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let run = || {
        if getuid().is_root() {
            // Linux has users per thread; this one ends here.
            set_thread_uid(Uid::from_raw(65_534)).expect("root can become anyone");
        }
        work()
    };
    thread::scope(|scope| scope.spawn(run).join().expect("no panic"))
}

fn source() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(source.path(), Permissions::from_mode(0o755)).expect("a mode");
    fs::create_dir_all(source.path().join("usr/lib")).expect("a new directory");
    fs::write(source.path().join("usr/lib/file"), "content").expect("a new file");
    source
}

#[test]
fn a_directory_that_cannot_be_read_ends_the_scan() {
    let source = source();
    let closed = source.path().join("usr/lib");
    fs::set_permissions(&closed, Permissions::from_mode(0o311)).unwrap();
    let error = without_rights(|| Tree::scan(source.path(), &ScanPolicy::default())).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot read {closed:?}"));
    let cause = error.source().expect("a cause").to_string();
    assert_eq!(cause, "Permission denied (os error 13)");
}

#[test]
fn a_file_that_cannot_be_read_ends_the_writing() {
    let source = source();
    let closed = source.path().join("usr/lib/file");
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    for threads in [1, 2] {
        let writer = Writer::new()
            .with_compression(Compression::None)
            .with_threads(NonZeroUsize::new(threads).unwrap());
        let error = without_rights(|| {
            let tree =
                Tree::scan(source.path(), &ScanPolicy::default()).expect("names can be read").tree;
            writer.write(&tree, Cursor::new(Vec::new())).unwrap_err()
        });
        assert_eq!(error.to_string(), "cannot read \"usr/lib/file\"", "{threads} threads");
        let cause = error.source().expect("a cause").to_string();
        assert_eq!(cause, "Permission denied (os error 13)", "{threads} threads");
    }
}
