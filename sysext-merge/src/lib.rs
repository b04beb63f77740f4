#![doc = include_str!("../README.md")]

mod order;

pub use order::{Neighbours, Precedence, Stack};
