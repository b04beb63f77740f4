use std::{
    collections::HashMap,
    ffi::OsStr,
    fs::{self, Metadata as FsMetadata},
    io,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

use rustix::io::Errno;
use thiserror::Error;
use walkdir::WalkDir;

pub use self::policy::ScanPolicy;
use self::source_file::Stamp;
pub(super) use self::source_file::{OpenFile, SourceFile};
use super::{
    Content, Device, EntryPath, InsertError, InvalidPathError, Loss, Metadata, MtimePolicy, Node,
    OwnerPolicy, PathPattern, Tree, XattrName, acl,
    exclude::Excluder,
    xattr::{LIST_MAX, VALUE_MAX},
};

mod policy;
mod source_file;

/// A directory that was read into a tree, and what the tree could not take over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scan {
    /// The tree. Its root is a directory of mode 0755 that belongs to root, whatever the source's own directory is:
    /// that one is often a temporary directory of mode 0700. Its time is that of [`MtimePolicy::ClampTo`], or 0.
    pub tree: Tree,
    /// What is not in the tree as it is in the source.
    pub losses: Vec<Loss>,
    /// What was left out because a pattern matches it, in path order. A directory stands for everything below it.
    pub excluded: Vec<EntryPath>,
    /// The patterns that matched nothing, in the order of the policy: a mistake, most likely, and what they were to leave
    /// out is in the tree. Nothing is matched below what another pattern leaves out.
    pub unmatched: Vec<PathPattern>,
}

/// A directory could not be read into a tree.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A directory changed while it was read, or an entry became something else: what was read is of no one state.
    #[error("{path:?} changed while it was scanned")]
    #[non_exhaustive]
    Changed {
        /// The path on this machine.
        path: PathBuf,
    },
    /// An entry that no image can hold.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// A path that no image can hold.
    #[error(transparent)]
    Path(#[from] InvalidPathError),
    /// The root is not a directory.
    #[error("{path:?} is not a directory")]
    #[non_exhaustive]
    NotADirectory {
        /// The path that was to be scanned.
        path: PathBuf,
    },
    /// A directory, an inode or its attributes could not be read.
    #[error("cannot read {path:?}")]
    #[non_exhaustive]
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
    /// the image is written, and it is an error when one has changed by then.
    ///
    /// Symlinks are kept as they are, except for `root` itself, which may be one. Other file systems that are mounted
    /// below are read too.
    pub fn scan(root: impl AsRef<Path>, policy: &ScanPolicy) -> Result<Scan, ScanError> {
        let root = root.as_ref();
        let top = root.metadata().map_err(|error| ScanError::read(root, error))?;
        if !top.is_dir() {
            return Err(ScanError::NotADirectory { path: root.to_owned() });
        }
        let buffer = vec![0; VALUE_MAX.max(LIST_MAX)].into();
        let mut scanner = Scanner {
            policy,
            tree: Self::new(),
            losses: Vec::new(),
            linked: HashMap::new(),
            directories: vec![(root.to_owned(), Stamp::new(&top))],
            buffer,
        };
        if let MtimePolicy::ClampTo(epoch) = policy.mtime {
            scanner.tree.set_root_metadata(Metadata::new(0o755).with_mtime(epoch))?;
        }
        let mut filter = Excluder::new(&policy.exclude);
        let mut walk = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(root).to_owned();
                let source = error.into_io_error().unwrap_or(io::ErrorKind::Other.into());
                ScanError::Read { path, source }
            })?;
            let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
            let path = inside.as_os_str().as_bytes().try_into()?;
            if filter.excludes(&path) {
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
                continue;
            }
            let metadata = entry
                .path()
                .symlink_metadata()
                .map_err(|error| ScanError::read(entry.path(), error))?;
            // Whether to descend was decided on an earlier look.
            if entry.file_type() != metadata.file_type() {
                return Err(ScanError::Changed { path: entry.into_path() });
            }
            scanner.add(entry.path(), &path, &metadata)?;
        }
        // A directory that is the same as before its listing led to its own entries at any time in between.
        for (path, stamp) in scanner.directories {
            let now = fs::metadata(&path).map_err(|error| ScanError::read(&path, error))?;
            if Stamp::new(&now) != stamp {
                return Err(ScanError::Changed { path });
            }
        }
        let (excluded, unmatched) = filter.finish();
        Ok(Scan { tree: scanner.tree, losses: scanner.losses, excluded, unmatched })
    }
}

struct Scanner<'a> {
    policy: &'a ScanPolicy,
    tree: Tree,
    losses: Vec<Loss>,
    /// The first path of each inode that has more than one name, and what the inode was then. Looked up only, so its
    /// order does not matter.
    linked: HashMap<(u64, u64), (EntryPath, Stamp)>,
    /// What each directory was before it was listed.
    directories: Vec<(PathBuf, Stamp)>,
    /// Takes the largest value and the longest list of names that Linux has.
    buffer: Box<[u8]>,
}

impl Scanner<'_> {
    fn add(
        &mut self,
        source: &Path,
        path: &EntryPath,
        found: &FsMetadata,
    ) -> Result<(), ScanError> {
        let kind = found.file_type();
        if found.nlink() > 1 && !kind.is_dir() {
            let (inode, stamp) = ((found.dev(), found.ino()), Stamp::new(found));
            match self.linked.get(&inode) {
                Some((first, then)) if *then == stamp => return Ok(self.tree.link(first, path)?),
                // Or a file system whose numbers say nothing.
                Some(_) => return Err(ScanError::Changed { path: source.to_owned() }),
                None => self.linked.insert(inode, (path.clone(), stamp)),
            };
        }
        let node = if kind.is_dir() {
            self.directories.push((source.to_owned(), Stamp::new(found)));
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
        let metadata = self.metadata(source, path, found, &node)?;
        Ok(self.tree.insert(path, metadata, node)?)
    }

    fn metadata(
        &mut self,
        source: &Path,
        path: &EntryPath,
        found: &FsMetadata,
        node: &Node,
    ) -> Result<Metadata, ScanError> {
        let (uid, gid) = match self.policy.owner {
            OwnerPolicy::Root => (0, 0),
            OwnerPolicy::Keep => (found.uid(), found.gid()),
        };
        let found_mode = u16::try_from(found.mode() & 0o7777).unwrap_or_default();
        let mode = self.policy.mode.stored(found_mode, node);
        let mtime = self.mtime(path, found.mtime());
        let mut metadata = Metadata::new(mode).with_owner(uid, gid).with_mtime(mtime);
        let read_error = |error| ScanError::read(source, error);
        for name in self.xattr_names(source).map_err(read_error)? {
            let stored = XattrName::try_from(&*name).ok().filter(|name| name.fits(node));
            if &*name != acl::ACCESS && !self.policy.xattrs.keeps(&name) {
                continue;
            }
            if stored.is_none() && &*name != acl::ACCESS {
                self.losses.push(Loss::Xattr { path: path.clone(), name });
                continue;
            }
            let length = rustix::fs::lgetxattr(source, OsStr::from_bytes(&name), &mut *self.buffer)
                .map_err(read_error)?;
            let value = self.buffer.get(..length).unwrap_or_default();
            if let Some(name) = stored {
                metadata.xattrs.insert(name, value.into());
            } else {
                let list = acl::read(value);
                let group = list.map_or(0, |list| list.group);
                metadata.mode = self.policy.mode.stored(found_mode & !0o070 | group << 3, node);
                self.losses.push(Loss::Acl {
                    path: path.clone(),
                    found: found_mode,
                    stored: metadata.mode,
                    widened: list.is_none_or(|list| metadata.mode & 0o7 & !list.least != 0),
                });
            }
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

    fn mtime(&mut self, path: &EntryPath, seconds: i64) -> u32 {
        self.policy.mtime.stored(seconds).unwrap_or_else(|nearest| {
            self.losses.push(Loss::Mtime { path: path.clone(), seconds });
            nearest
        })
    }
}
