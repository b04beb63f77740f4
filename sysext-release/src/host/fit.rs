use std::fmt;

use super::Warning;
use crate::Class;

/// The verdict that a host takes an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fit {
    /// What decided.
    pub reason: FitReason,
    /// What its author may not have meant.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

/// Why a host takes an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FitReason {
    /// The extension says `ID=_any`: neither version nor level was compared.
    #[non_exhaustive]
    AnyOs {
        /// `ID` of the host.
        host: Box<str>,
    },
    /// The levels are equal; versions were not compared.
    #[non_exhaustive]
    Level {
        /// The class whose levels these are.
        class: Class,
        /// The level.
        level: Box<str>,
    },
    /// The host has neither version nor level, so that nothing but the `ID` was compared.
    #[non_exhaustive]
    Rolling {
        /// `ID` of the host.
        host: Box<str>,
        /// `ID` of the extension, which is another one if it matched by `ID_LIKE`.
        extension: Box<str>,
    },
    /// The host has a level and no version, the extension no level: nothing but the `ID` was
    /// compared.
    #[non_exhaustive]
    UncheckedVersion {
        /// The class whose level the host has.
        class: Class,
        /// The level of the host.
        host: Box<str>,
    },
    /// The versions are equal.
    #[non_exhaustive]
    VersionId {
        /// `VERSION_ID` of both.
        version_id: Box<str>,
    },
}

impl FitReason {
    /// A name that stays as it is: `any-os`, `level`, `rolling`, `unchecked-version` or
    /// `version-id`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AnyOs { .. } => "any-os",
            Self::Level { .. } => "level",
            Self::Rolling { .. } => "rolling",
            Self::UncheckedVersion { .. } => "unchecked-version",
            Self::VersionId { .. } => "version-id",
        }
    }

    /// The field that decided.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::AnyOs { .. } | Self::Rolling { .. } => Some("ID"),
            Self::Level { class, .. } | Self::UncheckedVersion { class, .. } => {
                Some(class.level_key())
            }
            Self::VersionId { .. } => Some("VERSION_ID"),
        }
    }

    /// The value of the host that decided.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::AnyOs { host }
            | Self::Rolling { host, .. }
            | Self::UncheckedVersion { host, .. } => Some(host),
            Self::Level { level, .. } => Some(level),
            Self::VersionId { version_id } => Some(version_id),
        }
    }

    /// The value of the extension that decided.
    pub fn extension(&self) -> Option<&str> {
        match self {
            Self::AnyOs { .. } => Some("_any"),
            Self::Level { level, .. } => Some(level),
            Self::Rolling { extension, .. } => Some(extension),
            Self::UncheckedVersion { .. } => None,
            Self::VersionId { version_id } => Some(version_id),
        }
    }
}

impl fmt::Display for FitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyOs { .. } => {
                f.write_str("the extension is for every operating system: ID=_any")
            }
            Self::Level { class, level } => {
                write!(f, "extension and host have {}={level:?}", class.level_key())
            }
            Self::Rolling { extension, .. } => {
                write!(f, "the host takes ID={extension:?} and has no version to compare")
            }
            Self::UncheckedVersion { class, host } => {
                let key = class.level_key();
                write!(
                    f,
                    "the host has {key}={host:?} but no VERSION_ID, and the extension no {key}"
                )
            }
            Self::VersionId { version_id } => {
                write!(f, "extension and host have VERSION_ID={version_id:?}")
            }
        }
    }
}
