//! Bakes a directory into a system extension image.

use std::{io, process::ExitCode};

use clap::Parser;
use sysext_examples::{bake, exit};

fn main() -> ExitCode {
    exit::code(bake::run(&bake::Args::parse(), &mut io::stdout().lock()))
}
