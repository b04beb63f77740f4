use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::{
    Extension,
    squashfs::{Progress, Summary, WriteError, Writer},
};

impl Extension {
    /// Writes the extension into a temporary file in the directory where the image shall be.
    ///
    /// When it fails, the temporary file is gone. A process that is killed leaves it behind: a file whose name begins
    /// with `.sysext-image.`
    pub fn stage(
        &self,
        writer: &Writer,
        directory: impl AsRef<Path>,
    ) -> Result<StagedImage, StageError> {
        self.stage_with_progress(writer, directory, |_| ControlFlow::Continue(()))
    }

    /// The same, telling how far it is as [`Writer::write_with_progress`] does.
    pub fn stage_with_progress(
        &self,
        writer: &Writer,
        directory: impl AsRef<Path>,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<StagedImage, StageError> {
        // The parent of a bare file name is an empty path.
        let empty = directory.as_ref().as_os_str().is_empty();
        let path = if empty { Path::new(".") } else { directory.as_ref() };
        let create = || {
            // An absolute path, which leads there wherever the process goes in the meantime.
            let path = fs::canonicalize(path)?;
            let file = tempfile::Builder::new().prefix(".sysext-image.").make_in(&path, create)?;
            Ok((File::open(&path)?, path, file))
        };
        let (directory, path, file) =
            create().map_err(|source| StageError::Create { directory: path.to_owned(), source })?;
        let summary = writer.write_with_progress(self.tree(), file.as_file(), progress)?;
        Ok(StagedImage { file, directory, path, summary })
    }
}

/// A new file with the permissions that the umask leaves, as any program creates it: tempfile would make it private.
fn create(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).open(path)
}

/// An image in a temporary file. It is removed unless it is [persisted](Self::persist).
#[derive(Debug)]
pub struct StagedImage {
    file: NamedTempFile,
    /// Where it is staged, open so that nothing but the disk keeps it from being synced.
    directory: File,
    /// The path of the directory.
    path: PathBuf,
    summary: Summary,
}

impl StagedImage {
    /// Where the image is for now.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// What was written.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Gives the image its final name in the directory where it was staged, replacing what is there.
    ///
    /// The bytes are on the disk before the name is, and the name is before this returns: after a crash the name leads
    /// to the old file or to the whole new one. When it fails before that, the image is gone.
    pub fn persist(self, name: impl AsRef<OsStr>) -> Result<(), PersistError> {
        let path = self.path.join(name.as_ref());
        if path.parent() != Some(&*self.path) || path.file_name() != Some(name.as_ref()) {
            return Err(PersistError::Name { name: name.as_ref().into() });
        }
        if let Err(source) = self.file.as_file().sync_all() {
            return Err(PersistError::Sync { path, source });
        }
        if let Err(error) = self.file.persist(&path) {
            return Err(PersistError::Rename { path, source: error.error });
        }
        self.directory.sync_all().map_err(|source| PersistError::SyncDirectory { path, source })
    }
}

/// An image could not be put into a temporary file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// No temporary file could be made.
    #[error("cannot create a file in {directory:?}")]
    #[non_exhaustive]
    Create {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// An image could not be given its name.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PersistError {
    /// The name is empty, a path, or `.` or `..`.
    #[error("{name:?} is not a file name: give one without a directory")]
    #[non_exhaustive]
    Name {
        /// What was given.
        name: OsString,
    },
    /// The file cannot be renamed. Nothing was replaced, and the temporary file is gone.
    #[error("cannot put the image at {path:?}")]
    #[non_exhaustive]
    Rename {
        /// The final path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes may not be on the disk. Nothing was replaced, and the temporary file is gone.
    #[error("cannot sync the image for {path:?}")]
    #[non_exhaustive]
    Sync {
        /// The final path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image has its name, but after a crash it may not.
    #[error("cannot sync the directory of {path:?}, where the image is")]
    #[non_exhaustive]
    SyncDirectory {
        /// The final path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
