//! Explains what systemd thinks of versions, release files and extensions.

use std::{
    io::{self, BufWriter},
    process::ExitCode,
};

use clap::Parser;
use sysext_examples::{exit, explain};

fn main() -> ExitCode {
    exit::code(explain::run(&explain::Args::parse(), &mut BufWriter::new(io::stdout().lock())))
}
