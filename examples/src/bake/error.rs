use std::{ffi::OsString, io, path::PathBuf};

use sysext_image::{BuildError, ScanError, StageError};
use sysext_release::{InvalidNameError, UnknownMachineError, version::InvalidVersionError};
use sysext_verify::{FileNameError, InsertError, ManifestError, Sha256Digest};
use sysupdate_conf::EscapeError;
use thiserror::Error;

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
    /// The name cannot stand in SHA256SUMS.
    #[error("cannot publish under this name")]
    FileName(#[from] FileNameError),
    /// The input cannot be read.
    #[error("cannot read {}", path.display())]
    Input {
        /// The input.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
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
    #[error("{}: give this one another version, or --replace it", path.display())]
    Listed {
        /// The manifest.
        path: PathBuf,
        /// What disagrees.
        source: InsertError,
    },
    /// The name of the input is none for an extension.
    #[error(transparent)]
    Name(#[from] InvalidNameError),
    /// The input is the root of the file system.
    #[error("the input has no name of its own: give the extension one with --name")]
    NoName,
    /// The input is a file.
    #[error("{} is not a directory: bake takes directories", path.display())]
    NotADirectory {
        /// The input.
        path: PathBuf,
    },
    /// An output cannot be written.
    #[error("cannot write {}", path.display())]
    Output {
        /// The output.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The release file cannot be written.
    #[error("cannot write the release file")]
    Release(#[from] sysext_release::BuildError),
    /// Standard output cannot be written.
    #[error("cannot write the report")]
    Report(#[source] io::Error),
    /// The input cannot be scanned.
    #[error(transparent)]
    Scan(#[from] ScanError),
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
    /// The name or the URL cannot stand in a transfer file.
    #[error("cannot write the transfer file")]
    Transfer(#[from] EscapeError),
    /// The sample of this program is broken.
    #[error(transparent)]
    Tree(#[from] sysext_image::InsertError),
    /// The architecture of this machine has no name.
    #[error("give the architecture with --arch")]
    UnknownMachine(#[from] UnknownMachineError),
    /// The version is none for systemd.
    #[error(transparent)]
    Version(#[from] InvalidVersionError),
}
