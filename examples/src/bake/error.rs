use std::{ffi::OsString, io, path::PathBuf};

use sysext_image::{BuildError, ScanError, StageError};
use sysext_release::{InvalidNameError, UnknownMachineError, version::InvalidVersionError};
use sysext_verify::{FileNameError, InsertError, ManifestError, Sha256Digest};
use sysupdate_conf::EscapeError;
use thiserror::Error;

use super::InputKind;

/// Why nothing was baked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BakeError {
    /// The tree is no extension.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Another image has this name and version.
    #[error("{} is there with other content ({found}): give this one another version, or --replace it", path.display())]
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
        source: FileNameError,
    },
    /// The input cannot be read.
    #[error("cannot read {}", path.display())]
    Input {
        /// The input.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A signal came.
    #[error("stopped by a signal: {} is as it was", directory.display())]
    Interrupted {
        /// The output directory.
        directory: PathBuf,
    },
    /// The manifest of the output directory cannot be read.
    #[error("cannot read {}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong in it.
        source: Box<ManifestError>,
    },
    /// The manifest has another image under this name.
    #[error("{}: {conflict}: give this one another version, or --replace it", path.display())]
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
    #[error("{} is not a directory: {kind}", path.display())]
    NotADirectory {
        /// The input.
        path: PathBuf,
        /// What it seems to be.
        kind: InputKind,
    },
    /// An output cannot be written.
    #[error("cannot write {}", path.display())]
    Output {
        /// The output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The next bake would find this one's image in its input.
    #[error("the output directory {} is inside the input {}: choose another with --out", out.display(), input.display())]
    OutputInInput {
        /// The output directory.
        out: PathBuf,
        /// The input.
        input: PathBuf,
    },
    /// The release file cannot be written.
    #[error("cannot write the release file")]
    Release(#[from] sysext_release::BuildError),
    /// Standard output cannot be written.
    #[error("cannot write the report")]
    Report(#[source] io::Error),
    /// The name of the sample is none.
    #[error(transparent)]
    SampleName(#[from] InvalidNameError),
    /// The tree of the sample is none.
    #[error(transparent)]
    SampleTree(#[from] sysext_image::InsertError),
    /// The version of the sample is none.
    #[error(transparent)]
    SampleVersion(#[from] InvalidVersionError),
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
    #[error("SOURCE_DATE_EPOCH is {value:?}: expected seconds since 1970, up to 4294967295")]
    SourceDateEpoch {
        /// What it says.
        value: OsString,
    },
    /// The image cannot be written.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The name cannot stand in a transfer file.
    #[error("the name {name:?} cannot stand in a transfer file")]
    TransferName {
        /// The name of the extension.
        name: Box<str>,
        /// What is wrong in it.
        source: EscapeError,
    },
    /// The URL cannot stand in a transfer file.
    #[error("the URL cannot stand in a transfer file")]
    TransferUrl(#[source] EscapeError),
    /// The architecture of this machine has no name.
    #[error("give the architecture with --arch")]
    UnknownMachine(#[from] UnknownMachineError),
}
