#![doc = include_str!("../README.md")]

mod parallel;
pub mod squashfs;
mod tree;

#[cfg(feature = "fs")]
pub use tree::scan::{Loss, MtimePolicy, OwnerPolicy, Policy, Scan, ScanError};
pub use tree::{
    Content, Device, Entries, Entry, EntryPath, InsertError, InsertErrorKind, Metadata, Node, Tree,
};
