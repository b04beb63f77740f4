#![doc = include_str!("../README.md")]

mod digest;
mod file_name;
mod manifest;

pub use digest::{DigestError, Sha256Digest};
pub use file_name::{FileName, FileNameError};
pub use manifest::{InsertError, Insertion, Manifest, ManifestError, ManifestErrorKind};
