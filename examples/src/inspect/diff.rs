use std::{io::Write, path::PathBuf};

use serde::Serialize;
use sysext_image::{Change, DiffOptions, Difference, DifferenceKind, EntryPath, ImageEntry, Node};

use super::{
    InspectError, Outcome, Screen,
    entry::{self, Kind},
    open::{PartitionChoice, open},
    print,
    screen::Colour,
    shown::{self, Shown},
};
use crate::size::Size;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The older image
    old: PathBuf,
    /// The newer image
    new: PathBuf,
    /// Pass over modification times
    #[arg(long)]
    ignore_mtime: bool,
    /// Pass over owners
    #[arg(long)]
    ignore_owner: bool,
    /// Print one JSON object for each entry that differs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: PartitionChoice,
}

pub(super) fn run(
    args: &Args,
    screen: Screen,
    out: &mut impl Write,
) -> Result<Outcome, InspectError> {
    let (old, new) = (open(&args.old, &args.partition)?, open(&args.new, &args.partition)?);
    let options =
        DiffOptions::default().with_mtimes(!args.ignore_mtime).with_owners(!args.ignore_owner);
    let (mut added, mut removed, mut changed) = (0_u64, 0_u64, 0_u64);
    for difference in old.diff(&new, &options) {
        let difference = difference.map_err(|source| InspectError::Compare {
            old: args.old.clone(),
            new: args.new.clone(),
            source,
        })?;
        *match difference.kind {
            DifferenceKind::Added(_) => &mut added,
            DifferenceKind::Removed(_) => &mut removed,
            DifferenceKind::Changed(_) => &mut changed,
        } += 1;
        if args.json {
            print(&Line::of(&difference), out)?;
        } else {
            write_line(&difference, screen, out)?;
        }
    }
    let is_same = added + removed + changed == 0;
    if !args.json {
        if is_same {
            write!(out, "no difference")?;
        } else {
            write!(out, "{added} added, {removed} removed, {changed} changed")?;
        }
        match (old.length(), new.length()) {
            (Some(old), Some(new)) if old != new => {
                writeln!(out, "; the image: {} → {}", Size(old), Size(new))?;
            }
            _ => writeln!(out)?,
        }
    }
    Ok(if is_same { Outcome::Yes } else { Outcome::No })
}

fn write_line(
    difference: &Difference,
    screen: Screen,
    out: &mut impl Write,
) -> Result<(), InspectError> {
    let path = match &difference.path {
        Some(path) => Shown(path.as_bytes()),
        None => Shown(b"."),
    };
    let (sign, colour, what) = match &difference.kind {
        DifferenceKind::Added(entry) => ('+', Colour::Green, whole(entry)),
        DifferenceKind::Removed(entry) => ('-', Colour::Red, whole(entry)),
        DifferenceKind::Changed(changes) => {
            let changes = changes.iter().map(ToString::to_string).collect::<Vec<_>>();
            ('~', Colour::Yellow, changes.join(", "))
        }
    };
    let path = screen.paint(Some(colour), format!("{sign} {path}"));
    Ok(writeln!(out, "{path}: {what}")?)
}

/// An entry that only one of the images has.
fn whole(entry: &ImageEntry) -> String {
    match entry.node() {
        Node::File(content) => format!("file of {}", Size(content.len())),
        Node::Symlink(target) => format!("symlink to {}", Shown(target)),
        node => Kind::of(node).noun().to_owned(),
    }
}

/// A difference for programs.
#[derive(Debug, Serialize)]
struct Line<'a> {
    /// The root is `/`.
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    change: &'static str,
    /// The kind of what was added or removed.
    kind: Option<Kind>,
    /// The content in bytes of a file that was added or removed.
    size: Option<u64>,
    changes: Vec<Changed<'a>>,
}

#[derive(Debug, Serialize)]
struct Changed<'a> {
    code: &'a str,
    text: String,
}

impl<'a> Line<'a> {
    fn of(difference: &'a Difference) -> Self {
        let path = difference.path.as_ref().map(EntryPath::as_bytes).unwrap_or_default();
        let (entry, changes): (_, &[Change]) = match &difference.kind {
            DifferenceKind::Added(entry) | DifferenceKind::Removed(entry) => (Some(entry), &[]),
            DifferenceKind::Changed(changes) => (None, changes),
        };
        let changes = changes.iter();
        Self {
            path: entry::absolute(path),
            path_hex: shown::hex_unless_text(path),
            change: difference.kind.code(),
            kind: entry.map(|entry| Kind::of(entry.node())),
            size: entry.and_then(|entry| entry::size(entry.node())),
            changes: changes
                .map(|change| Changed { code: change.code(), text: change.to_string() })
                .collect(),
        }
    }
}
