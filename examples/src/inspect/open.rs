use std::{
    ffi::OsString,
    fs::{self, File},
    io::{Read, Seek},
    os::unix::fs::FileTypeExt,
    path::Path,
};

use sysext_image::{Image, ImageError, ImageOptions};
use sysext_release::{Architecture, FileKind};

use super::InspectError;

/// Which partition of a disk image is looked into.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PartitionChoice {
    /// Of a disk image for several architectures, look into the partition for this one
    #[arg(long, value_name = "ARCH")]
    arch: Option<Architecture>,
}

impl PartitionChoice {
    fn options(&self) -> ImageOptions {
        let options = ImageOptions::default();
        match self.arch {
            Some(architecture) => options.with_architecture(architecture),
            None => options,
        }
    }
}

/// Opens the image at a path.
pub(super) fn open(path: &Path, partition: &PartitionChoice) -> Result<Image, InspectError> {
    kind(path)?;
    Image::open_path_with(path, &partition.options()).map_err(unread(path))
}

/// Opens the image at a path, whose file is read through what `wrap` makes of it and its length.
pub(super) fn open_through<R: Read + Seek + Send + 'static>(
    path: &Path,
    partition: &PartitionChoice,
    wrap: impl FnOnce(File) -> R,
) -> Result<Image, InspectError> {
    if kind(path)? == FileKind::Directory {
        return open(path, partition);
    }
    let file = File::open(path).map_err(|error| unread(path)(ImageError::Io(error)))?;
    Image::open_with(wrap(file), &partition.options()).map_err(unread(path))
}

/// What is at a path, links followed: an image can be a file, a directory or a block device.
pub(super) fn kind(path: &Path) -> Result<FileKind, InspectError> {
    let metadata = fs::metadata(path).map_err(|error| unread(path)(ImageError::Io(error)))?;
    let kind = metadata.file_type();
    if kind.is_file() {
        Ok(FileKind::Regular)
    } else if kind.is_dir() {
        Ok(FileKind::Directory)
    } else if kind.is_block_device() {
        Ok(FileKind::Block)
    } else {
        // Opening a pipe would wait for ever.
        Err(InspectError::NotAnImage { path: path.to_owned() })
    }
}

/// The name of what is at a path, of a symlink its own; none of the root directory.
pub(super) fn file_name(path: &Path) -> OsString {
    // `.` has no name by itself.
    let whole = if path.file_name().is_none() { fs::canonicalize(path).ok() } else { None };
    whole.as_deref().unwrap_or(path).file_name().unwrap_or_default().to_owned()
}

/// What makes an error of the tool of one of the image.
pub(super) fn unread(path: &Path) -> impl Fn(ImageError) -> InspectError {
    move |source| match source {
        ImageError::Io(source) => InspectError::Open { path: path.to_owned(), source },
        source => InspectError::Read { path: path.to_owned(), source },
    }
}
