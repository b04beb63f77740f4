use std::fmt;

/// What a file is, in a directory that is searched for images or for release files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A block device.
    Block,
    /// A directory.
    Directory,
    /// A link that never ends.
    Loop,
    /// A character device, a pipe or a socket.
    Other,
    /// A regular file.
    Regular,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Block => "a block device",
            Self::Directory => "a directory",
            Self::Loop => "a loop of links",
            Self::Other => "a character device, pipe or socket",
            Self::Regular => "a regular file",
        })
    }
}
