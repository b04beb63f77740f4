mod fit;
mod misfit;
mod warning;

use thiserror::Error;

use crate::{Architecture, Class, ExtensionRelease, OsRelease, Scope, Systemd};

pub use self::{
    fit::{Fit, FitReason},
    misfit::{Misfit, MisfitReason},
    warning::{NoEffectCause, Warning},
};

/// What a host compares extensions with.
///
/// Follows
/// [systemd-sysext(8)](https://www.freedesktop.org/software/systemd/man/latest/systemd-sysext.html).
///
/// ```
/// use sysext_release::{Architecture, Class, ExtensionRelease, Host, OsRelease};
///
/// let os = OsRelease::parse(b"ID=debian\nVERSION_ID=13\n")?;
/// let host = Host::new(os, Architecture::X86_64)?;
///
/// let extension = ExtensionRelease::parse(b"ID=debian\nVERSION_ID=12\n")?;
/// let misfit = host.accept(&extension, Class::Sysext).unwrap_err();
/// assert_eq!(misfit.reason.code(), "version-id");
/// assert_eq!((misfit.reason.host(), misfit.reason.extension()), (Some("13"), Some("12")));
///
/// let extension = ExtensionRelease::parse(b"ID=_any\nVERSION_ID=12\n")?;
/// let fit = host.accept(&extension, Class::Sysext)?;
/// assert_eq!(fit.reason.code(), "any-os");
/// assert_eq!(fit.warnings[0].to_string(), r#"VERSION_ID="12" has no effect under ID=_any"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    os: OsRelease,
    id: Box<str>,
    architecture: Architecture,
    scope: Scope,
    systemd: Systemd,
}

impl Host {
    /// A running system with this os-release file and CPU, and the newest [`Systemd`].
    ///
    /// Fails without an `ID`: on such a host systemd merges nothing, not even by force.
    pub fn new(os: OsRelease, architecture: Architecture) -> Result<Self, HostError> {
        let id = os.id().ok_or(HostError::NoId)?.into();
        Ok(Self { os, id, architecture, scope: Scope::System, systemd: Systemd::default() })
    }

    /// Sets where extensions are merged.
    #[must_use]
    pub fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Sets which systemd the host has. Only warnings depend on it: the verdicts of 257 and 262 are
    /// the same.
    #[must_use]
    pub fn with_systemd(self, systemd: Systemd) -> Self {
        Self { systemd, ..self }
    }

    /// The os-release file of the host.
    pub fn os(&self) -> &OsRelease {
        &self.os
    }

    /// The CPU of the host.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Where extensions are merged.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Which systemd the host has.
    pub fn systemd(&self) -> Systemd {
        self.systemd
    }

    /// Whether the host takes an extension that is used as one of the class, and why.
    pub fn accept(&self, extension: &ExtensionRelease, class: Class) -> Result<Fit, Misfit> {
        let mut warnings = warning::of_file(extension, class, self.systemd);
        match self.decide(extension, class) {
            Ok(reason) => {
                warnings.extend(self.warnings_of_fit(&reason, extension));
                Ok(Fit { reason, warnings })
            }
            Err(reason) => {
                if let MisfitReason::Level { class, .. } = reason {
                    warnings.extend(unused_version(extension, class));
                }
                Err(Misfit { reason, warnings })
            }
        }
    }

    /// The steps in the order in which systemd takes them: the first that fails is the reason.
    fn decide(
        &self,
        extension: &ExtensionRelease,
        class: Class,
    ) -> Result<FitReason, MisfitReason> {
        if extension.is_empty() {
            return Err(MisfitReason::NoReleaseData { cause: None });
        }
        if !extension.scopes(class).any(|scope| scope == self.scope.as_str()) {
            let extension = extension.get(class.scope_key()).map(Into::into);
            return Err(MisfitReason::Scope { class, host: self.scope, extension });
        }
        if let Some(architecture) = extension.architecture()
            && architecture != "_any"
            && architecture != self.architecture.as_str()
        {
            let extension = architecture.into();
            return Err(MisfitReason::Architecture { host: self.architecture, extension });
        }

        let host_id = &self.id;
        let Some(id) = extension.id() else {
            return Err(MisfitReason::NoId { host: host_id.clone() });
        };
        if id == "_any" {
            return Ok(FitReason::AnyOs { host: host_id.clone() });
        }
        if id != &**host_id && !self.os.id_like().any(|like| like == id) {
            let host_like = self.os.get("ID_LIKE").filter(|like| !like.is_empty()).map(Into::into);
            return Err(MisfitReason::Id {
                host: host_id.clone(),
                host_like,
                extension: id.into(),
            });
        }

        let (host_version, host_level) = (self.os.version_id(), self.os.level(class));
        if let (Some(host), Some(level)) = (host_level, extension.level(class)) {
            return if host == level {
                Ok(FitReason::Level { class, level: level.into() })
            } else {
                Err(MisfitReason::Level { class, host: host.into(), extension: level.into() })
            };
        }
        match (host_version, host_level, extension.version_id()) {
            (None, None, _) => {
                Ok(FitReason::Rolling { host: host_id.clone(), extension: id.into() })
            }
            (None, Some(level), _) => Ok(FitReason::UncheckedVersion { class, host: level.into() }),
            (Some(host), _, None) => Err(MisfitReason::NoVersionId { host: host.into() }),
            (Some(host), _, Some(version)) if host == version => {
                Ok(FitReason::VersionId { version_id: version.into() })
            }
            (Some(host), _, Some(version)) => {
                Err(MisfitReason::VersionId { host: host.into(), extension: version.into() })
            }
        }
    }

    fn warnings_of_fit(&self, reason: &FitReason, extension: &ExtensionRelease) -> Vec<Warning> {
        let mut warnings = Vec::new();
        match reason {
            FitReason::AnyOs { .. } => return warnings,
            FitReason::Level { class, .. } => {
                warnings.extend(unused_version(extension, *class));
            }
            FitReason::Rolling { .. }
            | FitReason::UncheckedVersion { .. }
            | FitReason::VersionId { .. } => {}
        }
        warnings.extend(warning::matched_by_id_like(extension, &self.id));
        warnings
    }
}

fn unused_version(extension: &ExtensionRelease, class: Class) -> Option<Warning> {
    warning::unused(extension, "VERSION_ID", NoEffectCause::Level { class })
}

/// Why there can be no such host.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostError {
    /// The os-release file has no `ID`, or an empty one.
    #[error("the os-release file of the host has no ID: systemd merges no extension there")]
    NoId,
}
