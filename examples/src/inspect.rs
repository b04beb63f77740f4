//! `inspect`: what is in an image, without root and without a mount.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use serde::Serialize;

use crate::exit;

mod cat;
mod check;
mod diff;
mod entry;
mod error;
mod extract;
mod hosts;
mod list;
mod open;
mod operand;
mod release;
mod screen;
mod shown;
mod summary;
mod tree;
mod utc;

pub use self::{error::InspectError, screen::Screen};

/// Looks into an extension image without mounting it, and without root.
///
/// IMAGE is a file, a block device or a directory; what it is, is known by its content alone. Without a verb, says what
/// it is, what is in it and which hosts it is for. A file that is named like a verb is ./list.
#[derive(Clone, Debug, Parser)]
#[command(name = "inspect", args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(
    after_help = "Exits 0 when the answer is there, 1 when it is not or is no, 2 when asked wrongly."
)]
pub struct Args {
    /// The image
    #[arg(required = true)]
    image: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: open::PartitionChoice,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// List the entries: kind and mode, owner, size, time (UTC), path
    List(list::Args),
    /// Draw the directories with the sizes of what they hold
    Tree(tree::Args),
    /// Print the content of files
    Cat(cat::Args),
    /// Extract everything into a new directory
    Extract(extract::Args),
    /// Say what will go wrong with it at run time, the worst first. Exits 1 when there is an error, or when the image
    /// cannot be read, which is then said on standard error
    Check(check::Args),
    /// Compare two images: + added, - removed, ~ changed, with what changed. Exits 1 when they differ, or when one
    /// cannot be read, which is then said on standard error
    Diff(diff::Args),
    /// Say which release file systemd reads, and why; also when that is none
    Release(release::Args),
}

/// What was asked was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The answer is there, or it is yes.
    Yes,
    /// The answer is no.
    No,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Yes => Self::SUCCESS,
            Outcome::No => Self::FAILURE,
        }
    }
}

/// Answers on `out`, which has these abilities.
pub fn run(args: &Args, screen: Screen, out: &mut impl Write) -> Result<Outcome, InspectError> {
    let answered = answer(args, screen, out);
    // What is known of a damaged image comes before the message.
    let flushed = out.flush();
    match answered.and_then(|outcome| Ok(flushed.map(|()| outcome)?)) {
        Err(InspectError::Write(error)) => {
            exit::printed(Err(error))?;
            Ok(Outcome::Yes)
        }
        result => result,
    }
}

fn answer(args: &Args, screen: Screen, out: &mut impl Write) -> Result<Outcome, InspectError> {
    let done = match (&args.verb, &args.image) {
        (Some(Verb::List(args)), _) => list::run(args, screen, out),
        (Some(Verb::Tree(args)), _) => tree::run(args, screen, out),
        (Some(Verb::Cat(args)), _) => cat::run(args, out),
        (Some(Verb::Extract(args)), _) => extract::run(args, out),
        (Some(Verb::Release(args)), _) => release::run(args, out),
        (Some(Verb::Check(args)), _) => return check::run(args, screen, out),
        (Some(Verb::Diff(args)), _) => return diff::run(args, screen, out),
        (None, Some(image)) => summary::run(image, &args.partition, args.json, out),
        // An image is required where there is no verb.
        (None, None) => Ok(()),
    };
    done.map(|()| Outcome::Yes)
}

/// Prints a line of JSON, in which a terminal finds nothing to obey.
fn print(value: &impl Serialize, out: &mut impl Write) -> Result<(), InspectError> {
    let json = serde_json::to_string(value).map_err(io::Error::from)?;
    let mut rest = &*json;
    // JSON itself escapes those of ASCII below the space only. They stand in strings alone.
    while let Some((before, after)) = rest.split_once(char::is_control) {
        let control = rest.strip_prefix(before).and_then(|rest| rest.chars().next());
        write!(out, "{before}\\u{:04x}", control.map_or(0, u32::from))?;
        rest = after;
    }
    Ok(writeln!(out, "{rest}")?)
}
