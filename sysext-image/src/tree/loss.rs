use std::fmt;

use crate::tree::{EntryPath, path::Quoted};

/// Something of the source that an image cannot hold.
///
/// With the feature `serde`, an object of `code`, `path` and `text`, and of `found`, `stored` and `widened` (an `acl`), `seconds`
/// (an `mtime`) or `name` (an `xattr`). Bytes that are no UTF-8 are shown as `�`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// A POSIX access control list was left out. Where there is one, the group's part of the mode is the most that any
    /// user or group of the list may do; it became what the owning group may do. Whom the list names has the rights of
    /// everybody else then.
    #[non_exhaustive]
    Acl {
        /// The entry.
        path: EntryPath,
        /// The mode of the source.
        found: u16,
        /// The mode in the tree.
        stored: u16,
        /// Whether the list refuses somebody what everybody else may do, and what that one may do now.
        widened: bool,
    },
    /// A modification time before 1970 or after 2106 became the nearest time that the format has.
    #[non_exhaustive]
    Mtime {
        /// The entry.
        path: EntryPath,
        /// Its time in seconds since 1970.
        seconds: i64,
    },
    /// An extended attribute was left out: one outside `user.`, `trusted.` and `security.`, or in `user.` on something
    /// else than a file or directory.
    #[non_exhaustive]
    Xattr {
        /// The entry.
        path: EntryPath,
        /// The full name of the attribute, as the file system has it.
        name: Box<[u8]>,
    },
}

impl Loss {
    /// A name that stays as it is: `acl`, `mtime` or `xattr`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Acl { .. } => "acl",
            Self::Mtime { .. } => "mtime",
            Self::Xattr { .. } => "xattr",
        }
    }

    /// The entry that it is of.
    pub fn path(&self) -> &EntryPath {
        match self {
            Self::Acl { path, .. } | Self::Mtime { path, .. } | Self::Xattr { path, .. } => path,
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acl { path, found, stored, widened } => {
                write!(f, "{path:?}: the access control list was left out")?;
                if found != stored {
                    write!(f, ", and the mode {found:04o} became {stored:04o}")?;
                }
                if *widened {
                    f.write_str("; it refused somebody what everybody may do now")?;
                }
                Ok(())
            }
            Self::Mtime { path, seconds } => {
                write!(
                    f,
                    "{path:?}: the time {seconds} is out of range, the nearest one was stored"
                )
            }
            Self::Xattr { path, name } => {
                write!(f, "{path:?}: squashfs cannot store {}, it was left out", Quoted(name))
            }
        }
    }
}
