use std::fmt;

use serde::Serialize;
use sysext_image::{Device, ImageEntry, Metadata, Node};

use super::{
    screen::Colour,
    shown::{self, Shown},
};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Directory,
    File,
    Symlink,
    Char,
    Block,
    Fifo,
    Socket,
    Other,
}

impl Kind {
    pub(super) fn of(node: &Node) -> Self {
        match node {
            Node::Directory => Self::Directory,
            Node::File(_) => Self::File,
            Node::Symlink(_) => Self::Symlink,
            Node::CharDevice(_) => Self::Char,
            Node::BlockDevice(_) => Self::Block,
            Node::Fifo => Self::Fifo,
            Node::Socket => Self::Socket,
            _ => Self::Other,
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Directory => 'd',
            Self::File => '-',
            Self::Symlink => 'l',
            Self::Char => 'c',
            Self::Block => 'b',
            Self::Fifo => 'p',
            Self::Socket => 's',
            Self::Other => '?',
        }
    }

    /// One of them in words.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File => "file",
            Self::Symlink => "symlink",
            Self::Char => "character device",
            Self::Block => "block device",
            Self::Fifo => "pipe",
            Self::Socket => "socket",
            Self::Other => "thing of no known kind",
        }
    }

    /// So many of them in words: `1 file`, `2 directories`.
    pub(super) fn count(self, number: u64) -> String {
        match (self, number) {
            (_, 1) => format!("1 {}", self.noun()),
            (Self::Directory, _) => format!("{number} directories"),
            (Self::Other, _) => format!("{number} things of no known kind"),
            _ => format!("{number} {}s", self.noun()),
        }
    }
}

/// The colour of an entry's name, as `ls` has it; what gets privileges is red.
pub(super) fn colour(kind: Kind, mode: u16) -> Option<Colour> {
    match kind {
        Kind::Directory => Some(Colour::Blue),
        Kind::Symlink => Some(Colour::Cyan),
        Kind::File if mode & 0o6000 != 0 => Some(Colour::Red),
        Kind::File if mode & 0o111 != 0 => Some(Colour::Green),
        Kind::File => None,
        _ => Some(Colour::Yellow),
    }
}

/// How many bytes of content it has, if it is a file.
pub(super) fn size(node: &Node) -> Option<u64> {
    if let Node::File(content) = node { Some(content.len()) } else { None }
}

pub(super) fn target(node: &Node) -> Option<&[u8]> {
    if let Node::Symlink(target) = node { Some(target) } else { None }
}

pub(super) fn device(node: &Node) -> Option<Device> {
    match node {
        Node::CharDevice(device) | Node::BlockDevice(device) => Some(*device),
        _ => None,
    }
}

/// Kind and mode in ten letters: `drwxr-xr-x`.
pub(super) struct Letters(pub(super) Kind, pub(super) u16);

impl fmt::Display for Letters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(kind, mode) = *self;
        write!(f, "{}", kind.letter())?;
        for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
            let bits = mode >> shift;
            let has = |bit, letter| if bits & bit == 0 { '-' } else { letter };
            let last = match (mode & special != 0, bits & 1 != 0) {
                (false, _) => has(1, 'x'),
                (true, true) => letter,
                (true, false) => letter.to_ascii_uppercase(),
            };
            write!(f, "{}{}{last}", has(4, 'r'), has(2, 'w'))?;
        }
        Ok(())
    }
}

/// An entry for programs.
#[derive(Debug, Serialize)]
pub(super) struct Fields {
    path: String,
    /// The path in hexadecimal, where it is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
    kind: Kind,
    mode: String,
    uid: u32,
    gid: u32,
    mtime: u32,
    size: Option<u64>,
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_hex: Option<String>,
    device: Option<String>,
    inode: u64,
    /// How many names it has; unknown of a directory.
    links: Option<u32>,
    xattrs: Vec<Xattr>,
}

/// An extended attribute, whose value is text without control characters, or in hexadecimal.
#[derive(Debug, Serialize)]
struct Xattr {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl Fields {
    pub(super) fn of(entry: &ImageEntry) -> Self {
        let (path, node) = (entry.path().as_bytes(), entry.node());
        let Metadata { mode, uid, gid, mtime, xattrs, .. } = entry.metadata();
        let xattrs = xattrs.iter().map(|(name, value)| {
            let text = text(value).map(str::to_owned);
            Xattr {
                name: shown::lossy(name.as_bytes()),
                name_hex: shown::hex_unless_text(name.as_bytes()),
                hex: text.is_none().then(|| shown::hex(value)),
                text,
            }
        });
        Self {
            path: absolute(path),
            path_hex: shown::hex_unless_text(path),
            kind: Kind::of(node),
            mode: format!("{mode:04o}"),
            uid: *uid,
            gid: *gid,
            mtime: *mtime,
            size: size(node),
            target: target(node).map(shown::lossy),
            target_hex: target(node).and_then(shown::hex_unless_text),
            device: device(node).map(|Device { major, minor }| format!("{major}:{minor}")),
            inode: entry.inode_number(),
            links: Some(entry.nlink()).filter(|_| *node != Node::Directory),
            xattrs: xattrs.collect(),
        }
    }
}

/// A path in the image for programs.
pub(super) fn absolute(path: &[u8]) -> String {
    format!("/{}", shown::lossy(path))
}

/// An attribute as `getfattr --dump` shows it.
pub(super) fn attribute(name: &[u8], value: &[u8]) -> String {
    match text(value) {
        Some(text) => format!("{}={text:?}", Shown(name)),
        None => format!("{}=0x{}", Shown(name), shown::hex(value)),
    }
}

/// A value that is text of one line.
fn text(value: &[u8]) -> Option<&str> {
    str::from_utf8(value).ok().filter(|text| !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Letters, attribute};

    #[test]
    fn modes_are_those_of_ls() {
        let cases = [
            (Kind::Directory, 0o755, "drwxr-xr-x"),
            (Kind::Directory, 0o1777, "drwxrwxrwt"),
            (Kind::File, 0o4755, "-rwsr-xr-x"),
            (Kind::File, 0o6644, "-rwSr-Sr--"),
            (Kind::File, 0o1000, "---------T"),
            (Kind::Symlink, 0o777, "lrwxrwxrwx"),
            (Kind::Char, 0o600, "crw-------"),
            (Kind::Block, 0, "b---------"),
            (Kind::Fifo, 0o2070, "p---rws---"),
            (Kind::Socket, 0o421, "sr---w---x"),
        ];
        for (kind, mode, expected) in cases {
            assert_eq!(Letters(kind, mode).to_string(), expected, "{mode:o}");
        }
    }

    #[test]
    fn attributes_are_text_or_hexadecimal() {
        let cases: [(&[u8], &str); 3] = [
            (b"no \"x\"", r#"user.a="no \"x\"""#),
            (b"a\0", "user.a=0x6100"),
            (b"", "user.a=\"\""),
        ];
        for (value, expected) in cases {
            assert_eq!(attribute(b"user.a", value), expected);
        }
    }
}
