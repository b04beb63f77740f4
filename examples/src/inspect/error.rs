use std::{io, path::PathBuf};

use sysext_image::{EntryPath, ExtractError, ImageError};
use thiserror::Error;

/// An image could not be looked into.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// Two images cannot be compared.
    #[error("cannot compare {old:?} with {new:?}")]
    Compare {
        /// The older image.
        old: PathBuf,
        /// The newer image.
        new: PathBuf,
        /// What is wrong with one of them.
        source: ImageError,
    },
    /// The content of a file of the image cannot be read.
    #[error("cannot read {path:?} of the image")]
    Content {
        /// The path in the image.
        path: EntryPath,
        /// What is wrong.
        source: io::Error,
    },
    /// A symlink of the image leads to nothing, or around in circles.
    #[error("{path:?} is a symlink that leads to nothing in the image")]
    Dangling {
        /// The path in the image.
        path: EntryPath,
    },
    /// A directory has no content.
    #[error("{path:?} is a directory: `inspect list` shows what is in it")]
    Directory {
        /// The path in the image.
        path: EntryPath,
    },
    /// The image could not be extracted.
    #[error("cannot extract {path:?}")]
    Extract {
        /// The image.
        path: PathBuf,
        /// What went wrong.
        source: ExtractError,
    },
    /// There is no such path in the image.
    #[error("no {path:?} in the image")]
    Missing {
        /// The path in the image.
        path: EntryPath,
    },
    /// A device, a pipe or a socket has no content.
    #[error("{path:?} is a {kind}: only files have content")]
    NotAFile {
        /// The path in the image.
        path: EntryPath,
        /// What it is.
        kind: &'static str,
    },
    /// It can be no image.
    #[error("cannot read {path:?}: it is neither a file nor a directory nor a block device")]
    NotAnImage {
        /// What was given.
        path: PathBuf,
    },
    /// The image cannot be opened.
    #[error("cannot read {path:?}")]
    Open {
        /// The image.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The image is none, or is damaged.
    #[error("cannot read {path:?}")]
    Read {
        /// The image.
        path: PathBuf,
        /// What is wrong with it.
        source: ImageError,
    },
    /// There are more release files than are looked at.
    #[error("more than {most} {what} are in {directory}: none of them is looked at")]
    ReleaseFiles {
        /// The directory of release files.
        directory: &'static str,
        /// How many are looked at.
        most: usize,
        /// Of what there are more: `entries` or `links`.
        what: &'static str,
    },
    /// The root has no content.
    #[error("the root of the image is a directory")]
    Root,
    /// Standard output cannot be written.
    #[error("cannot write the answer")]
    Write(#[from] io::Error),
}
