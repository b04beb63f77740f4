#![doc = include_str!("../README.md")]

mod class;

pub use class::{Class, Scope, Systemd, UnknownClassError, UnknownScopeError, UnknownSystemdError};
