//! How long a law is tried.

use std::env;

use proptest::prelude::ProptestConfig;

/// Whole campaigns if `SYSEXT_LONG` is set, otherwise a tenth.
pub(crate) fn config() -> ProptestConfig {
    let all = 10_000;
    let cases = if env::var_os("SYSEXT_LONG").is_some() { all } else { all / 10 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
