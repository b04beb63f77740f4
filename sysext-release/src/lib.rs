#![doc = include_str!("../README.md")]

mod architecture;
mod class;
pub mod env_file;
mod extension;
mod fields;
mod os;

pub use architecture::{Architecture, UnknownArchitectureError};
pub use class::{Class, Scope, Systemd, UnknownClassError, UnknownScopeError, UnknownSystemdError};
pub use extension::{
    BuildError, ExtensionRelease, ExtensionReleaseBuilder, InvalidReloadManagerError,
};
pub use os::OsRelease;
