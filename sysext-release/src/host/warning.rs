use std::fmt;

use crate::{Architecture, Class, ExtensionRelease, Scope, Systemd};

/// Something in a release file that its author may not have meant. It changes no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The list of scopes is there but empty, so that nothing takes the extension.
    #[non_exhaustive]
    EmptyScope {
        /// The class whose scopes these are.
        class: Class,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// `EXTENSION_RELOAD_MANAGER` is no boolean, which systemd takes for no.
    #[non_exhaustive]
    InvalidReloadManager {
        /// The value that stands there.
        extension: Box<str>,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// The `ID` of the extension is not that of the host but in its `ID_LIKE`, which older versions
    /// of systemd don't look at.
    #[non_exhaustive]
    MatchedByIdLike {
        /// `ID` of the host.
        host: Box<str>,
        /// `ID` of the extension.
        extension: Box<str>,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// A field that changes nothing.
    #[non_exhaustive]
    NoEffect {
        /// The field.
        key: &'static str,
        /// The value that stands there.
        extension: Box<str>,
        /// Why it has no effect.
        cause: NoEffectCause,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// Scopes are divided by blanks, so that a comma makes a word that nobody knows.
    #[non_exhaustive]
    ScopeComma {
        /// The class whose scopes these are.
        class: Class,
        /// The first word with a comma.
        extension: Box<str>,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// `ARCHITECTURE` holds no name of systemd's, so that no host matches.
    #[non_exhaustive]
    UnknownArchitecture {
        /// The value that stands there.
        extension: Box<str>,
        /// What other programs mean by it.
        meant: Option<Architecture>,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// A scope that systemd doesn't know, which has no effect.
    #[non_exhaustive]
    UnknownScope {
        /// The class whose scopes these are.
        class: Class,
        /// The first such word.
        extension: Box<str>,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
    /// `ARCHITECTURE` holds a name of systemd's that no host has, since no kernel reports it.
    #[non_exhaustive]
    UnreportedArchitecture {
        /// The architecture.
        extension: Architecture,
        /// The line of the extension's file that the field stands on, counted from 1.
        line: u32,
    },
}

impl Warning {
    /// A name that stays as it is, the one of the variant: `empty-scope`, `invalid-reload-manager`
    /// and so on.
    ///
    /// A field without effect has one for each cause: `no-effect-any-os`, `no-effect-level`,
    /// `no-effect-class`, `no-effect-host-only` and `no-effect-systemd`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyScope { .. } => "empty-scope",
            Self::InvalidReloadManager { .. } => "invalid-reload-manager",
            Self::MatchedByIdLike { .. } => "matched-by-id-like",
            Self::NoEffect { cause, .. } => match cause {
                NoEffectCause::AnyOs => "no-effect-any-os",
                NoEffectCause::Class { .. } => "no-effect-class",
                NoEffectCause::HostOnly => "no-effect-host-only",
                NoEffectCause::Level { .. } => "no-effect-level",
                NoEffectCause::Systemd { .. } => "no-effect-systemd",
            },
            Self::ScopeComma { .. } => "scope-comma",
            Self::UnknownArchitecture { .. } => "unknown-architecture",
            Self::UnknownScope { .. } => "unknown-scope",
            Self::UnreportedArchitecture { .. } => "unreported-architecture",
        }
    }

    /// The value of the host, where one has a part in it.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::MatchedByIdLike { host, .. } => Some(host),
            _ => None,
        }
    }

    /// The value of the extension.
    pub fn extension(&self) -> Option<&str> {
        match self {
            Self::EmptyScope { .. } => None,
            Self::InvalidReloadManager { extension, .. }
            | Self::MatchedByIdLike { extension, .. }
            | Self::NoEffect { extension, .. }
            | Self::ScopeComma { extension, .. }
            | Self::UnknownArchitecture { extension, .. }
            | Self::UnknownScope { extension, .. } => Some(extension),
            Self::UnreportedArchitecture { extension, .. } => Some(extension.as_str()),
        }
    }

    /// The field of the extension's file that it is about.
    pub fn key(&self) -> Option<&'static str> {
        Some(self.field())
    }

    /// The line of the extension's file that the field stands on, counted from 1.
    pub fn line(&self) -> Option<u32> {
        match *self {
            Self::EmptyScope { line, .. }
            | Self::InvalidReloadManager { line, .. }
            | Self::MatchedByIdLike { line, .. }
            | Self::NoEffect { line, .. }
            | Self::ScopeComma { line, .. }
            | Self::UnknownArchitecture { line, .. }
            | Self::UnknownScope { line, .. }
            | Self::UnreportedArchitecture { line, .. } => Some(line),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::EmptyScope { class, .. }
            | Self::ScopeComma { class, .. }
            | Self::UnknownScope { class, .. } => class.scope_key(),
            Self::InvalidReloadManager { .. } => "EXTENSION_RELOAD_MANAGER",
            Self::MatchedByIdLike { .. } => "ID",
            Self::NoEffect { key, .. } => key,
            Self::UnknownArchitecture { .. } | Self::UnreportedArchitecture { .. } => {
                "ARCHITECTURE"
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.field();
        match self {
            Self::EmptyScope { .. } => {
                write!(
                    f,
                    "{key} is empty, so that nothing takes the extension: without it running systems and portable services do"
                )
            }
            Self::InvalidReloadManager { extension, .. } => {
                write!(f, "{key}={extension:?} is neither yes nor no, which systemd takes for no")
            }
            Self::MatchedByIdLike { host, extension, .. } => write!(
                f,
                "{key}={extension:?} is in the ID_LIKE of {host:?}: a host with a systemd older than 258 may not look there"
            ),
            Self::NoEffect { extension, cause, .. } => {
                write!(f, "{key}={extension:?} has no effect {cause}")
            }
            Self::ScopeComma { extension, .. } => {
                write!(
                    f,
                    "{key} has the word {extension:?}: scopes are divided by blanks, not commas"
                )
            }
            Self::UnknownArchitecture { extension, meant, .. } => {
                write!(f, "{key}={extension:?} matches no host: ")?;
                match meant {
                    Some(meant) => write!(f, "systemd calls it {:?}", meant.as_str()),
                    None if matches!(&**extension, "any" | "native") => {
                        f.write_str("leave the field out, or write \"_any\"")
                    }
                    None => f.write_str("systemd knows no such architecture"),
                }
            }
            Self::UnknownScope { extension, .. } => write!(
                f,
                "{key} has the word {extension:?}, which has no effect: systemd knows system, initrd and portable"
            ),
            Self::UnreportedArchitecture { extension, .. } => {
                let extension = extension.as_str();
                write!(f, "{key}={extension:?} matches no host: kernels don't tell the byte order")
            }
        }
    }
}

/// Why a field has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoEffectCause {
    /// `ID=_any` ends the comparison.
    AnyOs,
    /// The field belongs to the other class.
    #[non_exhaustive]
    Class {
        /// The class that the extension is used as.
        class: Class,
    },
    /// Only the host's file may have the field.
    HostOnly,
    /// The levels decided, so that versions were not compared.
    #[non_exhaustive]
    Level {
        /// The class whose levels these are.
        class: Class,
    },
    /// The host's systemd doesn't know the field.
    #[non_exhaustive]
    Systemd {
        /// The first version that does.
        since: Systemd,
    },
}

impl fmt::Display for NoEffectCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyOs => f.write_str("under ID=_any"),
            Self::Class { class } => write!(f, "in a {class}"),
            Self::HostOnly => f.write_str("in an extension: only that of the host counts"),
            Self::Level { class } => write!(f, "where {} decides", class.level_key()),
            Self::Systemd { since } => write!(f, "before systemd {since}"),
        }
    }
}

/// What can be said of a file whatever the host's own file says.
pub(super) fn of_file(file: &ExtensionRelease, class: Class, systemd: Systemd) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let unused = |key, cause| unused(file, key, cause);
    if file.id() == Some("_any") {
        warnings.extend(unused("VERSION_ID", NoEffectCause::AnyOs));
        warnings.extend(unused(class.level_key(), NoEffectCause::AnyOs));
    }
    let other = match class {
        Class::Confext => Class::Sysext,
        Class::Sysext => Class::Confext,
    };
    warnings.extend(unused(other.level_key(), NoEffectCause::Class { class }));
    warnings.extend(unused(other.scope_key(), NoEffectCause::Class { class }));
    warnings.extend(unused("ID_LIKE", NoEffectCause::HostOnly));
    if systemd < Systemd::V262 {
        let cause = NoEffectCause::Systemd { since: Systemd::V262 };
        warnings.extend(unused("EXTENSION_RESTART_UNITS", cause));
        warnings.extend(unused("EXTENSION_RELOAD_OR_RESTART_UNITS", cause));
    }
    warnings.extend(of_scopes(file, class));
    warnings.extend(of_architecture(file));
    if let (Some(line), Err(error)) =
        (line(file, "EXTENSION_RELOAD_MANAGER"), file.reload_manager())
    {
        warnings.push(Warning::InvalidReloadManager { extension: error.value().into(), line });
    }
    warnings
}

/// A field that has no effect, if the file has it and it says something.
pub(super) fn unused(
    file: &ExtensionRelease,
    key: &'static str,
    cause: NoEffectCause,
) -> Option<Warning> {
    let value = file.get(key).filter(|value| !value.is_empty())?;
    Some(Warning::NoEffect { key, extension: value.into(), cause, line: line(file, key)? })
}

/// An `ID` that the host has in its `ID_LIKE` only.
pub(super) fn matched_by_id_like(file: &ExtensionRelease, host: &str) -> Option<Warning> {
    let id = file.id().filter(|&id| id != host)?;
    let line = line(file, "ID")?;
    Some(Warning::MatchedByIdLike { host: host.into(), extension: id.into(), line })
}

fn of_scopes(file: &ExtensionRelease, class: Class) -> Vec<Warning> {
    let Some(line) = line(file, class.scope_key()) else { return Vec::new() };
    if file.scopes(class).next().is_none() {
        return vec![Warning::EmptyScope { class, line }];
    }
    let unknown = || file.scopes(class).filter(|word| word.parse::<Scope>().is_err());
    let comma = unknown().find(|word| word.contains(','));
    let comma = comma.map(|word| Warning::ScopeComma { class, extension: word.into(), line });
    let other = unknown().find(|word| !word.contains(','));
    let other = other.map(|word| Warning::UnknownScope { class, extension: word.into(), line });
    comma.into_iter().chain(other).collect()
}

fn of_architecture(file: &ExtensionRelease) -> Option<Warning> {
    let name = file.architecture().filter(|&name| name != "_any")?;
    let line = line(file, "ARCHITECTURE")?;
    match name.parse::<Architecture>() {
        Ok(architecture) if architecture.has_hosts() => None,
        Ok(extension) => Some(Warning::UnreportedArchitecture { extension, line }),
        Err(error) => {
            let meant = error.suggestion();
            Some(Warning::UnknownArchitecture { extension: name.into(), meant, line })
        }
    }
}

/// The line of the assignment that counts.
fn line(file: &ExtensionRelease, key: &str) -> Option<u32> {
    file.assignments().rfind(|assignment| assignment.key == key).map(|assignment| assignment.line)
}
