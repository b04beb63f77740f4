use std::{io::Write, path::PathBuf};

use sysext_image::{Device, ImageEntry};

use super::{
    InspectError, Screen,
    entry::{self, Fields, Kind, Letters},
    open::{PartitionChoice, open, unread},
    operand::Operand,
    print,
    shown::Shown,
    utc::Utc,
};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    image: PathBuf,
    /// Paths in the image, to list these and what is below them [default: everything]
    #[arg(value_parser = Operand::parser())]
    paths: Vec<Operand>,
    /// Print the paths alone
    #[arg(long, conflicts_with_all = ["json", "xattrs"])]
    names: bool,
    /// Print the extended attributes of each entry behind it, text in quotes, all else in hexadecimal
    #[arg(long, conflicts_with = "json")]
    xattrs: bool,
    /// Print one JSON object for each entry, extended attributes included: an attribute has a `text`, or a `hex` where
    /// it is no text. A path that is no UTF-8 has a `path_hex` too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: PartitionChoice,
}

pub(super) fn run(args: &Args, screen: Screen, out: &mut impl Write) -> Result<(), InspectError> {
    let image = open(&args.image, &args.partition)?;
    let unread = unread(&args.image);
    for path in args.paths.iter().filter_map(|operand| operand.0.as_ref()) {
        if image.get(path).map_err(&unread)?.is_none() {
            return Err(InspectError::Missing { path: path.clone() });
        }
    }
    for entry in image.entries() {
        let entry = entry.map_err(&unread)?;
        let path = entry.path();
        if !args.paths.is_empty() && !args.paths.iter().any(|operand| operand.covers(path)) {
            continue;
        }
        if args.json {
            print(&Fields::of(&entry), out)?;
        } else if args.names {
            writeln!(out, "{}", Shown(path.as_bytes()))?;
        } else {
            write_line(&entry, screen, out)?;
        }
        if args.xattrs {
            for (name, value) in &entry.metadata().xattrs {
                writeln!(out, "    {}", entry::attribute(name.as_bytes(), value))?;
            }
        }
    }
    Ok(())
}

fn write_line(
    entry: &ImageEntry,
    screen: Screen,
    out: &mut impl Write,
) -> Result<(), InspectError> {
    let (metadata, node) = (entry.metadata(), entry.node());
    let kind = Kind::of(node);
    let owner = format!("{}/{}", metadata.uid, metadata.gid);
    let size = match (entry::size(node), entry::device(node)) {
        (Some(size), _) => size.to_string(),
        (None, Some(Device { major, minor })) => format!("{major},{minor}"),
        (None, None) => "-".to_owned(),
    };
    let (letters, time) = (Letters(kind, metadata.mode), Utc(metadata.mtime));
    let colour = entry::colour(kind, metadata.mode);
    let path = screen.paint(colour, Shown(entry.path().as_bytes()));
    write!(out, "{letters} {owner:<9} {size:>11} {time} {path}")?;
    if let Some(target) = entry::target(node) {
        write!(out, " -> {}", Shown(target))?;
    }
    Ok(writeln!(out)?)
}
