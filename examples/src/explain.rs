//! `explain`: what systemd makes of versions, release files and extensions, and why.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Parser, Subcommand};
use serde::Serialize;
use serde_json::json;
use sysext_release::{
    Architecture, Class, ExtensionRelease, Fit, Host, HostError, Misfit, OsRelease, Scope, Systemd,
    UnknownMachineError, env_file,
    version::{self, Version},
};
use thiserror::Error;

use crate::{bounded, excerpt, exit, printable::Printable};

/// Explains what systemd makes of versions, release files and extensions.
#[derive(Clone, Debug, Parser)]
#[command(name = "explain")]
pub struct Args {
    /// The version of systemd that is asked about: 257 or 262
    #[arg(long, value_name = "VERSION", global = true, default_value_t)]
    compat: Systemd,
    #[command(subcommand)]
    question: Question,
}

#[derive(Clone, Debug, Subcommand)]
enum Question {
    /// Compare two versions as systemd does: prints A < B, A == B or A > B
    Version {
        /// The first version
        #[arg(allow_hyphen_values = true)]
        a: String,
        /// The second version
        #[arg(allow_hyphen_values = true)]
        b: String,
    },
    /// Say whether a host takes an extension, and why
    Release {
        /// The os-release file of the host [default: this machine's]
        #[arg(long, value_name = "FILE")]
        host: Option<PathBuf>,
        /// The extension-release file of the extension
        #[arg(long, value_name = "FILE")]
        extension: PathBuf,
        /// sysext or confext
        #[arg(long, default_value_t = Class::Sysext)]
        class: Class,
        /// What the host is now: system, initrd or portable
        #[arg(long, default_value_t = Scope::System)]
        scope: Scope,
        /// The architecture of the host [default: this machine's]
        #[arg(long)]
        arch: Option<Architecture>,
        /// Print one JSON object: verdict, reason, warnings
        #[arg(long)]
        json: bool,
    },
    /// Show the assignments of an os-release or extension-release file as systemd reads it
    Env {
        /// The file
        file: PathBuf,
        /// Print one JSON object of key and value, or of the error with its line
        #[arg(long)]
        json: bool,
    },
}

/// Answers the question on `out`.
pub fn run(args: &Args, out: &mut impl Write) -> Result<(), ExplainError> {
    match answer(args, out).and_then(|()| Ok(out.flush()?)) {
        Err(ExplainError::Write(error)) => Ok(exit::printed(Err(error))?),
        result => result,
    }
}

fn answer(args: &Args, out: &mut impl Write) -> Result<(), ExplainError> {
    match &args.question {
        Question::Version { a, b } => version(a, b, args.compat, out),
        Question::Release { host, extension, class, scope, arch, json } => {
            let host = host.as_deref().map_or_else(machine_os_release, |path| {
                read(path).map(|bytes| (path.into(), bytes))
            });
            let (path, bytes) = host?;
            let os = OsRelease::parse(&bytes).map_err(|error| ExplainError::Host {
                excerpt: excerpt::render(&path, &bytes, &error),
            })?;
            let architecture = arch.map_or_else(Architecture::of_this_machine, Ok)?;
            let host = Host::new(os, architecture)?.with_scope(*scope).with_systemd(args.compat);
            let bytes = read(extension)?;
            let parsed = ExtensionRelease::parse(&bytes);
            let spot = parsed.as_ref().err().map(|error| excerpt::render(extension, &bytes, error));
            let verdict = parsed.map_err(Misfit::from).and_then(|it| host.accept(&it, *class));
            release(&verdict, *json, out)?;
            match spot {
                Some(spot) if !json => Ok(writeln!(out, "{spot}")?),
                _ => Ok(()),
            }
        }
        Question::Env { file, json } => env(file, &read(file)?, *json, out),
    }
}

/// A question could not be answered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The os-release file is unreadable for systemd, which then merges nothing at all.
    #[error("systemd cannot read the os-release file, so it would merge nothing\n{excerpt}")]
    Host {
        /// The line, with a mark at the spot.
        excerpt: String,
    },
    /// The host has no `ID`.
    #[error(transparent)]
    HostId(#[from] HostError),
    /// A file cannot be read.
    #[error("cannot read {path:?}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The architecture of this machine has no name.
    #[error("give the architecture with --arch")]
    UnknownMachine(#[from] UnknownMachineError),
    /// Standard output cannot be written.
    #[error("cannot write the answer")]
    Write(#[from] io::Error),
}

fn read(path: &Path) -> Result<Vec<u8>, ExplainError> {
    bounded::read(path, env_file::MAX_BYTES)
        .map_err(|source| ExplainError::Read { path: path.to_owned(), source })
}

/// As systemd looks for it: the second file only if the first is not there.
fn machine_os_release() -> Result<(PathBuf, Vec<u8>), ExplainError> {
    let path = PathBuf::from("/etc/os-release");
    match bounded::read(&path, env_file::MAX_BYTES) {
        Ok(bytes) => Ok((path, bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let path = PathBuf::from("/usr/lib/os-release");
            read(&path).map(|bytes| (path, bytes))
        }
        Err(source) => Err(ExplainError::Read { path, source }),
    }
}

fn version(a: &str, b: &str, compat: Systemd, out: &mut impl Write) -> Result<(), ExplainError> {
    let sign = match version::compare(a, b) {
        Ordering::Less => "<",
        Ordering::Equal => "==",
        Ordering::Greater => ">",
    };
    writeln!(out, "{} {sign} {}", Printable(a), Printable(b))?;
    if sign == "==" && a != b {
        writeln!(
            out,
            "note: the texts differ, but not for systemd: which of the two comes first is chance"
        )?;
    }
    let texts = if a == b { &[a][..] } else { &[a, b] };
    for text in texts {
        match text.parse::<Version>() {
            Ok(version) => {
                if let Some(hazard) = version.hazard() {
                    writeln!(out, "note: {hazard}")?;
                }
                if let Some(character) = version.unsupported(compat) {
                    writeln!(
                        out,
                        "note: systemd-sysupdate {compat} ignores {text}, for its {character:?}"
                    )?;
                }
            }
            Err(error) => writeln!(out, "note: systemd-sysupdate ignores it: {error}")?,
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Answer<'a, Reason, Warning> {
    verdict: &'static str,
    reason: &'a Reason,
    warnings: &'a [Warning],
}

fn release(
    verdict: &Result<Fit, Misfit>,
    json: bool,
    out: &mut impl Write,
) -> Result<(), ExplainError> {
    let (word, reason, warnings) = match verdict {
        Ok(Fit { reason, warnings, .. }) => {
            if json {
                return print(&Answer { verdict: "merge", reason, warnings }, out);
            }
            ("merge", reason.to_string(), warnings)
        }
        Err(Misfit { reason, warnings, .. }) => {
            if json {
                return print(&Answer { verdict: "skip", reason, warnings }, out);
            }
            ("skip", reason.to_string(), warnings)
        }
    };
    writeln!(out, "{word}: {reason}")?;
    for warning in warnings {
        writeln!(out, "warning: {warning}")?;
    }
    Ok(())
}

fn env(path: &Path, bytes: &[u8], json: bool, out: &mut impl Write) -> Result<(), ExplainError> {
    match env_file::parse(bytes) {
        Ok(assignments) if json => {
            let mut pairs = BTreeMap::new();
            for assignment in &assignments {
                // A key that is assigned again has its last value.
                pairs.insert(assignment.key, &*assignment.value);
            }
            print(&pairs, out)
        }
        Ok(assignments) => {
            for assignment in assignments {
                // Even a key can hold what a terminal would obey.
                writeln!(out, "{}={:?}", Printable(assignment.key), assignment.value)?;
            }
            Ok(())
        }
        Err(error) if json => {
            let error =
                json!({ "line": error.line(), "at": error.at(), "text": error.kind().to_string() });
            print(&json!({ "error": error }), out)
        }
        Err(error) => {
            writeln!(out, "systemd reads nothing from this file")?;
            Ok(writeln!(out, "{}", excerpt::render(path, bytes, &error))?)
        }
    }
}

fn print(value: &impl Serialize, out: &mut impl Write) -> Result<(), ExplainError> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}
