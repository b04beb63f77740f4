use std::{
    collections::HashMap,
    ffi::OsStr,
    fs::File,
    io::{self, Seek, Write},
    mem,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags},
    io::Errno,
};

use super::{ExtractError, ExtractOptions, FREE_BYTES, Unrestored, UnrestoredKind, restore};
use crate::{
    image::ImageEntry,
    tree::{Device, EntryPath, Metadata, Node},
};

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

pub(super) struct Extractor<'a> {
    options: &'a ExtractOptions,
    /// How many entries may come.
    entries: u64,
    /// How many bytes of content may come.
    bytes: u64,
    /// How many bytes of content the length of the image allows.
    by_ratio: u64,
    /// From the root to where the entries are.
    stack: Vec<Open>,
    /// The first path of each inode that has more than one name.
    first: HashMap<u64, EntryPath>,
    /// Directories that nobody may search, not even their owner, until everything is made: a second name of a file leads
    /// through that of the first one.
    closed: Vec<(EntryPath, Mode)>,
    unrestored: Vec<Unrestored>,
    /// The file whose content comes.
    file: Option<OpenFile>,
    root: OwnedFd,
}

impl<'a> Extractor<'a> {
    pub(super) fn new(root: OwnedFd, options: &'a ExtractOptions, length: Option<u64>) -> Self {
        let by_ratio =
            length.map_or(u64::MAX, |length| length.saturating_mul(options.ratio).max(FREE_BYTES));
        Self {
            options,
            entries: options.entries,
            bytes: options.bytes,
            by_ratio,
            stack: Vec::new(),
            first: HashMap::new(),
            closed: Vec::new(),
            unrestored: Vec::new(),
            file: None,
            root,
        }
    }

    /// Makes the next entry. If it is a file, its content comes with [`write`](Self::write) and [`skip`](Self::skip).
    pub(super) fn add(&mut self, entry: &ImageEntry) -> Result<(), ExtractError> {
        self.finish_file()?;
        take(&mut self.entries, 1, "entries", self.options.entries)?;
        let path = entry.path();
        let (parent, name) = match path.as_bytes().iter().rposition(|byte| *byte == b'/') {
            Some(at) => path.as_bytes().split_at(at + 1),
            None => (&b""[..], path.as_bytes()),
        };
        let parent = parent.strip_suffix(b"/").unwrap_or(parent);
        while self.stack.last().is_some_and(|open| open.path.as_bytes() != parent) {
            self.leave()?;
        }
        if !entry.unlisted_xattrs().is_empty() {
            self.unrestored.push(lost(path, UnrestoredKind::Attribute));
        }
        let name = OsStr::from_bytes(name);
        self.make(entry, name, entry.metadata().clone())
    }

    /// Whether the last entry is a file that is being written, and no second name of one.
    pub(super) fn wants_content(&self) -> bool {
        self.file.is_some()
    }

    /// Finishes everything, and gives back the root and what was not restored.
    pub(super) fn finish(mut self) -> Result<(OwnedFd, Vec<Unrestored>), ExtractError> {
        self.finish_file()?;
        while self.leave()? {}
        // Those inside of others come first.
        for (path, mode) in mem::take(&mut self.closed) {
            let (directory, name) =
                self.find(&path).map_err(|error| write_error(&path, error.into()))?;
            rustix::fs::chmodat(&directory, name, mode, AtFlags::empty())
                .map_err(|error| write_error(&path, error.into()))?;
        }
        Ok((self.root, self.unrestored))
    }

    fn make(
        &mut self,
        entry: &ImageEntry,
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
                let linked = rustix::fs::linkat(&directory, original, at, name, AtFlags::empty());
                let device = matches!(entry.node(), Node::CharDevice(_) | Node::BlockDevice(_));
                if device && linked == Err(Errno::NOENT) {
                    // The first name is none of a device that could be made.
                    self.unrestored.push(lost(path, UnrestoredKind::Device));
                    return Ok(());
                }
                return linked.map_err(failed);
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
                let (options, length) = (self.options, content.len());
                take(&mut self.bytes, length, "bytes of content", options.bytes)?;
                let what = "bytes of content for each of its own";
                take(&mut self.by_ratio, length, what, options.ratio)?;
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
                self.unrestored.push(lost(path, UnrestoredKind::Device));
                Ok(())
            }
            Err(error) => Err(failed(error)),
            Ok(()) => {
                let unrestored = restore::of_name(at, name, entry.node(), &metadata)
                    .map_err(|error| write_error(path, error))?;
                self.unrestored.extend(unrestored.into_iter().map(|kind| lost(path, kind)));
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

    /// The next bytes of the file.
    pub(super) fn write(&mut self, block: &[u8]) -> Result<(), ExtractError> {
        let Some(OpenFile { path, file, is_cut, .. }) = &mut self.file else { return Ok(()) };
        *is_cut = false;
        file.write_all(block).map_err(|error| write_error(path, error))
    }

    /// A hole: what is not written is zero.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), ExtractError> {
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
        let Some(Open { path, descriptor, mut metadata }) = self.stack.pop() else {
            return Ok(false);
        };
        let is_closed = metadata.mode & 0o100 == 0;
        metadata.mode |= 0o100;
        self.restore(&path, &descriptor, &metadata)?;
        if is_closed {
            let failed = |error: Errno| write_error(&path, error.into());
            let restored = rustix::fs::fstat(&descriptor).map_err(failed)?.st_mode;
            self.closed.push((path, Mode::from_raw_mode(restored) - Mode::XUSR));
        }
        Ok(true)
    }

    fn restore(
        &mut self,
        path: &EntryPath,
        descriptor: &OwnedFd,
        metadata: &Metadata,
    ) -> Result<(), ExtractError> {
        let unrestored =
            restore::of_open(descriptor, metadata).map_err(|error| write_error(path, error))?;
        self.unrestored.extend(unrestored.into_iter().map(|kind| lost(path, kind)));
        Ok(())
    }
}

fn lost(path: &EntryPath, kind: UnrestoredKind) -> Unrestored {
    Unrestored { path: Some(path.clone()), kind }
}

/// Takes some of what is left.
fn take(left: &mut u64, some: u64, what: &'static str, limit: u64) -> Result<(), ExtractError> {
    *left = left.checked_sub(some).ok_or(ExtractError::Limit { what, limit })?;
    Ok(())
}

fn write_error(path: &EntryPath, source: io::Error) -> ExtractError {
    ExtractError::Write { path: path.clone(), source }
}
