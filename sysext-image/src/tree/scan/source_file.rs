use std::{
    fs::{File, FileType, Metadata},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{Mode, OFlags},
    io::Errno,
};

use crate::tree::ContentError;

/// A file of the source, with what tells whether it is still the one that the scan saw.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SourceFile {
    path: PathBuf,
    stamp: Stamp,
}

/// What an inode was at some time: any change of it changes this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    kind: FileType,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl SourceFile {
    pub(super) fn new(path: &Path, found: &Metadata) -> Self {
        Self { path: path.to_owned(), stamp: Stamp::new(found) }
    }

    pub(in crate::tree) fn len(&self) -> u64 {
        self.stamp.size
    }

    pub(in crate::tree) fn open(self: &Arc<Self>) -> Result<OpenFile, ContentError> {
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
    pub(super) fn new(found: &Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            kind: found.file_type(),
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
    pub(in crate::tree) fn read_exact_at(
        &self,
        buffer: &mut [u8],
        offset: u64,
    ) -> Result<(), ContentError> {
        let read = self.file.read_exact_at(buffer, offset);
        // Again after the read: what was read is of one state of the file only if it did not change meanwhile.
        self.check()?;
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ContentError::Length,
            _ => ContentError::Io(error),
        })
    }

    /// Whether there is nothing in a file whose length is said to be 0: those below `/proc` have content all the same.
    pub(in crate::tree) fn check_empty(&self) -> Result<(), ContentError> {
        match self.file.read_at(&mut [0], 0) {
            Ok(0) => Ok(()),
            Ok(_) => Err(ContentError::Length),
            Err(error) => Err(ContentError::Io(error)),
        }
    }

    fn check(&self) -> Result<(), ContentError> {
        let now = self.file.metadata().map_err(ContentError::Io)?;
        if Stamp::new(&now) == self.source.stamp { Ok(()) } else { Err(ContentError::Changed) }
    }
}
