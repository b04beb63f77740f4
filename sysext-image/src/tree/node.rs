use std::collections::BTreeMap;

use super::{Content, InsertErrorKind, XattrName, path::PATH_MAX, xattr};

/// What is at a path of a [`Tree`](crate::Tree).
///
/// Two files are equal when their [`Content`] is.
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

    /// Why no image can hold this with such metadata.
    pub(super) fn fault(&self, metadata: &Metadata) -> Option<InsertErrorKind> {
        match self {
            Self::Symlink(target) if target.is_empty() => {
                return Some(InsertErrorKind::LinkTargetEmpty);
            }
            Self::Symlink(target) if target.contains(&0) => {
                return Some(InsertErrorKind::LinkTargetNul);
            }
            Self::Symlink(target) if target.len() > PATH_MAX => {
                return Some(InsertErrorKind::LinkTargetTooLong { length: target.len() });
            }
            Self::CharDevice(device) | Self::BlockDevice(device)
                if device.major > Device::MAJOR_MAX || device.minor > Device::MINOR_MAX =>
            {
                return Some(InsertErrorKind::Device { device: *device });
            }
            _ => {}
        }
        if metadata.mode > Metadata::MODE_MAX {
            return Some(InsertErrorKind::Mode { mode: metadata.mode });
        }
        if metadata.uid == u32::MAX || metadata.gid == u32::MAX {
            return Some(InsertErrorKind::Owner { uid: metadata.uid, gid: metadata.gid });
        }
        xattr::fault(metadata, self)
    }
}

/// The numbers of a device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
///
/// ```
/// use sysext_image::Metadata;
///
/// let metadata = Metadata::new(0o755).with_xattr("user.note".parse()?, "hello");
/// assert_eq!((metadata.uid, metadata.mtime), (0, 0));
/// # Ok::<(), sysext_image::InvalidXattrNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// Permissions with setuid, setgid and sticky bit: `0o7777` at most.
    pub mode: u16,
    /// The owning user, below 4294967295.
    pub uid: u32,
    /// The owning group, below 4294967295.
    pub gid: u32,
    /// Seconds since 1970 of the last modification.
    pub mtime: u32,
    /// Extended attributes by their full name. Those in `user.` are for files and directories only.
    pub xattrs: BTreeMap<XattrName, Box<[u8]>>,
}

impl Metadata {
    const MODE_MAX: u16 = 0o7777;

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
    pub fn with_xattr(mut self, name: XattrName, value: impl AsRef<[u8]>) -> Self {
        self.xattrs.insert(name, value.as_ref().into());
        self
    }
}
