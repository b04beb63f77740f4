/// Whose the entries of a directory or an archive are in a [`Tree`](crate::Tree).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnerPolicy {
    /// Everything belongs to user 0 and group 0.
    #[default]
    Root,
    /// As in the source.
    Keep,
}

/// When the entries of a directory or an archive were modified, in a [`Tree`](crate::Tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MtimePolicy {
    /// As in the source, but never later than this many seconds after 1970 (`SOURCE_DATE_EPOCH`).
    ClampTo(u32),
    /// As in the source.
    Keep,
}

impl Default for MtimePolicy {
    fn default() -> Self {
        Self::ClampTo(0)
    }
}

impl MtimePolicy {
    /// What is stored for a time of the source; as an error if that time is out of range, and the nearest one is stored.
    pub(crate) fn stored(self, seconds: i64) -> Result<u32, u32> {
        let latest = match self {
            Self::ClampTo(epoch) => epoch,
            Self::Keep => u32::MAX,
        };
        let wanted = match self {
            Self::ClampTo(_) => seconds.min(latest.into()),
            Self::Keep => seconds,
        };
        u32::try_from(wanted).map_err(|_| if wanted < 0 { 0 } else { latest })
    }
}
