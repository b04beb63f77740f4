//! The logic of the example tools, and what they share.

pub mod bake;
mod bounded;
mod excerpt;
pub mod exit;
pub mod explain;
pub mod inspect;
mod printable;
mod progress;
mod size;
