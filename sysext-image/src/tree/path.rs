use std::fmt;

/// The longest path and the longest link target that Linux takes, in bytes.
pub(super) const PATH_MAX: usize = 4095;
/// The longest name of one directory entry, in bytes.
const NAME_MAX: usize = 255;

/// A path inside an image: bytes without a leading slash.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(Box<[u8]>);

impl EntryPath {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes of the path.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes that are no UTF-8 are shown as `�`.
impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

/// Whether no entry can be at this path.
pub(super) fn is_invalid(path: &[u8]) -> bool {
    path.len() > PATH_MAX
        || path.contains(&0)
        || path
            .split(|byte| *byte == b'/')
            .any(|name| name.is_empty() || name == b"." || name == b".." || name.len() > NAME_MAX)
}
