#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod digest;
mod file_name;
mod manifest;
#[cfg(feature = "serde")]
mod serialize;

pub use digest::{InvalidDigestError, Sha256Digest};
pub use file_name::{FileName, InvalidFileNameError};
pub use manifest::{InsertError, Insertion, Manifest, ManifestError, ManifestErrorKind};
