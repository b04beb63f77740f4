use std::collections::{BTreeMap, BTreeSet};

use sysext_release::{Class, ExtensionRelease, Systemd};

use super::{FindingKind, entry::names, findings::Findings, unit::UnitFile};
use crate::{
    image::{Image, ImageEntry, ImageError},
    tree::{EntryPath, Node},
};

/// How many unit files are read.
const MOST_FILES: usize = 4096;
/// How many of them may be symlinks: to follow one takes long where directories have many entries.
const MOST_LINKS: usize = 16;
/// How long one may be in bytes.
const LONGEST: usize = 64 << 10;
/// How many units may be started, all in all.
const MOST_STARTS: usize = 1 << 16;

/// The kinds of units that do something once they are started.
const KINDS: [&str; 7] =
    [".automount", ".mount", ".path", ".service", ".socket", ".swap", ".timer"];

/// The units of an image, and what starts them.
#[derive(Debug)]
pub(super) struct Units {
    class: Class,
    system: Manager,
    user: Manager,
    /// The files for the system's manager, drop-ins and links too.
    files: u64,
    read: usize,
    followed: usize,
    starts: usize,
    unread: u64,
}

/// The units of one service manager: the system's or the users'.
#[derive(Debug, Default)]
struct Manager {
    shipped: BTreeMap<Box<str>, Unit>,
    /// What is started by which unit.
    edges: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
}

#[derive(Debug)]
struct Unit {
    path: EntryPath,
    install: bool,
}

/// Where a file starts units from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    System,
    User,
}

impl Units {
    pub(super) fn new(class: Class) -> Self {
        let (system, user) = (Manager::default(), Manager::default());
        Self { class, system, user, files: 0, read: 0, followed: 0, starts: 0, unread: 0 }
    }

    /// Takes what an entry says of units.
    pub(super) fn take(&mut self, image: &Image, entry: &ImageEntry) -> Result<(), ImageError> {
        if *entry.node() == Node::Directory {
            return Ok(());
        }
        let names: Vec<&[u8]> = names(entry.path()).collect();
        let Ok(names) = names.into_iter().map(str::from_utf8).collect::<Result<Vec<_>, _>>() else {
            return Ok(());
        };
        match (self.class, names.as_slice()) {
            (
                Class::Sysext,
                ["usr", "lib", "systemd", manager, rest @ ..]
                | ["usr", "local", "lib", "systemd", manager, rest @ ..],
            )
            | (Class::Confext, ["etc", "systemd", manager, rest @ ..]) => match *manager {
                "system" => self.take_unit(image, entry, Place::System, rest),
                "user" => self.take_unit(image, entry, Place::User, rest),
                _ => Ok(()),
            },
            (Class::Sysext, ["usr", "share", "dbus-1", services, _]) => match *services {
                "system-services" => self.take_bus_service(image, entry, Place::System),
                "services" => self.take_bus_service(image, entry, Place::User),
                _ => Ok(()),
            },
            (_, [.., "udev", "rules.d", _]) => self.take_udev_rules(image, entry),
            _ => Ok(()),
        }
    }

    fn take_unit(
        &mut self,
        image: &Image,
        entry: &ImageEntry,
        place: Place,
        rest: &[&str],
    ) -> Result<(), ImageError> {
        if place == Place::System {
            self.files += 1;
        }
        match rest {
            [name] if is_unit(name) => {
                if let Node::Symlink(target) = entry.node() {
                    let target = target.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                    let Ok(target) = str::from_utf8(target) else { return Ok(()) };
                    // One that leads to /dev/null masks the unit, another name is an alias.
                    if target != *name {
                        if is_unit(target) {
                            self.start(place, HOST, target);
                        }
                        return Ok(());
                    }
                }
                let Some(file) = self.read(image, entry)? else { return Ok(()) };
                for unit in triggered(name).iter().chain(file.starts.iter()) {
                    self.start(place, name, unit);
                }
                let unit = Unit { path: entry.path().clone(), install: file.install };
                self.manager(place).shipped.insert((*name).into(), unit);
            }
            [directory, name] => {
                if let Some(unit) = directory.strip_suffix(".d") {
                    let Some(file) = self.read(image, entry)? else { return Ok(()) };
                    for started in &file.starts {
                        self.start(place, unit, started);
                    }
                }
                let suffixes = [".wants", ".requires", ".upholds"];
                let unit = suffixes.iter().find_map(|suffix| directory.strip_suffix(suffix));
                if let Some(unit) = unit {
                    self.start(place, unit, name);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_bus_service(
        &mut self,
        image: &Image,
        entry: &ImageEntry,
        place: Place,
    ) -> Result<(), ImageError> {
        let Some(file) = self.read(image, entry)? else { return Ok(()) };
        for unit in &file.starts {
            self.start(place, HOST, unit);
        }
        Ok(())
    }

    /// Devices start the units that rules give them.
    fn take_udev_rules(&mut self, image: &Image, entry: &ImageEntry) -> Result<(), ImageError> {
        let Some(bytes) = self.read_bytes(image, entry)? else { return Ok(()) };
        let text = String::from_utf8_lossy(&bytes);
        for (place, key) in
            [(Place::System, "SYSTEMD_WANTS}"), (Place::User, "SYSTEMD_USER_WANTS}")]
        {
            for rest in text.split(key).skip(1) {
                let value = rest.split('"').nth(1).unwrap_or_default();
                for unit in value.split_whitespace() {
                    self.start(place, HOST, unit);
                }
            }
        }
        Ok(())
    }

    fn read(&mut self, image: &Image, entry: &ImageEntry) -> Result<Option<UnitFile>, ImageError> {
        Ok(self.read_bytes(image, entry)?.map(|bytes| UnitFile::parse(&bytes)))
    }

    /// What is in a file, links followed; nothing of what is none.
    fn read_bytes(
        &mut self,
        image: &Image,
        entry: &ImageEntry,
    ) -> Result<Option<Vec<u8>>, ImageError> {
        let end;
        let entry = match entry.node() {
            Node::Symlink(_) if self.followed < MOST_LINKS => {
                self.followed += 1;
                end = image.resolve(entry.path())?;
                let Some(end) = &end else { return Ok(Some(Vec::new())) };
                end
            }
            _ => entry,
        };
        let content = match entry.node() {
            Node::File(content) if self.read < MOST_FILES => content,
            Node::File(_) | Node::Symlink(_) => {
                self.unread += 1;
                return Ok(None);
            }
            _ => return Ok(Some(Vec::new())),
        };
        self.read += 1;
        let bytes = content.read_all(LONGEST).map_err(|error| {
            let path = entry.path().clone();
            ImageError::Content { path, source: error.into() }
        })?;
        if bytes.is_none() {
            self.unread += 1;
        }
        Ok(bytes)
    }

    fn start(&mut self, place: Place, from: &str, to: &str) {
        if to.len() > 255 {
            return;
        }
        if self.starts >= MOST_STARTS {
            self.unread += 1;
            return;
        }
        self.starts += 1;
        let edges = &mut self.manager(place).edges;
        edges.entry(template(from)).or_default().insert(template(to));
    }

    fn manager(&mut self, place: Place) -> &mut Manager {
        match place {
            Place::System => &mut self.system,
            Place::User => &mut self.user,
        }
    }

    pub(super) fn finish(
        &self,
        release: Option<&ExtensionRelease>,
        systemd: Systemd,
        findings: &mut Findings,
    ) {
        if self.files > 0 && release.is_some_and(|release| !reloads(release, systemd)) {
            findings.of_image(FindingKind::UnitsWithoutReload { count: self.files });
        }
        if self.unread > 0 {
            // Any of them may start the others.
            findings.of_image(FindingKind::UnitsNotRead { count: self.unread });
            return;
        }
        for manager in [&self.system, &self.user] {
            for (path, install) in manager.not_started() {
                findings.at(path, FindingKind::UnitNotStarted { install });
            }
        }
    }
}

impl Manager {
    /// The units that no unit of the host leads to.
    fn not_started(&self) -> impl Iterator<Item = (&EntryPath, bool)> {
        // What the image does not bring, the host has; and templates are started by whoever names an instance.
        let is_root = |name: &str| name.contains("@.") || !self.shipped.contains_key(name);
        let mut left: Vec<&str> =
            self.edges.keys().map(|name| &**name).filter(|name| is_root(name)).collect();
        let mut started: BTreeSet<&str> = left.iter().copied().collect();
        while let Some(name) = left.pop() {
            for next in self.edges.get(name).into_iter().flatten() {
                if started.insert(next) {
                    left.push(next);
                }
            }
        }
        self.shipped.iter().filter_map(move |(name, unit)| {
            let counts = KINDS.iter().any(|kind| name.ends_with(kind)) && !name.contains("@.");
            let is_started = started.contains(&*template(name)) || started.contains(&**name);
            (counts && !is_started).then_some((&unit.path, unit.install))
        })
    }
}

/// Stands for whatever the host has that starts a unit.
const HOST: &str = "";

/// Whether the manager reads its units again when the image is merged.
fn reloads(release: &ExtensionRelease, systemd: Systemd) -> bool {
    let mut units = release.restart_units().chain(release.reload_or_restart_units());
    let restarts = systemd >= Systemd::V262 && units.next().is_some();
    restarts || release.reload_manager().unwrap_or(false)
}

/// The unit that another one starts when it says nothing else.
fn triggered(name: &str) -> Option<Box<str>> {
    let (stem, kind) = name.rsplit_once('.')?;
    let other = match kind {
        "automount" => "mount",
        "path" | "socket" | "timer" => "service",
        _ => return None,
    };
    Some(format!("{stem}.{other}").into())
}

/// The template of an instance; any other name as it is.
fn template(name: &str) -> Box<str> {
    match (name.split_once('@'), name.rsplit_once('.')) {
        (Some((stem, _)), Some((_, kind))) => format!("{stem}@.{kind}").into(),
        _ => name.into(),
    }
}

fn is_unit(name: &str) -> bool {
    let kinds = [".device", ".scope", ".slice", ".target"];
    KINDS.iter().chain(&kinds).any(|kind| name.len() > kind.len() && name.ends_with(kind))
}
