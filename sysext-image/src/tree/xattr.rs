use std::fmt;

use super::{InsertErrorKind, Metadata, Node, path::Quoted};

/// The longest full name that Linux takes, in bytes.
const NAME_MAX: usize = 255;
/// The largest value that Linux takes, in bytes.
const VALUE_MAX: usize = 65536;
/// How many bytes the names of all attributes of one inode may take on Linux, a NUL behind each.
const LIST_MAX: usize = 65536;

/// The name of an extended attribute, as a file system or a caller gave it.
///
/// `Display` shows bytes that are no UTF-8 as `�`; `Debug` quotes and escapes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XattrName(Box<[u8]>);

impl XattrName {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes of the full name, `user.` and the like included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for XattrName {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for XattrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for XattrName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(&self.0), f)
    }
}

/// The namespaces that squashfs can store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    User,
    Trusted,
    Security,
}

impl Namespace {
    const ALL: [(Self, &'static [u8]); 3] =
        [(Self::User, b"user."), (Self::Trusted, b"trusted."), (Self::Security, b"security.")];

    /// The namespace of a full name with something behind it, and that rest.
    pub(crate) fn split(name: &[u8]) -> Option<(Self, &[u8])> {
        Self::ALL.into_iter().find_map(|(namespace, prefix)| {
            let rest = name.strip_prefix(prefix)?;
            (!rest.is_empty() && !rest.contains(&0)).then_some((namespace, rest))
        })
    }
}

/// Whether an attribute of this name can be stored with such an inode.
#[cfg(feature = "fs")]
pub(super) fn can_store(name: &[u8], node: &Node) -> bool {
    match Namespace::split(name) {
        Some((Namespace::User, _)) => matches!(node, Node::Directory | Node::File(_)),
        Some(_) => true,
        None => false,
    }
}

/// What keeps Linux from having these attributes on such an inode.
pub(super) fn fault(metadata: &Metadata, node: &Node) -> Option<InsertErrorKind> {
    let mut list = 0;
    for (name, value) in &metadata.xattrs {
        let length = name.len();
        if length > NAME_MAX {
            return Some(InsertErrorKind::XattrNameTooLong { length });
        }
        let Some((namespace, _)) = Namespace::split(name) else {
            return Some(InsertErrorKind::XattrNamespace { name: XattrName::new(name) });
        };
        if namespace == Namespace::User && !matches!(node, Node::Directory | Node::File(_)) {
            return Some(InsertErrorKind::UserXattr { name: XattrName::new(name) });
        }
        if value.len() > VALUE_MAX {
            let (name, length) = (XattrName::new(name), value.len());
            return Some(InsertErrorKind::XattrValueTooLong { name, length });
        }
        list += length + 1;
    }
    (list > LIST_MAX).then_some(InsertErrorKind::XattrNamesTooLong { length: list })
}
