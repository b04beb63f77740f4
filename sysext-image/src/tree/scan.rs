use std::{
    collections::HashMap,
    ffi::OsStr,
    fmt,
    fs::{File, Metadata as FsMetadata},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileExt, FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};
use thiserror::Error;
use walkdir::WalkDir;

use super::{Content, Device, EntryPath, InsertError, Metadata, Node, Tree, content::ContentError};
use crate::squashfs::xattr::Prefix;

/// The most bytes that one extended attribute, or the list of their names, can have on Linux.
const XATTR_MAX: usize = 65536;

/// How a directory is read into a [`Tree`]: what happens to owners and times.
///
/// The default makes the tree independent of who made it and when: everything belongs to root, and no time is later
/// than the epoch, which is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whose the entries are.
    pub owner: OwnerPolicy,
    /// When they were modified.
    pub mtime: MtimePolicy,
}

impl Policy {
    /// The same with this treatment of owners.
    #[must_use]
    pub fn with_owner(mut self, owner: OwnerPolicy) -> Self {
        self.owner = owner;
        self
    }

    /// The same with this treatment of times.
    #[must_use]
    pub fn with_mtime(mut self, mtime: MtimePolicy) -> Self {
        self.mtime = mtime;
        self
    }
}

/// Whose the entries of a scanned directory are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnerPolicy {
    /// Everything belongs to user 0 and group 0.
    #[default]
    Root,
    /// As in the source.
    Keep,
}

/// When the entries of a scanned directory were modified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MtimePolicy {
    /// As in the source, but never later than this many seconds after 1970 (`SOURCE_DATE_EPOCH`).
    ClampTo(u32),
    /// As in the source.
    Keep,
}

impl Default for MtimePolicy {
    fn default() -> Self {
        Self::ClampTo(0)
    }
}

/// A directory that was read into a tree, and what the tree could not take over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scan {
    /// The tree. Its root is a directory of mode 0755 that belongs to root, whatever the source's own directory is:
    /// that one is often a temporary directory of mode 0700.
    pub tree: Tree,
    /// What is not in the tree as it is in the source.
    pub losses: Vec<Loss>,
}

/// Something of the source that an image cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// A modification time before 1970 or after 2106 became the nearest time that the format has.
    Mtime {
        /// The entry.
        path: EntryPath,
        /// Its time in seconds since 1970.
        seconds: i64,
    },
    /// An extended attribute outside `user.`, `trusted.` and `security.` was left out.
    Xattr {
        /// The entry.
        path: EntryPath,
        /// The full name of the attribute.
        name: EntryPath,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mtime { path, seconds } => {
                write!(
                    f,
                    "{path:?}: the time {seconds} is out of range, the nearest one was stored"
                )
            }
            Self::Xattr { path, name } => {
                write!(f, "{path:?}: squashfs cannot store {name:?}, it was left out")
            }
        }
    }
}

/// A directory could not be read into a tree.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// An entry that no image can hold.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// The root is not a directory.
    #[error("{} is not a directory", path.display())]
    NotADirectory {
        /// The path that was to be scanned.
        path: PathBuf,
    },
    /// A directory, an inode or its attributes could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The path on this machine.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ScanError {
    fn read(path: &Path, source: impl Into<io::Error>) -> Self {
        Self::Read { path: path.to_owned(), source: source.into() }
    }
}

impl Tree {
    /// Reads a directory: names, modes, owners, times, attributes, hard links and devices. Files are opened only when
    /// the image is written, and it is an error when one has changed by then. Empty ones are not opened.
    ///
    /// Symlinks are kept as they are, except for `root` itself, which may be one. Other file systems that are mounted
    /// below are read too.
    pub fn scan(root: impl AsRef<Path>, policy: Policy) -> Result<Scan, ScanError> {
        let root = root.as_ref();
        let top = root.metadata().map_err(|error| ScanError::read(root, error))?;
        if !top.is_dir() {
            return Err(ScanError::NotADirectory { path: root.to_owned() });
        }
        let buffer = vec![0; XATTR_MAX].into();
        let mut scanner = Scanner {
            policy,
            tree: Self::new(),
            losses: Vec::new(),
            linked: HashMap::new(),
            buffer,
        };
        if let MtimePolicy::ClampTo(epoch) = policy.mtime {
            scanner.tree.root_metadata_mut().mtime = epoch;
        }
        for entry in WalkDir::new(root).min_depth(1).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(root).to_owned();
                let source = error.into_io_error().unwrap_or(io::ErrorKind::Other.into());
                ScanError::Read { path, source }
            })?;
            let metadata = entry
                .path()
                .symlink_metadata()
                .map_err(|error| ScanError::read(entry.path(), error))?;
            let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
            scanner.add(entry.path(), inside.as_os_str().as_bytes(), &metadata)?;
        }
        Ok(Scan { tree: scanner.tree, losses: scanner.losses })
    }
}

struct Scanner {
    policy: Policy,
    tree: Tree,
    losses: Vec<Loss>,
    /// The first path of each inode that has more than one name. Looked up only, so its order does not matter.
    linked: HashMap<(u64, u64), Box<[u8]>>,
    /// Takes the largest value and the longest list of names that Linux has.
    buffer: Box<[u8]>,
}

impl Scanner {
    fn add(&mut self, source: &Path, path: &[u8], found: &FsMetadata) -> Result<(), ScanError> {
        let kind = found.file_type();
        if found.nlink() > 1 && !kind.is_dir() {
            let inode = (found.dev(), found.ino());
            if let Some(first) = self.linked.get(&inode) {
                return Ok(self.tree.link(path, first)?);
            }
            self.linked.insert(inode, path.into());
        }
        let node = if kind.is_dir() {
            Node::Directory
        } else if kind.is_file() {
            Node::File(Content::of_file(SourceFile::new(source, found)))
        } else if kind.is_symlink() {
            let target = source.read_link().map_err(|error| ScanError::read(source, error))?;
            Node::symlink(target.as_os_str().as_bytes())
        } else if kind.is_fifo() {
            Node::Fifo
        } else if kind.is_socket() {
            Node::Socket
        } else {
            let device = Device {
                major: rustix::fs::major(found.rdev()),
                minor: rustix::fs::minor(found.rdev()),
            };
            if kind.is_block_device() {
                Node::BlockDevice(device)
            } else {
                Node::CharDevice(device)
            }
        };
        let metadata = self.metadata(source, path, found)?;
        Ok(self.tree.insert(path, metadata, node)?)
    }

    fn metadata(
        &mut self,
        source: &Path,
        path: &[u8],
        found: &FsMetadata,
    ) -> Result<Metadata, ScanError> {
        let (uid, gid) = match self.policy.owner {
            OwnerPolicy::Root => (0, 0),
            OwnerPolicy::Keep => (found.uid(), found.gid()),
        };
        let mode = u16::try_from(found.mode() & 0o7777).unwrap_or_default();
        let mtime = self.mtime(path, found.mtime());
        let mut metadata = Metadata::new(mode).with_owner(uid, gid).with_mtime(mtime);
        for name in self.xattr_names(source).map_err(|error| ScanError::read(source, error))? {
            if Prefix::of(&name).is_none() {
                self.losses
                    .push(Loss::Xattr { path: EntryPath::new(path), name: EntryPath::new(&name) });
                continue;
            }
            let length = rustix::fs::lgetxattr(source, OsStr::from_bytes(&name), &mut *self.buffer)
                .map_err(|error| ScanError::read(source, error))?;
            metadata.xattrs.insert(name, self.buffer.get(..length).unwrap_or_default().into());
        }
        Ok(metadata)
    }

    fn xattr_names(&mut self, source: &Path) -> Result<Vec<Box<[u8]>>, Errno> {
        let length = match rustix::fs::llistxattr(source, &mut *self.buffer) {
            // A file system without attributes, for instance a squashfs image that has none.
            Err(Errno::OPNOTSUPP) => 0,
            length => length?,
        };
        let names = self.buffer.get(..length).unwrap_or_default().split(|byte| *byte == 0);
        Ok(names.filter(|name| !name.is_empty()).map(Into::into).collect())
    }

    fn mtime(&mut self, path: &[u8], seconds: i64) -> u32 {
        let latest = match self.policy.mtime {
            MtimePolicy::ClampTo(epoch) => epoch,
            MtimePolicy::Keep => u32::MAX,
        };
        let wanted = match self.policy.mtime {
            MtimePolicy::ClampTo(_) => seconds.min(latest.into()),
            MtimePolicy::Keep => seconds,
        };
        u32::try_from(wanted).unwrap_or_else(|_| {
            self.losses.push(Loss::Mtime { path: EntryPath::new(path), seconds });
            if wanted < 0 { 0 } else { latest }
        })
    }
}

/// A file of the source, with what tells whether it is still the one that the scan saw.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    path: PathBuf,
    stamp: Stamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl SourceFile {
    fn new(path: &Path, found: &FsMetadata) -> Self {
        Self { path: path.to_owned(), stamp: Stamp::new(found) }
    }

    pub(crate) fn len(&self) -> u64 {
        self.stamp.size
    }

    pub(crate) fn open(self: &Arc<Self>) -> Result<OpenFile, ContentError> {
        // The path may lead to something else by now: a symlink must not be followed, a pipe must not block.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let descriptor =
            rustix::fs::open(&self.path, flags, Mode::empty()).map_err(|error| match error {
                Errno::LOOP => ContentError::Changed,
                error => ContentError::Io(error.into()),
            })?;
        let open = OpenFile { file: File::from(descriptor), source: Arc::clone(self) };
        open.check()?;
        Ok(open)
    }
}

impl Stamp {
    fn new(found: &FsMetadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }
}

/// A file of the source that is being read.
#[derive(Debug)]
pub(crate) struct OpenFile {
    file: File,
    source: Arc<SourceFile>,
}

impl OpenFile {
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), ContentError> {
        self.file.read_exact_at(buffer, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ContentError::Changed,
            _ => ContentError::Io(error),
        })?;
        // Again after the read: what was read is of one state of the file only if it did not change meanwhile.
        self.check()
    }

    fn check(&self) -> Result<(), ContentError> {
        let now = self.file.metadata().map_err(ContentError::Io)?;
        if Stamp::new(&now) == self.source.stamp { Ok(()) } else { Err(ContentError::Changed) }
    }
}
