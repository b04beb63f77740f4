use std::{
    fmt, fs,
    io::{self, Read},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread,
};

use rustix::fs::{Mode, OFlags};
use thiserror::Error;

use self::extractor::Extractor;
use crate::{
    image::{Contents, Image, ImageEntry, ImageError},
    squashfs::{Item, ReadError},
    tree::{EntryPath, Node},
};

mod extractor;
mod restore;

/// How an image is extracted, and how much of it at most, against images that are made to fill disks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtractOptions {
    /// How many entries: a million unless told otherwise.
    pub entries: u64,
    /// How many bytes of content, holes included: 16 GiB unless told otherwise.
    pub bytes: u64,
    /// How many bytes of content for each byte of the image: 1000 unless told otherwise. The first 64 MiB are free.
    pub ratio: u64,
    /// How many threads decompress: one for each processor unless told otherwise.
    pub threads: NonZeroUsize,
}

/// So many bytes of content an image may hold whatever its length is.
const FREE_BYTES: u64 = 64 << 20;
/// What is read at once of formats that are read by one thread.
const PIECE: usize = 128 << 10;

impl ExtractOptions {
    /// The same with this many entries at most.
    #[must_use]
    pub fn with_entries(mut self, entries: u64) -> Self {
        self.entries = entries;
        self
    }

    /// The same with this many bytes of content at most, holes included.
    #[must_use]
    pub fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same with this many bytes of content at most for each byte of the image.
    #[must_use]
    pub fn with_ratio(mut self, ratio: u64) -> Self {
        self.ratio = ratio;
        self
    }

    /// The same with this many threads that decompress.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }
}

impl Default for ExtractOptions {
    fn default() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { entries: 1_000_000, bytes: 16 << 30, ratio: 1000, threads }
    }
}

/// Something that was not restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrestored {
    /// The entry; none is the root.
    pub path: Option<EntryPath>,
    /// What of it.
    pub kind: UnrestoredKind,
}

/// What of an entry was not restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UnrestoredKind {
    /// An extended attribute, or several.
    Attribute,
    /// The device itself, which is not there.
    Device,
    /// The owner.
    Owner,
    /// The bits that give the rights of the owner or the group, since it belongs to somebody else now.
    SetId,
}

impl UnrestoredKind {
    /// A word for it: `attribute`, `device`, `owner` or `setuid`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Device => "device",
            Self::Owner => "owner",
            Self::SetId => "setuid",
        }
    }
}

impl fmt::Display for UnrestoredKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An image could not be extracted. What was extracted by then stays.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The directory cannot be made: it must be new.
    #[error("cannot make the directory {path:?}")]
    #[non_exhaustive]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is more in the image than the options allow.
    #[error("the image has more than {limit} {what}")]
    #[non_exhaustive]
    Limit {
        /// `entries`, `bytes of content`, or `bytes of content for each of its own`.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The content of a file cannot be read.
    #[error("cannot read {path:?}")]
    #[non_exhaustive]
    Read {
        /// The path in the image.
        path: EntryPath,
        /// What is wrong.
        source: io::Error,
    },
    /// An entry cannot be made.
    #[error("cannot make {path:?}")]
    #[non_exhaustive]
    Write {
        /// The path in the image.
        path: EntryPath,
        /// What the system said.
        source: io::Error,
    },
}

impl Image {
    /// Extracts everything into a directory that is made for it, and says what it could not restore.
    ///
    /// No path leads out of the directory: each is opened one name after the other, no symlink is followed, and what is
    /// there already is an error. Owners, devices and some attributes need root; what belongs to somebody else than in
    /// the image is neither setuid nor setgid.
    pub fn extract(
        &self,
        directory: impl AsRef<Path>,
        options: &ExtractOptions,
    ) -> Result<Vec<Unrestored>, ExtractError> {
        let directory = directory.as_ref();
        let metadata = self.root()?;
        let failed = |source| ExtractError::Directory { path: directory.to_owned(), source };
        fs::create_dir(directory).map_err(failed)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = rustix::fs::open(directory, flags, Mode::empty());
        let root = root.map_err(|error| failed(error.into()))?;
        let mut extractor = Extractor::new(root, options, self.length());
        if let Contents::Squashfs(reader) = &self.contents {
            if let Some(mount_point) = self.mount_point() {
                extractor.add(&ImageEntry::mount_point(mount_point, self.own_root()?))?;
            }
            reader.for_each(options.threads, |item| match item {
                Item::Entry(entry) => {
                    extractor.add(&self.placed(ImageEntry::of_squashfs(reader, entry)?)?)
                }
                Item::Block(block) => extractor.write(block),
                Item::Hole(length) => extractor.skip(length),
            })?;
        } else {
            self.extract_in_turn(&mut extractor)?;
        }
        let (root, mut unrestored) = extractor.finish()?;
        let kinds = restore::of_open(&root, &metadata).map_err(failed)?;
        unrestored.extend(kinds.into_iter().map(|kind| Unrestored { path: None, kind }));
        Ok(unrestored)
    }

    /// One entry after the other, for what no several threads read.
    fn extract_in_turn(&self, extractor: &mut Extractor<'_>) -> Result<(), ExtractError> {
        let mut piece = vec![0; PIECE];
        for entry in self.entries() {
            let entry = entry?;
            extractor.add(&entry)?;
            let Node::File(content) = entry.node() else { continue };
            let (mut reader, mut left) = (content.reader(), content.len());
            // A second name of an inode has no content of its own.
            while left > 0 && extractor.wants_content() {
                let length = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
                let Some(piece) = piece.get_mut(..length) else { break };
                reader.read_exact(piece).map_err(|source| {
                    let path = entry.path().clone();
                    ExtractError::Read { path, source }
                })?;
                left -= length as u64;
                if piece.iter().all(|byte| *byte == 0) {
                    extractor.skip(length as u64)?;
                } else {
                    extractor.write(piece)?;
                }
            }
        }
        Ok(())
    }
}

impl From<ReadError> for ExtractError {
    fn from(error: ReadError) -> Self {
        Self::Image(error.into())
    }
}
