#[cfg(feature = "ddi")]
use sysext_release::Architecture;

/// What of an image is read, and how much of it at most, against images that are made to fill memory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageOptions {
    /// How many entries: a million unless told otherwise.
    pub entries: u64,
    /// How many bytes of extended attributes, all in all: a gibibyte unless told otherwise.
    pub xattr_bytes: u64,
    /// For which architecture a partition of a disk image is to be: the only one that there is, unless told otherwise.
    #[cfg(feature = "ddi")]
    pub architecture: Option<Architecture>,
}

impl ImageOptions {
    /// The same with this many entries at most.
    #[must_use]
    pub fn with_entries(mut self, entries: u64) -> Self {
        self.entries = entries;
        self
    }

    /// The same with this many bytes of extended attributes at most, all in all.
    #[must_use]
    pub fn with_xattr_bytes(mut self, bytes: u64) -> Self {
        self.xattr_bytes = bytes;
        self
    }

    /// The same with the partition for this architecture, if it is a disk image with several.
    #[cfg(feature = "ddi")]
    #[must_use]
    pub fn with_architecture(mut self, architecture: Architecture) -> Self {
        self.architecture = Some(architecture);
        self
    }
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self {
            entries: 1_000_000,
            xattr_bytes: 1 << 30,
            #[cfg(feature = "ddi")]
            architecture: None,
        }
    }
}
