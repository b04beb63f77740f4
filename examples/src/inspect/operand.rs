use std::{ffi::OsString, os::unix::ffi::OsStringExt};

use clap::builder::{OsStringValueParser, TypedValueParser};
use sysext_image::{EntryPath, InvalidPathError};

/// A path in the image as it is typed: `/usr/bin/`, `./usr/bin` and `usr/bin` are the same; none is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operand(pub(super) Option<EntryPath>);

impl Operand {
    /// What makes one of an argument, of any bytes.
    pub(super) fn parser() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().try_map(Self::try_from)
    }

    /// Whether it is this path, or leads to it.
    pub(super) fn covers(&self, path: &EntryPath) -> bool {
        let Some(top) = &self.0 else { return true };
        let rest = path.as_bytes().strip_prefix(top.as_bytes());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }
}

impl TryFrom<OsString> for Operand {
    type Error = InvalidPathError;

    fn try_from(argument: OsString) -> Result<Self, Self::Error> {
        let argument = argument.into_vec();
        let names =
            argument.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
        let path = names.collect::<Vec<_>>().join(&b'/');
        // Nothing at all is no way to say "everything".
        if path.is_empty() && !argument.is_empty() {
            return Ok(Self(None));
        }
        EntryPath::try_from(&*path).map(|path| Self(Some(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::Operand;

    #[test]
    fn slashes_and_dots_around_the_names_mean_nothing() {
        let cases = [
            ("usr/bin", Ok(Some("usr/bin"))),
            ("/usr//bin/", Ok(Some("usr/bin"))),
            ("./usr/./bin", Ok(Some("usr/bin"))),
            ("/", Ok(None)),
            (".", Ok(None)),
            ("", Err("invalid path: it is empty")),
            (
                "usr/../etc",
                Err("invalid path \"usr/../etc\": the name at byte 4 is \".\" or \"..\""),
            ),
        ];
        for (argument, expected) in cases {
            let found = Operand::try_from(std::ffi::OsString::from(argument));
            let found = found.map(|operand| operand.0.map(|path| path.to_string()));
            let found = found.map_err(|error| error.to_string());
            let expected = expected.map(|path| path.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(found, expected, "{argument:?}");
        }
    }
}
