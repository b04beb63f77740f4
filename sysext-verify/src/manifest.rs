use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

use thiserror::Error;

use crate::{FileName, InvalidDigestError, InvalidFileNameError, Sha256Digest};

/// A `SHA256SUMS` file: the digest of each file of a download directory.
///
/// The grammar is the strict one of
/// [systemd-sysupdate](https://www.freedesktop.org/software/systemd/man/latest/sysupdate.d.html),
/// which the crate's documentation states: what is read or written here is a manifest for systemd
/// 257 and 262. No line is dropped when a manifest is read: `BEST-BEFORE-…` markers, signatures and
/// foreign files are entries like any other and are written back. What reading and writing does
/// change is the form: the order, the case of the digits, the marker before the name (`*` becomes a
/// blank, they mean the same), and lines that say the same twice become one. A file that was signed
/// must therefore be signed again.
///
/// Whether a `BEST-BEFORE-…` date has passed is not judged here. Nor is the size of what is written:
/// a manifest that grew beyond [`MAX_BYTES`](Self::MAX_BYTES), with some hundred thousand names, is
/// none for a reader.
///
/// ```
/// use sysext_verify::{Insertion, Manifest, Sha256Digest};
///
/// let old = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad *cni_1.raw\n";
/// let mut manifest = Manifest::parse(old.as_bytes())?;
/// assert_eq!(manifest.get("cni_1.raw"), Some(Sha256Digest::of(b"abc")));
///
/// let inserted = manifest.insert("cni_2.raw".parse()?, Sha256Digest::of(b"new"))?;
/// assert_eq!(inserted, Insertion::Added);
/// assert_eq!(
///     manifest.to_string(),
///     "\
/// ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  cni_1.raw
/// 11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437  cni_2.raw
/// "
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    files: BTreeMap<FileName, Sha256Digest>,
}

impl Manifest {
    /// How many bytes a manifest may have: 64 MiB, as in systemd.
    ///
    /// It bounds the memory and the time that a hostile server can make a client spend. Whoever
    /// reads the file should stop there too.
    pub const MAX_BYTES: usize = 64 * 1024 * 1024;

    /// Reads a manifest of at most [`MAX_BYTES`](Self::MAX_BYTES).
    ///
    /// The time is linear in the size but for the sorting, and the memory a small multiple of it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > Self::MAX_BYTES {
            let kind = ManifestErrorKind::TooLarge { length: bytes.len() };
            return Err(ManifestError { line: None, kind });
        }
        let mut manifest = Self::default();
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        for (number, line) in (1..).zip(lines) {
            parse_line(line)
                .and_then(|(digest, name)| {
                    manifest
                        .insert(name, digest)
                        .map_err(|source| ManifestErrorKind::Conflict { source })
                })
                .map_err(|kind| ManifestError { line: Some(number), kind })?;
        }
        Ok(manifest)
    }

    /// The digest of a file, if it is listed.
    pub fn get(&self, name: &str) -> Option<Sha256Digest> {
        self.files.get(name).copied()
    }

    /// Whether no file is listed.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The names and digests, sorted by the bytes of the name.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&FileName, Sha256Digest)> {
        self.files.iter().map(|(name, digest)| (name, *digest))
    }

    /// Lists a file that is new, or is listed with the same digest.
    ///
    /// A published name keeps its content: clients and caches may hold the old file. Where it must
    /// change all the same, say so with [`Manifest::replace`].
    pub fn insert(
        &mut self,
        name: FileName,
        digest: Sha256Digest,
    ) -> Result<Insertion, InsertError> {
        match self.files.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(digest);
                Ok(Insertion::Added)
            }
            Entry::Occupied(entry) if *entry.get() == digest => Ok(Insertion::Unchanged),
            Entry::Occupied(entry) => {
                Err(InsertError { name: entry.key().clone(), listed: *entry.get(), given: digest })
            }
        }
    }

    /// Takes a file out, and gives back its digest if it was listed.
    pub fn remove(&mut self, name: &str) -> Option<Sha256Digest> {
        self.files.remove(name)
    }

    /// Lists a file whatever was listed for it before, and gives back the digest that it replaces.
    pub fn replace(&mut self, name: FileName, digest: Sha256Digest) -> Option<Sha256Digest> {
        self.files.insert(name, digest)
    }
}

/// The canonical form: sorted by name, lower-case digits, two blanks, a line feed after each line.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.iter().try_for_each(|(name, digest)| writeln!(f, "{digest}  {name}"))
    }
}

/// What [`Manifest::insert`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the third answer is an error")]
pub enum Insertion {
    /// The file was not listed before.
    Added,
    /// The file was listed with this digest already.
    Unchanged,
}

/// A file is listed with another digest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{:?} is listed with digest {listed}, not {given}", name.as_str())]
pub struct InsertError {
    name: FileName,
    listed: Sha256Digest,
    given: Sha256Digest,
}

impl InsertError {
    /// The file.
    pub const fn name(&self) -> &FileName {
        &self.name
    }

    /// The digest that the manifest has for it.
    pub const fn listed(&self) -> Sha256Digest {
        self.listed
    }

    /// The digest that it was to get.
    pub const fn given(&self) -> Sha256Digest {
        self.given
    }
}

/// The bytes are no manifest. As in systemd, one bad line is enough.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct ManifestError {
    line: Option<u32>,
    kind: ManifestErrorKind,
}

impl ManifestError {
    /// The first bad line, counted from 1, or none if it is the manifest as a whole.
    pub const fn line(&self) -> Option<u32> {
        self.line
    }

    /// What is wrong.
    pub const fn kind(&self) -> &ManifestErrorKind {
        &self.kind
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.kind),
            None => self.kind.fmt(f),
        }
    }
}

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ManifestErrorKind {
    /// There are more bytes than [`Manifest::MAX_BYTES`].
    #[error("manifest has {length} bytes, more than {}", Manifest::MAX_BYTES)]
    #[non_exhaustive]
    TooLarge {
        /// How many bytes there are.
        length: usize,
    },
    /// The last line has no line feed: the file may have been cut off.
    #[error("there is no line feed at its end")]
    Unterminated,
    /// There is nothing on the line.
    #[error("it is empty")]
    Empty,
    /// The line begins with `#`.
    #[error("a manifest has no comments")]
    Comment,
    /// The line begins with a backslash, by which GNU sha256sum marks a name with escapes.
    #[error("escaped file names are not supported")]
    Escaped,
    /// The line is `SHA256 (name) = digest`, as BSD's sha256 and `sha256sum --tag` write it.
    #[error("BSD-style lines are not supported")]
    BsdStyle,
    /// The line is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The line does not begin with a digest.
    #[error(transparent)]
    #[non_exhaustive]
    Digest {
        /// What is wrong with it.
        source: InvalidDigestError,
    },
    /// Between the digest and the name there is neither `"  "` nor `" *"`.
    #[error("expected two blanks, or a blank and an asterisk, after the digest")]
    Separator,
    /// The name cannot stand in a manifest.
    #[error(transparent)]
    #[non_exhaustive]
    Name {
        /// What is wrong with it.
        source: InvalidFileNameError,
    },
    /// An earlier line lists the file with another digest. systemd takes such a manifest, and
    /// either line.
    #[error(transparent)]
    #[non_exhaustive]
    Conflict {
        /// What disagrees.
        source: InsertError,
    },
}

fn parse_line(line: &[u8]) -> Result<(Sha256Digest, FileName), ManifestErrorKind> {
    let line = line.strip_suffix(b"\n").ok_or(ManifestErrorKind::Unterminated)?;
    match line.first() {
        None => return Err(ManifestErrorKind::Empty),
        Some(b'#') => return Err(ManifestErrorKind::Comment),
        Some(b'\\') => return Err(ManifestErrorKind::Escaped),
        Some(_) => {}
    }
    let line = str::from_utf8(line).map_err(|_| ManifestErrorKind::NotUtf8)?;
    let (digest, rest) = line.split_at(line.find([' ', '\t']).unwrap_or(line.len()));
    let digest = digest.parse().map_err(|source| {
        if rest.starts_with(" (") && rest.contains(") = ") {
            ManifestErrorKind::BsdStyle
        } else {
            ManifestErrorKind::Digest { source }
        }
    })?;
    let name = rest
        .strip_prefix("  ")
        .or_else(|| rest.strip_prefix(" *"))
        .ok_or(ManifestErrorKind::Separator)?;
    let name = name.parse().map_err(|source| ManifestErrorKind::Name { source })?;
    Ok((digest, name))
}
