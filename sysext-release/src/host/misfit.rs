use std::{error::Error, fmt};

use super::Warning;
use crate::{Architecture, Class, Scope, env_file::ParseError};

/// The verdict that a host skips an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Misfit {
    /// What decided: the first thing that did not match.
    pub reason: MisfitReason,
    /// What its author may not have meant.
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl Error for Misfit {}

/// A release file that cannot be read is an empty one to systemd, which skips the extension.
impl From<ParseError> for Misfit {
    fn from(cause: ParseError) -> Self {
        Self { reason: MisfitReason::NoReleaseData { cause: Some(cause) }, warnings: Vec::new() }
    }
}

/// Why a host skips an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MisfitReason {
    /// The extension is for another CPU.
    #[non_exhaustive]
    Architecture {
        /// The CPU of the host.
        host: Architecture,
        /// `ARCHITECTURE` of the extension.
        extension: Box<str>,
    },
    /// The extension is for another operating system.
    #[non_exhaustive]
    Id {
        /// `ID` of the host.
        host: Box<str>,
        /// `ID_LIKE` of the host, whose words would have matched, too.
        host_like: Option<Box<str>>,
        /// `ID` of the extension.
        extension: Box<str>,
    },
    /// Both have a level, and these differ; versions were not compared.
    #[non_exhaustive]
    Level {
        /// The class whose levels these are.
        class: Class,
        /// The level of the host.
        host: Box<str>,
        /// The level of the extension.
        extension: Box<str>,
    },
    /// The extension has no `ID`.
    #[non_exhaustive]
    NoId {
        /// `ID` of the host.
        host: Box<str>,
    },
    /// The release file of the extension assigns nothing, or could not be read.
    #[non_exhaustive]
    NoReleaseData {
        /// Why it could not be read.
        cause: Option<ParseError>,
    },
    /// The host has a version, the extension has none.
    #[non_exhaustive]
    NoVersionId {
        /// `VERSION_ID` of the host.
        host: Box<str>,
    },
    /// The extension is for something else than the host is.
    #[non_exhaustive]
    Scope {
        /// The class whose scopes were looked at.
        class: Class,
        /// The scope of the host.
        host: Scope,
        /// The scopes of the extension as they stand there.
        extension: Option<Box<str>>,
    },
    /// The extension is for another version of the operating system.
    #[non_exhaustive]
    VersionId {
        /// `VERSION_ID` of the host.
        host: Box<str>,
        /// `VERSION_ID` of the extension.
        extension: Box<str>,
    },
}

impl MisfitReason {
    /// A name that stays as it is: `architecture`, `id`, `level`, `no-id`, `no-release-data`,
    /// `no-version-id`, `scope` or `version-id`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Architecture { .. } => "architecture",
            Self::Id { .. } => "id",
            Self::Level { .. } => "level",
            Self::NoId { .. } => "no-id",
            Self::NoReleaseData { .. } => "no-release-data",
            Self::NoVersionId { .. } => "no-version-id",
            Self::Scope { .. } => "scope",
            Self::VersionId { .. } => "version-id",
        }
    }

    /// The field that decided; none if there are no fields.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::Architecture { .. } => Some("ARCHITECTURE"),
            Self::Id { .. } | Self::NoId { .. } => Some("ID"),
            Self::Level { class, .. } => Some(class.level_key()),
            Self::NoReleaseData { .. } => None,
            Self::NoVersionId { .. } | Self::VersionId { .. } => Some("VERSION_ID"),
            Self::Scope { class, .. } => Some(class.scope_key()),
        }
    }

    /// The value of the host that was not met.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Architecture { host, .. } => Some(host.as_str()),
            Self::Id { host, .. }
            | Self::Level { host, .. }
            | Self::NoId { host }
            | Self::NoVersionId { host }
            | Self::VersionId { host, .. } => Some(host),
            Self::NoReleaseData { .. } => None,
            Self::Scope { host, .. } => Some(host.as_str()),
        }
    }

    /// The value of the extension that did not match.
    pub fn extension(&self) -> Option<&str> {
        match self {
            Self::Architecture { extension, .. }
            | Self::Id { extension, .. }
            | Self::Level { extension, .. }
            | Self::VersionId { extension, .. } => Some(extension),
            Self::NoId { .. } | Self::NoReleaseData { .. } | Self::NoVersionId { .. } => None,
            Self::Scope { extension, .. } => extension.as_deref(),
        }
    }
}

impl fmt::Display for MisfitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Architecture { host, extension } => {
                let host = host.as_str();
                write!(f, "the extension is for ARCHITECTURE={extension:?}, the host is {host:?}")
            }
            Self::Id { host, host_like, extension } => {
                write!(f, "the extension is for ID={extension:?}, the host has ID={host:?}")?;
                host_like.iter().try_for_each(|like| write!(f, " and ID_LIKE={like:?}"))
            }
            Self::Level { class, host, extension } => {
                let key = class.level_key();
                write!(f, "the extension is for {key}={extension:?}, the host has {key}={host:?}")
            }
            Self::NoId { host } => write!(
                f,
                "the extension names no operating system: it needs ID={host:?}, or ID=_any if it depends on none"
            ),
            Self::NoReleaseData { cause: None } => f.write_str(
                "the release file of the extension assigns nothing: it needs at least an ID",
            ),
            Self::NoReleaseData { cause: Some(cause) } => {
                write!(f, "the release file of the extension cannot be read: {cause}")
            }
            Self::NoVersionId { host } => write!(
                f,
                "the extension names no version of the operating system: it needs VERSION_ID={host:?}"
            ),
            Self::Scope { class, host, extension } => {
                let (key, host) = (class.scope_key(), host.as_str());
                match extension {
                    Some(extension) => {
                        write!(
                            f,
                            "{key}={extension:?} of the extension lacks {host:?}, the scope of the host"
                        )
                    }
                    None => write!(
                        f,
                        "the extension has no {key}, but the host takes only those for {host:?}"
                    ),
                }
            }
            Self::VersionId { host, extension } => write!(
                f,
                "the extension is for VERSION_ID={extension:?}, the host has VERSION_ID={host:?}: only the same text matches"
            ),
        }
    }
}
