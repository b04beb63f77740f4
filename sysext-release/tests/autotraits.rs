//! Every public type can go to another thread.

use sysext_release::{
    Architecture, Class, EntryKind, ExtensionName, ImageEntry, ImageForm, InvalidNameError,
    NotAnImageError, Scope, Systemd, UnknownArchitectureError, UnknownClassError,
    UnknownScopeError, UnknownSystemdError,
    release_file::{
        Candidate, CandidateKind, FileKind, Found, NoReleaseFileError, Reason, Rejection,
    },
    version::{Hazard, InvalidVersionError, Version},
};

fn assert_send_and_sync<T: Send + Sync + 'static>() {}

#[test]
fn types_are_send_and_sync() {
    assert_send_and_sync::<(Architecture, Class, EntryKind, ExtensionName, ImageEntry, ImageForm)>(
    );
    assert_send_and_sync::<(Candidate<'_>, CandidateKind, FileKind, Found<'_>, Reason, Rejection)>(
    );
    assert_send_and_sync::<(Hazard<'_>, Scope, Systemd, Version)>();
    assert_send_and_sync::<(
        InvalidNameError,
        InvalidVersionError,
        NoReleaseFileError,
        NotAnImageError,
    )>();
    assert_send_and_sync::<(
        UnknownArchitectureError,
        UnknownClassError,
        UnknownScopeError,
        UnknownSystemdError,
    )>();
    #[cfg(feature = "fs")]
    assert_send_and_sync::<sysext_release::UnknownMachineError>();
}
