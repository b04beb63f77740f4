#![doc = include_str!("../README.md")]

mod architecture;
mod class;
pub mod env_file;
mod extension;
mod fields;
mod host;
mod os;

#[cfg(feature = "fs")]
pub use architecture::UnknownMachineError;
pub use architecture::{Architecture, UnknownArchitectureError};
pub use class::{Class, Scope, Systemd, UnknownClassError, UnknownScopeError, UnknownSystemdError};
pub use extension::{
    BuildError, ExtensionRelease, ExtensionReleaseBuilder, InvalidReloadManagerError,
};
pub use host::{Fit, FitReason, Host, HostError, Misfit, MisfitReason, NoEffect, Warning};
pub use os::OsRelease;
