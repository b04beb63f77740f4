use std::fmt;

/// What the first bytes of an input tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Compressed(Method),
    Tar,
    Other(InputKind),
}

/// A compression that is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// gzip, RFC 1952.
    Gzip,
    /// xz, but not the older .lzma.
    Xz,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl Method {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is given in place of a directory or a tar archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputKind {
    /// An archive of another kind.
    Archive(&'static str),
    /// Something compressed in another way.
    Compressed(&'static str),
    /// Nothing at all.
    Empty,
    /// An image of a file system.
    Image(&'static str),
    /// A recipe, by its name.
    Recipe,
    /// Something else.
    Unknown,
}

/// What it is, and what to do instead.
impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TAKES: &str =
            "bake takes a directory or a tar archive, plain or with gzip, xz or zstd";
        match self {
            Self::Archive(name) => write!(f, "is {name}: {TAKES}"),
            Self::Compressed(name) => {
                write!(f, "is compressed with {name}: decompress it, into a pipe to \"bake -\"")
            }
            Self::Empty => write!(f, "is empty: {TAKES}"),
            Self::Image(name) => write!(f, "is {name} image, there is nothing to bake"),
            Self::Recipe => {
                f.write_str("is a recipe, which is not supported: give the directory and options")
            }
            Self::Unknown => write!(f, "is no tar archive: {TAKES}"),
        }
    }
}

/// How much of an input its kind is told by: one block of a tar archive, and the place where an EROFS begins.
pub(super) const HEAD: usize = 1028;

impl Content {
    pub(super) fn of(head: &[u8]) -> Self {
        if head.is_empty() {
            return Self::Other(InputKind::Empty);
        }
        if is_tar(head) {
            return Self::Tar;
        }
        let found = MAGICS
            .iter()
            .find(|(at, magic, _)| head.get(*at..).is_some_and(|bytes| bytes.starts_with(magic)));
        // Zstd frames that hold no content are told apart by half a byte.
        if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = head {
            return Self::Compressed(Method::Zstd);
        }
        found.map_or(Self::Other(InputKind::Unknown), |(_, _, content)| *content)
    }
}

const MAGICS: [(usize, &[u8], Content); 19] = {
    use Content::{Compressed, Other};
    use InputKind::{Archive, Compressed as Refused, Image};
    [
        (0, &[0x1f, 0x8b], Compressed(Method::Gzip)),
        (0, &[0xfd, b'7', b'z', b'X', b'Z', 0], Compressed(Method::Xz)),
        (0, &[0x28, 0xb5, 0x2f, 0xfd], Compressed(Method::Zstd)),
        (0, b"BZh", Other(Refused("bzip2"))),
        (0, &[0x04, 0x22, 0x4d, 0x18], Other(Refused("lz4"))),
        (0, &[0x02, 0x21, 0x4c, 0x18], Other(Refused("lz4"))),
        (0, &[0x1f, 0x9d], Other(Refused("compress"))),
        (0, &[0x5d, 0, 0], Other(Refused("lzma"))),
        (0, b"LZIP", Other(Refused("lzip"))),
        (0, &[0x89, b'L', b'Z', b'O', 0], Other(Refused("lzop"))),
        (0, b"hsqs", Other(Image("a squashfs"))),
        (1024, &[0xe2, 0xe1, 0xf5, 0xe0], Other(Image("an EROFS"))),
        (510, &[0x55, 0xaa], Other(Image("a disk"))),
        (0, b"PK\x03\x04", Other(Archive("a zip archive"))),
        (0, &[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c], Other(Archive("a 7z archive"))),
        (0, b"!<arch>\n", Other(Archive("an ar archive or Debian package"))),
        (0, &[0xed, 0xab, 0xee, 0xdb], Other(Archive("an RPM package"))),
        (0, b"070701", Other(Archive("a cpio archive"))),
        (0, b"070707", Other(Archive("a cpio archive"))),
    ]
};

/// A header that says so, a header of the oldest kind, which only its checksum tells, or the end of an archive.
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<512>() else {
        return head.get(257..262) == Some(b"ustar");
    };
    let (before, rest) = block.split_at(148);
    let (sum, after) = rest.split_at(8);
    let bytes = before.iter().chain(b"        ").chain(after);
    let computed: u32 = bytes.map(|byte| u32::from(*byte)).sum();
    let text = String::from_utf8_lossy(sum);
    let stored = u32::from_str_radix(text.trim_matches([' ', '\0']), 8);
    block.get(257..262) == Some(b"ustar")
        || stored == Ok(computed)
        || block.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::{Content, InputKind, Method};

    #[test]
    fn a_block_of_tar_is_told_by_its_magic_or_its_checksum() {
        let with = |at: usize, bytes: &[u8]| {
            let mut block = [0_u8; 512];
            block[at..at + bytes.len()].copy_from_slice(bytes);
            block
        };
        // 'a' and eight blanks.
        let sum = format!("{:06o}\0 ", 97 + 8 * 32);
        let mut old = with(0, b"a");
        old[148..156].copy_from_slice(sum.as_bytes());
        let unknown = Content::Other(InputKind::Unknown);
        let cases = [
            ("zeros", [0; 512], Content::Tar),
            ("ustar", with(257, b"ustar\x0000"), Content::Tar),
            ("gnu", with(257, b"ustar  \0"), Content::Tar),
            ("a magic and a name", with(0, b"BZh"), Content::Other(InputKind::Compressed("bzip2"))),
            ("a checksum", old, Content::Tar),
            ("no checksum", with(0, b"a"), unknown),
        ];
        for (name, block, expected) in cases {
            assert_eq!(Content::of(&block), expected, "{name}");
        }
    }

    #[test]
    fn frames_of_zstd_may_be_skippable() {
        for first in 0x4f..=0x60 {
            let expected = if (0x50..=0x5f).contains(&first) {
                Content::Compressed(Method::Zstd)
            } else {
                Content::Other(InputKind::Unknown)
            };
            assert_eq!(Content::of(&[first, 0x2a, 0x4d, 0x18, 0]), expected, "{first:x}");
        }
    }
}
