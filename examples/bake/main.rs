//! Bakes a directory or a tar archive into a system extension image.

use std::{
    io::{self, BufWriter},
    process::ExitCode,
};

use clap::Parser;
use sysext_examples::{bake, exit};

fn main() -> ExitCode {
    exit::code(bake::run(&bake::Args::parse(), &mut BufWriter::new(io::stdout().lock())))
}
