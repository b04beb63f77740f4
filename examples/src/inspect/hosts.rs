use std::fmt;

use sysext_release::{Class, ExtensionRelease, Scope};

/// What a host must be to take an extension, in one sentence.
pub(super) struct Hosts<'a>(pub(super) Class, pub(super) &'a ExtensionRelease);

impl fmt::Display for Hosts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(class, release) = *self;
        if release.is_empty() {
            return f.write_str("none takes it: its release file assigns nothing");
        }
        let is_known = |scope: &&str| scope.parse::<Scope>().is_ok();
        let scopes = release.scopes(class).filter(is_known).collect::<Vec<_>>();
        if scopes.is_empty() {
            return write!(f, "none takes it: {} leaves no scope", class.scope_key());
        }
        let Some(id) = release.id() else {
            return f.write_str("none takes it: its release file has no ID");
        };
        if id == "_any" {
            f.write_str("every operating system")?;
        } else {
            write!(f, "ID={id:?} or ID_LIKE with it")?;
            let key = class.level_key();
            match (release.level(class), release.version_id()) {
                (None, None) => f.write_str(", without VERSION_ID")?,
                (None, Some(version)) => write!(f, ", VERSION_ID={version:?} or none")?,
                (Some(level), None) => write!(f, ", {key}={level:?} or neither it nor VERSION_ID")?,
                (Some(level), Some(version)) => {
                    write!(f, ", {key}={level:?} or, without one, VERSION_ID={version:?} or none")?;
                }
            }
        }
        match release.architecture() {
            None | Some("_any") => f.write_str("; every architecture")?,
            Some(architecture) => write!(f, "; {}", architecture.escape_debug())?,
        }
        write!(f, "; {}", scopes.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use sysext_release::{Class, ExtensionRelease};

    use super::Hosts;

    #[test]
    fn the_sentence_says_what_decides() {
        let cases = [
            ("", "none takes it: its release file assigns nothing"),
            ("VERSION_ID=1\n", "none takes it: its release file has no ID"),
            ("ID=a\nSYSEXT_SCOPE=moon\n", "none takes it: SYSEXT_SCOPE leaves no scope"),
            (
                "ID=_any\nVERSION_ID=1\n",
                "every operating system; every architecture; system or portable",
            ),
            (
                "ID=a\nARCHITECTURE=arm64\nSYSEXT_SCOPE='initrd moon'\n",
                "ID=\"a\" or ID_LIKE with it, without VERSION_ID; arm64; initrd",
            ),
            (
                "ID=a\nVERSION_ID=1\n",
                "ID=\"a\" or ID_LIKE with it, VERSION_ID=\"1\" or none; every architecture; system or portable",
            ),
            (
                "ID=a\nSYSEXT_LEVEL=2\nSYSEXT_SCOPE=system\n",
                "ID=\"a\" or ID_LIKE with it, SYSEXT_LEVEL=\"2\" or neither it nor VERSION_ID; every architecture; system",
            ),
            (
                "ID=a\nSYSEXT_LEVEL=2\nVERSION_ID=1\nSYSEXT_SCOPE=system\n",
                "ID=\"a\" or ID_LIKE with it, SYSEXT_LEVEL=\"2\" or, without one, VERSION_ID=\"1\" or none; every architecture; system",
            ),
        ];
        for (file, expected) in cases {
            let release = ExtensionRelease::parse(file.as_bytes()).unwrap();
            assert_eq!(Hosts(Class::Sysext, &release).to_string(), expected, "{file:?}");
        }
    }
}
