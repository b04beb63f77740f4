#![doc = include_str!("../README.md")]

mod error;
pub mod pattern;
pub mod transfer;

pub use error::{EscapeError, EscapeErrorKind};
