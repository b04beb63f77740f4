//! How a tool ends.

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
};

/// 0, or 1 and the error with its sources on standard error.
///
/// When standard output was closed by its reader, as `head` does, the tool ends quietly with 0.
pub fn code(result: Result<(), impl Error + 'static>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
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

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(one) = error {
        if one
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        {
            return true;
        }
        error = one.source();
    }
    false
}
