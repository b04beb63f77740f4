//! Looks into extension images without mounting them.

use std::{
    io::{self, BufWriter},
    process::ExitCode,
};

use clap::Parser;
use sysext_examples::{
    exit,
    inspect::{self, Screen},
};

fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    match inspect::run(&inspect::Args::parse(), Screen::of_stdout(), &mut out) {
        Ok(outcome) => outcome.into(),
        Err(error) => exit::code(Err(error)),
    }
}
