//! What `bake` writes, and what it refuses.

mod bakery;
mod content;
mod documentation;
mod output;
mod process;

mod refusal;
mod sidecar;
#[path = "../tool/mod.rs"]
mod tool;
mod unprivileged;
