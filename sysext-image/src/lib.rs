#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(feature = "fs", not(target_os = "linux")))]
compile_error!(
    "the feature `fs` of sysext-image needs Linux: take the crate with default-features = false"
);
#[cfg(all(feature = "cross-check", not(unix)))]
compile_error!("the feature `cross-check` of sysext-image needs Unix: leave it out");

#[cfg(all(feature = "erofs", not(unix)))]
compile_error!("the feature `erofs` of sysext-image needs Unix: leave it out");

mod builder;
mod check;
#[cfg(feature = "cross-check")]
pub mod cross_check;
mod diff;
mod extension;
#[cfg(feature = "fs")]
mod extract;
mod image;
#[cfg(feature = "serde")]
mod serialize;
pub mod squashfs;
#[cfg(feature = "fs")]
mod staged;
#[cfg(feature = "tar")]
mod tar;
mod tree;

pub use builder::{BuildError, Builder};
pub use check::{Check, Finding, FindingKind, Severity};
pub use diff::{Change, Diff, DiffOptions, Difference, DifferenceKind};
pub use extension::Extension;
#[cfg(feature = "fs")]
pub use extract::{ExtractError, ExtractOptions, Unrestored, UnrestoredKind};
#[cfg(feature = "erofs")]
pub use image::ErofsError;
#[cfg(feature = "ddi")]
pub use image::{DdiError, Partition, PartitionDesignator};
pub use image::{
    Image, ImageEntries, ImageEntry, ImageError, ImageFormat, ImageOptions, ImageRelease,
    ReleaseError, ReleaseFile, UnreadFormat,
};
#[cfg(feature = "fs")]
pub use staged::{PersistError, StageError, StagedImage};
#[cfg(feature = "tar")]
pub use tar::{TarError, TarErrorKind, TarLimits, TarPolicy, TarScan, Whiteouts};
#[cfg(feature = "fs")]
pub use tree::scan::{Scan, ScanError, ScanPolicy};
pub use tree::{
    Content, Device, Entries, Entry, EntryPath, InsertError, InsertErrorKind, InvalidPathError,
    InvalidPathErrorKind, InvalidXattrNameError, Metadata, Node, Tree, XattrName,
};
#[cfg(any(feature = "fs", feature = "tar"))]
pub use tree::{
    InvalidPatternError, InvalidPatternErrorKind, Loss, ModePolicy, MtimePolicy, OwnerPolicy,
    PathPattern, XattrPolicy,
};
