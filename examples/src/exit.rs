//! How a tool ends.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

/// 0, or 1 and the error with its sources on standard error.
pub fn code(result: Result<(), impl Error>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    // Nothing is left to tell when standard error is closed as well.
    let _ = writeln!(io::stderr().lock(), "error: {}", chain(&error));
    ExitCode::FAILURE
}

/// The error and its sources, one after the other.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// When standard output was closed by its reader, as `head` does, nobody is left to tell and nothing is wrong.
pub(crate) fn printed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
