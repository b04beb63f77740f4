use std::ops::Range;

use super::{TarErrorKind, sparse::Parts};

/// The length of a header, and what content is padded to a multiple of.
pub(super) const BLOCK: usize = 512;

/// One header block: that of ustar, or of one of the formats before and beside it, which share most fields.
pub(super) struct Header<'a> {
    block: &'a [u8; BLOCK],
    dialect: Dialect,
}

/// What the bytes from 345 on mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// Nothing.
    V7,
    /// The beginning of the name.
    Ustar,
    /// The beginning of the name, and two times behind it.
    Star,
    /// Times, and a map of holes.
    Gnu,
}

const CHECKSUM: Range<usize> = 148..156;

impl<'a> Header<'a> {
    /// A block whose checksum is right.
    pub(super) fn new(block: &'a [u8; BLOCK]) -> Result<Self, TarErrorKind> {
        let field = |range| block.get(range).unwrap_or_default();
        let dialect = match field(257..265) {
            b"ustar  \0" => Dialect::Gnu,
            magic if magic.starts_with(b"ustar\0") && field(508..512) == b"tar\0" => Dialect::Star,
            magic if magic.starts_with(b"ustar\0") => Dialect::Ustar,
            _ => Dialect::V7,
        };
        let header = Self { block, dialect };
        let stored = header.number("checksum", CHECKSUM)?;
        // Old programs added the bytes as signed ones.
        let (mut sum, mut signed) = (0_i64, 0_i64);
        for (at, byte) in block.iter().enumerate() {
            let byte = if CHECKSUM.contains(&at) { b' ' } else { *byte };
            sum += i64::from(byte);
            signed += i64::from(byte.cast_signed());
        }
        if stored != sum && stored != signed {
            return Err(TarErrorKind::Checksum { stored, computed: sum });
        }
        Ok(header)
    }

    pub(super) fn typeflag(&self) -> u8 {
        self.block.get(156).copied().unwrap_or_default()
    }

    /// The name, put together of its two fields.
    pub(super) fn name(&self) -> Vec<u8> {
        let prefix = match self.dialect {
            Dialect::Ustar => self.text(345..500),
            Dialect::Star => self.text(345..476),
            Dialect::V7 | Dialect::Gnu => b"",
        };
        let name = self.text(0..100);
        if prefix.is_empty() { name.to_vec() } else { [prefix, name].join(&b'/') }
    }

    pub(super) fn link_name(&self) -> &'a [u8] {
        self.text(157..257)
    }

    pub(super) fn mode(&self) -> Result<u16, TarErrorKind> {
        let mode = self.number("mode", 100..108)?;
        // Some programs write the kind of the file as well.
        Ok(u16::try_from(mode & 0o7777).unwrap_or_default())
    }

    pub(super) fn uid(&self) -> Result<i64, TarErrorKind> {
        self.number("user", 108..116)
    }

    pub(super) fn gid(&self) -> Result<i64, TarErrorKind> {
        self.number("group", 116..124)
    }

    pub(super) fn size(&self) -> Result<u64, TarErrorKind> {
        self.unsigned("size", 124..136)
    }

    pub(super) fn mtime(&self) -> Result<i64, TarErrorKind> {
        self.number("time", 136..148)
    }

    /// The two numbers of a device.
    pub(super) fn device(&self) -> Result<(u64, u64), TarErrorKind> {
        Ok((self.unsigned("device", 329..337)?, self.unsigned("device", 337..345)?))
    }

    /// The map of holes of a GNU header, whether it goes on in the next block, and the length of the file.
    pub(super) fn sparse(&self) -> Result<(Parts, bool, u64), TarErrorKind> {
        if self.dialect != Dialect::Gnu {
            return Err(TarErrorKind::SparseMap);
        }
        let map = sparse_entries(self.block.get(386..482).unwrap_or_default())?;
        let more = self.block.get(482).is_some_and(|flag| *flag != 0);
        Ok((map, more, self.unsigned("sparse size", 483..495)?))
    }

    fn text(&self, range: Range<usize>) -> &'a [u8] {
        until_nul(self.block.get(range).unwrap_or_default())
    }

    fn number(&self, field: &'static str, range: Range<usize>) -> Result<i64, TarErrorKind> {
        let bytes = self.block.get(range).unwrap_or_default();
        number(bytes).ok_or(TarErrorKind::Number { field })
    }

    fn unsigned(&self, field: &'static str, range: Range<usize>) -> Result<u64, TarErrorKind> {
        let number = self.number(field, range)?;
        u64::try_from(number).map_err(|_| TarErrorKind::Number { field })
    }
}

/// A block that continues the map of holes of a GNU header, and whether another one follows.
pub(super) fn sparse_extension(block: &[u8; BLOCK]) -> Result<(Parts, bool), TarErrorKind> {
    let map = sparse_entries(block.get(..504).unwrap_or_default())?;
    Ok((map, block.get(504).is_some_and(|flag| *flag != 0)))
}

fn sparse_entries(bytes: &[u8]) -> Result<Parts, TarErrorKind> {
    let (entries, _) = bytes.as_chunks::<24>();
    let used = entries.iter().take_while(|entry| entry.get(12).is_some_and(|byte| *byte != 0));
    let unsigned = |bytes: &[u8]| {
        number(bytes).and_then(|number| u64::try_from(number).ok()).ok_or(TarErrorKind::SparseMap)
    };
    used.map(|entry| {
        let (offset, length) = entry.split_at(12);
        Ok((unsigned(offset)?, unsigned(length)?))
    })
    .collect()
}

pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Octal digits, or the base 256 of GNU tar and star, whose first bit is set. A blank field is 0.
fn number(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let sign = if first & 0x40 == 0 { 0 } else { -64 };
        return rest.iter().try_fold(sign + i64::from(first & 0x3f), |value, byte| {
            value.checked_mul(256)?.checked_add(i64::from(*byte))
        });
    }
    let digits = until_nul(field).trim_ascii();
    digits.iter().try_fold(0_i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_octal_or_base_256() {
        let cases: [(&[u8], Option<i64>); 13] = [
            (b"0000644\0", Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"77777777", Some(0o7777_7777)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"0000648\0", None),
            (b"-000001\0", None),
            (b"12 34\0\0\0", None),
            (b"\x80\0\0\0\0\0\x01\x02", Some(258)),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(0x2_0000_0000)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfb", Some(-5)),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None),
            (b"", None),
        ];
        for (field, expected) in cases {
            assert_eq!(number(field), expected, "{}", field.escape_ascii());
        }
    }
}
