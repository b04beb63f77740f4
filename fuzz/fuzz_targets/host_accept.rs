//! A verdict depends on the fields that systemd compares, and on nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;

use sysext_release::{Architecture, Class, ExtensionRelease, Host, OsRelease};

fuzz_target!(|files: (&[u8], &[u8], &str)| {
    let (os, extension, value) = files;
    let Ok(os) = OsRelease::parse(os) else { return };
    let Ok(host) = Host::new(os, Architecture::X86_64) else { return };
    let Ok(extension) = ExtensionRelease::parse(extension) else { return };

    for class in [Class::Sysext, Class::Confext] {
        let verdict = host.accept(&extension, class);
        assert_eq!(verdict, host.accept(&extension, class));
        let text = match &verdict {
            Ok(fit) => format!("{fit}{:?}", fit.warnings),
            Err(misfit) => format!("{misfit}{:?}", misfit.warnings),
        };
        assert!(!text.contains('\n'), "{text:?} is more than one line");
        if extension.is_empty() {
            continue;
        }

        if let Some(same) = with(&extension, "X_UNKNOWN", value) {
            assert_eq!(verdict, host.accept(&same, class));
        }
        let code = |extension| match host.accept(extension, class) {
            Ok(fit) => fit.reason.code(),
            Err(misfit) => misfit.reason.code(),
        };
        if extension.id() == Some("_any")
            && let Some(other) = with(&extension, "VERSION_ID", value)
        {
            assert_eq!(code(&extension), code(&other));
        }
    }
});

/// The same file with one more line, if a file can hold it.
fn with(extension: &ExtensionRelease, key: &str, value: &str) -> Option<ExtensionRelease> {
    let line = sysext_release::env_file::write([(key, value)]).ok()?;
    let file = extension.to_string() + &line;
    Some(ExtensionRelease::parse(file.as_bytes()).expect("written by us"))
}
