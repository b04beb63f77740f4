//! What may cross threads: everything.

use sysext_merge::{Pair, Precedence, Stack};
use sysext_release::ExtensionName;

fn check<T: Send + Sync + 'static>() {}

#[test]
fn values_are_send_and_sync() {
    check::<(Pair<'_, ExtensionName>, Precedence, Stack<ExtensionName>)>();
}
