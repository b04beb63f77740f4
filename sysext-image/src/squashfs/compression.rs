use std::{fmt, str::FromStr};

use thiserror::Error;

/// How the blocks of an image are compressed.
///
/// Parses from and displays as `zstd`, `zstd:LEVEL` or `none`.
///
/// The default depends on the feature `zstd`, which another crate of a program may turn on: who wants the same bytes in
/// every program names the compression.
///
/// ```
/// use sysext_image::squashfs::Compression;
///
/// # #[cfg(feature = "zstd")]
/// assert_eq!("zstd:19".parse::<Compression>()?.to_string(), "zstd:19");
/// assert_eq!("none".parse::<Compression>()?, Compression::None);
/// # Ok::<(), sysext_image::squashfs::InvalidCompressionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Everything is stored as it is. The superblock names gzip, which every kernel with squashfs knows.
    None,
    /// Zstandard, of the libzstd that the feature `zstd` links statically.
    #[cfg(feature = "zstd")]
    Zstd(ZstdLevel),
}

impl Compression {
    /// The number of the compressor in the superblock.
    pub(crate) const fn id(self) -> u16 {
        match self {
            Self::None => 1,
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => 6,
        }
    }

    /// The compressor-options block, where it differs from what a reader assumes without one.
    pub(crate) fn options(self) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            #[cfg(feature = "zstd")]
            Self::Zstd(level) if level == ZstdLevel::default() => None,
            #[cfg(feature = "zstd")]
            Self::Zstd(level) => Some(u32::from(level.get()).to_le_bytes().into()),
        }
    }
}

/// zstd at its default level; without the feature `zstd`, no compression.
impl Default for Compression {
    fn default() -> Self {
        #[cfg(feature = "zstd")]
        return Self::Zstd(ZstdLevel::default());
        #[cfg(not(feature = "zstd"))]
        Self::None
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            #[cfg(feature = "zstd")]
            Self::Zstd(level) => f.pad(&format!("zstd:{}", level.get())),
        }
    }
}

impl FromStr for Compression {
    type Err = InvalidCompressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "none" => Ok(Self::None),
            #[cfg(feature = "zstd")]
            None if text == "zstd" => Ok(Self::Zstd(ZstdLevel::default())),
            #[cfg(feature = "zstd")]
            Some(("zstd", level)) => match ZstdLevel::parse(level) {
                Some(level) => Ok(Self::Zstd(level)),
                None => Err(InvalidCompressionError::Level {
                    text: text.into(),
                    least: 1,
                    most: ZstdLevel::MAX,
                }),
            },
            _ => Err(InvalidCompressionError::Unknown { text: text.into() }),
        }
    }
}

/// A text that is no [`Compression`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidCompressionError {
    /// The compressor has no such level.
    #[error("compression {text:?} has no such level: expected {least} to {most}")]
    #[non_exhaustive]
    Level {
        /// What was given.
        text: Box<str>,
        /// The lowest level.
        least: u8,
        /// The highest level.
        most: u8,
    },
    /// No compressor of this name is built in.
    #[error("unknown compression {text:?}: expected {}", expected())]
    #[non_exhaustive]
    Unknown {
        /// What was given.
        text: Box<str>,
    },
}

const fn expected() -> &'static str {
    if cfg!(feature = "zstd") { "zstd, zstd:LEVEL or none" } else { "none (zstd is not built in)" }
}

/// A level of zstd that an image can be compressed with, 1 to 22.
#[cfg(feature = "zstd")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZstdLevel(u8);

#[cfg(feature = "zstd")]
impl ZstdLevel {
    const MAX: u8 = 22;

    /// This level, if zstd has it.
    pub const fn new(level: u8) -> Option<Self> {
        if level >= 1 && level <= Self::MAX { Some(Self(level)) } else { None }
    }

    /// The level that these digits are.
    fn parse(digits: &str) -> Option<Self> {
        // The standard library would take a plus sign as well.
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| plain).and_then(Self::new)
    }

    /// The level as a number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// 15, the level of mksquashfs: beyond it an image takes three times as long for a percent.
#[cfg(feature = "zstd")]
impl Default for ZstdLevel {
    fn default() -> Self {
        Self(15)
    }
}
