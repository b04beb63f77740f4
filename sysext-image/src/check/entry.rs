use sysext_release::Class;

use super::{FindingKind, findings::Findings, places};
use crate::{
    image::{Image, ImageEntry, ImageError},
    tree::{Device, EntryPath, Metadata, Node},
};

/// What is looked at of each entry by itself.
#[derive(Debug)]
pub(super) struct EntryCheck<'a> {
    image: &'a Image,
    class: Class,
    /// The names of the top directories that are merged.
    tops: Vec<Box<[u8]>>,
}

impl<'a> EntryCheck<'a> {
    /// The classes that the image is merged as, the one that it is checked for first.
    pub(super) fn new(image: &'a Image, classes: &[Class]) -> Result<Self, ImageError> {
        let class = classes.first().copied().unwrap_or(Class::Sysext);
        let mut tops = Vec::new();
        for hierarchy in classes.iter().flat_map(|class| class.hierarchies()) {
            let path = EntryPath::of_names(hierarchy.as_bytes());
            // What a link leads to is what is merged.
            let end = image.resolve(&path)?;
            tops.extend(end.iter().map(|end| top(end.path()).into()));
            tops.push(path.as_bytes().into());
        }
        Ok(Self { image, class, tops })
    }

    /// Whether the entry is in a hierarchy that is merged.
    pub(super) fn check(
        &self,
        entry: &ImageEntry,
        findings: &mut Findings,
    ) -> Result<bool, ImageError> {
        let path = entry.path().as_bytes();
        let top = top(entry.path());
        let inside = self.tops.iter().any(|merged| **merged == *top);
        self.check_os_release(entry, findings)?;
        if !inside {
            if top == path {
                let instead = places::instead(top, self.class).map(Into::into);
                let class = self.class;
                findings.at(entry.path(), FindingKind::OutsideHierarchies { class, instead });
            }
            return Ok(false);
        }
        if top == path {
            self.check_hierarchy(entry, findings)?;
        } else {
            check_place(entry, findings);
        }
        self.check_attributes(entry, top == path, findings);
        Ok(true)
    }

    fn check_os_release(
        &self,
        entry: &ImageEntry,
        findings: &mut Findings,
    ) -> Result<(), ImageError> {
        match (entry.path().as_bytes(), self.class) {
            (b"usr/lib/os-release", class) => {
                if self.image.resolve(entry.path())?.is_some() {
                    findings.at(entry.path(), FindingKind::OsRelease { class });
                } else if class == Class::Sysext && !is_whiteout(entry) {
                    findings.at(entry.path(), FindingKind::OsReleaseLink);
                }
            }
            (b"etc/os-release", Class::Confext) => {
                findings.at(entry.path(), FindingKind::HostOsRelease);
            }
            _ => {}
        }
        Ok(())
    }

    fn check_hierarchy(
        &self,
        entry: &ImageEntry,
        findings: &mut Findings,
    ) -> Result<(), ImageError> {
        match entry.node() {
            Node::Directory => {
                let Metadata { mode, uid, gid, .. } = *entry.metadata();
                if (mode, uid, gid) != (0o755, 0, 0) {
                    let owner = (uid, gid);
                    findings.at(entry.path(), FindingKind::HierarchyAttributes { mode, owner });
                }
            }
            Node::Symlink(target) => {
                let end = self.image.resolve(entry.path())?;
                let kind = match end.as_ref().map(ImageEntry::node) {
                    None | Some(Node::Directory) => {
                        FindingKind::HierarchyIsLink { target: target.clone() }
                    }
                    Some(_) => FindingKind::HierarchyIsNoDirectory,
                };
                findings.at(entry.path(), kind);
            }
            _ => findings.at(entry.path(), FindingKind::HierarchyIsNoDirectory),
        }
        Ok(())
    }

    fn check_attributes(&self, entry: &ImageEntry, hierarchy: bool, findings: &mut Findings) {
        let (path, class, node) = (entry.path(), self.class, entry.node());
        let metadata = entry.metadata();
        let (mode, directory) = (metadata.mode, *node == Node::Directory);
        for (name, value) in &metadata.xattrs {
            let file = matches!(node, Node::File(_));
            let kind = match name.as_bytes() {
                b"security.capability" if file => FindingKind::FileCapabilities { class },
                b"trusted.overlay.opaque" if **value == *b"y" && directory && !hierarchy => {
                    FindingKind::OpaqueDirectory { everywhere: places::is_needed(path.as_bytes()) }
                }
                b"trusted.overlay.redirect" if directory && !hierarchy => {
                    FindingKind::Redirect { target: value.clone() }
                }
                b"trusted.overlay.metacopy" if file => FindingKind::Metacopy,
                b"trusted.overlay.opaque" if directory && **value == *b"x" => continue,
                b"trusted.overlay.whiteout" if is_whiteout(entry) => continue,
                b"trusted.overlay.opaque"
                | b"trusted.overlay.redirect"
                | b"trusted.overlay.metacopy"
                | b"trusted.overlay.whiteout" => {
                    FindingKind::IgnoredOverlayAttribute { name: name.clone() }
                }
                user if user.starts_with(b"user.overlay.") => {
                    FindingKind::IgnoredOverlayAttribute { name: name.clone() }
                }
                _ => continue,
            };
            findings.at(path, kind);
        }
        match node {
            Node::CharDevice(device) | Node::BlockDevice(device) => {
                if !is_whiteout(entry) {
                    findings.at(path, FindingKind::DeviceNode { device: *device });
                }
                return;
            }
            Node::File(_) => {
                // Without a bit to run it the others say something else, or nothing.
                if mode & 0o4000 != 0 && mode & 0o111 != 0 {
                    findings.at(path, FindingKind::Setuid { uid: metadata.uid, class });
                }
                if mode & 0o2010 == 0o2010 {
                    findings.at(path, FindingKind::Setgid { gid: metadata.gid, class });
                }
            }
            Node::Symlink(_) => return,
            _ => {}
        }
        let sticky = directory && mode & 0o1000 != 0;
        if mode & 0o002 != 0 && !sticky && !hierarchy {
            findings.at(path, FindingKind::WorldWritable { mode });
        }
    }
}

/// What it takes the place of on hosts.
fn check_place(entry: &ImageEntry, findings: &mut Findings) {
    let (path, metadata) = (entry.path().as_bytes(), entry.metadata());
    let everywhere = places::is_needed(path);
    if is_whiteout(entry) {
        return findings.at(entry.path(), FindingKind::Whiteout { everywhere });
    }
    if *entry.node() != Node::Directory {
        if places::is_shared_directory(path) {
            findings.at(entry.path(), FindingKind::HidesHostDirectory { everywhere });
        }
        if is_module_index(path) {
            findings.at(entry.path(), FindingKind::ModuleIndex);
        }
        return;
    }
    if let Some(target) = places::link(path) {
        findings.at(entry.path(), FindingKind::OverHostLink { target });
    }
    let Metadata { mode, uid, gid, .. } = *metadata;
    if places::is_shared_directory(path) && (mode, uid, gid) != (0o755, 0, 0) {
        let owner = (uid, gid);
        findings.at(entry.path(), FindingKind::DirectoryAttributes { mode, owner });
    }
}

/// Whether overlayfs hides what lower layers have at the path of this.
fn is_whiteout(entry: &ImageEntry) -> bool {
    match entry.node() {
        Node::CharDevice(device) => *device == Device { major: 0, minor: 0 },
        Node::File(content) => {
            let xattrs = &entry.metadata().xattrs;
            content.is_empty() && xattrs.contains_key(b"trusted.overlay.whiteout".as_slice())
        }
        _ => false,
    }
}

/// Whether a path is that by which modprobe finds the modules of a kernel.
fn is_module_index(path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(b"usr/lib/modules/") else { return false };
    let mut names = rest.split(|byte| *byte == b'/').skip(1);
    matches!((names.next(), names.next()), (Some(b"modules.dep" | b"modules.dep.bin"), None))
}

/// The first name of a path.
fn top(path: &EntryPath) -> &[u8] {
    names(path).next().unwrap_or_default()
}

/// The names of a path.
pub(super) fn names(path: &EntryPath) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|byte| *byte == b'/')
}
