use std::{borrow::Cow, fmt};

use crate::env_file::{self, Assignment, Line, ParseError};

/// What a release file says, in its order and with its repeats: the part that both kinds of file
/// share.
#[derive(Clone, Debug)]
pub(crate) struct Fields(Vec<Field>);

#[derive(Clone, Debug)]
struct Field {
    key: Box<str>,
    value: Box<str>,
    line: u32,
}

impl Fields {
    pub(crate) fn parse(file: &[u8]) -> Result<Self, ParseError> {
        let own =
            |a: Assignment<'_>| Field { key: a.key.into(), value: a.value.into(), line: a.line };
        env_file::assignments(file)?
            .map(|assignment| assignment.map(own))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What a file says whose lines were [checked](Line::checked).
    pub(crate) fn of_checked(pairs: impl IntoIterator<Item = (Box<str>, Box<str>)>) -> Self {
        let mut next = 1_u32;
        let number = |(key, value): (Box<str>, Box<str>)| {
            let line = next;
            next = next.saturating_add(1).saturating_add(env_file::line_ends(value.as_bytes()));
            Field { key, value, line }
        };
        Self(pairs.into_iter().map(number).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn assignments(&self) -> impl DoubleEndedIterator<Item = Assignment<'_>> {
        self.0.iter().map(|field| Assignment {
            key: &field.key,
            value: Cow::Borrowed(&field.value),
            line: field.line,
        })
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|field| (&*field.key, &*field.value))
    }

    /// The value that counts, which is the last one.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|field| &*field.key == key).map(|field| &*field.value)
    }

    /// The same, where an empty value says no more than none.
    pub(crate) fn get_filled(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }

    pub(crate) fn words(&self, key: &str) -> impl Iterator<Item = &str> {
        words(self.get(key).unwrap_or(""))
    }
}

/// Where a field stands makes no difference, only their order does.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.pairs().eq(other.pairs())
    }
}

impl Eq for Fields {}

impl fmt::Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pairs().try_for_each(|(key, value)| writeln!(f, "{}", Line::known(key, value)))
    }
}

/// The words of a value that is a list, split as systemd splits it: at blanks and line ends,
/// without quotes.
pub(crate) fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty())
}
