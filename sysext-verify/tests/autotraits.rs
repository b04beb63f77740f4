//! What may cross threads: everything.

use sysext_verify::{
    FileName, InsertError, Insertion, InvalidDigestError, InvalidFileNameError, Manifest,
    ManifestError, ManifestErrorKind, Sha256Digest,
};

fn check<T: Send + Sync + 'static>() {}

#[test]
fn values_are_send_and_sync() {
    check::<(FileName, Insertion, Manifest, Sha256Digest)>();
}

#[test]
fn errors_are_send_and_sync() {
    check::<(InsertError, InvalidDigestError, InvalidFileNameError)>();
    check::<(ManifestError, ManifestErrorKind)>();
}
