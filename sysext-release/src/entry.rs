use thiserror::Error;

use crate::{
    Class, FileKind, Systemd,
    name::{ExtensionName, InvalidNameError, lossy},
};

/// How an image is stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageForm {
    /// A block device.
    Block,
    /// A directory that holds the tree itself. (On btrfs it may be a subvolume.)
    Directory,
    /// A directory `NAME.mstack` of layers, since systemd 262.
    Mstack,
    /// A file system or a partition table in a file.
    Raw,
    /// A directory `NAME….v` of images, from which the newest is picked: those whose name begins
    /// with `NAME_` and ends with `suffix`.
    #[non_exhaustive]
    Versions {
        /// `.raw`, `.sysext.raw` and the like for files; for directories nothing or the class,
        /// `.mstack` for stacks.
        suffix: Box<str>,
    },
}

/// An entry of a directory that systemd-sysext or systemd-confext searches, read as an image by its
/// name.
///
/// Says nothing about what is in it. Hidden files and backups are images too: `foo~`, `.foo`,
/// `lost+found`. The kind of an entry is that of what it leads to, save for systemd 257 with
/// `--root`, which passes over symlinks: there they are [`FileKind::Other`].
///
/// ```
/// use sysext_release::{Class, FileKind, ImageEntry, ImageForm, Systemd};
///
/// let file = b"tools.sysext.raw";
/// let entry = ImageEntry::parse(file, FileKind::Regular, Class::Sysext, Systemd::V262)?;
/// assert_eq!(entry.name().as_str(), "tools");
/// assert_eq!(entry.form(), &ImageForm::Raw);
/// # Ok::<(), sysext_release::NotAnImageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageEntry {
    name: ExtensionName,
    form: ImageForm,
    systemd: Systemd,
}

impl ImageEntry {
    /// The image that `systemd` sees in an entry of this name and kind, links followed.
    ///
    /// A class takes its own suffix off only: `foo.confext.raw` is the sysext `foo.confext`.
    pub fn parse(
        file_name: &[u8],
        kind: FileKind,
        class: Class,
        systemd: Systemd,
    ) -> Result<Self, NotAnImageError> {
        if systemd >= Systemd::V262 && file_name.starts_with(b".sysupdate.") {
            return Err(NotAnImageError::Unfinished { file_name: lossy(file_name) });
        }
        let (name, form) = match kind {
            FileKind::Block => (file_name, ImageForm::Block),
            FileKind::Regular => {
                let Some(stem) = file_name.strip_suffix(b".raw") else {
                    return Err(NotAnImageError::NotRaw { file_name: lossy(file_name) });
                };
                (without_class(stem, class), ImageForm::Raw)
            }
            FileKind::Directory => directory(file_name, class, systemd),
            FileKind::Loop => {
                return Err(NotAnImageError::Loop { file_name: lossy(file_name) });
            }
            FileKind::Other => {
                return Err(NotAnImageError::Other { file_name: lossy(file_name) });
            }
        };
        let name = ExtensionName::from_bytes(name)
            .map_err(|source| NotAnImageError::InvalidName { source })?;
        Ok(Self { name, form, systemd })
    }

    /// The name that the image goes by.
    pub fn name(&self) -> &ExtensionName {
        &self.name
    }

    /// How the image is stored.
    pub fn form(&self) -> &ImageForm {
        &self.form
    }

    /// The name by which the release file of an image is looked up: see
    /// [`release_file`](crate::release_file).
    ///
    /// systemd 262 uses the name of the image. 257 does so with directories, but with raw images
    /// and block devices it takes the name of the file, of which it strips all of `.raw`,
    /// `.sysext.raw`, `.confext.raw`, `.img`, `.bin`, `.qcow2`, `.xz`, `.gz` and `.bz2`. So for
    /// `foo.raw.v/foo_1.2.raw` 262 looks for `foo`, and 257 for `foo_1.2`.
    ///
    /// `file_name` is that of the image itself: of the picked one in a `.v` directory; of a link,
    /// not its target.
    ///
    /// ```
    /// use sysext_release::{Class, FileKind, ImageEntry, Systemd};
    ///
    /// for (systemd, expected) in [(Systemd::V257, "foo_1.2"), (Systemd::V262, "foo")] {
    ///     let entry =
    ///         ImageEntry::parse(b"foo.raw.v", FileKind::Directory, Class::Sysext, systemd)?;
    ///     assert_eq!(entry.lookup_name(b"foo_1.2.raw"), expected.as_bytes());
    /// }
    /// # Ok::<(), sysext_release::NotAnImageError>(())
    /// ```
    pub fn lookup_name<'a>(&'a self, file_name: &'a [u8]) -> &'a [u8] {
        let by_file_name = match &self.form {
            ImageForm::Block | ImageForm::Raw => true,
            ImageForm::Directory | ImageForm::Mstack => false,
            ImageForm::Versions { suffix } => suffix.ends_with(".raw"),
        };
        if by_file_name && self.systemd < Systemd::V262 {
            without_suffixes(file_name)
        } else {
            self.name.as_str().as_bytes()
        }
    }
}

/// The entry is no image, and systemd passes over it without a word, save for a loop of links.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotAnImageError {
    /// What is left without the suffixes is no name.
    #[error(transparent)]
    #[non_exhaustive]
    InvalidName {
        /// Why it is none.
        source: InvalidNameError,
    },
    /// It is a link that never ends, which systemd does not pass over: it finds no image at all then.
    #[error(
        "no image {file_name:?}: it is a loop of links, at which systemd finds no image at all"
    )]
    #[non_exhaustive]
    Loop {
        /// The name, with replacement characters where it is not UTF-8.
        file_name: Box<str>,
    },
    /// A regular file is an image under a name that ends in `.raw` only.
    #[error("no image {file_name:?}: a file's name must end in .raw")]
    #[non_exhaustive]
    NotRaw {
        /// The name, with replacement characters where it is not UTF-8.
        file_name: Box<str>,
    },
    /// It is neither a file nor a directory nor a block device.
    #[error("no image {file_name:?}: it is {}", FileKind::Other)]
    #[non_exhaustive]
    Other {
        /// The name, with replacement characters where it is not UTF-8.
        file_name: Box<str>,
    },
    /// systemd-sysupdate has not finished it. (257 takes it for an image.)
    #[error("no image {file_name:?}: names that begin with .sysupdate. are unfinished downloads")]
    #[non_exhaustive]
    Unfinished {
        /// The name, with replacement characters where it is not UTF-8.
        file_name: Box<str>,
    },
}

fn directory(file_name: &[u8], class: Class, systemd: Systemd) -> (&[u8], ImageForm) {
    let mstack = |name: &[u8]| {
        if systemd >= Systemd::V262 && name.ends_with(b".mstack") { ".mstack" } else { "" }
    };
    let Some(versions) = file_name.strip_suffix(b".v") else {
        let suffix = mstack(file_name);
        let form = if suffix.is_empty() { ImageForm::Directory } else { ImageForm::Mstack };
        return (without_class(without(file_name, suffix), class), form);
    };
    let suffix = if versions.ends_with(b".raw") { ".raw" } else { mstack(versions) };
    let stem = without(versions, suffix);
    let name = without_class(stem, class);
    let class = if name == stem { "" } else { class_suffix(class) };
    (name, ImageForm::Versions { suffix: format!("{class}{suffix}").into() })
}

const fn class_suffix(class: Class) -> &'static str {
    match class {
        Class::Confext => ".confext",
        Class::Sysext => ".sysext",
    }
}

fn without_class(name: &[u8], class: Class) -> &[u8] {
    without(name, class_suffix(class))
}

fn without<'a>(name: &'a [u8], suffix: &str) -> &'a [u8] {
    name.strip_suffix(suffix.as_bytes()).unwrap_or(name)
}

fn without_suffixes(mut name: &[u8]) -> &[u8] {
    const SUFFIXES: [&[u8]; 9] = [
        b".sysext.raw",
        b".confext.raw",
        b".raw",
        b".xz",
        b".gz",
        b".bz2",
        b".qcow2",
        b".img",
        b".bin",
    ];
    while let Some(shorter) = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(*suffix)) {
        name = shorter;
    }
    name
}
