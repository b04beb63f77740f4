use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
    path::Path,
};

use serde::Serialize;
use sysext_image::{Image, ImageEntry, Node, PartitionDesignator};
use sysext_release::{Architecture, Class, ExtensionName, Systemd};

use super::{
    InspectError,
    entry::{self, Kind},
    hosts::Hosts,
    open::{PartitionChoice, open, unread},
    print,
    release::{self, lookup::Lookup},
    shown::{self, Shown},
    utc::Utc,
};
use crate::{exit, printable::Printable, size::Size};

/// How many units are kept, and how many are shown.
const UNITS_KEPT: usize = 10_000;
const UNITS_SHOWN: usize = 12;
/// How many fields of the release file are shown.
const FIELDS_SHOWN: usize = 24;

/// Where systemd looks for units in what extensions can bring.
const UNIT_DIRECTORIES: [&[u8]; 4] = [
    b"usr/lib/systemd/system/",
    b"usr/lib/systemd/user/",
    b"etc/systemd/system/",
    b"etc/systemd/user/",
];

/// What the names of units end with.
const UNIT_SUFFIXES: [&[u8]; 11] = [
    b".service",
    b".socket",
    b".target",
    b".timer",
    b".mount",
    b".automount",
    b".path",
    b".slice",
    b".scope",
    b".swap",
    b".device",
];

/// What an image is and what is in it.
#[derive(Debug, Serialize)]
struct Summary {
    format: &'static str,
    /// The length of the image; none of a directory.
    bytes: Option<u64>,
    /// What its superblock says, if it is squashfs.
    superblock: Option<Superblock>,
    /// The partitions of a disk image.
    partitions: Vec<Partition>,
    /// The content of all files, a file of several names once.
    content_bytes: u64,
    entries: u64,
    kinds: BTreeMap<Kind, u64>,
    /// How many entries do not belong to root.
    foreign_owners: u64,
    setuid: u64,
    setgid: u64,
    capabilities: u64,
    newest_mtime: u32,
    /// The names of the units that it brings.
    units: Vec<String>,
    /// How many units there are beyond these.
    more_units: u64,
    extensions: Vec<Extension>,
}

/// What the superblock of a squashfs says.
#[derive(Debug, Serialize)]
struct Superblock {
    compressor: String,
    block_size: u32,
    mkfs_time: u32,
}

/// A partition of a disk image.
#[derive(Debug, Serialize)]
struct Partition {
    number: u32,
    /// What it is for: `root`, `usr-verity` …
    designator: Option<&'static str>,
    architecture: Option<&'static str>,
    #[serde(rename = "type")]
    type_uuid: String,
    label: String,
    bytes: u64,
}

/// What it is as an extension of one class.
#[derive(Debug, Serialize)]
struct Extension {
    class: &'static str,
    /// The name that systemd takes from the name of the image.
    lookup_name: Option<String>,
    /// Another name, under which there is the release file that the rest is about.
    needs_name: Option<String>,
    release_file: Option<String>,
    reason: Option<String>,
    fields: BTreeMap<String, String>,
    hosts: Option<String>,
    /// Why there is no release file under the image's own name.
    error: Option<String>,
}

pub(super) fn run(
    path: &Path,
    partition: &PartitionChoice,
    json: bool,
    out: &mut impl Write,
) -> Result<(), InspectError> {
    let image = open(path, partition)?;
    let mut summary = Summary::of(&image, path)?;
    for class in release::classes(&image, path)? {
        summary.extensions.push(Extension::of(&image, path, class)?);
    }
    if json { print(&summary, out) } else { summary.write(path, out) }
}

impl Summary {
    fn of(image: &Image, path: &Path) -> Result<Self, InspectError> {
        let root = image.root().map_err(unread(path))?;
        let mut summary = Self {
            format: image.format().as_str(),
            bytes: image.length(),
            superblock: image.superblock().map(|superblock| Superblock {
                compressor: superblock.compressor.to_string(),
                block_size: superblock.block_size,
                mkfs_time: superblock.mkfs_time,
            }),
            partitions: image.partitions().iter().map(Partition::of).collect(),
            content_bytes: 0,
            entries: 0,
            kinds: BTreeMap::new(),
            foreign_owners: 0,
            setuid: 0,
            setgid: 0,
            capabilities: 0,
            newest_mtime: root.mtime,
            units: Vec::new(),
            more_units: 0,
            extensions: Vec::new(),
        };
        let mut inodes = HashSet::new();
        for entry in image.entries() {
            summary.add(&entry.map_err(unread(path))?, &mut inodes);
        }
        Ok(summary)
    }

    fn add(&mut self, entry: &ImageEntry, inodes: &mut HashSet<u64>) {
        let (metadata, node) = (entry.metadata(), entry.node());
        self.entries += 1;
        *self.kinds.entry(Kind::of(node)).or_default() += 1;
        self.foreign_owners += u64::from((metadata.uid, metadata.gid) != (0, 0));
        self.newest_mtime = self.newest_mtime.max(metadata.mtime);
        if let Node::File(content) = node {
            self.setuid += u64::from(metadata.mode & 0o4000 != 0);
            self.setgid += u64::from(metadata.mode & 0o2000 != 0);
            let has_capabilities = metadata.xattrs.contains_key(&b"security.capability"[..]);
            self.capabilities += u64::from(has_capabilities);
            if entry.nlink() <= 1 || inodes.insert(entry.inode_number()) {
                self.content_bytes = self.content_bytes.saturating_add(content.len());
            }
        }
        if let Some(name) = unit(entry.path().as_bytes())
            && *node != Node::Directory
        {
            if self.units.len() < UNITS_KEPT {
                self.units.push(shown::lossy(name));
            } else {
                self.more_units += 1;
            }
        }
    }

    fn write(&self, path: &Path, out: &mut impl Write) -> Result<(), InspectError> {
        writeln!(out, "image:    {}", Printable(&path.display().to_string()))?;
        let content = Size(self.content_bytes);
        write!(out, "format:   {}", self.format)?;
        match self.bytes {
            Some(bytes) if bytes < self.content_bytes => {
                let percent = u128::from(bytes) * 100 / u128::from(self.content_bytes);
                writeln!(out, ", {}, {percent} % of {content} of content", Size(bytes))?;
            }
            Some(bytes) => writeln!(out, ", {} for {content} of content", Size(bytes))?,
            None => writeln!(out, ", {content} of content")?,
        }
        if let Some(Superblock { compressor, block_size, mkfs_time }) = &self.superblock {
            let block_size = Size((*block_size).into());
            writeln!(
                out,
                "stored:   {compressor}, blocks of {block_size}, made {} UTC",
                Utc(*mkfs_time)
            )?;
        }
        self.partitions.iter().try_for_each(|partition| partition.write(out))?;
        let kinds = self.kinds.iter().map(|(kind, number)| kind.count(*number));
        let kinds = kinds.collect::<Vec<_>>();
        writeln!(
            out,
            "entries:  {}",
            if kinds.is_empty() { "none".into() } else { kinds.join(", ") }
        )?;
        match self.foreign_owners {
            0 => writeln!(out, "owner:    root")?,
            1 => writeln!(out, "owner:    root, but not of 1 entry")?,
            foreign => writeln!(out, "owner:    root, but not of {foreign} entries")?,
        }
        let special = [
            ("setuid", self.setuid),
            ("setgid", self.setgid),
            ("with capabilities", self.capabilities),
        ];
        let special = special.into_iter().filter(|(_, number)| *number > 0);
        let special = special.map(|(what, number)| format!("{number} {what}")).collect::<Vec<_>>();
        if !special.is_empty() {
            writeln!(out, "special:  {}", special.join(", "))?;
        }
        writeln!(out, "newest:   {} UTC", Utc(self.newest_mtime))?;
        if !self.units.is_empty() {
            let shown = self.units.iter().take(UNITS_SHOWN);
            let shown = shown.map(|unit| Printable(unit).to_string()).collect::<Vec<_>>();
            write!(out, "units:    {}", shown.join(" "))?;
            match self.units.len() as u64 + self.more_units - shown.len() as u64 {
                0 => writeln!(out)?,
                more => writeln!(out, " and {more} more")?,
            }
        }
        self.extensions.iter().try_for_each(|extension| extension.write(out))
    }
}

impl Partition {
    fn of(partition: &sysext_image::Partition) -> Self {
        Self {
            number: partition.number,
            designator: partition.designator.map(PartitionDesignator::as_str),
            architecture: partition.architecture.map(Architecture::as_str),
            type_uuid: partition.type_uuid.clone(),
            label: partition.label.clone(),
            bytes: partition.length,
        }
    }

    fn write(&self, out: &mut impl Write) -> Result<(), InspectError> {
        let purpose = match (self.designator, self.architecture) {
            (Some(designator), Some(architecture)) => format!("{designator} for {architecture}"),
            _ => format!("of type {}", self.type_uuid),
        };
        let Self { number, label, bytes, .. } = self;
        let (label, size) = (Printable(label), Size(*bytes));
        Ok(writeln!(out, "part {number}:   {purpose}, {size}, \"{label}\"")?)
    }
}

/// The name of a unit, if this is the path of one.
fn unit(path: &[u8]) -> Option<&[u8]> {
    let name = UNIT_DIRECTORIES.iter().find_map(|directory| path.strip_prefix(*directory))?;
    let is_unit = UNIT_SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    (is_unit && !name.contains(&b'/')).then_some(name)
}

impl Extension {
    fn of(image: &Image, path: &Path, class: Class) -> Result<Self, InspectError> {
        let systemd = Systemd::default();
        let own = match Lookup::of(image, path, class, None, systemd) {
            Err(error @ InspectError::ReleaseFiles { .. }) => {
                return Ok(Self::without(class, error.to_string()));
            }
            own => own?,
        };
        let error = match (&own.name, &own.verdict) {
            (Err(error), _) => Some(error.to_string()),
            (_, Some(Err(error))) => Some(exit::chain(error)),
            _ => None,
        };
        // What is published has the version in its name, and is installed under another one.
        let mut others = own.other_names();
        let other = match (others.next(), others.next()) {
            (Some(name), None) => Some(name),
            _ => None,
        };
        drop(others);
        let lookup_name = own.name.as_ref().ok().map(|name| shown::lossy(name));
        let is_directory = own.is_directory;
        let lookup = match &other {
            Some(name) => Lookup::of(image, path, class, Some(name), systemd)?,
            None => own,
        };
        let found = lookup.verdict.and_then(Result::ok);
        let needs = |name: &ExtensionName| {
            if is_directory { name.to_string() } else { name.link_file_name() }
        };
        Ok(Self {
            class: class.as_str(),
            lookup_name,
            needs_name: other.as_ref().filter(|_| found.is_some()).map(needs),
            release_file: found.as_ref().map(|found| entry::absolute(found.path.as_bytes())),
            reason: found.as_ref().map(|found| release::reason(found.reason)),
            fields: found.as_ref().map(|found| release::fields(&found.release)).unwrap_or_default(),
            hosts: found.map(|found| Hosts(class, &found.release).to_string()),
            error,
        })
    }

    fn without(class: Class, error: String) -> Self {
        Self {
            class: class.as_str(),
            lookup_name: None,
            needs_name: None,
            release_file: None,
            reason: None,
            fields: BTreeMap::new(),
            hosts: None,
            error: Some(error),
        }
    }

    fn write(&self, out: &mut impl Write) -> Result<(), InspectError> {
        let class = self.class;
        match (&self.release_file, &self.needs_name) {
            (Some(file), Some(needs)) => {
                let error = self.error.as_deref().unwrap_or_default();
                writeln!(out, "class:    {class} when installed as {}", Printable(needs))?;
                writeln!(out, "          under its own name: {}", Printable(error))?;
                writeln!(out, "release:  {}", Shown(file.as_bytes()))?;
            }
            (Some(file), None) => {
                let name = self.lookup_name.as_deref().unwrap_or_default();
                let reason = self.reason.as_deref().unwrap_or_default();
                writeln!(out, "class:    {class} {name:?}")?;
                writeln!(out, "release:  {}: {reason}", Shown(file.as_bytes()))?;
            }
            (None, _) => {
                let error = self.error.as_deref().unwrap_or("there is none");
                writeln!(out, "class:    {class}")?;
                return Ok(writeln!(out, "release:  none: {}", Printable(error))?);
            }
        }
        for (key, value) in self.fields.iter().take(FIELDS_SHOWN) {
            writeln!(out, "          {}={value:?}", Printable(key))?;
        }
        if let Some(more) = self.fields.len().checked_sub(FIELDS_SHOWN).filter(|more| *more > 0) {
            writeln!(out, "          and {more} more")?;
        }
        Ok(writeln!(out, "hosts:    {}", self.hosts.as_deref().unwrap_or_default())?)
    }
}
