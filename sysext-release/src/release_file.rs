//! Which file of an image is its extension-release file.
//!
//! An image carries `extension-release.NAME` in the
//! [directory of its class](crate::Class::release_directory). NAME is the one that the image
//! [is looked up by](crate::ImageEntry::lookup_name). If there is no such file, systemd scans the
//! directory and takes one that
//!
//! - is named after the [base] of that name, or
//! - has an [extended attribute](STRICT_XATTR) that is false,
//!
//! unless there are several. See
//! [extension-release(5)](https://www.freedesktop.org/software/systemd/man/latest/extension-release.html).
//!
//! ```
//! use sysext_release::{
//!     Systemd,
//!     release_file::{Candidate, Reason, find},
//! };
//!
//! let listing = [Candidate::regular(b"extension-release.tools")];
//! let found = find(b"tools_1.2", &listing, Systemd::V262)?;
//! assert_eq!((found.name, found.reason), (listing[0].name, Reason::Base));
//!
//! let error = find(b"tools-1.2", &listing, Systemd::V262).unwrap_err();
//! assert_eq!(error.to_string(), r#"no release file for "tools-1.2""#);
//! # Ok::<(), sysext_release::release_file::NoReleaseFileError>(())
//! ```

use thiserror::Error;

use crate::{
    FileKind, Systemd, boolean,
    name::{self, InvalidNameError, lossy},
};

/// What the names of release files begin with.
pub const PREFIX: &str = "extension-release.";

/// The extended attribute that makes a release file fit any name, if its value is a false boolean.
pub const STRICT_XATTR: &str = "user.extension-release.strict";

/// The longest file name in bytes.
const LIMIT: usize = 255;

/// An entry of the directory of release files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate<'a> {
    /// The file's name.
    pub name: &'a [u8],
    /// What it is.
    pub kind: CandidateKind,
    /// The value of its [attribute](STRICT_XATTR), which counts for regular files only.
    pub strict: Option<&'a [u8]>,
}

impl<'a> Candidate<'a> {
    /// A regular file without the attribute.
    pub const fn regular(name: &'a [u8]) -> Self {
        Self::new(name, CandidateKind::File(FileKind::Regular))
    }

    /// An entry without the attribute.
    pub const fn new(name: &'a [u8], kind: CandidateKind) -> Self {
        Self { name, kind, strict: None }
    }

    /// The same with a value of the [attribute](STRICT_XATTR).
    #[must_use]
    pub const fn with_strict(self, value: &'a [u8]) -> Self {
        Self { strict: Some(value), ..self }
    }
}

/// What an entry is, or what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a directory entry is one or the other")]
pub enum CandidateKind {
    /// The thing itself.
    File(FileKind),
    /// A symbolic link, and what is at its end inside of the image: `None` if nothing is.
    Link(Option<FileKind>),
}

/// The release file that systemd reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found<'a> {
    /// The file's name.
    pub name: &'a [u8],
    /// Why it is the one.
    pub reason: Reason,
}

/// Why a release file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is named after the [base] of the image's name.
    Base,
    /// It is named after the image.
    Exact,
    /// Its [attribute](STRICT_XATTR) is false.
    NotStrict,
}

/// There is no release file that systemd would read: the image "carries no release data".
///
/// An image in a directory is then skipped. With a raw image the whole merge fails, unless it holds
/// an operating system.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoReleaseFileError {
    /// What has the exact name is no file that could be read. systemd looks no further then.
    #[error("release file {name:?} is {kind}")]
    #[non_exhaustive]
    ExactIsNoFile {
        /// The file's name.
        name: Box<str>,
        /// What it is.
        kind: FileKind,
    },
    /// The image can have no release file, since its name is no name.
    #[error("no release file can be looked up")]
    #[non_exhaustive]
    InvalidName {
        /// Why it is none.
        source: InvalidNameError,
    },
    /// With `extension-release.` before it the name is longer than the 255 bytes of a file name.
    #[error("no release file can be looked up: the image's name has {length} bytes, more than 237")]
    #[non_exhaustive]
    NameTooLong {
        /// How many bytes the image's name has.
        length: usize,
    },
    /// No file will do.
    #[error("no release file for {lookup_name:?}")]
    #[non_exhaustive]
    NotFound {
        /// The name that was looked up.
        lookup_name: Box<str>,
        /// The release files that there are, and why each was passed over, sorted by name.
        rejected: Vec<Rejected>,
    },
    /// Several files would do, none of them with the exact name.
    #[error("more than one release file for {lookup_name:?}: {names:?}")]
    #[non_exhaustive]
    NotUnique {
        /// The name that was looked up.
        lookup_name: Box<str>,
        /// Their names, sorted.
        names: Vec<Box<str>>,
    },
}

/// A release file that a scan passes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    name: Box<str>,
    reason: Rejection,
}

impl Rejected {
    /// The file's name, with replacement characters where it is not UTF-8.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why it is passed over.
    pub fn reason(&self) -> &Rejection {
        &self.reason
    }
}

/// Why a scan passes over a release file that is named after another image.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Its name ends like that of a backup or of what a package manager left: `~`, `.bak`,
    /// `.rpmnew` …
    #[error("it is a backup")]
    Backup,
    /// What is after `extension-release.` in its name is no name.
    #[error(transparent)]
    #[non_exhaustive]
    InvalidName {
        /// Why it is none.
        source: InvalidNameError,
    },
    /// The [base] of the image's name is no name, so that systemd takes none of the others.
    #[error("the image's name has no base")]
    #[non_exhaustive]
    NoBase {
        /// Why it is no name.
        source: InvalidNameError,
    },
    /// It has no attribute.
    #[error("it has no attribute {STRICT_XATTR}")]
    NoAttribute,
    /// It is a link, a directory or a device. A scan follows no links.
    #[error("it is no regular file")]
    NotRegular,
    /// The attribute is true.
    #[error("its attribute {STRICT_XATTR} is true")]
    Strict,
    /// The attribute is not a boolean in systemd's words.
    #[error("its attribute {STRICT_XATTR} is {value:?}, no boolean")]
    #[non_exhaustive]
    NotBoolean {
        /// The value, with replacement characters where it is not UTF-8.
        value: Box<str>,
    },
}

/// The file of `listing` that systemd reads for an image.
///
/// `listing` is the whole directory, in any order, and empty if there is none.
///
/// 262 differs from 257 in two points: the value of the attribute may end in a NUL, and a name in
/// `.ignore` is that of a backup.
pub fn find<'a>(
    lookup_name: &[u8],
    listing: &[Candidate<'a>],
    systemd: Systemd,
) -> Result<Found<'a>, NoReleaseFileError> {
    name::check(lookup_name).map_err(|source| NoReleaseFileError::InvalidName { source })?;
    if PREFIX.len() + lookup_name.len() > LIMIT {
        return Err(NoReleaseFileError::NameTooLong { length: lookup_name.len() });
    }
    match exact(lookup_name, listing)? {
        Some(name) => Ok(Found { name, reason: Reason::Exact }),
        None => scan(lookup_name, listing, systemd),
    }
}

/// The base of an image's name: without one of `.sysext.raw`, `.confext.raw` and `.raw` at the end,
/// up to the first `_` or `+`.
///
/// ```
/// use sysext_release::release_file::base;
///
/// assert_eq!(base(b"tools_1.2"), b"tools");
/// assert_eq!(base(b"tools+3"), b"tools");
/// assert_eq!(base(b"tools-1.2"), b"tools-1.2");
/// ```
pub fn base(lookup_name: &[u8]) -> &[u8] {
    let suffixes: [&[u8]; 3] = [b".sysext.raw", b".confext.raw", b".raw"];
    let stem =
        suffixes.iter().find_map(|suffix| lookup_name.strip_suffix(*suffix)).unwrap_or(lookup_name);
    stem.split(|byte| b"_+".contains(byte)).next().unwrap_or(stem)
}

/// The file with the exact name, for which links are followed.
fn exact<'a>(
    lookup_name: &[u8],
    listing: &[Candidate<'a>],
) -> Result<Option<&'a [u8]>, NoReleaseFileError> {
    let Some(candidate) = listing
        .iter()
        .find(|candidate| candidate.name.strip_prefix(PREFIX.as_bytes()) == Some(lookup_name))
    else {
        return Ok(None);
    };
    match candidate.kind {
        CandidateKind::Link(None) => Ok(None),
        CandidateKind::File(FileKind::Regular) | CandidateKind::Link(Some(FileKind::Regular)) => {
            Ok(Some(candidate.name))
        }
        CandidateKind::File(kind) | CandidateKind::Link(Some(kind)) => {
            Err(NoReleaseFileError::ExactIsNoFile { name: lossy(candidate.name), kind })
        }
    }
}

fn scan<'a>(
    lookup_name: &[u8],
    listing: &[Candidate<'a>],
    systemd: Systemd,
) -> Result<Found<'a>, NoReleaseFileError> {
    let mut accepted = Vec::new();
    let mut rejected = Vec::new();
    for candidate in listing {
        let Some(rest) = candidate.name.strip_prefix(PREFIX.as_bytes()) else { continue };
        match judge(lookup_name, rest, candidate, systemd) {
            Ok(reason) => accepted.push(Found { name: candidate.name, reason }),
            Err(reason) => rejected.push(Rejected { name: lossy(candidate.name), reason }),
        }
    }
    let lookup_name = lossy(lookup_name);
    match accepted.as_slice() {
        [] => {
            rejected.sort_by(|left, right| left.name.cmp(&right.name));
            Err(NoReleaseFileError::NotFound { lookup_name, rejected })
        }
        [found] => Ok(*found),
        _ => {
            let mut names: Vec<_> = accepted.iter().map(|found| lossy(found.name)).collect();
            names.sort();
            Err(NoReleaseFileError::NotUnique { lookup_name, names })
        }
    }
}

/// Whether a scan accepts one file; `rest` is its name after the prefix.
fn judge(
    lookup_name: &[u8],
    rest: &[u8],
    candidate: &Candidate<'_>,
    systemd: Systemd,
) -> Result<Reason, Rejection> {
    if is_backup(candidate.name, systemd) {
        return Err(Rejection::Backup);
    }
    if candidate.kind != CandidateKind::File(FileKind::Regular) {
        return Err(Rejection::NotRegular);
    }
    name::check(rest).map_err(|source| Rejection::InvalidName { source })?;
    let base = base(lookup_name);
    name::check(base).map_err(|source| Rejection::NoBase { source })?;
    if rest == base {
        return Ok(Reason::Base);
    }
    let value = candidate.strict.ok_or(Rejection::NoAttribute)?;
    let text = match systemd {
        Systemd::V257 => value,
        Systemd::V262 => value.strip_suffix(b"\0").unwrap_or(value),
    };
    match boolean::parse(text) {
        Some(false) => Ok(Reason::NotStrict),
        Some(true) => Err(Rejection::Strict),
        None => Err(Rejection::NotBoolean { value: lossy(value) }),
    }
}

fn is_backup(file_name: &[u8], systemd: Systemd) -> bool {
    const SUFFIXES: [&[u8]; 17] = [
        b"rpmnew",
        b"rpmsave",
        b"rpmorig",
        b"dpkg-old",
        b"dpkg-new",
        b"dpkg-tmp",
        b"dpkg-dist",
        b"dpkg-bak",
        b"dpkg-backup",
        b"dpkg-remove",
        b"ucf-new",
        b"ucf-old",
        b"ucf-dist",
        b"swp",
        b"bak",
        b"old",
        b"new",
    ];
    let last = file_name.rsplit(|&byte| byte == b'.').next().unwrap_or(file_name);
    file_name.ends_with(b"~")
        || SUFFIXES.contains(&last)
        || (systemd >= Systemd::V262 && last == b"ignore")
}
