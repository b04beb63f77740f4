#![doc = include_str!("../README.md")]

mod builder;
mod extension;
pub mod squashfs;
#[cfg(feature = "fs")]
mod staged;
mod tree;

pub use builder::{BuildError, Builder};
pub use extension::Extension;
#[cfg(feature = "fs")]
pub use staged::{StageError, StagedImage};
#[cfg(feature = "fs")]
pub use tree::scan::{Loss, MtimePolicy, OwnerPolicy, Policy, Scan, ScanError};
pub use tree::{
    Content, Device, Entries, Entry, EntryPath, InsertError, InsertErrorKind, Metadata, Node, Tree,
};
