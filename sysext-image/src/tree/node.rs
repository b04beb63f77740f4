use std::collections::BTreeMap;

use super::{Content, EntryPath, InsertErrorKind, PATH_MAX};
use crate::squashfs::xattr;

/// What is at a path of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Node {
    /// A directory.
    Directory,
    /// A regular file.
    File(Content),
    /// A symbolic link and its target, 1 to 4095 bytes.
    Symlink(Box<[u8]>),
    /// A character device. Device 0:0 is a whiteout of overlayfs: it hides what lower layers have at its path.
    CharDevice(Device),
    /// A block device.
    BlockDevice(Device),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

impl Node {
    /// A regular file with this content.
    pub fn file(content: impl Into<Content>) -> Self {
        Self::File(content.into())
    }

    /// A symbolic link to this target, which is stored as it is.
    pub fn symlink(target: impl AsRef<[u8]>) -> Self {
        Self::Symlink(target.as_ref().into())
    }

    /// Why no image can hold this.
    pub(super) fn fault(&self, metadata: &Metadata) -> Option<InsertErrorKind> {
        if let Self::Symlink(target) = self
            && (target.is_empty() || target.len() > PATH_MAX || target.contains(&0))
        {
            return Some(InsertErrorKind::InvalidLinkTarget { length: target.len() });
        }
        if let Self::CharDevice(device) | Self::BlockDevice(device) = self
            && (device.major > Device::MAJOR_MAX || device.minor > Device::MINOR_MAX)
        {
            return Some(InsertErrorKind::InvalidDevice { device: *device });
        }
        metadata.xattrs.iter().find_map(|(name, value)| {
            let stored = xattr::Prefix::of(name).is_some();
            (!stored || value.len() > xattr::VALUE_MAX)
                .then(|| InsertErrorKind::InvalidXattr { name: EntryPath::new(name) })
        })
    }
}

/// The numbers of a device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a device has these two numbers")]
pub struct Device {
    /// The driver, below 4096.
    pub major: u32,
    /// The device of the driver, below 1 048 576.
    pub minor: u32,
}

impl Device {
    const MAJOR_MAX: u32 = 0xfff;
    const MINOR_MAX: u32 = 0xf_ffff;
}

/// Mode, owner, time and extended attributes of an inode.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// Permissions with setuid, setgid and sticky bit: `0o7777` at most, further bits are not stored.
    pub mode: u16,
    /// The owning user.
    pub uid: u32,
    /// The owning group.
    pub gid: u32,
    /// Seconds since 1970 of the last modification.
    pub mtime: u32,
    /// Extended attributes by their full name: `user.`, `trusted.` or `security.` and more.
    pub xattrs: BTreeMap<Box<[u8]>, Box<[u8]>>,
}

impl Metadata {
    /// This mode, owned by root, modified in 1970, without extended attributes.
    pub const fn new(mode: u16) -> Self {
        Self { mode, uid: 0, gid: 0, mtime: 0, xattrs: BTreeMap::new() }
    }

    /// The same with this owner.
    #[must_use]
    pub fn with_owner(mut self, uid: u32, gid: u32) -> Self {
        (self.uid, self.gid) = (uid, gid);
        self
    }

    /// The same with this modification time.
    #[must_use]
    pub fn with_mtime(mut self, seconds: u32) -> Self {
        self.mtime = seconds;
        self
    }

    /// The same with one more extended attribute.
    #[must_use]
    pub fn with_xattr(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.xattrs.insert(name.as_ref().into(), value.as_ref().into());
        self
    }
}
