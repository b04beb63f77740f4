//! What a tar archive becomes when it is read into a tree.

#![cfg(feature = "tar")]

mod archive;
#[cfg(feature = "fs")]
mod gnu_tar;
mod hostile;
mod policies;
mod rules;
mod whiteouts;
