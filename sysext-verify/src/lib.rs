#![doc = include_str!("../README.md")]

mod digest;

pub use digest::{DigestError, Sha256Digest, Sha256Writer};
