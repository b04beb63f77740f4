use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    num::NonZeroUsize,
    path::PathBuf,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use sysext_image::{EntryPath, ExtractOptions, Unrestored, UnrestoredKind};

use super::{
    InspectError, entry,
    open::{PartitionChoice, open_through},
    print,
    shown::Shown,
};
use crate::printable::Printable;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    image: PathBuf,
    /// The directory, which must not be there
    directory: PathBuf,
    /// Extract no more entries
    #[arg(long, value_name = "N", default_value_t = ExtractOptions::default().entries)]
    max_entries: u64,
    /// Extract no more bytes of content, holes included
    #[arg(long, value_name = "BYTES", default_value_t = ExtractOptions::default().bytes)]
    max_bytes: u64,
    /// Extract no more bytes of content for each byte of the image; the first 64 MiB are free
    #[arg(long, value_name = "N", default_value_t = ExtractOptions::default().ratio)]
    max_ratio: u64,
    /// Threads that decompress [default: one for each processor]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Print one JSON object: the directory, and what was not restored
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: PartitionChoice,
}

pub(super) fn run(args: &Args, out: &mut impl Write) -> Result<(), InspectError> {
    let bar = bar();
    let image = open_through(&args.image, &args.partition, |file| Watched::new(file, bar.clone()))?;
    let mut options = ExtractOptions::default()
        .with_entries(args.max_entries)
        .with_bytes(args.max_bytes)
        .with_ratio(args.max_ratio);
    if let Some(jobs) = args.jobs {
        options = options.with_threads(jobs);
    }
    let extracted = image.extract(&args.directory, &options);
    bar.finish_and_clear();
    let unrestored =
        extracted.map_err(|source| InspectError::Extract { path: args.image.clone(), source })?;
    let groups = grouped(unrestored);
    let directory = args.directory.display().to_string();
    if args.json {
        return print(&Report { directory, unrestored: groups }, out);
    }
    writeln!(out, "extracted to {}", Printable(&directory))?;
    for Group { what, entries, path, .. } in groups {
        let first = path
            .as_ref()
            .map_or_else(|| "the root".to_owned(), |first| Shown(first.as_bytes()).to_string());
        let of = match entries {
            1 => first,
            _ => format!("{entries} entries, the first of them {first},"),
        };
        let what =
            if what == UnrestoredKind::SetId.as_str() { "setuid or setgid bit" } else { what };
        // There are users who may.
        let hint = if what == "attribute" { "" } else { ": that takes root" };
        writeln!(out, "note: the {what} of {of} was not restored{hint}")?;
    }
    Ok(())
}

#[derive(Debug, Serialize)]
struct Report {
    directory: String,
    unrestored: Vec<Group>,
}

/// The same that was not restored of so many entries.
#[derive(Debug, Serialize)]
struct Group {
    what: &'static str,
    entries: u64,
    first: String,
    /// The same as bytes; none is the root.
    #[serde(skip)]
    path: Option<EntryPath>,
}

fn grouped(unrestored: Vec<Unrestored>) -> Vec<Group> {
    let mut groups = BTreeMap::<UnrestoredKind, Group>::new();
    for Unrestored { kind, path, .. } in unrestored {
        let first = path.as_ref().map_or(&b""[..], EntryPath::as_bytes);
        let first = entry::absolute(first);
        let group = Group { what: kind.as_str(), entries: 0, first, path };
        groups.entry(kind).or_insert(group).entries += 1;
    }
    groups.into_values().collect()
}

/// A bar on standard error, if that is a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("extracting {wide_bar} {bytes}/{total_bytes} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

/// An image whose bar shows how much of it was read.
struct Watched {
    file: File,
    bar: ProgressBar,
}

impl Watched {
    fn new(file: File, bar: ProgressBar) -> Self {
        bar.set_length(file.metadata().map_or(0, |metadata| metadata.len()));
        Self { file, bar }
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.bar.inc(length as u64);
        Ok(length)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
