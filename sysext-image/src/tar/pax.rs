use std::collections::BTreeMap;

use super::TarErrorKind;

/// The records of extended headers that say something about the next member. See pax(1) of POSIX.
#[derive(Debug, Default)]
pub(super) struct Extended {
    pub(super) path: Option<Box<[u8]>>,
    pub(super) link_path: Option<Box<[u8]>>,
    pub(super) size: Option<u64>,
    pub(super) mtime: Option<i64>,
    pub(super) uid: Option<i64>,
    pub(super) gid: Option<i64>,
    /// By their full name on Linux.
    pub(super) xattrs: BTreeMap<Box<[u8]>, Box<[u8]>>,
    /// The access control list as text.
    pub(super) acl: Option<Box<[u8]>>,
    pub(super) sparse: SparseRecords,
}

/// What GNU tar says of a file with holes, in its formats 0.0, 0.1 and 1.0.
#[derive(Debug, Default)]
pub(super) struct SparseRecords {
    pub(super) major: Option<u64>,
    pub(super) minor: Option<u64>,
    pub(super) name: Option<Box<[u8]>>,
    pub(super) size: Option<u64>,
    /// Format 0.1 gives the map as one record, 0.0 each number as a record of its own.
    pub(super) map: Option<Vec<u64>>,
    pub(super) numbers: Vec<u64>,
}

impl Extended {
    /// The content of a header `x`.
    pub(super) fn local(content: &[u8]) -> Result<Self, TarErrorKind> {
        let mut extended = Self::default();
        let mut libarchive = BTreeMap::new();
        let mut selinux = None;
        for record in Records::new(content) {
            let Record { key, value } = record?;
            if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                extended
                    .xattrs
                    .insert(decoded(name, |code| matches!(code, b"25" | b"3D")), value.into());
            } else if let Some(name) = key.strip_prefix(b"LIBARCHIVE.xattr.") {
                let value = base64(value).ok_or_else(|| invalid(key))?;
                libarchive.insert(decoded(name, |_| true), value);
            } else if key == b"RHT.security.selinux" {
                // The attribute ends with a NUL, which the record leaves out.
                selinux = Some([value, b"\0"].concat());
            } else {
                extended.take(key, value)?;
            }
        }
        for (name, value) in libarchive {
            extended.xattrs.entry(name).or_insert(value);
        }
        if let Some(label) = selinux {
            extended.xattrs.entry((*b"security.selinux").into()).or_insert(label.into());
        }
        Ok(extended)
    }

    /// The content of a header `g`, which holds for all members that follow.
    ///
    /// Only what several files can have in common may be in it. Programs disagree about the rest, so that one archive
    /// would be two.
    pub(super) fn global(&mut self, content: &[u8]) -> Result<(), TarErrorKind> {
        for record in Records::new(content) {
            let Record { key, value } = record?;
            let of_one = matches!(key, b"path" | b"linkpath" | b"size" | b"RHT.security.selinux")
                || [&b"GNU.sparse."[..], b"SCHILY.xattr.", b"SCHILY.acl.", b"LIBARCHIVE.xattr."]
                    .iter()
                    .any(|prefix| key.starts_with(prefix));
            if of_one {
                return Err(TarErrorKind::GlobalRecord { key: key.into() });
            }
            self.take(key, value)?;
        }
        Ok(())
    }

    /// An empty value takes back what was said before.
    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), TarErrorKind> {
        let text = || (!value.is_empty()).then(|| value.into());
        let number = || match value {
            b"" => Ok(None),
            digits => decimal(digits).map(Some).ok_or_else(|| invalid(key)),
        };
        let owner = || Ok(number()?.map(|number| i64::try_from(number).unwrap_or(i64::MAX)));
        match key {
            b"path" => self.path = text(),
            b"linkpath" => self.link_path = text(),
            b"size" => self.size = number()?,
            b"uid" => self.uid = owner()?,
            b"gid" => self.gid = owner()?,
            b"mtime" if value.is_empty() => self.mtime = None,
            b"mtime" => self.mtime = Some(seconds(value).ok_or_else(|| invalid(key))?),
            b"SCHILY.acl.access" => self.acl = text(),
            b"SCHILY.acl.default" if !value.is_empty() => {
                self.xattrs.insert((*b"system.posix_acl_default").into(), value.into());
            }
            b"GNU.sparse.major" => self.sparse.major = number()?,
            b"GNU.sparse.minor" => self.sparse.minor = number()?,
            b"GNU.sparse.name" => self.sparse.name = text(),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse.size = number()?,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                // They alternate, the offset first.
                let is_offset = self.sparse.numbers.len().is_multiple_of(2);
                if is_offset != (key == b"GNU.sparse.offset") {
                    return Err(TarErrorKind::SparseMap);
                }
                self.sparse.numbers.push(number()?.ok_or_else(|| invalid(key))?);
            }
            b"GNU.sparse.map" => {
                let numbers = value.split(|byte| *byte == b',').map(decimal);
                self.sparse.map = Some(numbers.collect::<Option<_>>().ok_or_else(|| invalid(key))?);
            }
            // Times that no image has, names of owners, comments, what other programs add for themselves.
            _ => {}
        }
        Ok(())
    }
}

struct Record<'a> {
    key: &'a [u8],
    value: &'a [u8],
}

/// Records of the form `LENGTH KEY=VALUE`, each with a line feed at its end. The length counts the whole record.
struct Records<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    fn new(content: &'a [u8]) -> Self {
        Self { rest: content, at: 0 }
    }

    fn record(&self) -> Option<(Record<'a>, usize)> {
        let space = self.rest.iter().take(20).position(|byte| *byte == b' ')?;
        let length = usize::try_from(decimal(self.rest.get(..space)?)?).ok()?;
        let body = self.rest.get(space + 1..length)?.strip_suffix(b"\n")?;
        let equals = body.iter().position(|byte| *byte == b'=').filter(|equals| *equals > 0)?;
        let (key, value) = (body.get(..equals)?, body.get(equals + 1..)?);
        Some((Record { key, value }, length))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, TarErrorKind>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((record, length)) = self.record() else {
            self.rest = b"";
            return Some(Err(TarErrorKind::Record { at: self.at }));
        };
        self.rest = self.rest.get(length..).unwrap_or_default();
        self.at += length;
        Some(Ok(record))
    }
}

fn invalid(key: &[u8]) -> TarErrorKind {
    TarErrorKind::RecordValue { key: key.into() }
}

pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Whole seconds of a time such as `-1.25`: the last one that is not later.
fn seconds(value: &[u8]) -> Option<i64> {
    let (negative, value) = match value.strip_prefix(b"-") {
        Some(value) => (true, value),
        None => (false, value),
    };
    let mut parts = value.splitn(2, |byte| *byte == b'.');
    let whole = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let later = negative && fraction.iter().any(|digit| *digit != b'0');
    Some(if negative { -whole - i64::from(later) } else { whole })
}

/// Bytes in which `%` and two digits of base 16 stand for one that could not be written, if `is_code` says so.
fn decoded(name: &[u8], is_code: impl Fn(&[u8]) -> bool) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|code| *first == b'%' && is_code(code));
        let byte = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    bytes.into()
}

/// Bytes in base 64, with or without `=` at the end. See RFC 4648.
fn base64(text: &[u8]) -> Option<Box<[u8]>> {
    let text = text.trim_ascii_end();
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let mut bytes = Vec::with_capacity(end / 4 * 3 + 2);
    for group in text.get(..end)?.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        let [_, all @ ..] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend_from_slice(all.get(..group.len().checked_sub(1).filter(|count| *count > 0)?)?);
    }
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::{base64, decoded, seconds};

    #[test]
    fn times_are_rounded_down() {
        let cases: [(&str, Option<i64>); 9] = [
            ("0", Some(0)),
            ("12.999999999", Some(12)),
            ("12.", Some(12)),
            ("-1.25", Some(-2)),
            ("-1.0", Some(-1)),
            ("-", None),
            (".5", None),
            ("1.2.3", None),
            ("9223372036854775808", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn base_64_needs_no_padding() {
        let cases: [(&str, Option<&[u8]>); 8] = [
            ("", Some(b"")),
            ("AQ", Some(&[1])),
            ("AQ==", Some(&[1])),
            ("AQL/", Some(&[1, 2, 255])),
            ("aGVsbG8", Some(b"hello")),
            ("aGVsbG8=\n", Some(b"hello")),
            ("a", None),
            ("a b", None),
        ];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn names_are_decoded_where_they_are_codes() {
        let cases: [(&str, &str); 4] =
            [("user.a%3Db", "user.a=b"), ("%2541", "%41"), ("user.%", "user.%"), ("%zz", "%zz")];
        for (name, expected) in cases {
            assert_eq!(*decoded(name.as_bytes(), |_| true), *expected.as_bytes(), "{name:?}");
        }
        assert_eq!(*decoded(b"user.%41", |code| code == b"25"), *b"user.%41");
    }
}
