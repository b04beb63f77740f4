use std::{fmt, str::FromStr};

use thiserror::Error;

/// Which systemd is modelled where versions differ. The default is the newest one that was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Systemd {
    /// systemd 257, checked with 257.13.
    V257,
    /// systemd 262.
    #[default]
    V262,
}

impl Systemd {
    /// All that are modelled, the oldest first.
    pub const ALL: &[Self] = &[Self::V257, Self::V262];

    /// The version number as systemd counts it.
    pub const fn number(self) -> u32 {
        match self {
            Self::V257 => 257,
            Self::V262 => 262,
        }
    }
}

impl fmt::Display for Systemd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl FromStr for Systemd {
    type Err = UnknownSystemdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "257" => Ok(Self::V257),
            "262" => Ok(Self::V262),
            _ => Err(UnknownSystemdError { text: text.into() }),
        }
    }
}

/// The text is no version of systemd that is modelled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown systemd version {text:?}: expected 257 or 262")]
pub struct UnknownSystemdError {
    text: Box<str>,
}

impl UnknownSystemdError {
    /// The text that was refused.
    pub fn text(&self) -> &str {
        &self.text
    }
}
