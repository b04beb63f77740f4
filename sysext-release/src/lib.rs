#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod architecture;
mod boolean;
mod class;
mod entry;
pub mod env_file;
mod extension;
mod fields;
mod file_kind;
mod host;
mod name;
mod os;
pub mod release_file;
mod scope;
#[cfg(feature = "serde")]
mod serialize;
mod systemd;
pub mod version;

#[cfg(feature = "fs")]
pub use architecture::UnknownMachineError;
pub use architecture::{Architecture, UnknownArchitectureError};
pub use class::{Class, UnknownClassError};
pub use entry::{ImageEntry, ImageForm, NotAnImageError};
pub use extension::{
    ExtensionRelease, ExtensionReleaseBuilder, InvalidExtensionReleaseError,
    InvalidReloadManagerError,
};
pub use file_kind::FileKind;
pub use host::{Fit, FitReason, Host, HostError, Misfit, MisfitReason, NoEffectCause, Warning};
pub use name::{ExtensionName, InvalidNameError};
pub use os::OsRelease;
pub use scope::{Scope, UnknownScopeError};
pub use systemd::{Systemd, UnknownSystemdError};
