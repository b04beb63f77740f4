mod builder;

use std::fmt;

use thiserror::Error;

use crate::{
    Class, boolean,
    env_file::{Assignment, ParseError},
    fields::{Fields, words},
};

pub use self::builder::{ExtensionReleaseBuilder, InvalidExtensionReleaseError};

/// An extension-release file: which hosts an extension is for.
///
/// Follows [os-release(5)](https://www.freedesktop.org/software/systemd/man/latest/os-release.html)
/// and
/// [systemd-sysext(8)](https://www.freedesktop.org/software/systemd/man/latest/systemd-sysext.html).
/// A key that is assigned more than once has its last value. An empty value counts as none, save
/// for the scopes, where it leaves none; [`get`](Self::get) tells the two apart.
///
/// Two are equal if they assign the same in the same order: comments, quotes and the lines that
/// something stands on don't count. What is displayed reads back as an equal one, unless the quotes
/// that it needs make it longer than [`MAX_BYTES`](crate::env_file::MAX_BYTES).
///
/// ```
/// use sysext_release::{Class, ExtensionRelease};
///
/// let file = b"ID=_any\nARCHITECTURE=x86-64\nEXTENSION_RELOAD_MANAGER=yes\n";
/// let extension = ExtensionRelease::parse(file)?;
/// assert_eq!(extension.architecture(), Some("x86-64"));
/// assert_eq!(extension.reload_manager(), Ok(true));
/// assert_eq!(extension.scopes(Class::Sysext).collect::<Vec<_>>(), ["system", "portable"]);
/// # Ok::<(), sysext_release::env_file::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionRelease(Fields);

impl ExtensionRelease {
    /// Reads a file. One that cannot be read counts as empty for systemd, which then skips the
    /// extension: [`Misfit`](crate::Misfit) is made from the error.
    pub fn parse(file: &[u8]) -> Result<Self, ParseError> {
        Fields::parse(file).map(Self)
    }

    /// Starts a new file.
    pub fn builder() -> ExtensionReleaseBuilder {
        ExtensionReleaseBuilder::default()
    }

    /// Whether nothing is assigned at all, so that no host takes the extension.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All assignments in their order, repeated keys too.
    pub fn assignments(&self) -> impl DoubleEndedIterator<Item = Assignment<'_>> {
        self.0.assignments()
    }

    /// The last value of a key, also if it is empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)
    }

    /// `ID`: the operating system that the extension is for, `_any` for all of them.
    pub fn id(&self) -> Option<&str> {
        self.0.get_filled("ID")
    }

    /// `VERSION_ID`: the version of the operating system.
    pub fn version_id(&self) -> Option<&str> {
        self.0.get_filled("VERSION_ID")
    }

    /// `SYSEXT_LEVEL` or `CONFEXT_LEVEL`: what a host with a level must have, whatever its version.
    pub fn level(&self, class: Class) -> Option<&str> {
        self.0.get_filled(class.level_key())
    }

    /// The words of `SYSEXT_SCOPE` or `CONFEXT_SCOPE`: where the extension may be used.
    ///
    /// Without the field these are `system` and `portable`; an empty one leaves no word, so that
    /// nothing takes the extension. Words that [`Scope`](crate::Scope) doesn't know have no effect.
    pub fn scopes(&self, class: Class) -> impl Iterator<Item = &str> {
        words(self.get(class.scope_key()).unwrap_or("system portable"))
    }

    /// `ARCHITECTURE`: the name that systemd has for the CPU. `_any` is as good as none.
    ///
    /// Not an [`Architecture`](crate::Architecture), since the file may hold a name that matches no
    /// host.
    pub fn architecture(&self) -> Option<&str> {
        self.0.get_filled("ARCHITECTURE")
    }

    /// `EXTENSION_RELOAD_MANAGER`: whether systemd reloads its units when the extension comes or
    /// goes.
    ///
    /// `1`, `yes`, `y`, `true`, `t` and `on` mean yes, `0`, `no`, `n`, `false`, `f` and `off` no,
    /// in any case. systemd takes everything else for no, with a warning in its log.
    /// [Units to restart](Self::restart_units) imply a reload.
    pub fn reload_manager(&self) -> Result<bool, InvalidReloadManagerError> {
        let Some(value) = self.0.get_filled("EXTENSION_RELOAD_MANAGER") else { return Ok(false) };
        boolean::parse(value.as_bytes())
            .ok_or_else(|| InvalidReloadManagerError { value: value.into() })
    }

    /// The words of `EXTENSION_RESTART_UNITS`: what is restarted when the extension comes or goes.
    /// Since systemd 262.
    pub fn restart_units(&self) -> impl Iterator<Item = &str> {
        self.0.words("EXTENSION_RESTART_UNITS")
    }

    /// The words of `EXTENSION_RELOAD_OR_RESTART_UNITS`: what is reloaded, or else restarted. Since
    /// systemd 262.
    pub fn reload_or_restart_units(&self) -> impl Iterator<Item = &str> {
        self.0.words("EXTENSION_RELOAD_OR_RESTART_UNITS")
    }

    /// `SYSEXT_ID` or `CONFEXT_ID`: the extension itself. Never compared, like all that follow.
    pub fn extension_id(&self, class: Class) -> Option<&str> {
        self.0.get_filled(class.extension_id_key())
    }

    /// `SYSEXT_VERSION_ID` or `CONFEXT_VERSION_ID`: the version of the extension itself.
    pub fn extension_version_id(&self, class: Class) -> Option<&str> {
        self.0.get_filled(class.extension_version_id_key())
    }

    /// `SYSEXT_IMAGE_ID` or `CONFEXT_IMAGE_ID`: which image of the extension this is.
    pub fn extension_image_id(&self, class: Class) -> Option<&str> {
        self.0.get_filled(class.extension_image_id_key())
    }

    /// `IMAGE_ID`: an image of the operating system.
    pub fn image_id(&self) -> Option<&str> {
        self.0.get_filled("IMAGE_ID")
    }

    /// `IMAGE_VERSION`: the version of that image.
    pub fn image_version(&self) -> Option<&str> {
        self.0.get_filled("IMAGE_VERSION")
    }

    /// `BUILD_ID`: a build of the operating system.
    pub fn build_id(&self) -> Option<&str> {
        self.0.get_filled("BUILD_ID")
    }

    /// `VARIANT_ID`: an edition of the operating system.
    pub fn variant_id(&self) -> Option<&str> {
        self.0.get_filled("VARIANT_ID")
    }

    /// The words of `PORTABLE_PREFIXES`: what the names of units begin with that a portable service
    /// may bring.
    pub fn portable_prefixes(&self) -> impl Iterator<Item = &str> {
        self.0.words("PORTABLE_PREFIXES")
    }
}

/// Writes the assignments in their order, without the comments of the file they came from.
impl fmt::Display for ExtensionRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `EXTENSION_RELOAD_MANAGER` is no boolean of systemd's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("EXTENSION_RELOAD_MANAGER={value:?} is neither yes nor no")]
pub struct InvalidReloadManagerError {
    value: Box<str>,
}

impl InvalidReloadManagerError {
    /// The value that stands there.
    pub fn value(&self) -> &str {
        &self.value
    }
}
