use std::{
    error::Error,
    fmt::{self, Display},
};

use crate::{Device, EntryPath, Metadata, Node, XattrName, tree::path::Quoted};

/// Something that a reader does not show as the tree has it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Disagreement {
    /// Where. None is the root, or the image as a whole.
    pub path: Option<EntryPath>,
    /// Whose word it is.
    pub reader: WhichReader,
    /// What differs.
    pub difference: Difference,
}

impl Disagreement {
    pub(super) fn new(path: &EntryPath, reader: WhichReader, difference: Difference) -> Self {
        Self { path: Some(path.clone()), reader, difference }
    }

    /// The image that backhand does not open.
    pub(super) fn unreadable(error: Box<dyn Error + Send + Sync>) -> Self {
        let difference = Difference::Unreadable { error };
        Self { path: None, reader: WhichReader::Backhand, difference }
    }
}

impl Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, &self.difference) {
            (Some(path), _) => write!(f, "{path:?}")?,
            (None, Difference::Unreadable { .. }) => f.write_str("the image")?,
            (None, _) => f.write_str("the root")?,
        }
        write!(f, " as {} reads it: {}", self.reader, self.difference)
    }
}

/// One of the two that read an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhichReader {
    /// The second one.
    Backhand,
    /// This crate's.
    Own,
}

impl Display for WhichReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Backhand => "backhand",
            Self::Own => "sysext-image",
        })
    }
}

/// What differs in a [`Disagreement`]: what the tree has, and what was found in the image.
#[derive(Debug)]
#[non_exhaustive]
pub enum Difference {
    /// A byte of content, or the end of it.
    #[non_exhaustive]
    Content {
        /// The first that differs, from 0.
        at: u64,
    },
    /// The numbers of a device.
    #[non_exhaustive]
    Device {
        /// Of the tree.
        expected: Device,
        /// In the image.
        found: Device,
    },
    /// An entry that the tree does not have.
    Extra,
    /// A file where a directory should be, and the like.
    #[non_exhaustive]
    Kind {
        /// Of the tree: `file`, `directory`, `symlink`, `char`, `block`, `fifo` or `socket`.
        expected: &'static str,
        /// In the image.
        found: &'static str,
    },
    /// How many names the inode has.
    #[non_exhaustive]
    Links {
        /// Of the tree.
        expected: u32,
        /// In the image.
        found: u32,
    },
    /// An entry that the image does not have.
    Missing,
    /// The permissions.
    #[non_exhaustive]
    Mode {
        /// Of the tree.
        expected: u16,
        /// In the image.
        found: u16,
    },
    /// The modification time in seconds since 1970.
    #[non_exhaustive]
    Mtime {
        /// Of the tree.
        expected: u32,
        /// In the image.
        found: u32,
    },
    /// User and group.
    #[non_exhaustive]
    Owner {
        /// Of the tree.
        expected: (u32, u32),
        /// In the image.
        found: (u32, u32),
    },
    /// The length of a file in bytes.
    #[non_exhaustive]
    Size {
        /// Of the tree.
        expected: u64,
        /// In the image.
        found: u64,
    },
    /// Where a symlink leads.
    #[non_exhaustive]
    Target {
        /// Of the tree.
        expected: Box<[u8]>,
        /// In the image.
        found: Box<[u8]>,
    },
    /// An entry that is there twice.
    Twice,
    /// Content, or the whole image, that cannot be read.
    #[non_exhaustive]
    Unreadable {
        /// What the reader said.
        error: Box<dyn Error + Send + Sync>,
    },
    /// The value of an extended attribute, none where there is no such attribute.
    #[non_exhaustive]
    Xattr {
        /// The attribute.
        name: XattrName,
        /// Of the tree.
        expected: Option<Box<[u8]>>,
        /// In the image.
        found: Option<Box<[u8]>>,
    },
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<Box<[u8]>>| match value {
            Some(value) => Quoted(value).to_string(),
            None => "none".to_owned(),
        };
        match self {
            Self::Content { at } => write!(f, "the content differs from byte {at} on"),
            Self::Device { expected, found } => write!(
                f,
                "device {}:{}, not {}:{}",
                found.major, found.minor, expected.major, expected.minor
            ),
            Self::Extra => f.write_str("it should not be there"),
            Self::Kind { expected, found } => write!(f, "{found}, not {expected}"),
            Self::Links { expected, found } => write!(f, "{found} links, not {expected}"),
            Self::Missing => f.write_str("it is missing"),
            Self::Mode { expected, found } => write!(f, "mode {found:04o}, not {expected:04o}"),
            Self::Mtime { expected, found } => write!(f, "time {found}, not {expected}"),
            Self::Owner { expected: (uid, gid), found } => {
                write!(f, "owner {}:{}, not {uid}:{gid}", found.0, found.1)
            }
            Self::Size { expected, found } => write!(f, "{found} bytes, not {expected}"),
            Self::Target { expected, found } => {
                write!(f, "target {}, not {}", Quoted(found), Quoted(expected))
            }
            Self::Twice => f.write_str("it is there twice"),
            Self::Unreadable { error } => match error.to_string() {
                // Most errors of backhand have a text only when it is built with tracing.
                text if text.is_empty() => f.write_str("it cannot be read"),
                text => write!(f, "it cannot be read: {text}"),
            },
            Self::Xattr { name, expected, found } => {
                write!(f, "attribute {name:?} is {}, not {}", value(found), value(expected))
            }
        }
    }
}

/// What a reader shows of an entry, without content and attributes.
pub(super) struct Found<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) mode: u16,
    pub(super) owner: (u32, u32),
    pub(super) mtime: u32,
}

impl Found<'_> {
    /// What differs from the tree.
    pub(super) fn differences(&self, node: &Node, metadata: &Metadata) -> Vec<Difference> {
        let mut differences = Vec::new();
        differences.extend(self.shape.difference(&Shape::of(node)));
        if self.mode != metadata.mode {
            differences.push(Difference::Mode { expected: metadata.mode, found: self.mode });
        }
        let expected = (metadata.uid, metadata.gid);
        if self.owner != expected {
            differences.push(Difference::Owner { expected, found: self.owner });
        }
        if self.mtime != metadata.mtime {
            differences.push(Difference::Mtime { expected: metadata.mtime, found: self.mtime });
        }
        differences
    }
}

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    Directory,
    File(u64),
    Symlink(&'a [u8]),
    Char(Device),
    Block(Device),
    Fifo,
    Socket,
}

impl<'a> Shape<'a> {
    pub(super) fn of(node: &'a Node) -> Self {
        match node {
            Node::Directory => Self::Directory,
            Node::File(content) => Self::File(content.len()),
            Node::Symlink(target) => Self::Symlink(target),
            Node::CharDevice(device) => Self::Char(*device),
            Node::BlockDevice(device) => Self::Block(*device),
            Node::Fifo => Self::Fifo,
            Node::Socket => Self::Socket,
        }
    }

    fn difference(&self, expected: &Self) -> Option<Difference> {
        match (expected, self) {
            _ if expected == self => None,
            (Self::File(expected), Self::File(found)) => {
                Some(Difference::Size { expected: *expected, found: *found })
            }
            (Self::Symlink(expected), Self::Symlink(found)) => {
                Some(Difference::Target { expected: (*expected).into(), found: (*found).into() })
            }
            (Self::Char(expected), Self::Char(found))
            | (Self::Block(expected), Self::Block(found)) => {
                Some(Difference::Device { expected: *expected, found: *found })
            }
            _ => Some(Difference::Kind { expected: expected.name(), found: self.name() }),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File(_) => "file",
            Self::Symlink(_) => "symlink",
            Self::Char(_) => "char",
            Self::Block(_) => "block",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
        }
    }
}
