//! What the real systemd 257 and 262 make of baked images, and of our verdicts.

mod merge;
mod peer;
#[path = "../tool/mod.rs"]
mod tool;
mod verdicts;
mod versions;
