use std::{fmt, str::FromStr};

use thiserror::Error;

/// Where an extension is merged: in the running system, in its initrd, or in a portable service.
///
/// The words of `SYSEXT_SCOPE=` and `CONFEXT_SCOPE=` in an extension-release file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// The initrd.
    Initrd,
    /// A portable service.
    Portable,
    /// The running system.
    System,
}

impl Scope {
    /// All that systemd knows.
    pub const ALL: &[Self] = &[Self::Initrd, Self::Portable, Self::System];

    /// The word that a release file uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initrd => "initrd",
            Self::Portable => "portable",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| UnknownScopeError { text: text.into() })
    }
}

/// The text is no scope.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown scope {text:?}: expected system, initrd or portable")]
pub struct UnknownScopeError {
    text: Box<str>,
}

impl UnknownScopeError {
    /// The text that was refused.
    pub fn text(&self) -> &str {
        &self.text
    }
}
