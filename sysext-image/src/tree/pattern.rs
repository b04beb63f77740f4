use std::{fmt, str::FromStr};

use thiserror::Error;

use super::{EntryPath, InvalidPathErrorKind, path::Quoted};

/// Which paths of a tree are meant: a path from its root, in which some names or parts of names are left open.
///
/// | in a pattern | stands for |
/// |---|---|
/// | `*` | any bytes of one name, or none; a dot at its beginning too |
/// | `?` | any one byte of a name |
/// | `**` as a whole name | any number of names, or none; at the end, one at least |
/// | `\` | the byte behind it, as it is |
/// | any other byte | itself |
///
/// A pattern is always of the whole path: `*.pyc` is a file in the root, `**/*.pyc` one anywhere. What other programs read
/// otherwise is refused instead of guessed at: a slash at the beginning or at the end, `[`, `!` at the beginning, and `**`
/// in a part of a name.
///
/// ```
/// use sysext_image::PathPattern;
///
/// let pattern: PathPattern = "usr/**/__pycache__".parse()?;
/// let found = ["usr/__pycache__", "usr/lib/python3/__pycache__", "opt/__pycache__"]
///     .map(|path| path.parse().is_ok_and(|path| pattern.matches(&path)));
/// assert_eq!(found, [true, true, false]);
///
/// let error = "usr/lib[64]".parse::<PathPattern>().unwrap_err();
/// let expected = r#"invalid pattern "usr/lib[64]": the "[" at byte 7 would begin a set, of which there are none: write "\[" for itself"#;
/// assert_eq!(error.to_string(), expected);
/// # Ok::<(), sysext_image::InvalidPatternError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPattern {
    text: Box<[u8]>,
    names: Box<[Names]>,
}

/// A part of a pattern between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Names {
    /// Any number of them.
    Any,
    One(Box<[Bytes]>),
}

/// A part of a name in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Bytes {
    /// Any number of them.
    Any,
    AnyOne,
    One(u8),
}

impl PathPattern {
    /// Whether it is of this path. That of a directory is not that of what the directory holds.
    ///
    /// Takes at most as many steps as the product of both lengths.
    pub fn matches(&self, path: &EntryPath) -> bool {
        let names: Vec<_> = path.as_bytes().split(|byte| *byte == b'/').collect();
        let is_any = |part: &Names| *part == Names::Any;
        fits(&self.names, &names, is_any, |part, name| match part {
            Names::Any => true,
            Names::One(parts) => fits(
                parts,
                name,
                |part| *part == Bytes::Any,
                |part, byte| match part {
                    Bytes::Any | Bytes::AnyOne => true,
                    Bytes::One(expected) => expected == byte,
                },
            ),
        })
    }

    /// What it was read from.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

/// Whether parts are those of a whole, where some parts stand for any number of items.
fn fits<Part, Item>(
    mut parts: &[Part],
    mut items: &[Item],
    is_any: impl Fn(&Part) -> bool,
    is_one: impl Fn(&Part, &Item) -> bool,
) -> bool {
    // What stands behind the last part of any number, and the items that this one has not taken. An earlier one need
    // not take more: what it would leave, the last one can take.
    let mut last = None;
    loop {
        match (parts.split_first(), items.split_first()) {
            (Some((part, behind)), _) if is_any(part) => {
                (last, parts) = (Some((behind, items)), behind);
                continue;
            }
            (Some((part, behind)), Some((item, left))) if is_one(part, item) => {
                (parts, items) = (behind, left);
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((behind, [_, left @ ..])) = last else { return false };
        (last, parts, items) = (Some((behind, left)), behind, left);
    }
}

impl TryFrom<&[u8]> for PathPattern {
    type Error = InvalidPatternError;

    fn try_from(pattern: &[u8]) -> Result<Self, Self::Error> {
        match parse(pattern) {
            Ok(names) => Ok(Self { text: pattern.into(), names: names.into() }),
            Err(kind) => Err(InvalidPatternError { pattern: pattern.into(), kind }),
        }
    }
}

impl FromStr for PathPattern {
    type Err = InvalidPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.as_bytes().try_into()
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.text))
    }
}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Quoted(&self.text), f)
    }
}

fn parse(pattern: &[u8]) -> Result<Vec<Names>, InvalidPatternErrorKind> {
    use InvalidPathErrorKind::{Absolute, Dots, Empty, EmptyName, Nul};

    match pattern {
        [] => return Err(Empty.into()),
        [b'/', ..] => return Err(Absolute.into()),
        [b'!', ..] => return Err(InvalidPatternErrorKind::Negation),
        _ => {}
    }
    if let Some(at) = pattern.iter().position(|byte| *byte == 0) {
        return Err(Nul { at }.into());
    }
    let mut names = Vec::new();
    let mut at = 0;
    for name in pattern.split(|byte| *byte == b'/') {
        names.push(match name {
            b"" => return Err(EmptyName { at }.into()),
            b"**" => Names::Any,
            name => Names::One(parse_name(name, at)?.into()),
        });
        if let Some(Names::One(parts)) = names.last()
            && [&[Bytes::One(b'.')][..], &[Bytes::One(b'.'); 2]].contains(&&**parts)
        {
            return Err(Dots { at }.into());
        }
        at += name.len() + 1;
    }
    if names.last() == Some(&Names::Any) {
        names.push(Names::One([Bytes::Any].into()));
    }
    Ok(names)
}

/// A name that begins at `at` of its pattern.
fn parse_name(name: &[u8], at: usize) -> Result<Vec<Bytes>, InvalidPatternErrorKind> {
    let mut parts = Vec::with_capacity(name.len());
    let mut bytes = name.iter().copied().zip(at..);
    while let Some((byte, at)) = bytes.next() {
        parts.push(match byte {
            b'*' if parts.last() == Some(&Bytes::Any) => {
                return Err(InvalidPatternErrorKind::PartOfName { at: at - 1 });
            }
            b'*' => Bytes::Any,
            b'?' => Bytes::AnyOne,
            b'[' => return Err(InvalidPatternErrorKind::Set { at }),
            b'\\' => match bytes.next() {
                Some((byte, _)) => Bytes::One(byte),
                None => return Err(InvalidPatternErrorKind::Escape { at }),
            },
            byte => Bytes::One(byte),
        });
    }
    Ok(parts)
}

/// Bytes that are no [`PathPattern`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("invalid pattern {}: {kind}", Quoted(pattern))]
pub struct InvalidPatternError {
    pattern: Box<[u8]>,
    kind: InvalidPatternErrorKind,
}

impl InvalidPatternError {
    /// What was given.
    pub fn pattern(&self) -> &[u8] {
        &self.pattern
    }

    /// What is wrong in it.
    pub fn kind(&self) -> InvalidPatternErrorKind {
        self.kind
    }
}

/// What is wrong in an [`InvalidPatternError`]. A place is in bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidPatternErrorKind {
    /// A backslash at the end of a name.
    #[error("there is nothing behind the backslash at byte {at}")]
    #[non_exhaustive]
    Escape {
        /// Where it is.
        at: usize,
    },
    /// An exclamation mark at its beginning: nothing is taken back.
    #[error(r#"the "!" at byte 0 would take something back, which no pattern does: write "\!" for itself"#)]
    Negation,
    /// Two asterisks, and more in the same name.
    #[error(r#"the "**" at byte {at} is a part of a name only"#)]
    #[non_exhaustive]
    PartOfName {
        /// Where they are.
        at: usize,
    },
    /// No path looks like that.
    #[error(transparent)]
    Path(#[from] InvalidPathErrorKind),
    /// An opening bracket.
    #[error(
        r#"the "[" at byte {at} would begin a set, of which there are none: write "\[" for itself"#
    )]
    #[non_exhaustive]
    Set {
        /// Where it is.
        at: usize,
    },
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::{Bytes, fits};

    /// The same by trying everything.
    fn plainly(parts: &[Bytes], items: &[u8]) -> bool {
        match (parts, items) {
            ([], _) => items.is_empty(),
            ([Bytes::Any, behind @ ..], _) => {
                (0..=items.len()).any(|taken| plainly(behind, &items[taken..]))
            }
            ([Bytes::AnyOne, behind @ ..], [_, left @ ..]) => plainly(behind, left),
            ([Bytes::One(byte), behind @ ..], [item, left @ ..]) => {
                byte == item && plainly(behind, left)
            }
            (_, []) => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_way_to_fit_is_overlooked(
            parts in vec(select(vec![Bytes::Any, Bytes::AnyOne, Bytes::One(0), Bytes::One(1)]), 0..8),
            items in vec(0_u8..2, 0..12),
        ) {
            let found = fits(&parts, &items, |part| *part == Bytes::Any, |part, item| match part {
                Bytes::One(byte) => byte == item,
                _ => true,
            });
            prop_assert_eq!(found, plainly(&parts, &items));
        }
    }
}
