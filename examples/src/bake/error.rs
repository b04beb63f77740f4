use std::{error::Error as StdError, ffi::OsString, io, path::PathBuf};

use sysext_image::{
    BuildError, PersistError, ScanError, StageError, TarError, cross_check::CrossCheckError,
};
use sysext_release::{InvalidExtensionReleaseError, InvalidNameError, UnknownMachineError};
use sysext_verify::{InsertError, InvalidFileNameError, ManifestError, Sha256Digest};
use sysupdate_conf::EscapeError;
use thiserror::Error;

use super::{InputKind, InputName, Method, epoch::InvalidEpochError};

/// Why nothing was baked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BakeError {
    /// The archive cannot be read.
    #[error("cannot read {input}")]
    Archive {
        /// The archive.
        input: InputName,
        /// What is wrong with it.
        source: TarError,
    },
    /// The name of the archive is none for an extension.
    #[error("the archive's name is none for an extension, so give one with --name")]
    ArchiveName(#[source] InvalidNameError),
    /// Something follows the archive, which other programs would ignore.
    #[error("{input} goes on behind the end of the archive, at byte {at}: bake takes one archive")]
    BehindArchive {
        /// The archive.
        input: InputName,
        /// The first byte that is not zero, from 0, of what was compressed.
        at: u64,
    },
    /// The tree is no extension.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The image cannot be compared with what should be in it.
    #[error("cannot check the image, which --no-cross-check leaves out")]
    CrossCheck(#[from] CrossCheckError),
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
    /// The image is not what it should be.
    #[error(
        "the image is not as it should be, which is a mistake of bake's, so nothing was published: {}{}",
        shown.join("; "),
        more(*left_out)
    )]
    Disagreement {
        /// What differs.
        shown: Vec<String>,
        /// How many differences are not shown.
        left_out: usize,
    },
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
    /// The input is the root of the file system, or a pipe.
    #[error("the input has no name of its own: give the extension one with --name")]
    NoName,
    /// The archive has nothing in it.
    #[error("{input} is an archive without members")]
    NoMembers {
        /// The input.
        input: InputName,
    },
    /// The input is neither a directory nor a tar archive.
    #[error("{input}{} {kind}", unpacked(*method))]
    NoTar {
        /// The input.
        input: InputName,
        /// How it is compressed, if `kind` is what was found inside.
        method: Option<Method>,
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
    /// Too many zeros follow the archive.
    #[error("{input} has more than {most} bytes of zeros behind its end")]
    Padding {
        /// The archive.
        input: InputName,
        /// The limit.
        most: u64,
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
    /// The input cannot be read to its end.
    #[error("cannot read {input}")]
    Stream {
        /// The input.
        input: InputName,
        /// What went wrong.
        source: io::Error,
    },
    /// The name or the URL cannot stand in the transfer file.
    #[error(transparent)]
    Transfer(#[from] EscapeError),
    /// The architecture of this machine has no name.
    #[error("give the architecture with --arch")]
    UnknownMachine(#[from] UnknownMachineError),
    /// Whiteouts of something else than an archive.
    #[error("--oci-whiteouts is for tar archives, and {path:?} is a directory")]
    Whiteouts {
        /// The directory.
        path: PathBuf,
    },
}

fn unpacked(method: Option<Method>) -> String {
    method.map_or_else(String::new, |method| format!(", unpacked with {method},"))
}

fn more(left_out: usize) -> String {
    if left_out == 0 { String::new() } else { format!("; and {left_out} more") }
}
