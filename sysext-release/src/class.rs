use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{ExtensionName, release_file};

/// The two classes of extension images: those that extend `/usr` and `/opt`, and those that extend
/// `/etc`.
///
/// Follows
/// [systemd-sysext(8)](https://www.freedesktop.org/software/systemd/man/latest/systemd-sysext.html).
///
/// ```
/// use sysext_release::Class;
///
/// assert_eq!(Class::Sysext.hierarchies(), ["usr", "opt"]);
/// assert_eq!("confext".parse(), Ok(Class::Confext));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "systemd has these two classes; a third would be a new kind of thing"
)]
pub enum Class {
    /// A configuration extension: `/etc`.
    Confext,
    /// A system extension: `/usr` and `/opt`.
    Sysext,
}

impl Class {
    /// Both classes.
    pub const ALL: &[Self] = &[Self::Confext, Self::Sysext];

    /// The name that systemd uses: `sysext` or `confext`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confext => "confext",
            Self::Sysext => "sysext",
        }
    }

    /// The top-level directories that an image of this class may carry, without slashes.
    pub const fn hierarchies(self) -> &'static [&'static str] {
        match self {
            Self::Confext => &["etc"],
            Self::Sysext => &["usr", "opt"],
        }
    }

    /// The directory of the extension-release file inside an image, relative to the image's root.
    pub const fn release_directory(self) -> &'static str {
        match self {
            Self::Confext => "etc/extension-release.d",
            Self::Sysext => "usr/lib/extension-release.d",
        }
    }

    /// The path of an image's extension-release file inside of the image, relative to its root.
    ///
    /// Its last part is longer than the 255 bytes of a file name for a name of more than 237.
    ///
    /// ```
    /// use sysext_release::{Class, ExtensionName};
    ///
    /// let name: ExtensionName = "kubernetes".parse()?;
    /// assert_eq!(
    ///     Class::Sysext.release_file(&name),
    ///     "usr/lib/extension-release.d/extension-release.kubernetes",
    /// );
    /// # Ok::<(), sysext_release::InvalidNameError>(())
    /// ```
    pub fn release_file(self, name: &ExtensionName) -> String {
        format!("{}/{}{name}", self.release_directory(), release_file::PREFIX)
    }

    /// The release field that holds the API level of this class.
    pub const fn level_key(self) -> &'static str {
        match self {
            Self::Confext => "CONFEXT_LEVEL",
            Self::Sysext => "SYSEXT_LEVEL",
        }
    }

    /// The release field that holds the scopes that an image of this class is meant for.
    pub const fn scope_key(self) -> &'static str {
        match self {
            Self::Confext => "CONFEXT_SCOPE",
            Self::Sysext => "SYSEXT_SCOPE",
        }
    }

    pub(crate) const fn extension_id_key(self) -> &'static str {
        match self {
            Self::Confext => "CONFEXT_ID",
            Self::Sysext => "SYSEXT_ID",
        }
    }

    pub(crate) const fn extension_version_id_key(self) -> &'static str {
        match self {
            Self::Confext => "CONFEXT_VERSION_ID",
            Self::Sysext => "SYSEXT_VERSION_ID",
        }
    }

    pub(crate) const fn extension_image_id_key(self) -> &'static str {
        match self {
            Self::Confext => "CONFEXT_IMAGE_ID",
            Self::Sysext => "SYSEXT_IMAGE_ID",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Class {
    type Err = UnknownClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|known| known.as_str() == text)
            .ok_or_else(|| UnknownClassError { text: text.into() })
    }
}

/// The text is no extension class.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown class {text:?}: expected sysext or confext")]
pub struct UnknownClassError {
    text: Box<str>,
}

impl UnknownClassError {
    /// The text that was refused.
    pub fn text(&self) -> &str {
        &self.text
    }
}
