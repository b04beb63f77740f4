#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
pub mod pattern;
pub mod transfer;

pub use error::{EscapeError, EscapeErrorKind};
