use std::{fmt, ops::RangeInclusive, str::FromStr};

use thiserror::Error;

/// How much content one block holds: a power of two from 4 KiB to 1 MiB. Larger blocks compress better; reading one
/// byte costs decompressing its block.
///
/// Parses from and displays as `4K` to `1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockSize(u16);

impl BlockSize {
    const LOGS: RangeInclusive<u16> = 12..=20;

    /// A block of this many bytes, if the format has it.
    pub fn new(bytes: u32) -> Option<Self> {
        Self::LOGS.map(Self).find(|size| size.bytes() == bytes)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u32 {
        1 << self.0
    }

    pub(crate) const fn log(self) -> u16 {
        self.0
    }

    /// The length as a number of bytes below one block.
    pub(crate) fn shorter(self, length: u64) -> Option<u32> {
        u32::try_from(length).ok().filter(|length| *length < self.bytes())
    }
}

/// 128 KiB, as mksquashfs has it.
impl Default for BlockSize {
    fn default() -> Self {
        Self(17)
    }
}

impl fmt::Display for BlockSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            20.. => f.pad(&format!("{}M", self.bytes() >> 20)),
            _ => f.pad(&format!("{}K", self.bytes() >> 10)),
        }
    }
}

impl FromStr for BlockSize {
    type Err = InvalidBlockSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digits, unit) = match text.char_indices().last() {
            Some((at, 'K')) => (text.get(..at), 10),
            Some((at, 'M')) => (text.get(..at), 20),
            _ => (Some(text), 0),
        };
        digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u32>().ok())
            .and_then(|number| number.checked_mul(1 << unit))
            .and_then(Self::new)
            .ok_or_else(|| InvalidBlockSizeError { text: text.into() })
    }
}

/// The text is no [`BlockSize`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid block size {text:?}: expected a power of two from 4K to 1M")]
pub struct InvalidBlockSizeError {
    text: Box<str>,
}

impl InvalidBlockSizeError {
    /// What was given.
    pub fn text(&self) -> &str {
        &self.text
    }
}
