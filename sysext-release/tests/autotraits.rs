//! What may cross threads: everything.

use sysext_release::{
    Architecture, Class, ExtensionName, ExtensionRelease, ExtensionReleaseBuilder, FileKind, Fit,
    FitReason, Host, HostError, ImageEntry, ImageForm, InvalidExtensionReleaseError,
    InvalidNameError, InvalidReloadManagerError, Misfit, MisfitReason, NoEffectCause,
    NotAnImageError, OsRelease, Scope, Systemd, UnknownArchitectureError, UnknownClassError,
    UnknownScopeError, UnknownSystemdError, Warning,
    env_file::{Assignment, Assignments, ParseError, ParseErrorKind, WriteError, WriteErrorKind},
    release_file::{
        Candidate, CandidateKind, Found, NoReleaseFileError, Reason, Rejected, Rejection,
    },
    version::{Hazard, InvalidVersionError, Version},
};

fn check<T: Send + Sync + 'static>() {}

#[test]
fn values_are_send_and_sync() {
    check::<(Architecture, Class, ExtensionName, FileKind, ImageEntry, ImageForm)>();
    check::<(Assignment<'_>, Assignments<'_>, ExtensionRelease, ExtensionReleaseBuilder)>();
    check::<(Candidate<'_>, CandidateKind, Found<'_>, Reason, Rejected, Rejection)>();
    check::<(Fit, FitReason, Host, Misfit, MisfitReason, NoEffectCause, OsRelease, Warning)>();
    check::<(Hazard<'_>, Scope, Systemd, Version)>();
}

#[test]
fn errors_are_send_and_sync() {
    check::<(HostError, InvalidExtensionReleaseError, InvalidReloadManagerError)>();
    check::<(ParseError, ParseErrorKind, WriteError, WriteErrorKind)>();
    check::<(InvalidNameError, InvalidVersionError, NoReleaseFileError, NotAnImageError)>();
    check::<(UnknownArchitectureError, UnknownClassError, UnknownScopeError, UnknownSystemdError)>(
    );
    #[cfg(feature = "fs")]
    check::<sysext_release::UnknownMachineError>();
}
