//! What `inspect` says of images.

mod cat;
mod check;
mod diff;
mod documentation;
mod extract;
mod hostile;
mod images;
mod list;
mod process;
mod release;
mod summary;
#[path = "../tool/mod.rs"]
mod tool;
mod tree;
