//! What `bake` writes, and what it refuses.

mod archive;
mod bakery;
mod content;
mod documentation;
mod output;
mod process;
mod refusal;
mod refused_archive;
mod sidecar;
#[path = "../tool/mod.rs"]
mod tool;
mod unprivileged;
