use std::{
    ffi::OsStr,
    io,
    os::{
        fd::{AsRawFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

use rustix::{
    fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags},
    io::Errno,
};

use super::UnrestoredKind;
use crate::tree::{Metadata, Node};

/// The bits setuid and setgid.
const SET_ID: u16 = 0o6000;

/// Owner, mode, attributes and time of what is open, in the order in which none undoes another. Gives back what was not
/// restored.
pub(super) fn of_open(
    descriptor: &OwnedFd,
    metadata: &Metadata,
) -> io::Result<Vec<UnrestoredKind>> {
    let mut unrestored = Vec::new();
    let owner = (Some(Uid::from_raw(metadata.uid)), Some(Gid::from_raw(metadata.gid)));
    let chown = rustix::fs::fchown(descriptor, owner.0, owner.1);
    may_fail(&mut unrestored, UnrestoredKind::Owner, chown)?;
    rustix::fs::fchmod(descriptor, mode(&mut unrestored, metadata))?;
    for (name, value) in &metadata.xattrs {
        let name = OsStr::from_bytes(name.as_bytes());
        let set = rustix::fs::fsetxattr(descriptor, name, value, XattrFlags::empty());
        may_fail(&mut unrestored, UnrestoredKind::Attribute, set)?;
    }
    rustix::fs::futimens(descriptor, &times(metadata.mtime))?;
    Ok(unrestored)
}

/// The same for a name in a directory, which is not opened.
pub(super) fn of_name(
    at: BorrowedFd<'_>,
    name: &OsStr,
    node: &Node,
    metadata: &Metadata,
) -> io::Result<Vec<UnrestoredKind>> {
    let mut unrestored = Vec::new();
    let owner = (Some(Uid::from_raw(metadata.uid)), Some(Gid::from_raw(metadata.gid)));
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    let chown = rustix::fs::chownat(at, name, owner.0, owner.1, flags);
    may_fail(&mut unrestored, UnrestoredKind::Owner, chown)?;
    if !matches!(node, Node::Symlink(_)) {
        rustix::fs::chmodat(at, name, mode(&mut unrestored, metadata), AtFlags::empty())?;
    }
    let path = Path::new("/proc/self/fd").join(at.as_raw_fd().to_string()).join(name);
    for (attribute, value) in &metadata.xattrs {
        let attribute = OsStr::from_bytes(attribute.as_bytes());
        let set = rustix::fs::lsetxattr(&path, attribute, value, XattrFlags::empty());
        may_fail(&mut unrestored, UnrestoredKind::Attribute, set)?;
    }
    rustix::fs::utimensat(at, name, &times(metadata.mtime), flags)?;
    Ok(unrestored)
}

/// The mode, without the rights of an owner whose it is not.
fn mode(unrestored: &mut Vec<UnrestoredKind>, metadata: &Metadata) -> Mode {
    let mut mode = metadata.mode;
    if mode & SET_ID != 0 && unrestored.contains(&UnrestoredKind::Owner) {
        unrestored.push(UnrestoredKind::SetId);
        mode &= !SET_ID;
    }
    Mode::from_raw_mode(mode.into())
}

fn times(mtime: u32) -> Timestamps {
    let time = Timespec { tv_sec: mtime.into(), tv_nsec: 0 };
    Timestamps { last_access: time, last_modification: time }
}

/// Notes what the user may not do, or the file system cannot hold.
fn may_fail(
    unrestored: &mut Vec<UnrestoredKind>,
    kind: UnrestoredKind,
    result: Result<(), Errno>,
) -> io::Result<()> {
    match result {
        Err(Errno::PERM | Errno::NOTSUP | Errno::INVAL) => {
            if !unrestored.contains(&kind) {
                unrestored.push(kind);
            }
            Ok(())
        }
        result => Ok(result?),
    }
}
