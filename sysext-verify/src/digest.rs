use std::{
    fmt,
    io::{self, BufRead, BufReader, Read},
    str::FromStr,
};

use sha2::{Digest, Sha256};
use thiserror::Error;

/// Smaller reads cost system calls, larger ones leave the cache.
const READ_SIZE: usize = 64 * 1024;

/// The SHA-256 digest of a file, as
/// [FIPS 180-4](https://csrc.nist.gov/pubs/fips/180-4/upd1/final) defines it.
///
/// It is written as 64 lower-case hexadecimal digits, of which `{:.12}` shows the first 12;
/// upper-case digits are read too.
///
/// ```
/// use sysext_verify::Sha256Digest;
///
/// let digest = Sha256Digest::of(b"abc");
/// let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// assert_eq!(digest.to_string(), text);
/// assert_eq!(text.to_uppercase().parse(), Ok(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// The digest of bytes in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of everything that a reader has left.
    ///
    /// The reader needs no buffer of its own.
    pub fn of_reader(reader: impl Read) -> io::Result<Self> {
        let mut reader = BufReader::with_capacity(READ_SIZE, reader);
        let mut hasher = Sha256::new();
        loop {
            let bytes = match reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            if bytes.is_empty() {
                return Ok(Self(hasher.finalize().into()));
            }
            hasher.update(bytes);
            let length = bytes.len();
            reader.consume(length);
        }
    }

    /// The digest as 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn digits(self) -> String {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }
}

impl From<[u8; 32]> for Sha256Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Sha256Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.digits())
    }
}

/// The digits, after `0x` if it is the alternate form.
impl fmt::LowerHex for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(true, "0x", &self.digits())
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

impl FromStr for Sha256Digest {
    type Err = InvalidDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 64 {
            return Err(InvalidDigestError::Length { length: text.len() });
        }
        let mut digest = [0; 32];
        for (at, character) in text.char_indices() {
            let digit =
                character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or_else(
                    || InvalidDigestError::Character { text: text.into(), character, at },
                )?;
            if let Some(byte) = digest.get_mut(at / 2) {
                *byte = *byte << 4 | digit;
            }
        }
        Ok(Self(digest))
    }
}

/// The text is no SHA-256 digest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidDigestError {
    /// A character is no hexadecimal digit.
    #[error("invalid digest {text:?}: {character:?} at byte {at} is no hexadecimal digit")]
    #[non_exhaustive]
    Character {
        /// The whole text.
        text: Box<str>,
        /// The first character that does not belong there.
        character: char,
        /// Where it begins, in bytes from 0.
        at: usize,
    },
    /// The text is not 64 bytes long, as it would be for another algorithm.
    #[error("invalid digest: it has {length} bytes, not the 64 digits of SHA-256")]
    #[non_exhaustive]
    Length {
        /// How many bytes the text has.
        length: usize,
    },
}
