#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod stack;

pub use stack::{Pair, Precedence, Stack};
