//! What may cross threads: everything.

use sysupdate_conf::{EscapeError, EscapeErrorKind};

fn check<T: Send + Sync + 'static>() {}

#[test]
fn errors_are_send_and_sync() {
    check::<(EscapeError, EscapeErrorKind)>();
}
