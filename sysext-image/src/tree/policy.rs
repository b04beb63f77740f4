use super::Node;

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

/// Which permissions the entries of a directory or an archive have in a [`Tree`](crate::Tree).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModePolicy {
    /// As in the source.
    #[default]
    Keep,
    /// As in the source, without these bits: `Clear(0o022)` makes what was made under the umasks 002 and 022 the same,
    /// `Clear(0o6000)` leaves no program that runs as its owner. The mode of a symlink, which means nothing, stays.
    Clear(u16),
}

impl ModePolicy {
    /// What is stored for a mode of the source.
    pub(crate) fn stored(self, mode: u16, node: &Node) -> u16 {
        match self {
            Self::Clear(bits) if !matches!(node, Node::Symlink(_)) => mode & !bits,
            Self::Clear(_) | Self::Keep => mode,
        }
    }
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

/// Which extended attributes of a directory or an archive are in a [`Tree`](crate::Tree).
///
/// `btrfs.*` is never: it says how one file system stores a file. It is no [`Loss`](crate::Loss), and neither is what
/// was not asked for. An access control list always is one, since it changes what the mode means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum XattrPolicy {
    /// All that an image can hold, with capabilities (`security.capability`) and labels (`security.selinux`). A label is
    /// that of the machine which made the source: the same files have other ones elsewhere, or none.
    #[default]
    Keep,
    /// Likewise, without the labels of security modules (`security.selinux`, `security.SMACK64*`, `security.apparmor`), so
    /// that the host which merges the image labels by its own rules.
    WithoutLabels,
    /// None: programs have no capabilities then, and nothing of `trusted.overlay.*` hides what lower layers have.
    Nothing,
}

impl XattrPolicy {
    /// Whether an attribute of the source is of interest.
    pub(crate) fn keeps(self, name: &[u8]) -> bool {
        const LABELS: [&[u8]; 3] = [b"security.selinux", b"security.SMACK64", b"security.apparmor"];
        !name.starts_with(b"btrfs.")
            && match self {
                Self::Keep => true,
                // Smack has an attribute for each use of a label.
                Self::WithoutLabels => !LABELS.iter().any(|label| name.starts_with(label)),
                Self::Nothing => false,
            }
    }
}
