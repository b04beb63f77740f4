use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
    io::Write,
    path::PathBuf,
};

use clap::ValueEnum;
use serde::Serialize;
use sysext_image::{EntryPath, Image, ImageEntry, ImageError, Node};

use super::{
    InspectError, Screen,
    entry::{self, Kind},
    open::{PartitionChoice, open, unread},
    operand::Operand,
    print,
    screen::Colour,
    shown::{self, Shown},
};
use crate::size::Size;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    image: PathBuf,
    /// A path in the image, to draw what is below it [default: the root]
    #[arg(value_parser = Operand::parser())]
    path: Option<Operand>,
    /// How many levels of directories to show. What lies deeper is part of the sizes
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// In which order the entries of a directory come
    #[arg(long, value_name = "ORDER", value_enum, default_value_t)]
    sort: Sort,
    /// Print one JSON object for each entry, the size of a directory being that of all that it holds
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    partition: PartitionChoice,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// By their names, as they are in the image
    #[default]
    Name,
    /// The largest first
    Size,
}

/// An entry, in an array in which what a directory holds follows it.
struct Branch {
    name: Box<[u8]>,
    target: Option<Box<[u8]>>,
    kind: Kind,
    mode: u16,
    depth: usize,
    /// Bytes of content of it and all that it holds.
    size: u64,
    /// How many entries it is with all that it holds.
    count: usize,
}

pub(super) fn run(args: &Args, screen: Screen, out: &mut impl Write) -> Result<(), InspectError> {
    let image = open(&args.image, &args.partition)?;
    let top = args.path.as_ref().and_then(|operand| operand.0.as_ref());
    if let Some(path) = top
        && image.get(path).map_err(unread(&args.image))?.is_none()
    {
        return Err(InspectError::Missing { path: path.clone() });
    }
    let branches = grow(&image, args.path.as_ref()).map_err(unread(&args.image))?;
    if args.json {
        let above = top.map(EntryPath::as_bytes).unwrap_or_default();
        return walk(args, &branches, |branch, path, _| {
            let path = [above, b"/", path].concat();
            let path = path.strip_prefix(b"/").unwrap_or(&path);
            let path = path.strip_suffix(b"/").unwrap_or(path);
            print(&Line::of(branch, path), out)
        });
    }
    let lines = if screen.is_ascii() { &ASCII } else { &UNICODE };
    walk(args, &branches, |branch, _, lasts| {
        let size = match branch.kind {
            Kind::Directory | Kind::File => Size(branch.size).to_string(),
            _ => "-".to_owned(),
        };
        write!(out, "{size:>11}  ")?;
        if let Some((last, above)) = lasts.split_last() {
            let drawn = above.iter().map(|last| if *last { lines.gap } else { lines.through });
            let drawn = drawn.chain([if *last { lines.end } else { lines.fork }]);
            write!(out, "{}", screen.paint(Some(Colour::Dim), drawn.collect::<String>()))?;
        }
        let name = screen.paint(entry::colour(branch.kind, branch.mode), Shown(&branch.name));
        match &branch.target {
            Some(target) => writeln!(out, "{name} -> {}", Shown(target))?,
            None => writeln!(out, "{name}")?,
        }
        Ok(())
    })?;
    let mut kinds = BTreeMap::new();
    // The top is no entry of itself.
    for branch in branches.iter().skip(1) {
        *kinds.entry(branch.kind).or_insert(0_u64) += 1;
    }
    let kinds = kinds.into_iter().map(|(kind, number)| kind.count(number)).collect::<Vec<_>>();
    Ok(writeln!(out, "{}", if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") })?)
}

/// What draws the lines from a directory to its entries.
struct Lines {
    through: &'static str,
    gap: &'static str,
    fork: &'static str,
    end: &'static str,
}

const UNICODE: Lines =
    Lines { through: "│   ", gap: "    ", fork: "├── ", end: "└── " };
const ASCII: Lines = Lines { through: "|   ", gap: "    ", fork: "|-- ", end: "`-- " };

/// Everything below a path, itself first. A file of several names counts where it comes first.
fn grow(image: &Image, top: Option<&Operand>) -> Result<Vec<Branch>, ImageError> {
    let root = Branch {
        name: (*b".").into(),
        target: None,
        kind: Kind::Directory,
        mode: image.root()?.mode,
        depth: 0,
        size: 0,
        count: 1,
    };
    let top = top.filter(|operand| operand.0.is_some());
    let mut branches = if top.is_some() { Vec::new() } else { vec![root] };
    // The depth of the first entry, the top, in the image; the root has none.
    let mut base = 0;
    // The directories that the next entry may be in.
    let mut open: Vec<usize> = if top.is_some() { Vec::new() } else { vec![0] };
    let mut inodes = HashSet::new();
    for entry in image.entries() {
        let entry = entry?;
        if top.is_some_and(|top| !top.covers(entry.path())) {
            if branches.is_empty() {
                continue;
            }
            // What is in a directory comes in one piece.
            break;
        }
        let levels = entry.path().as_bytes().split(|byte| *byte == b'/').count();
        if branches.is_empty() {
            base = levels;
        }
        let branch = Branch::of(&entry, levels - base, &mut inodes);
        while open.len() > branch.depth {
            close(&mut open, &mut branches);
        }
        open.push(branches.len());
        branches.push(branch);
    }
    while !open.is_empty() {
        close(&mut open, &mut branches);
    }
    Ok(branches)
}

/// Adds the innermost open entry to the one that it is in.
fn close(open: &mut Vec<usize>, branches: &mut [Branch]) {
    let Some(closed) = open.pop().and_then(|at| branches.get(at)) else { return };
    let (size, count) = (closed.size, closed.count);
    if let Some(parent) = open.last().and_then(|at| branches.get_mut(*at)) {
        parent.size = parent.size.saturating_add(size);
        parent.count += count;
    }
}

impl Branch {
    fn of(entry: &ImageEntry, depth: usize, inodes: &mut HashSet<u64>) -> Self {
        let path = entry.path().as_bytes();
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let node = entry.node();
        let is_first =
            entry.nlink() <= 1 || *node == Node::Directory || inodes.insert(entry.inode_number());
        Self {
            name: name.into(),
            target: entry::target(node).map(Into::into),
            kind: Kind::of(node),
            mode: entry.metadata().mode,
            depth,
            size: entry::size(node).filter(|_| is_first).unwrap_or_default(),
            count: 1,
        }
    }
}

/// Visits the entries that are shown in the order in which they are, with the path from the top, and for each level
/// whether it is the last of its directory.
fn walk(
    args: &Args,
    branches: &[Branch],
    mut visit: impl FnMut(&Branch, &[u8], &[bool]) -> Result<(), InspectError>,
) -> Result<(), InspectError> {
    let mut left = if branches.is_empty() { Vec::new() } else { vec![(0, true)] };
    let (mut path, mut lasts) = (Vec::<&[u8]>::new(), Vec::new());
    while let Some((at, is_last)) = left.pop() {
        let Some(branch) = branches.get(at) else { continue };
        // The top itself is not drawn as part of anything.
        if let Some(level) = branch.depth.checked_sub(1) {
            path.truncate(level);
            path.push(&branch.name);
            lasts.truncate(level);
            lasts.push(is_last);
        }
        visit(branch, &path.join(&b'/'), &lasts)?;
        if args.depth.is_some_and(|depth| branch.depth >= depth) {
            continue;
        }
        let mut inside = Vec::new();
        let mut next = at + 1;
        while next < at + branch.count {
            inside.push(next);
            next += branches.get(next).map_or(1, |branch| branch.count);
        }
        if args.sort == Sort::Size {
            inside.sort_by_key(|at| Reverse(branches.get(*at).map(|branch| branch.size)));
        }
        // The first is taken first.
        let inside = inside.into_iter().rev().enumerate();
        left.extend(inside.map(|(before, at)| (at, before == 0)));
    }
    Ok(())
}

/// An entry for programs.
#[derive(Debug, Serialize)]
struct Line {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    kind: Kind,
    size: u64,
    /// How many entries are in it, at any depth.
    entries: usize,
}

impl Line {
    fn of(branch: &Branch, path: &[u8]) -> Self {
        Self {
            path: entry::absolute(path),
            path_hex: shown::hex_unless_text(path),
            kind: branch.kind,
            size: branch.size,
            entries: branch.count - 1,
        }
    }
}
