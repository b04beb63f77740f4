#![doc = include_str!("../README.md")]

mod builder;
mod extension;
#[cfg(feature = "serde")]
mod serialize;
pub mod squashfs;
#[cfg(feature = "fs")]
mod staged;
mod tree;

pub use builder::{BuildError, Builder};
pub use extension::Extension;
#[cfg(feature = "fs")]
pub use staged::{PersistError, StageError, StagedImage};
#[cfg(feature = "fs")]
pub use tree::scan::{Loss, MtimePolicy, OwnerPolicy, Scan, ScanError, ScanPolicy};
pub use tree::{
    Content, Device, Entries, Entry, EntryPath, InsertError, InsertErrorKind, InvalidPathError,
    InvalidPathKind, Metadata, Node, Tree, XattrName,
};
