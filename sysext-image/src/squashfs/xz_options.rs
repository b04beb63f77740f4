use std::fmt;

use super::{BlockSize, XzLevel};

/// How the blocks of an image are compressed with xz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct XzOptions {
    level: XzLevel,
    dictionary: Option<XzDictionary>,
}

impl XzOptions {
    /// This level, with a dictionary as long as a block.
    pub const fn new(level: XzLevel) -> Self {
        Self { level, dictionary: None }
    }

    /// The same with this dictionary. One that is longer than a block is cut to its length.
    #[must_use]
    pub const fn with_dictionary(mut self, dictionary: XzDictionary) -> Self {
        self.dictionary = Some(dictionary);
        self
    }

    /// The level.
    pub const fn level(self) -> XzLevel {
        self.level
    }

    /// The dictionary, if it was given.
    pub const fn dictionary(self) -> Option<XzDictionary> {
        self.dictionary
    }

    /// How long the dictionary is for blocks of this many bytes.
    pub(super) fn dictionary_bytes(self, block: u32) -> u32 {
        self.dictionary.map_or(block, |dictionary| dictionary.bytes().min(block))
    }
}

/// How far back xz looks for what it has seen: a power of two from 8 KiB to 1 MiB. Mounting an image takes as much
/// memory, or more.
///
/// Displays as `8K` to `1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct XzDictionary(BlockSize);

impl XzDictionary {
    /// The format has tables in blocks of this length, which shall see all of themselves.
    const LEAST: u32 = 8192;

    /// A dictionary of this many bytes, if an image can have it.
    pub fn new(bytes: u32) -> Option<Self> {
        BlockSize::new(bytes).filter(|size| size.bytes() >= Self::LEAST).map(Self)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u32 {
        self.0.bytes()
    }

    /// The dictionary of which this is the text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(BlockSize::bytes).and_then(Self::new)
    }
}

impl fmt::Display for XzDictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
