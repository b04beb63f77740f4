use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::ExtensionRelease;
use crate::{
    Architecture, Class, Scope,
    env_file::{Line, MAX_BYTES, WriteError},
    fields::{Fields, words},
};

/// Makes an extension-release file.
///
/// A later call replaces what an earlier one set, and an empty value removes it. The same fields
/// give the same bytes, in whatever order they were set: `ID` first, then what hosts compare, then
/// everything else by key.
///
/// ```
/// use sysext_release::{Architecture, Class, ExtensionRelease, Scope};
///
/// let extension = ExtensionRelease::builder()
///     .id("flatcar")
///     .level(Class::Sysext, "1.0")
///     .architecture(Architecture::X86_64)
///     .scopes(Class::Sysext, [Scope::System, Scope::Initrd])
///     .extension_version_id(Class::Sysext, "1.31.4")
///     .build()?;
/// assert_eq!(
///     extension.to_string(),
///     "ID=flatcar\nSYSEXT_LEVEL=1.0\nSYSEXT_SCOPE=\"initrd system\"\nARCHITECTURE=x86-64\n\
///      SYSEXT_VERSION_ID=1.31.4\n",
/// );
/// # Ok::<(), sysext_release::InvalidExtensionReleaseError>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is checked before `build`"]
pub struct ExtensionReleaseBuilder {
    fields: BTreeMap<(usize, Box<str>), Box<str>>,
    /// The lists that cannot be written, by key; only `build` can say so.
    faults: BTreeMap<&'static str, InvalidExtensionReleaseError>,
}

/// The keys that come first, in their order.
const ORDER: [&str; 10] = [
    "ID",
    "VERSION_ID",
    "SYSEXT_LEVEL",
    "SYSEXT_SCOPE",
    "CONFEXT_LEVEL",
    "CONFEXT_SCOPE",
    "ARCHITECTURE",
    "EXTENSION_RELOAD_MANAGER",
    "EXTENSION_RESTART_UNITS",
    "EXTENSION_RELOAD_OR_RESTART_UNITS",
];

impl ExtensionReleaseBuilder {
    /// Sets `ID`: the extension is for one operating system, and those that name it in their
    /// `ID_LIKE`.
    pub fn id(self, id: &str) -> Self {
        self.field("ID", id)
    }

    /// Sets `ID=_any`: every operating system takes the extension, whatever version and levels say.
    pub fn any_os(self) -> Self {
        self.id("_any")
    }

    /// Sets `VERSION_ID`: the one version of the operating system that fits.
    pub fn version_id(self, version: &str) -> Self {
        self.field("VERSION_ID", version)
    }

    /// Sets the level of a class, which a host that has one compares instead of its version.
    pub fn level(self, class: Class, level: &str) -> Self {
        self.field(class.level_key(), level)
    }

    /// Sets where the extension may be used. Without this it is for running systems and portable
    /// services; none at all is an error of [`build`](Self::build), as nothing would take the
    /// extension.
    pub fn scopes(self, class: Class, scopes: impl IntoIterator<Item = Scope>) -> Self {
        let words: BTreeSet<_> = scopes.into_iter().map(Scope::as_str).collect();
        let key = class.scope_key();
        let fault = words.is_empty().then_some(InvalidExtensionReleaseError::NoScope { class });
        self.list(key, &Vec::from_iter(words).join(" "), fault)
    }

    /// Sets `ARCHITECTURE`. Without this the extension is for every CPU.
    pub fn architecture(self, architecture: Architecture) -> Self {
        self.field("ARCHITECTURE", architecture.as_str())
    }

    /// Sets `EXTENSION_RELOAD_MANAGER`: whether systemd reloads its units when the extension comes
    /// or goes.
    pub fn reload_manager(self, reload: bool) -> Self {
        self.field("EXTENSION_RELOAD_MANAGER", if reload { "1" } else { "0" })
    }

    /// Sets `EXTENSION_RESTART_UNITS`, which systemd knows since 262: it restarts these when the
    /// extension comes or goes.
    pub fn restart_units(self, units: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.units("EXTENSION_RESTART_UNITS", units)
    }

    /// Sets `EXTENSION_RELOAD_OR_RESTART_UNITS`, which systemd knows since 262: it reloads these if
    /// they can, or else restarts them.
    pub fn reload_or_restart_units(self, units: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.units("EXTENSION_RELOAD_OR_RESTART_UNITS", units)
    }

    /// Sets `SYSEXT_ID` or `CONFEXT_ID`: the extension itself. Never compared, like the next two.
    pub fn extension_id(self, class: Class, id: &str) -> Self {
        self.field(class.extension_id_key(), id)
    }

    /// Sets `SYSEXT_VERSION_ID` or `CONFEXT_VERSION_ID`: the version of the extension itself.
    pub fn extension_version_id(self, class: Class, version: &str) -> Self {
        self.field(class.extension_version_id_key(), version)
    }

    /// Sets `SYSEXT_IMAGE_ID` or `CONFEXT_IMAGE_ID`: which image of the extension this is.
    pub fn extension_image_id(self, class: Class, id: &str) -> Self {
        self.field(class.extension_image_id_key(), id)
    }

    /// Sets any field. Its key must be a name that a shell could give to a variable.
    pub fn field(mut self, key: &str, value: &str) -> Self {
        self.faults.remove(key);
        let rank = ORDER.iter().position(|&first| first == key).unwrap_or(ORDER.len());
        let place = (rank, key.into());
        if value.is_empty() {
            self.fields.remove(&place);
        } else {
            self.fields.insert(place, value.into());
        }
        self
    }

    /// Makes the file, which needs an `ID`.
    pub fn build(self) -> Result<ExtensionRelease, InvalidExtensionReleaseError> {
        if let Some(fault) = self.faults.into_values().next() {
            return Err(fault);
        }
        let mut room = MAX_BYTES;
        for ((_, key), value) in &self.fields {
            if !is_shell_name(key) {
                return Err(InvalidExtensionReleaseError::Key { key: key.clone() });
            }
            Line::checked(key, value, &mut room)
                .map_err(|source| InvalidExtensionReleaseError::Field { source })?;
        }
        let pairs = self.fields.into_iter().map(|((_, key), value)| (key, value));
        let fields = Fields::of_checked(pairs);
        for &class in Class::ALL {
            let key = class.scope_key();
            if fields.get(key).is_some() && fields.words(key).next().is_none() {
                return Err(InvalidExtensionReleaseError::NoScope { class });
            }
        }
        if fields.get_filled("ID").is_none() {
            return Err(InvalidExtensionReleaseError::NoId);
        }
        Ok(ExtensionRelease(fields))
    }

    fn units(self, key: &'static str, units: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut value = String::new();
        let mut fault = None;
        for unit in units {
            let unit = unit.as_ref();
            if !words(unit).eq([unit]) {
                fault.get_or_insert(InvalidExtensionReleaseError::Unit { key, unit: unit.into() });
            }
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(unit);
        }
        self.list(key, &value, fault)
    }

    fn list(
        self,
        key: &'static str,
        value: &str,
        fault: Option<InvalidExtensionReleaseError>,
    ) -> Self {
        let mut this = self.field(key, value);
        this.faults.extend(fault.map(|fault| (key, fault)));
        this
    }
}

/// Why no file can be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidExtensionReleaseError {
    /// The key is no name of a shell variable: a letter or `_`, then also digits, all of ASCII.
    #[error("invalid key {key:?}: it is no name of a shell variable")]
    #[non_exhaustive]
    Key {
        /// The key.
        key: Box<str>,
    },
    /// No `ID`.
    #[error("an extension-release file needs an ID: that of an operating system, or _any")]
    NoId,
    /// An empty list of scopes, which no host would match.
    #[error("{} is empty: no host would take the extension", .class.scope_key())]
    #[non_exhaustive]
    NoScope {
        /// The class whose scopes are empty.
        class: Class,
    },
    /// A unit name that would read back as none or several.
    #[error("{key} cannot hold the unit name {unit:?}")]
    #[non_exhaustive]
    Unit {
        /// The field that was to hold it.
        key: &'static str,
        /// The name.
        unit: Box<str>,
    },
    /// A value that no file can hold.
    #[error(transparent)]
    #[non_exhaustive]
    Field {
        /// The field, and what is wrong with it.
        source: WriteError,
    },
}

fn is_shell_name(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && key.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}
