/// How much of an image is read at most, against images that are made to keep a reader busy.
///
/// A few bytes of an image can hold hundreds of names. No memory is needed for them, since a listing is read as it is
/// asked for, but time.
///
/// ```
/// use sysext_image::squashfs::ReadLimits;
///
/// let limits = ReadLimits::default().with_entries(10_000);
/// assert_eq!(limits.entries, 10_000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadLimits {
    /// How many names [`Reader::entries`](super::Reader::entries) lists, and
    /// [`Reader::get`](super::Reader::get) looks at, each time: a million unless told otherwise.
    pub entries: u64,
}

impl ReadLimits {
    /// The same with this many names at most.
    #[must_use]
    pub fn with_entries(mut self, entries: u64) -> Self {
        self.entries = entries;
        self
    }
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { entries: 1_000_000 }
    }
}
