use std::{error::Error as StdError, ffi::OsString, io, path::PathBuf};

use sysext_image::{BuildError, PersistError, ScanError, StageError};
use sysext_release::{InvalidExtensionReleaseError, InvalidNameError, UnknownMachineError};
use sysext_verify::{InsertError, InvalidFileNameError, ManifestError, Sha256Digest};
use sysupdate_conf::EscapeError;
use thiserror::Error;

use super::{InputKind, epoch::InvalidEpochError};

/// Why nothing was baked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BakeError {
    /// The tree is no extension.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Another image has this name and version.
    #[error(
        "{path:?} is there with other content ({found}): give this one another version, or --replace it"
    )]
    Different {
        /// The image that is there.
        path: PathBuf,
        /// Its digest.
        found: Sha256Digest,
    },
    /// The name of the directory is none for an extension.
    #[error("the directory's name is none for an extension, so give one with --name")]
    DirectoryName(#[source] InvalidNameError),
    /// A name cannot stand in SHA256SUMS.
    #[error("cannot publish {name:?}")]
    FileName {
        /// The name of the file.
        name: Box<str>,
        /// What is wrong in it.
        source: InvalidFileNameError,
    },
    /// The input cannot be read.
    #[error("cannot read {path:?}")]
    Input {
        /// The input.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A signal came.
    #[error("stopped by a signal: nothing was published in {directory:?}")]
    Interrupted {
        /// The output directory.
        directory: PathBuf,
    },
    /// The manifest of the output directory cannot be read.
    #[error("cannot read {path:?}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong in it.
        source: Box<ManifestError>,
    },
    /// The manifest has another image under this name.
    #[error("{path:?}: {conflict}: give this one another version, or --replace it")]
    Listed {
        /// The manifest.
        path: PathBuf,
        /// What disagrees.
        conflict: InsertError,
    },
    /// The input is the root of the file system.
    #[error("the input has no name of its own: give the extension one with --name")]
    NoName,
    /// The input is no directory.
    #[error("{path:?} is not a directory: {kind}")]
    NotADirectory {
        /// The input.
        path: PathBuf,
        /// What it seems to be.
        kind: InputKind,
    },
    /// An output cannot be written.
    #[error("cannot write {path:?}")]
    Output {
        /// The output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The next bake would find this one's image in its input.
    #[error(
        "the output directory {out:?} is inside the input {input:?}: choose another with --out"
    )]
    OutputInInput {
        /// The output directory.
        out: PathBuf,
        /// The input.
        input: PathBuf,
    },
    /// The release file cannot be written.
    #[error("cannot write the release file")]
    Release(#[from] InvalidExtensionReleaseError),
    /// Standard output cannot be written.
    #[error("everything is in {directory:?}, but the report cannot be written")]
    Report {
        /// The output directory.
        directory: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The built-in sample is no extension.
    #[error("cannot make the sample")]
    Sample(#[source] Box<dyn StdError + Send + Sync>),
    /// The input cannot be scanned.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The sidecar cannot be put into words.
    #[error("cannot write the sidecar")]
    Sidecar(#[from] serde_json::Error),
    /// Signals cannot be watched.
    #[error("cannot watch for signals")]
    Signals(#[source] io::Error),
    /// The environment says no time.
    #[error("SOURCE_DATE_EPOCH is {value:?}")]
    SourceDateEpoch {
        /// What it says.
        value: OsString,
        /// What is wrong in it.
        source: InvalidEpochError,
    },
    /// The image cannot be given its name.
    #[error(transparent)]
    Persist(#[from] PersistError),
    /// The image cannot be written.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The name or the URL cannot stand in the transfer file.
    #[error(transparent)]
    Transfer(#[from] EscapeError),
    /// The architecture of this machine has no name.
    #[error("give the architecture with --arch")]
    UnknownMachine(#[from] UnknownMachineError),
}
