use std::fmt;

use crate::{
    Class,
    env_file::{Assignment, ParseError},
    fields::Fields,
};

/// An os-release file: which operating system a host is.
///
/// Follows
/// [os-release(5)](https://www.freedesktop.org/software/systemd/man/latest/os-release.html). A key
/// that is assigned more than once has its last value. An empty value counts as none, as it does
/// for systemd on the host's side: all methods but [`get`](Self::get) and
/// [`assignments`](Self::assignments) return `None` for it.
///
/// Two are equal if they assign the same in the same order: comments, quotes and the lines that
/// something stands on don't count. What is displayed reads back as an equal one, unless the quotes
/// that it needs make it longer than [`MAX_BYTES`](crate::env_file::MAX_BYTES).
///
/// ```
/// use sysext_release::{Class, OsRelease};
///
/// let file = b"ID=flatcar\nID_LIKE=\"coreos gentoo\"\nVERSION_ID=\nSYSEXT_LEVEL=1.0\n";
/// let os = OsRelease::parse(file)?;
/// assert_eq!(os.id(), Some("flatcar"));
/// assert_eq!(os.id_like().collect::<Vec<_>>(), ["coreos", "gentoo"]);
/// assert_eq!((os.version_id(), os.get("VERSION_ID")), (None, Some("")));
/// assert_eq!(os.level(Class::Sysext), Some("1.0"));
/// # Ok::<(), sysext_release::env_file::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OsRelease(Fields);

impl OsRelease {
    /// Reads a file.
    pub fn parse(file: &[u8]) -> Result<Self, ParseError> {
        Fields::parse(file).map(Self)
    }

    /// Whether nothing is assigned at all.
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

    /// `ID`: the operating system. Without it a host takes no extension.
    pub fn id(&self) -> Option<&str> {
        self.0.get_filled("ID")
    }

    /// The words of `ID_LIKE`: the operating systems that this one is built on. Extensions for them
    /// fit, too.
    pub fn id_like(&self) -> impl Iterator<Item = &str> {
        self.0.words("ID_LIKE")
    }

    /// `VERSION_ID`: the version of the operating system.
    pub fn version_id(&self) -> Option<&str> {
        self.0.get_filled("VERSION_ID")
    }

    /// `SYSEXT_LEVEL` or `CONFEXT_LEVEL`: which extensions of a class fit, apart from the version.
    pub fn level(&self, class: Class) -> Option<&str> {
        self.0.get_filled(class.level_key())
    }

    /// `NAME`: the operating system for people. Programs show `Linux` if there is none.
    pub fn name(&self) -> Option<&str> {
        self.0.get_filled("NAME")
    }

    /// `PRETTY_NAME`: name and version for people. Programs show `Linux` if there is none.
    pub fn pretty_name(&self) -> Option<&str> {
        self.0.get_filled("PRETTY_NAME")
    }

    /// `IMAGE_ID`: which image of the operating system was installed.
    pub fn image_id(&self) -> Option<&str> {
        self.0.get_filled("IMAGE_ID")
    }

    /// `IMAGE_VERSION`: the version of that image.
    pub fn image_version(&self) -> Option<&str> {
        self.0.get_filled("IMAGE_VERSION")
    }

    /// `BUILD_ID`: the build that was installed first.
    pub fn build_id(&self) -> Option<&str> {
        self.0.get_filled("BUILD_ID")
    }

    /// `VARIANT_ID`: the edition of the operating system.
    pub fn variant_id(&self) -> Option<&str> {
        self.0.get_filled("VARIANT_ID")
    }
}

/// Writes the assignments in their order, without the comments of the file they came from.
impl fmt::Display for OsRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
