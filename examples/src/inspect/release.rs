use std::{
    collections::BTreeMap,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use sysext_image::{Image, ImageEntry, Node, ReleaseError, ReleaseFile};
use sysext_release::{
    Class, ExtensionName, ExtensionRelease, Systemd,
    release_file::{NoReleaseFileError, Reason, find},
};

use self::lookup::{Lookup, Verdict};
use super::{
    InspectError,
    entry::absolute,
    hosts::Hosts,
    open::{PartitionChoice, open, unread},
    print,
    shown::{self, Shown},
};
use crate::{excerpt, exit, printable::Printable};

pub(super) mod lookup;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    image: PathBuf,
    /// sysext or confext [default: those that the image has release files of]
    #[arg(long)]
    class: Option<Class>,
    /// The name of the extension [default: the one that systemd takes from the name of the image]
    #[arg(long)]
    name: Option<ExtensionName>,
    /// The version of systemd that is asked about: 257 or 262
    #[arg(long, visible_alias = "systemd", value_name = "VERSION", default_value_t)]
    compat: Systemd,
    /// Print one JSON object for each class
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: PartitionChoice,
}

pub(super) fn run(args: &Args, out: &mut impl Write) -> Result<(), InspectError> {
    let image = open(&args.image, &args.partition)?;
    let classes = match args.class {
        Some(class) => vec![class],
        None => classes(&image, &args.image)?,
    };
    for class in classes {
        let lookup = Lookup::of(&image, &args.image, class, args.name.as_ref(), args.compat)?;
        if args.json {
            print(&Answer::of(&lookup), out)?;
        } else {
            write(&image, &args.image, &lookup, out)?;
        }
    }
    Ok(())
}

/// The classes that an image has release files of; sysext if it has none.
pub(super) fn classes(image: &Image, path: &Path) -> Result<Vec<Class>, InspectError> {
    let mut classes = Vec::new();
    for class in [Class::Sysext, Class::Confext] {
        if lookup::Count::of(image, class).map_err(unread(path))?.entries > 0 {
            classes.push(class);
        }
    }
    if classes.is_empty() {
        classes.push(Class::Sysext);
    }
    Ok(classes)
}

fn write(
    image: &Image,
    image_path: &Path,
    lookup: &Lookup,
    out: &mut impl Write,
) -> Result<(), InspectError> {
    let Lookup { class, systemd, .. } = lookup;
    match &lookup.name {
        Ok(name) => writeln!(out, "{class} {:?} for systemd {systemd}", shown::lossy(name))?,
        Err(error) => writeln!(out, "no {class} for systemd {systemd}: {error}")?,
    }
    for file in &lookup.files {
        let path = Shown(file.path().as_bytes());
        let (word, why) = judge(lookup, file);
        writeln!(out, "{word}: {path}: {why}")?;
    }
    if lookup.files.is_empty() {
        writeln!(out, "none: nothing is in {}", class.release_directory())?;
    }
    match &lookup.verdict {
        Some(Ok(found)) => {
            for assignment in found.release.assignments() {
                writeln!(out, "  {}={:?}", Printable(assignment.key), assignment.value)?;
            }
            writeln!(out, "hosts: {}", Hosts(*class, &found.release))?;
        }
        Some(Err(ReleaseError::Parse { path, source, .. })) => {
            let mut bytes = Vec::new();
            let entry = image.resolve(path).map_err(unread(image_path))?;
            if let Some(Node::File(content)) = entry.as_ref().map(ImageEntry::node) {
                let read = content.reader().read_to_end(&mut bytes);
                read.map_err(|source| InspectError::Content { path: path.clone(), source })?;
            }
            let path = path.to_string();
            writeln!(out, "systemd reads nothing from this file")?;
            writeln!(out, "{}", excerpt::render(Path::new(&path), &bytes, source))?;
        }
        Some(Err(error)) => {
            writeln!(out, "systemd reads no release file: {}", exit::chain(error))?;
        }
        None => {}
    }
    for name in lookup.other_names() {
        let name = if lookup.is_directory { name.to_string() } else { name.link_file_name() };
        writeln!(out, "note: under the name {} it would have one", Printable(&name))?;
    }
    Ok(())
}

/// Whether a release file is taken, and why.
fn judge(lookup: &Lookup, file: &ReleaseFile) -> (Verdict, String) {
    let candidate = file.candidate();
    let Ok(name) = &lookup.name else {
        return (Verdict::PassedOver, "the image has no name".to_owned());
    };
    let by_itself = find(name, &[candidate], lookup.systemd);
    let is_release_file = candidate.name.starts_with(b"extension-release.");
    match (&lookup.found, by_itself) {
        (Some(found), Ok(one)) if **found == *one.name => (Verdict::Taken, reason(one.reason)),
        (Some(_), Ok(_)) => {
            (Verdict::PassedOver, "another one has exactly the name of the image".to_owned())
        }
        (None, Ok(one)) => (Verdict::Ambiguous, reason(one.reason)),
        (_, Err(NoReleaseFileError::NotFound { rejected, .. })) => {
            let why = match rejected.first() {
                Some(rejected) => rejected.reason().to_string(),
                None if is_release_file => "it is a link that leads to nothing".to_owned(),
                None => "its name does not begin with extension-release.".to_owned(),
            };
            (Verdict::PassedOver, why)
        }
        (_, Err(error)) => (Verdict::PassedOver, error.to_string()),
    }
}

/// Why a release file is the one.
pub(super) fn reason(reason: Reason) -> String {
    match reason {
        Reason::Exact => "it has the name of the image".to_owned(),
        Reason::Base => "it has the name of the image up to its first _ or +".to_owned(),
        Reason::NotStrict => "its attribute says that it is for any name".to_owned(),
        _ => format!("{reason:?}"),
    }
}

/// What a release file assigns, with the last value of each key.
pub(super) fn fields(release: &ExtensionRelease) -> BTreeMap<String, String> {
    let assignments = release.assignments();
    assignments.map(|one| (one.key.to_owned(), one.value.to_string())).collect()
}

/// What is said of a class, for programs.
#[derive(Debug, Serialize)]
struct Answer {
    class: &'static str,
    systemd: u32,
    lookup_name: Option<String>,
    files: Vec<File>,
    /// The path of the file that is taken.
    release_file: Option<String>,
    fields: BTreeMap<String, String>,
    hosts: Option<String>,
    /// Why there is none.
    error: Option<String>,
    /// The names under which there would be one.
    other_names: Vec<String>,
}

#[derive(Debug, Serialize)]
struct File {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    verdict: Verdict,
    reason: String,
}

impl Answer {
    fn of(lookup: &Lookup) -> Self {
        let files = lookup.files.iter().map(|file| {
            let (verdict, reason) = judge(lookup, file);
            let path = file.path().as_bytes();
            let path_hex = shown::hex_unless_text(path);
            File { path: absolute(path), path_hex, verdict, reason }
        });
        let (found, error) = match (&lookup.name, &lookup.verdict) {
            (_, Some(Ok(found))) => (Some(found), None),
            (_, Some(Err(error))) => (None, Some(exit::chain(error))),
            (name, None) => (None, name.as_ref().err().map(ToString::to_string)),
        };
        Self {
            class: lookup.class.as_str(),
            systemd: lookup.systemd.number(),
            lookup_name: lookup.name.as_ref().ok().map(|name| shown::lossy(name)),
            files: files.collect(),
            release_file: found.map(|found| absolute(found.path.as_bytes())),
            fields: found.map(|found| fields(&found.release)).unwrap_or_default(),
            hosts: found.map(|found| Hosts(lookup.class, &found.release).to_string()),
            error,
            other_names: lookup.other_names().map(|name| name.to_string()).collect(),
        }
    }
}
