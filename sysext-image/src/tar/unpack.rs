use std::{collections::BTreeMap, io::Read};

use super::{
    TarErrorKind, TarPolicy, TarScan, Whiteouts,
    members::{Kind, Member, Members},
    pax::Extended,
    spool::Spool,
};
use crate::{
    Device, EntryPath, InsertErrorKind, InvalidPathErrorKind, Loss, Metadata, MtimePolicy, Node,
    OwnerPolicy, XattrName,
    tree::{
        InodeIndex,
        acl::{self, AccessList},
        exclude::Excluder,
    },
};

/// Puts the members of an archive into a tree.
pub(super) struct Unpacker<'a> {
    policy: &'a TarPolicy,
    scan: TarScan,
    spool: Spool<'a>,
    /// How many bytes of metadata and of content there are.
    metadata: u64,
    content: u64,
    /// What is said to be gone from lower layers, with the place of its header. What it means depends on members that
    /// may come later.
    hidden: BTreeMap<EntryPath, u64>,
    /// Likewise the directories of which all is gone; empty for the root.
    opaque: BTreeMap<Box<[u8]>, u64>,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(policy: &'a TarPolicy) -> Self {
        let scan = TarScan {
            tree: crate::Tree::new(),
            losses: Vec::new(),
            excluded: Vec::new(),
            unmatched: Vec::new(),
            members: 0,
            absolute_names: 0,
            dotted_names: 0,
        };
        let spool = Spool::new(policy);
        let (hidden, opaque) = (BTreeMap::new(), BTreeMap::new());
        Self { policy, scan, spool, metadata: 0, content: 0, hidden, opaque }
    }

    pub(super) fn unpack<R: Read>(
        mut self,
        members: &mut Members<'_, R>,
    ) -> Result<TarScan, TarErrorKind> {
        if let MtimePolicy::ClampTo(epoch) = self.policy.mtime {
            let metadata = Metadata::new(0o755).with_mtime(epoch);
            self.scan.tree.set_root_metadata(metadata).map_err(insert)?;
        }
        while let Some(member) = members.next()? {
            self.scan.members += 1;
            self.add(member, members)?;
            let most = self.policy.limits.members;
            if self.scan.members.max(self.scan.tree.inodes().len() as u64 - 1) > most {
                return Err(TarErrorKind::MemberLimit { most });
            }
        }
        self.hide(members)?;
        self.exclude();
        Ok(self.scan)
    }

    fn add<R: Read>(
        &mut self,
        mut member: Member,
        members: &mut Members<'_, R>,
    ) -> Result<(), TarErrorKind> {
        self.charge(member.name.len())?;
        self.charge(member.link.len())?;
        let name = self.inside(&member.name).map_err(TarErrorKind::Path)?;
        if self.policy.whiteouts == Whiteouts::Oci && self.whiteout(&name, members.offset())? {
            return Ok(());
        }
        if name.is_empty() {
            return match member.kind {
                Kind::Directory => Ok(()),
                _ => Err(TarErrorKind::Root),
            };
        }
        let path = path(&name).map_err(TarErrorKind::Path)?;
        let node = match member.kind {
            Kind::HardLink => return self.link(&path, &member.link),
            Kind::File => {
                let length = member.sparse.as_ref().map_or(members.left(), |map| map.length);
                let parts = member.sparse.as_ref().map_or(0, |map| map.parts.len());
                self.charge(parts.saturating_mul(24))?;
                self.content = self.content.saturating_add(length);
                let most = self.policy.limits.content;
                if self.content > most {
                    return Err(TarErrorKind::ContentLimit { most });
                }
                Node::File(self.spool.take(members, member.sparse.take())?)
            }
            Kind::Symlink => Node::symlink(&member.link),
            Kind::Directory => Node::Directory,
            Kind::Fifo => Node::Fifo,
            Kind::CharDevice(device) => Node::CharDevice(device),
            Kind::BlockDevice(device) => Node::BlockDevice(device),
        };
        let metadata = self.metadata(&path, &node, member)?;
        self.make_room(&path, node == Node::Directory)?;
        self.scan.tree.insert(&path, metadata, node).map_err(insert)
    }

    /// Another name for what an earlier member put there.
    fn link(&mut self, path: &EntryPath, target: &[u8]) -> Result<(), TarErrorKind> {
        let target = self.inside(target).map_err(TarErrorKind::LinkTarget)?;
        let target = self::path(&target).map_err(TarErrorKind::LinkTarget)?;
        let tree = &self.scan.tree;
        let Some(original) = tree.get(&target) else {
            return Err(TarErrorKind::Insert(InsertErrorKind::NoOriginal { original: target }));
        };
        if *original.node() == Node::Directory {
            return Err(TarErrorKind::Insert(InsertErrorKind::LinkToDirectory));
        }
        if tree.get(path).is_some_and(|there| there.is_same_inode(&original)) {
            return Ok(());
        }
        self.make_room(path, false)?;
        self.scan.tree.link(&target, path).map_err(insert)
    }

    /// Takes away what a new entry replaces.
    fn make_room(&mut self, path: &EntryPath, for_directory: bool) -> Result<(), TarErrorKind> {
        match self.scan.tree.get(path).map(|there| *there.node() == Node::Directory) {
            Some(true) if !for_directory => Err(TarErrorKind::OverDirectory),
            Some(false) => {
                self.scan.tree.unlink(path);
                Ok(())
            }
            Some(true) | None => Ok(()),
        }
    }

    fn metadata(
        &mut self,
        path: &EntryPath,
        node: &Node,
        member: Member,
    ) -> Result<Metadata, TarErrorKind> {
        let Member { mode, uid, gid, mtime, extended, .. } = member;
        let owner = match self.policy.owner {
            OwnerPolicy::Root => Some((0, 0)),
            OwnerPolicy::Keep => u32::try_from(uid).ok().zip(u32::try_from(gid).ok()),
        };
        let (user, group) = owner.ok_or(TarErrorKind::Owner { uid, gid })?;
        let seconds = match self.policy.mtime.stored(mtime) {
            Ok(seconds) => seconds,
            Err(nearest) => {
                self.lose(Loss::Mtime { path: path.clone(), seconds: mtime })?;
                nearest
            }
        };
        let found = mode;
        let mode = self.policy.mode.stored(found, node);
        let mut metadata = Metadata::new(mode).with_owner(user, group).with_mtime(seconds);
        let Extended { xattrs, acl, .. } = extended;
        let mut list = acl.map(|text| acl::read_text(&text));
        for (name, value) in xattrs {
            self.charge(name.len().saturating_add(value.len()))?;
            if &*name != acl::ACCESS && !self.policy.xattrs.keeps(&name) {
                continue;
            }
            match XattrName::try_from(&*name).ok().filter(|name| name.fits(node)) {
                Some(name) => {
                    metadata.xattrs.insert(name, value);
                }
                None if &*name == acl::ACCESS => list = Some(acl::read(&value)),
                None => self.lose(Loss::Xattr { path: path.clone(), name })?,
            }
        }
        // A list that says no more than the mode is none.
        if let Some(list) = list.filter(|list| list.is_none_or(|list| list.extends_mode)) {
            let group = list.map_or(0, |AccessList { group, .. }| group);
            metadata.mode = self.policy.mode.stored(found & !0o070 | group << 3, node);
            self.lose(Loss::Acl {
                path: path.clone(),
                found,
                stored: metadata.mode,
                widened: list.is_none_or(|list| metadata.mode & 0o7 & !list.least != 0),
            })?;
        }
        Ok(metadata)
    }

    fn lose(&mut self, loss: Loss) -> Result<(), TarErrorKind> {
        self.charge(loss.path().as_bytes().len())?;
        self.scan.losses.push(loss);
        Ok(())
    }

    fn charge(&mut self, bytes: usize) -> Result<(), TarErrorKind> {
        let most = self.policy.limits.metadata;
        self.metadata = self.metadata.saturating_add(bytes as u64);
        if self.metadata > most { Err(TarErrorKind::MetadataLimit { most }) } else { Ok(()) }
    }

    /// Takes out of the tree what the policy excludes. In the end, since until then it may be what a hard link is to, or be
    /// replaced.
    fn exclude(&mut self) {
        let TarScan { tree, losses, excluded, unmatched, .. } = &mut self.scan;
        let inode_of = |loss: &Loss| tree.get(loss.path()).map(|entry| entry.at());
        let mut lost_by = losses.iter().map(inode_of).collect::<Vec<_>>().into_iter();
        let mut excluder = Excluder::new(&self.policy.exclude);
        excluder.prune(tree);
        (*excluded, *unmatched) = excluder.finish();
        // What has another name is still there.
        let is_there = |inode: InodeIndex| tree.inodes()[inode].names > 0;
        losses.retain(|_| lost_by.next().flatten().is_none_or(is_there));
    }

    /// A name without what leads nowhere: slashes at its ends, empty names, and `.`. Empty for the root.
    fn inside(&mut self, name: &[u8]) -> Result<Vec<u8>, InvalidPathErrorKind> {
        if name.is_empty() {
            return Err(InvalidPathErrorKind::Empty);
        }
        if let Some(at) = name.iter().position(|byte| *byte == 0) {
            return Err(InvalidPathErrorKind::Nul { at });
        }
        self.scan.absolute_names += u64::from(name.starts_with(b"/"));
        self.scan.dotted_names += u64::from(name.starts_with(b"./"));
        let mut inside = Vec::with_capacity(name.len());
        let mut at = 0;
        for part in name.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => return Err(InvalidPathErrorKind::Dots { at }),
                part => {
                    if !inside.is_empty() {
                        inside.push(b'/');
                    }
                    inside.extend_from_slice(part);
                }
            }
            at += part.len() + 1;
        }
        Ok(inside)
    }

    /// Notes a whiteout; false if the name is that of none.
    fn whiteout(&mut self, name: &[u8], offset: u64) -> Result<bool, TarErrorKind> {
        let slash = name.iter().rposition(|byte| *byte == b'/');
        let (parent, last) = name.split_at(slash.map_or(0, |slash| slash + 1));
        match last.strip_prefix(b".wh.") {
            None => return Ok(false),
            Some(b".wh..opq") => {
                let parent = parent.strip_suffix(b"/").unwrap_or(parent);
                self.opaque.entry(parent.into()).or_insert(offset);
            }
            // Names of that kind belong to the file system that whiteouts come from.
            Some(hidden) if hidden.starts_with(b".wh.") => return Err(TarErrorKind::Whiteout),
            Some(hidden) => {
                let path = path(&[parent, hidden].concat()).map_err(|_| TarErrorKind::Whiteout)?;
                self.hidden.entry(path).or_insert(offset);
            }
        }
        Ok(true)
    }

    /// Puts into the tree what hides lower layers.
    fn hide<R: Read>(&mut self, members: &mut Members<'_, R>) -> Result<(), TarErrorKind> {
        let tree = &mut self.scan.tree;
        for (path, offset) in std::mem::take(&mut self.hidden) {
            members.blame(path.as_bytes(), offset);
            match tree.get(&path).map(|entry| *entry.node() == Node::Directory) {
                Some(true) => {
                    self.opaque.entry(path.as_bytes().into()).or_insert(offset);
                }
                // What is there hides what is below anyway.
                Some(false) => {}
                None => {
                    let whiteout = Node::CharDevice(Device { major: 0, minor: 0 });
                    tree.insert(&path, Metadata::new(0), whiteout).map_err(insert)?;
                }
            }
        }
        let opaque = XattrName::known("trusted.overlay.opaque");
        for (path, offset) in std::mem::take(&mut self.opaque) {
            members.blame(&path, offset);
            if path.is_empty() {
                let metadata = tree.root_metadata().clone().with_xattr(opaque.clone(), "y");
                tree.set_root_metadata(metadata).map_err(insert)?;
                continue;
            }
            let metadata = match tree.get(&path) {
                Some(entry) if *entry.node() == Node::Directory => entry.metadata().clone(),
                _ => Metadata::new(0o755),
            };
            let metadata = metadata.with_xattr(opaque.clone(), "y");
            tree.insert(&path, metadata, Node::Directory).map_err(insert)?;
        }
        Ok(())
    }
}

/// The place is named by the error around it.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it so")]
fn insert(error: crate::InsertError) -> TarErrorKind {
    TarErrorKind::Insert(error.kind().clone())
}

fn path(name: &[u8]) -> Result<EntryPath, InvalidPathErrorKind> {
    EntryPath::try_from(name).map_err(|error| error.kind())
}
