//! A verdict depends on the fields that systemd compares, and on nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;

use sysext_release::{Architecture, Class, ExtensionRelease, Host, OsRelease};

// Three parts that a NUL divides, which no release file can hold: the host's file, the extension's, any value.
fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |&byte| byte == 0);
    let (Some(os), Some(extension)) = (parts.next(), parts.next()) else { return };
    let Ok(value) = std::str::from_utf8(parts.next().unwrap_or_default()) else { return };
    let Ok(os) = OsRelease::parse(os) else { return };
    let Ok(host) = Host::new(os, Architecture::X86_64) else { return };
    let Ok(extension) = ExtensionRelease::parse(extension) else { return };
    // As it will be written below: without comments, whose lines would count.
    let extension = extension.to_string();
    let extension = ExtensionRelease::parse(extension.as_bytes()).expect("written by us");

    for class in [Class::Sysext, Class::Confext] {
        let verdict = host.accept(&extension, class);
        let (text, warnings) = match &verdict {
            Ok(fit) => (fit.to_string(), &fit.warnings),
            Err(misfit) => (misfit.to_string(), &misfit.warnings),
        };
        for text in warnings.iter().map(ToString::to_string).chain([text]) {
            assert!(!text.contains('\n'), "{text:?} is more than one line");
        }
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
