//! What may cross threads.

use sysext_release::{
    BuildError, ExtensionRelease, ExtensionReleaseBuilder, Fit, Host, HostError,
    InvalidReloadManagerError, Misfit, OsRelease, Warning,
    env_file::{Assignment, Assignments, ParseError, WriteError},
};

#[test]
fn everything_is_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Assignment<'static>>();
    check::<Assignments<'static>>();
    check::<BuildError>();
    check::<ExtensionRelease>();
    check::<ExtensionReleaseBuilder>();
    check::<Fit>();
    check::<Host>();
    check::<HostError>();
    check::<InvalidReloadManagerError>();
    check::<Misfit>();
    check::<OsRelease>();
    check::<ParseError>();
    check::<Warning>();
    check::<WriteError>();
}
