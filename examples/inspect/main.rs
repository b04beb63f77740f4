//! Looks into extension images without mounting them.

use std::{
    io::{self, BufWriter},
    process::ExitCode,
};

use clap::Parser;
use sysext_examples::{exit, inspect};

fn main() -> ExitCode {
    exit::code(inspect::run(&inspect::Args::parse(), &mut BufWriter::new(io::stdout().lock())))
}
