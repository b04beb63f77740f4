use std::{borrow::Borrow, fmt, str::FromStr};

use thiserror::Error;

use super::{InsertErrorKind, Metadata, Node, path::Quoted};

/// The longest full name that Linux takes, in bytes.
const NAME_MAX: usize = 255;
/// The largest value that Linux takes, in bytes.
pub(super) const VALUE_MAX: usize = 65536;
/// How many bytes the names of all attributes of one inode may take on Linux, a NUL behind each.
pub(super) const LIST_MAX: usize = 65536;

/// The full name of an extended attribute that an image can hold: in `user.`, `trusted.` or `security.`, 255 bytes at
/// most. See xattr(7).
///
/// `Display` shows bytes that are no UTF-8 as `�`; `Debug` quotes and escapes, so that no two names look alike.
///
/// ```
/// use sysext_image::XattrName;
///
/// let name: XattrName = "security.capability".parse()?;
/// assert_eq!(name.as_bytes(), b"security.capability");
///
/// let error = "system.posix_acl_access".parse::<XattrName>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"invalid attribute name "system.posix_acl_access": it is not in user., trusted. or security."#,
/// );
/// # Ok::<(), sysext_image::InvalidXattrNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XattrName(Box<[u8]>);

impl XattrName {
    /// A name that is known to be valid.
    pub(crate) fn known(name: &'static str) -> Self {
        Self(name.as_bytes().into())
    }

    /// The bytes of the full name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The namespace, and the name in it.
    pub(crate) fn split(&self) -> (Namespace, &[u8]) {
        let dot = self.0.iter().position(|byte| *byte == b'.').unwrap_or_default();
        let namespace = match self.0.first() {
            Some(b't') => Namespace::Trusted,
            Some(b's') => Namespace::Security,
            _ => Namespace::User,
        };
        (namespace, self.0.get(dot + 1..).unwrap_or_default())
    }

    /// Whether Linux has an attribute of this name on such an inode.
    pub(crate) fn fits(&self, node: &Node) -> bool {
        self.split().0 != Namespace::User || matches!(node, Node::Directory | Node::File(_))
    }
}

impl TryFrom<&[u8]> for XattrName {
    type Error = InvalidXattrNameError;

    fn try_from(name: &[u8]) -> Result<Self, Self::Error> {
        if name.len() > NAME_MAX {
            return Err(InvalidXattrNameError::TooLong { length: name.len() });
        }
        if let Some(at) = name.iter().position(|byte| *byte == 0) {
            return Err(InvalidXattrNameError::Nul { name: name.into(), at });
        }
        let in_namespace = |prefix: &&[u8]| name.len() > prefix.len() && name.starts_with(prefix);
        if !PREFIXES.iter().any(in_namespace) {
            return Err(InvalidXattrNameError::Namespace { name: name.into() });
        }
        Ok(Self(name.into()))
    }
}

impl FromStr for XattrName {
    type Err = InvalidXattrNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.as_bytes().try_into()
    }
}

impl AsRef<[u8]> for XattrName {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for XattrName {
    fn borrow(&self) -> &[u8] {
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

/// Bytes that are no name of an attribute which an image can hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidXattrNameError {
    /// It is in another namespace or in none, or has nothing behind the namespace.
    #[error("invalid attribute name {}: it is not in user., trusted. or security.", Quoted(name))]
    #[non_exhaustive]
    Namespace {
        /// What was given.
        name: Box<[u8]>,
    },
    /// It has a NUL byte.
    #[error("invalid attribute name {}: NUL at byte {at}", Quoted(name))]
    #[non_exhaustive]
    Nul {
        /// What was given.
        name: Box<[u8]>,
        /// Where it is, from 0.
        at: usize,
    },
    /// It is longer than 255 bytes.
    #[error("invalid attribute name: it has {length} bytes, more than 255")]
    #[non_exhaustive]
    TooLong {
        /// The length in bytes.
        length: usize,
    },
}

/// The namespaces that squashfs can store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    User,
    Trusted,
    Security,
}

const PREFIXES: [&[u8]; 3] = [b"user.", b"trusted.", b"security."];

/// What keeps Linux from having these attributes on such an inode.
pub(super) fn fault(metadata: &Metadata, node: &Node) -> Option<InsertErrorKind> {
    let mut list = 0;
    for (name, value) in &metadata.xattrs {
        if !name.fits(node) {
            return Some(InsertErrorKind::UserXattr { name: name.clone() });
        }
        if value.len() > VALUE_MAX {
            let (name, length) = (name.clone(), value.len());
            return Some(InsertErrorKind::XattrValueTooLong { name, length });
        }
        list += name.as_bytes().len() + 1;
    }
    (list > LIST_MAX).then_some(InsertErrorKind::XattrNamesTooLong { length: list })
}
