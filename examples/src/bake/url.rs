use std::{fmt, str::FromStr};

use thiserror::Error;

/// A URL that systemd-sysupdate downloads from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BaseUrl(Box<str>);

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = ["https://", "http://", "file:///"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .ok_or(InvalidUrlError::Scheme)?;
        let offset = text.len() - rest.len();
        if rest.is_empty() && !text.starts_with("file:") {
            return Err(InvalidUrlError::NoHost);
        }
        // systemd takes blanks, but no server does.
        match rest.char_indices().find(|(_, character)| !character.is_ascii_graphic()) {
            Some((at, character)) => Err(InvalidUrlError::Character { character, at: offset + at }),
            None => Ok(Self(text.into())),
        }
    }
}

/// The text is no URL that systemd-sysupdate downloads from.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum InvalidUrlError {
    #[error("{character:?} at byte {at} must be percent-encoded")]
    Character { character: char, at: usize },
    #[error("there is no host")]
    NoHost,
    #[error("expected https://…, http://… or file:///…")]
    Scheme,
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn urls_are_those_that_systemd_downloads_from() {
        let cases = [
            ("https://example.com/images/", Ok("https://example.com/images/")),
            ("http://[::1]:8080", Ok("http://[::1]:8080")),
            ("file:///", Ok("file:///")),
            ("https://", Err("there is no host")),
            ("ftp://example.com/", Err("expected https://…, http://… or file:///…")),
            ("example.com", Err("expected https://…, http://… or file:///…")),
            ("file://srv", Err("expected https://…, http://… or file:///…")),
            ("https://a/b ", Err("' ' at byte 11 must be percent-encoded")),
            ("https://é/", Err("'é' at byte 8 must be percent-encoded")),
        ];
        for (text, expected) in cases {
            let found = text.parse::<BaseUrl>();
            let found = found.map(|url| url.to_string()).map_err(|error| error.to_string());
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
