use std::{
    collections::HashMap,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read, Seek, Write},
    num::NonZeroUsize,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::{Path, PathBuf},
    thread,
};

use rustix::{
    fs::{AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid, XattrFlags},
    io::Errno,
};
use thiserror::Error;

use super::{content::Item, entries::ReaderEntry, error::ReadError, inode::Inode, reader::Reader};
use crate::tree::{Device, EntryPath, Metadata, Node};

/// How much of an image is extracted at most, against images that are made to fill disks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExtractLimits {
    /// How many entries: a million unless told otherwise.
    pub entries: u64,
    /// How many bytes of content: 16 GiB unless told otherwise.
    pub bytes: u64,
}

impl ExtractLimits {
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
}

impl Default for ExtractLimits {
    fn default() -> Self {
        Self { entries: 1_000_000, bytes: 16 << 30 }
    }
}

/// Something that was not restored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrestored {
    /// The entry.
    pub path: EntryPath,
    /// What of it: `device`, `owner` or `attribute`.
    pub what: &'static str,
}

/// An image could not be extracted. What was extracted by then stays.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The image cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The directory cannot be made: it must be new.
    #[error("cannot make the directory {path:?}")]
    #[non_exhaustive]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is more in the image than the limits allow.
    #[error("the image has more than {limit} {what}")]
    #[non_exhaustive]
    Limit {
        /// `entries` or `bytes`.
        what: &'static str,
        /// The limit.
        limit: u64,
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

impl<R: Read + Seek + Send + 'static> Reader<R> {
    /// Extracts everything into a directory that is made for it, and says what it could not restore.
    ///
    /// No path leads out of the directory: each is opened one name after the other, no symlink is followed, and what is
    /// there already is an error. Owners, devices and some attributes need root.
    pub fn extract(
        &self,
        directory: impl AsRef<Path>,
        limits: &ExtractLimits,
    ) -> Result<Vec<Unrestored>, ExtractError> {
        let directory = directory.as_ref();
        let failed = |source| ExtractError::Directory { path: directory.to_owned(), source };
        fs::create_dir(directory).map_err(failed)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = rustix::fs::open(directory, flags, Mode::empty());
        let root = root.map_err(|error| failed(error.into()))?;
        let root_inode = self.0.inode(self.0.superblock.root)?;
        let mut extractor = Extractor {
            reader: self,
            left: limits.clone(),
            limits,
            stack: Vec::new(),
            first: HashMap::new(),
            unrestored: Vec::new(),
            file: None,
            root,
        };
        let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.0.for_each(threads, |item| match item {
            Item::Entry(entry) => extractor.add(&entry),
            Item::Block(block) => extractor.write(block),
            Item::Hole(length) => extractor.skip(length),
        })?;
        extractor.finish_file()?;
        while extractor.leave()? {}
        let Inode { mode, mtime, .. } = root_inode;
        // Of the root there is no path that an error could name.
        let restored = rustix::fs::fchmod(&extractor.root, Mode::from_raw_mode(mode.into()))
            .and_then(|()| rustix::fs::futimens(&extractor.root, &times(mtime)));
        restored.map_err(|error| failed(error.into()))?;
        Ok(extractor.unrestored)
    }
}

/// A directory whose entries are being made.
struct Open {
    path: EntryPath,
    descriptor: OwnedFd,
    metadata: Metadata,
}

/// A file that is being written.
struct OpenFile {
    path: EntryPath,
    file: File,
    length: u64,
    /// Whether a hole at its end is not there yet.
    is_cut: bool,
    metadata: Metadata,
}

struct Extractor<'a, R> {
    reader: &'a Reader<R>,
    limits: &'a ExtractLimits,
    /// What is left of the limits.
    left: ExtractLimits,
    /// From the root to where the entries are.
    stack: Vec<Open>,
    /// The first path of each inode that has more than one name.
    first: HashMap<u32, EntryPath>,
    unrestored: Vec<Unrestored>,
    /// The file whose content comes.
    file: Option<OpenFile>,
    root: OwnedFd,
}

impl<R: Read + Seek> Extractor<'_, R> {
    fn add(&mut self, entry: &ReaderEntry) -> Result<(), ExtractError> {
        self.finish_file()?;
        let limit = ExtractError::Limit { what: "entries", limit: self.limits.entries };
        self.left.entries = self.left.entries.checked_sub(1).ok_or(limit)?;
        let path = entry.path();
        let (parent, name) = match path.as_bytes().iter().rposition(|byte| *byte == b'/') {
            Some(at) => path.as_bytes().split_at(at + 1),
            None => (&b""[..], path.as_bytes()),
        };
        let parent = parent.strip_suffix(b"/").unwrap_or(parent);
        while self.stack.last().is_some_and(|open| open.path.as_bytes() != parent) {
            self.leave()?;
        }
        let name = OsStr::from_bytes(name);
        let metadata = self.reader.metadata(entry)?;
        self.make(entry, name, metadata)
    }

    fn make(
        &mut self,
        entry: &ReaderEntry,
        name: &OsStr,
        metadata: Metadata,
    ) -> Result<(), ExtractError> {
        let path = entry.path();
        let failed = |error: Errno| write_error(path, error.into());
        let at = self.stack.last().map_or(self.root.as_fd(), |open| open.descriptor.as_fd());
        let private = Mode::RUSR | Mode::WUSR;
        if entry.nlink() > 1 && *entry.node() != Node::Directory {
            if let Some(first) = self.first.get(&entry.inode_number()) {
                let (directory, original) = self.find(first).map_err(failed)?;
                return rustix::fs::linkat(&directory, original, at, name, AtFlags::empty())
                    .map_err(failed);
            }
            self.first.insert(entry.inode_number(), path.clone());
        }
        let special = |kind, Device { major, minor }| {
            rustix::fs::mknodat(at, name, kind, private, rustix::fs::makedev(major, minor))
        };
        let none = Device { major: 0, minor: 0 };
        let made = match entry.node() {
            Node::Directory => {
                rustix::fs::mkdirat(at, name, Mode::RWXU).map_err(failed)?;
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let descriptor =
                    rustix::fs::openat(at, name, flags, Mode::empty()).map_err(failed)?;
                self.stack.push(Open { path: path.clone(), descriptor, metadata });
                return Ok(());
            }
            Node::File(content) => {
                let limit = ExtractError::Limit { what: "bytes", limit: self.limits.bytes };
                self.left.bytes = self.left.bytes.checked_sub(content.len()).ok_or(limit)?;
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
                let file = rustix::fs::openat(at, name, flags, private).map_err(failed)?;
                let (path, file, length) = (path.clone(), File::from(file), content.len());
                self.file = Some(OpenFile { path, file, length, is_cut: false, metadata });
                return Ok(());
            }
            Node::Symlink(target) => rustix::fs::symlinkat(OsStr::from_bytes(target), at, name),
            Node::CharDevice(device) => special(FileType::CharacterDevice, *device),
            Node::BlockDevice(device) => special(FileType::BlockDevice, *device),
            Node::Fifo => special(FileType::Fifo, none),
            Node::Socket => special(FileType::Socket, none),
        };
        match made {
            Err(Errno::PERM) => {
                self.unrestored.push(Unrestored { path: path.clone(), what: "device" });
                Ok(())
            }
            Err(error) => Err(failed(error)),
            Ok(()) => {
                let unrestored = restore_at(entry, at.as_raw_fd(), name, &metadata, at)
                    .map_err(|error| write_error(path, error))?;
                let lost = |what| Unrestored { path: path.clone(), what };
                self.unrestored.extend(unrestored.into_iter().map(lost));
                Ok(())
            }
        }
    }

    /// The directory and the name of an entry that was made before.
    fn find<'p>(&self, path: &'p EntryPath) -> Result<(OwnedFd, &'p OsStr), Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut directory = rustix::fs::openat(&self.root, ".", flags, Mode::empty())?;
        let mut names = path.as_bytes().split(|byte| *byte == b'/').map(OsStr::from_bytes);
        let mut name = names.next().unwrap_or_default();
        for next in names {
            directory = rustix::fs::openat(&directory, name, flags, Mode::empty())?;
            name = next;
        }
        Ok((directory, name))
    }

    fn write(&mut self, block: &[u8]) -> Result<(), ExtractError> {
        let Some(OpenFile { path, file, is_cut, .. }) = &mut self.file else { return Ok(()) };
        *is_cut = false;
        file.write_all(block).map_err(|error| write_error(path, error))
    }

    /// A hole: what is not written is zero.
    fn skip(&mut self, length: u64) -> Result<(), ExtractError> {
        let Some(OpenFile { path, file, is_cut, .. }) = &mut self.file else { return Ok(()) };
        *is_cut = true;
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        file.seek_relative(length).map_err(|error| write_error(path, error))
    }

    fn finish_file(&mut self) -> Result<(), ExtractError> {
        let Some(OpenFile { path, file, length, is_cut, metadata }) = self.file.take() else {
            return Ok(());
        };
        if is_cut {
            file.set_len(length).map_err(|error| write_error(&path, error))?;
        }
        self.restore(&path, &file.into(), &metadata)
    }

    /// Finishes the innermost directory; false if there is none.
    fn leave(&mut self) -> Result<bool, ExtractError> {
        let Some(Open { path, descriptor, metadata }) = self.stack.pop() else { return Ok(false) };
        self.restore(&path, &descriptor, &metadata)?;
        Ok(true)
    }

    /// Owner, attributes, mode and time, in the order in which none undoes another.
    fn restore(
        &mut self,
        path: &EntryPath,
        descriptor: &OwnedFd,
        metadata: &Metadata,
    ) -> Result<(), ExtractError> {
        let failed = |error: Errno| write_error(path, error.into());
        let owner = (Some(Uid::from_raw(metadata.uid)), Some(Gid::from_raw(metadata.gid)));
        let mut lost = |result: Result<(), Errno>, what| match result {
            Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL) => {
                self.unrestored.push(Unrestored { path: path.clone(), what });
                Ok(())
            }
            result => result.map_err(failed),
        };
        lost(rustix::fs::fchown(descriptor, owner.0, owner.1), "owner")?;
        rustix::fs::fchmod(descriptor, Mode::from_raw_mode(metadata.mode.into()))
            .map_err(failed)?;
        for (name, value) in &metadata.xattrs {
            let name = OsStr::from_bytes(name.as_bytes());
            let set = rustix::fs::fsetxattr(descriptor, name, value, XattrFlags::empty());
            lost(set, "attribute")?;
        }
        rustix::fs::futimens(descriptor, &times(metadata.mtime)).map_err(failed)
    }
}

/// The same for what is not opened; gives back what was not restored.
fn restore_at(
    entry: &ReaderEntry,
    directory: i32,
    name: &OsStr,
    metadata: &Metadata,
    at: impl AsFd,
) -> io::Result<Vec<&'static str>> {
    let mut unrestored = Vec::new();
    let mut lost = |result: Result<(), Errno>, what| match result {
        Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL) => {
            unrestored.push(what);
            Ok(())
        }
        result => result,
    };
    let owner = (Some(Uid::from_raw(metadata.uid)), Some(Gid::from_raw(metadata.gid)));
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    lost(rustix::fs::chownat(&at, name, owner.0, owner.1, flags), "owner")?;
    if !matches!(entry.node(), Node::Symlink(_)) {
        let mode = Mode::from_raw_mode(metadata.mode.into());
        rustix::fs::chmodat(&at, name, mode, AtFlags::empty())?;
    }
    let path = Path::new("/proc/self/fd").join(directory.to_string()).join(name);
    for (attribute, value) in &metadata.xattrs {
        let attribute = OsStr::from_bytes(attribute.as_bytes());
        let set = rustix::fs::lsetxattr(&path, attribute, value, XattrFlags::empty());
        lost(set, "attribute")?;
    }
    rustix::fs::utimensat(&at, name, &times(metadata.mtime), flags)?;
    Ok(unrestored)
}

fn times(mtime: u32) -> Timestamps {
    let time = Timespec { tv_sec: mtime.into(), tv_nsec: 0 };
    Timestamps { last_access: time, last_modification: time }
}

fn write_error(path: &EntryPath, source: io::Error) -> ExtractError {
    ExtractError::Write { path: path.clone(), source }
}
