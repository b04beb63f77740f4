#![doc = include_str!("../README.md")]

mod stack;

pub use stack::{Pair, Precedence, Stack};
