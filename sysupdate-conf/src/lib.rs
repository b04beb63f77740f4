#![doc = include_str!("../README.md")]

mod escape;

pub use escape::{EscapeError, EscapeErrorKind, escape_path, escape_pattern};
