use std::{
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
    /// Writes the extension into a temporary file in the directory where the image shall be.
    ///
    /// `progress` is told after each block how far it is; [`ControlFlow::Break`] ends it. When it fails, the temporary
    /// file is gone.
    pub fn stage(
        &self,
        writer: &Writer,
        directory: impl AsRef<Path>,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<StagedImage, StageError> {
        let directory = directory.as_ref();
        let file = tempfile::Builder::new()
            .prefix(".sysext-image.")
            .make_in(directory, create)
            .map_err(|source| StageError::Create { directory: directory.to_owned(), source })?;
        let summary = writer.write_with_progress(self.tree(), file.as_file(), progress)?;
        Ok(StagedImage { file, summary })
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

    /// Gives the image its final path, in the directory where it was staged, replacing what is there.
    ///
    /// The bytes are on the disk before the name is, and the name is before this returns: after a crash the path leads
    /// to the old file or to the whole new one.
    pub fn persist(self, path: impl AsRef<Path>) -> Result<(), StageError> {
        let path = path.as_ref();
        let failed = |source| StageError::Persist { path: path.to_owned(), source };
        self.file.as_file().sync_all().map_err(failed)?;
        self.file.persist(path).map_err(|error| failed(error.error))?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
    }
}

/// An image could not be put into a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// No temporary file could be made.
    #[error("cannot create a file in {}", directory.display())]
    Create {
        /// The directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The image could not be given its name.
    #[error("cannot put the image at {}", path.display())]
    Persist {
        /// The final path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
