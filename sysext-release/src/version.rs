//! Versions in the order of systemd.
//!
//! The order is that of `systemd-analyze compare-versions`, which decides what systemd-sysupdate
//! installs and which extension lies on top of a merge: the
//! [UAPI.10 Version Format Specification](https://uapi-group.org/specifications/specs/version_format_specification/)
//! as systemd 252 to 262 carry it out. Where their code and the text part, this module follows the
//! code:
//!
//! - A missing number is older than any number, `0` included: `1.x < 1.0x`. The text counts it as
//!   zero.
//! - `_`, `+`, `,` and whatever else is no ASCII letter or digit and none of `~-^.` separates but
//!   does not count: `1_0` equals `1+0`, and `1_` equals `1`.
//!
//! One difference is on purpose. On x86-64 systemd 257 and 262 take a byte that is not ASCII right
//! after a `~` for older than the end of the text (`~é < ~`), which looks like a signed `char`. No
//! version has such bytes, but the name of an image may. Here the longer text is newer, on every
//! machine.
//!
//! What surprises those who come from other orders: `1.0` is newer than `1`, `1.0.0-rc1` is newer
//! than `1.0.0` (see [`Hazard`]), and texts that differ can be equal, as `1.0` and `1.00`.

mod hazard;
mod order;

use std::{cmp::Ordering, fmt, str::FromStr};

use thiserror::Error;

use crate::Systemd;

pub use hazard::Hazard;
pub use order::compare;

/// The longest version in bytes: it has to fit into a file name.
const LIMIT: usize = 255;

/// A version that systemd takes as one, for instance from the name of an image.
///
/// ASCII letters and digits and `.,_-+~^`, 1 to 255 of them. That is the sum of what the modelled
/// systemds take; [`unsupported`](Self::unsupported) tells them apart.
///
/// Equality is that of the [order](self): `1.0` and `1.00` are equal, so there is no `Hash`.
/// Compare the texts where systemd does, as `systemd-sysupdate update VERSION` and
/// `ProtectVersion=` do.
///
/// ```
/// use sysext_release::version::Version;
///
/// let old: Version = "1.9.0".parse()?;
/// let new: Version = "1.10.0".parse()?;
/// assert!(old < new);
/// assert_eq!(new, "1.010.0".parse()?);
/// assert_eq!(
///     "1.0 beta".parse::<Version>().unwrap_err().to_string(),
///     r#"invalid version "1.0 beta": ' ' at byte 3 is none of the letters, digits and .,_-+~^"#,
/// );
/// # Ok::<(), sysext_release::version::InvalidVersionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Version(Box<str>);

impl Version {
    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first character that `systemd` does not take in a version, if there is one.
    ///
    /// Both take letters, digits and `.-_+`. 257 takes a comma too, 262 has traded it for `~` and
    /// `^`. An image whose version has such a character is passed over in silence. (In the names of
    /// a `.v` directory `_` and `+` end the version: they begin the architecture and the number of
    /// tries.)
    ///
    /// ```
    /// use sysext_release::{Systemd, version::Version};
    ///
    /// let candidate: Version = "1.31.0~rc1".parse()?;
    /// assert_eq!(candidate.unsupported(Systemd::V257), Some('~'));
    /// assert_eq!(candidate.unsupported(Systemd::V262), None);
    /// # Ok::<(), sysext_release::version::InvalidVersionError>(())
    /// ```
    pub fn unsupported(&self, systemd: Systemd) -> Option<char> {
        let refused: &[char] = match systemd {
            Systemd::V257 => &['~', '^'],
            Systemd::V262 => &[','],
        };
        self.0.chars().find(|character| refused.contains(character))
    }

    /// Whether this is a pre-release that sorts after its release.
    pub fn hazard(&self) -> Option<Hazard<'_>> {
        Hazard::find(&self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Version {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for Version {
    type Err = InvalidVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(InvalidVersionError::Empty);
        }
        if let Some((at, character)) =
            text.char_indices().find(|&(_, character)| !is_allowed(character))
        {
            return Err(InvalidVersionError::Character { text: text.into(), character, at });
        }
        if text.len() > LIMIT {
            return Err(InvalidVersionError::TooLong { length: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

/// The text is no version.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidVersionError {
    /// A character that no modelled systemd takes in a version.
    #[error(
        "invalid version {text:?}: {character:?} at byte {at} is none of the letters, digits and .,_-+~^"
    )]
    #[non_exhaustive]
    Character {
        /// The whole text.
        text: Box<str>,
        /// The first character that does not belong there.
        character: char,
        /// Where it begins, in bytes from 0.
        at: usize,
    },
    /// The text is empty.
    #[error("invalid version: it is empty")]
    Empty,
    /// The text does not fit into a file name.
    #[error("invalid version: it has {length} bytes, more than the 255 of a file name")]
    #[non_exhaustive]
    TooLong {
        /// How many bytes the text has.
        length: usize,
    },
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || ".,_-+~^".contains(character)
}
