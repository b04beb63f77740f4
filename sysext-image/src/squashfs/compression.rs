use std::{fmt, ops::RangeInclusive, str::FromStr};

use thiserror::Error;

use super::BlockSize;
#[cfg(feature = "gzip")]
use super::GzipLevel;
#[cfg(feature = "zstd")]
use super::ZstdLevel;
#[cfg(feature = "xz")]
use super::{XzDictionary, XzLevel, XzOptions};

/// How the blocks of an image are compressed.
///
/// Parses from and displays as `zstd`, `gzip` or `xz`, each of them with `:LEVEL` behind it if need be, `lz4` or `none`;
/// `xz` with `:LEVEL:DICTIONARY`, too. What a feature of this crate does not build in, does not parse.
///
/// Every kernel with squashfs reads gzip. The others are an option of its own each, which general distributions turn
/// on.
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
    /// DEFLATE in the zlib format, which squashfs calls gzip, of the libdeflate that the feature `gzip` links
    /// statically.
    #[cfg(feature = "gzip")]
    Gzip(GzipLevel),
    /// LZ4 at its only level, the fast one: the quickest to read.
    #[cfg(feature = "lz4")]
    Lz4,
    /// LZMA2 in the xz format, of the liblzma that the feature `xz` links statically: the smallest image, and the
    /// slowest to read.
    #[cfg(feature = "xz")]
    Xz(XzOptions),
    /// Zstandard, of the libzstd that the feature `zstd` links statically.
    #[cfg(feature = "zstd")]
    Zstd(ZstdLevel),
}

impl Compression {
    /// The number of the compressor in the superblock.
    pub(crate) const fn id(self) -> u16 {
        match self {
            Self::None => 1,
            #[cfg(feature = "gzip")]
            Self::Gzip(_) => 1,
            #[cfg(feature = "lz4")]
            Self::Lz4 => 5,
            #[cfg(feature = "xz")]
            Self::Xz(_) => 4,
            #[cfg(feature = "zstd")]
            Self::Zstd(_) => 6,
        }
    }

    /// The compressor-options block, where it differs from what a reader assumes without one.
    #[cfg_attr(not(feature = "xz"), expect(unused_variables, reason = "only xz looks at it"))]
    pub(crate) fn options(self, block_size: BlockSize) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            #[cfg(feature = "gzip")]
            Self::Gzip(level) => gzip_options(level),
            // The version of the format, and the flag of the slow form. Without it, the kernel does not mount the image.
            #[cfg(feature = "lz4")]
            Self::Lz4 => Some([1_u32, 0].map(u32::to_le_bytes).concat()),
            #[cfg(feature = "xz")]
            Self::Xz(options) => {
                let dictionary = options.dictionary_bytes(block_size.bytes());
                // No filter of machine code.
                let block = || [dictionary, 0].map(u32::to_le_bytes).concat();
                (dictionary != block_size.bytes()).then(block)
            }
            #[cfg(feature = "zstd")]
            Self::Zstd(level) if level == ZstdLevel::default() => None,
            #[cfg(feature = "zstd")]
            Self::Zstd(level) => Some(u32::from(level.get()).to_le_bytes().into()),
        }
    }
}

#[cfg(feature = "gzip")]
fn gzip_options(level: GzipLevel) -> Option<Vec<u8>> {
    // Readers only show the level, and take one above 9 for damage.
    let level = level.min(GzipLevel::default());
    if level == GzipLevel::default() {
        return None;
    }
    let (window, strategies) = (15_u16, 0_u16);
    let level = u32::from(level.get()).to_le_bytes();
    Some([&level[..], &window.to_le_bytes(), &strategies.to_le_bytes()].concat())
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
            #[cfg(feature = "gzip")]
            Self::Gzip(level) => f.pad(&format!("gzip:{}", level.get())),
            #[cfg(feature = "lz4")]
            Self::Lz4 => f.pad("lz4"),
            #[cfg(feature = "xz")]
            Self::Xz(options) => match options.dictionary() {
                None => f.pad(&format!("xz:{}", options.level().get())),
                Some(dictionary) => f.pad(&format!("xz:{}:{dictionary}", options.level().get())),
            },
            #[cfg(feature = "zstd")]
            Self::Zstd(level) => f.pad(&format!("zstd:{}", level.get())),
        }
    }
}

impl FromStr for Compression {
    type Err = InvalidCompressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, options) = match text.split_once(':') {
            Some((name, options)) => (name, Some(options)),
            None => (text, None),
        };
        match (name, options) {
            ("none", None) => Ok(Self::None),
            #[cfg(feature = "gzip")]
            ("gzip", level) => level
                .map_or_else(|| Some(GzipLevel::default()), GzipLevel::parse)
                .map(Self::Gzip)
                .ok_or_else(|| InvalidCompressionError::level(text, &GzipLevel::ALL)),
            #[cfg(feature = "lz4")]
            ("lz4", None) => Ok(Self::Lz4),
            #[cfg(feature = "xz")]
            ("xz", options) => xz(options, text).map(Self::Xz),
            #[cfg(feature = "zstd")]
            ("zstd", level) => level
                .map_or_else(|| Some(ZstdLevel::default()), ZstdLevel::parse)
                .map(Self::Zstd)
                .ok_or_else(|| InvalidCompressionError::level(text, &ZstdLevel::ALL)),
            _ => Err(InvalidCompressionError::Unknown { text: text.into() }),
        }
    }
}

/// What stands behind `xz:` in the text.
#[cfg(feature = "xz")]
fn xz(options: Option<&str>, text: &str) -> Result<XzOptions, InvalidCompressionError> {
    let Some(options) = options else { return Ok(XzOptions::default()) };
    let (level, dictionary) = match options.split_once(':') {
        Some((level, dictionary)) => (level, Some(dictionary)),
        None => (options, None),
    };
    let level = XzLevel::parse(level);
    let level = level.ok_or_else(|| InvalidCompressionError::level(text, &XzLevel::ALL))?;
    let options = XzOptions::new(level);
    let Some(dictionary) = dictionary else { return Ok(options) };
    match XzDictionary::parse(dictionary) {
        Some(dictionary) => Ok(options.with_dictionary(dictionary)),
        None => Err(InvalidCompressionError::Dictionary { text: text.into() }),
    }
}

/// A text that is no [`Compression`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidCompressionError {
    /// The format has no such dictionary for xz.
    #[error("compression {text:?} has no such dictionary: expected a power of two from 8K to 1M")]
    #[non_exhaustive]
    Dictionary {
        /// What was given.
        text: Box<str>,
    },
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
    #[error("unknown compression {text:?}: expected {}", Expected)]
    #[non_exhaustive]
    Unknown {
        /// What was given.
        text: Box<str>,
    },
}

impl InvalidCompressionError {
    #[cfg_attr(
        not(any(feature = "gzip", feature = "xz", feature = "zstd")),
        expect(dead_code, reason = "what is left has no levels")
    )]
    fn level(text: &str, all: &RangeInclusive<u8>) -> Self {
        Self::Level { text: text.into(), least: *all.start(), most: *all.end() }
    }
}

/// Displays as the texts that parse, and the compressors that would with other features.
struct Expected;

impl Expected {
    /// The name, what may follow it, and whether it is built in.
    const ALL: [(&str, &str, bool); 4] = [
        ("zstd", "[:LEVEL]", cfg!(feature = "zstd")),
        ("gzip", "[:LEVEL]", cfg!(feature = "gzip")),
        ("xz", "[:LEVEL[:DICTIONARY]]", cfg!(feature = "xz")),
        ("lz4", "", cfg!(feature = "lz4")),
    ];
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parse = Self::ALL.iter().filter(|(.., built_in)| *built_in);
        let texts: Vec<_> = parse.map(|(name, options, _)| format!("{name}{options}")).collect();
        match &*texts.join(", ") {
            "" => f.write_str("none")?,
            texts => write!(f, "{texts} or none")?,
        }
        let missing = Self::ALL.iter().filter(|(.., built_in)| !built_in);
        let names: Vec<_> = missing.map(|(name, ..)| *name).collect();
        match names.split_last() {
            None => Ok(()),
            Some((only, [])) => write!(f, " ({only} is not built in)"),
            Some((last, rest)) => write!(f, " ({} and {last} are not built in)", rest.join(", ")),
        }
    }
}
