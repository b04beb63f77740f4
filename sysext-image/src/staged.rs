use std::{
    ffi::OsStr,
    fs::File,
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
    /// Writes the extension into a temporary file in the directory where the image shall be. Needs the feature `fs`.
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
        let directory = directory.as_ref().to_owned();
        let file = tempfile::Builder::new()
            .prefix(".sysext-image.")
            .make_in(&directory, create)
            .map_err(|source| StageError::Create { directory: directory.clone(), source })?;
        let summary = writer.write_with_progress(self.tree(), file.as_file(), progress)?;
        Ok(StagedImage { file, directory, summary })
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
    directory: PathBuf,
    summary: Summary,
}

impl StagedImage {
    /// Where the image is for now.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The image, to be read from its beginning.
    pub fn reopen(&self) -> io::Result<File> {
        File::open(self.file.path())
    }

    /// What was written.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Gives the image its final name in the directory where it was staged, replacing what is there.
    ///
    /// The bytes are on the disk before the name is, and the name is before this returns: after a crash the name leads
    /// to the old file or to the whole new one.
    pub fn persist(self, name: impl AsRef<OsStr>) -> Result<(), PersistError> {
        let path = self.directory.join(name.as_ref());
        if path.parent() != Some(&*self.directory) || path.file_name() != Some(name.as_ref()) {
            return Err(PersistError::Name { name: name.as_ref().into() });
        }
        let sync_error = |source| PersistError::Sync { path: path.clone(), source };
        // Before the rename: a directory that cannot be opened shall not be found out behind it.
        let directory = File::open(&self.directory).map_err(sync_error)?;
        self.file.as_file().sync_all().map_err(sync_error)?;
        if let Err(error) = self.file.persist(&path) {
            return Err(PersistError::Rename { path, source: error.error });
        }
        directory.sync_all().map_err(|source| PersistError::SyncDirectory { path, source })
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
    /// The name is a path, or `.` or `..`.
    #[error("{name:?} is not the name of a file in one directory")]
    #[non_exhaustive]
    Name {
        /// What was given.
        name: PathBuf,
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
