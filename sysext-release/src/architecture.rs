use std::{fmt, str::FromStr};

use thiserror::Error;

/// A CPU architecture by the name that systemd has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// 64-bit ARM, little-endian.
    Arm64,
    /// 64-bit MIPS, little-endian.
    Mips64Le,
    /// 32-bit x86.
    X86,
    /// 64-bit x86.
    X86_64,
}

impl Architecture {
    /// The name that systemd uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::Mips64Le => "mips64-le",
            Self::X86 => "x86",
            Self::X86_64 => "x86-64",
        }
    }

    /// The architecture of a machine name that uname(2) reports.
    pub fn from_uname(machine: &str) -> Option<Self> {
        match machine {
            "aarch64" => Some(Self::Arm64),
            "i686" => Some(Self::X86),
            "x86_64" => Some(Self::X86_64),
            _ => None,
        }
    }

    /// The architecture of a `GOARCH`.
    pub fn from_go(name: &str) -> Option<Self> {
        match name {
            "amd64" => Some(Self::X86_64),
            "386" => Some(Self::X86),
            _ => None,
        }
    }

    /// The architecture of a `target_arch`.
    pub fn from_rust(name: &str) -> Option<Self> {
        Self::from_uname(name)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitectureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Arm64, Self::Mips64Le, Self::X86, Self::X86_64]
            .into_iter()
            .find(|architecture| architecture.as_str() == text)
            .ok_or_else(|| UnknownArchitectureError { text: text.into() })
    }
}

/// The text is no architecture.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown architecture {text:?}")]
pub struct UnknownArchitectureError {
    text: Box<str>,
}
