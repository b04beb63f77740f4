//! Whatever can be read can be written, and reads back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

use sysext_release::{OsRelease, env_file};

fuzz_target!(|file: &[u8]| {
    let Ok(assignments) = env_file::parse(file) else {
        assert!(OsRelease::parse(file).is_err());
        return;
    };
    let pairs = || assignments.iter().map(|a| (a.key, &*a.value));
    let written = env_file::write(pairs()).expect("what was read can be written");
    let again = env_file::parse(written.as_bytes()).expect("what was written can be read");
    assert!(again.iter().map(|a| (a.key, &*a.value)).eq(pairs()));
    assert!(assignments.is_sorted_by_key(|a| a.line));

    let os = OsRelease::parse(file).expect("both readers take the same files");
    assert!(os.assignments().eq(assignments.iter().cloned()));
    assert_eq!(os.to_string(), written);
    assert_eq!(OsRelease::parse(written.as_bytes()), Ok(os));
});
