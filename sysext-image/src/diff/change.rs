use std::fmt;

use crate::{
    image::ImageEntry,
    tree::{Device, EntryPath, Node, XattrName, path::Quoted},
};

/// An entry in which two images differ.
///
/// With the feature `serde`, an object of `path` (null for the root), `change` (`added`, `removed` or `changed`) and, of
/// what changed, `changes`, the objects of [`Change`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// Where. None is the root.
    pub path: Option<EntryPath>,
    /// What happened to it.
    pub kind: DifferenceKind,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{path:?}: ")?,
            None => f.write_str("the root: ")?,
        }
        match &self.kind {
            DifferenceKind::Added(_) => f.write_str("added"),
            DifferenceKind::Removed(_) => f.write_str("removed"),
            DifferenceKind::Changed(changes) => {
                for (at, change) in changes.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{change}")?;
                }
                Ok(())
            }
        }
    }
}

/// What happened to an entry.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "nothing else can happen to an entry")]
pub enum DifferenceKind {
    /// Only the newer image has it.
    Added(Box<ImageEntry>),
    /// Both have it, and this is different.
    Changed(Vec<Change>),
    /// Only the older image has it.
    Removed(Box<ImageEntry>),
}

impl DifferenceKind {
    /// A name that stays as it is: `added`, `changed` or `removed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Changed(_) => "changed",
            Self::Removed(_) => "removed",
        }
    }
}

/// What is different in an entry that two images have.
///
/// With the feature `serde`, an object of `code` and `text`, of `old` and `new` (a `content`: `at`) and the `name` of an
/// `xattr`. A mode is text of four octal digits, an owner an array of two numbers, a device `MAJOR:MINOR`, and an
/// attribute that is not there null. Bytes that are no UTF-8 are shown as `�`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The content of a file that has the same length in both.
    #[non_exhaustive]
    Content {
        /// The first byte that differs, from 0.
        at: u64,
    },
    /// The numbers of a device.
    #[non_exhaustive]
    Device {
        /// In the older image.
        old: Device,
        /// In the newer image.
        new: Device,
    },
    /// A file became a directory, and the like.
    #[non_exhaustive]
    Kind {
        /// In the older image: `file`, `directory`, `symlink`, `char`, `block`, `fifo` or `socket`.
        old: &'static str,
        /// In the newer image.
        new: &'static str,
    },
    /// How many names the inode has.
    #[non_exhaustive]
    Links {
        /// In the older image.
        old: u32,
        /// In the newer image.
        new: u32,
    },
    /// The permissions.
    #[non_exhaustive]
    Mode {
        /// In the older image.
        old: u16,
        /// In the newer image.
        new: u16,
    },
    /// The modification time in seconds since 1970.
    #[non_exhaustive]
    Mtime {
        /// In the older image.
        old: u32,
        /// In the newer image.
        new: u32,
    },
    /// User and group.
    #[non_exhaustive]
    Owner {
        /// In the older image.
        old: (u32, u32),
        /// In the newer image.
        new: (u32, u32),
    },
    /// The length of a file in bytes, and so its content.
    #[non_exhaustive]
    Size {
        /// In the older image.
        old: u64,
        /// In the newer image.
        new: u64,
    },
    /// Where a symlink leads.
    #[non_exhaustive]
    Target {
        /// In the older image.
        old: Box<[u8]>,
        /// In the newer image.
        new: Box<[u8]>,
    },
    /// An extended attribute.
    #[non_exhaustive]
    Xattr {
        /// Its name.
        name: XattrName,
        /// The value in the older image, if it has the attribute.
        old: Option<Box<[u8]>>,
        /// The value in the newer image, if it has the attribute.
        new: Option<Box<[u8]>>,
    },
}

impl Change {
    /// A name that stays as it is, the one of the variant: `content`, `device` and so on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Content { .. } => "content",
            Self::Device { .. } => "device",
            Self::Kind { .. } => "kind",
            Self::Links { .. } => "links",
            Self::Mode { .. } => "mode",
            Self::Mtime { .. } => "mtime",
            Self::Owner { .. } => "owner",
            Self::Size { .. } => "size",
            Self::Target { .. } => "target",
            Self::Xattr { .. } => "xattr",
        }
    }

    /// What differs apart from content.
    pub(super) fn of_nodes(old: &Node, new: &Node) -> Option<Self> {
        match (old, new) {
            (Node::File(old), Node::File(new)) => {
                let (old, new) = (old.len(), new.len());
                (old != new).then_some(Self::Size { old, new })
            }
            _ if old == new => None,
            (Node::Symlink(old), Node::Symlink(new)) => {
                Some(Self::Target { old: old.clone(), new: new.clone() })
            }
            (Node::CharDevice(old), Node::CharDevice(new))
            | (Node::BlockDevice(old), Node::BlockDevice(new)) => {
                Some(Self::Device { old: *old, new: *new })
            }
            _ => Some(Self::Kind { old: kind(old), new: kind(new) }),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<Box<[u8]>>| match value {
            Some(value) => Quoted(value).to_string(),
            None => "none".to_owned(),
        };
        match self {
            Self::Content { at } => write!(f, "the content differs from byte {at} on"),
            Self::Device { old, new } => {
                write!(f, "device {}:{} → {}:{}", old.major, old.minor, new.major, new.minor)
            }
            Self::Kind { old, new } => write!(f, "{old} → {new}"),
            Self::Links { old, new } => write!(f, "links {old} → {new}"),
            Self::Mode { old, new } => write!(f, "mode {old:04o} → {new:04o}"),
            Self::Mtime { old, new } => write!(f, "time {old} → {new}"),
            Self::Owner { old, new } => {
                write!(f, "owner {}:{} → {}:{}", old.0, old.1, new.0, new.1)
            }
            Self::Size { old, new } => write!(f, "size {old} → {new}"),
            Self::Target { old, new } => write!(f, "target {} → {}", Quoted(old), Quoted(new)),
            Self::Xattr { name, old, new } => {
                write!(f, "attribute {name:?} {} → {}", value(old), value(new))
            }
        }
    }
}

fn kind(node: &Node) -> &'static str {
    match node {
        Node::Directory => "directory",
        Node::File(_) => "file",
        Node::Symlink(_) => "symlink",
        Node::CharDevice(_) => "char",
        Node::BlockDevice(_) => "block",
        Node::Fifo => "fifo",
        Node::Socket => "socket",
    }
}
