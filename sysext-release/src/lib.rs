#![doc = include_str!("../README.md")]

mod architecture;
mod class;
mod entry;
mod name;
pub mod release_file;
#[cfg(feature = "serde")]
mod serde;
pub mod version;

#[cfg(feature = "fs")]
pub use architecture::UnknownMachineError;
pub use architecture::{Architecture, UnknownArchitectureError};
pub use class::{Class, Scope, Systemd, UnknownClassError, UnknownScopeError, UnknownSystemdError};
pub use entry::{EntryKind, ImageEntry, ImageForm, NotAnImageError};
pub use name::{ExtensionName, InvalidNameError};
