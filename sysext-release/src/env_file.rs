//! The syntax of os-release and extension-release files.
//!
//! Follows what systemd reads, which is more than
//! [os-release(5)](https://www.freedesktop.org/software/systemd/man/latest/os-release.html) allows:
//! no line is a syntax error, and whatever cannot be understood is skipped or taken literally. Only
//! three things make a file unreadable, and then the whole file: a NUL byte, a key or value that is
//! not UTF-8 or holds a noncharacter, and more than [`MAX_BYTES`].
//!
//! - A line without `=` is nothing, and so is one that begins with `#` or `;` after blanks. There
//!   are no comments behind a value: `ID=a # b` has the value `a # b`.
//! - Blanks around key and value are dropped. The key is anything: `export ID=a` sets `export ID`.
//! - `'…'` is literal; in `"…"` a backslash escapes `"`, `\`, `` ` ``, `$` and the line end, and
//!   stands for itself before anything else. Both may span lines, and a quote that nobody closes
//!   ends with the file.
//! - Quotes count only where a value begins or behind another quoted part: `a"b"` is literal,
//!   `"a" 'b'` is `ab`.
//! - Elsewhere a backslash takes the next byte literally, and joins lines before a line end.
//! - Nothing is expanded: `$HOME` is five characters.
//!
//! ```
//! use sysext_release::env_file;
//!
//! let file = b"# who we are\nID=flatcar\nPRETTY_NAME=\"Flatcar Container Linux\"\n";
//! let assignments = env_file::parse(file)?;
//! let pairs: Vec<_> = assignments.iter().map(|a| (a.line, a.key, &*a.value)).collect();
//! assert_eq!(pairs, [(2, "ID", "flatcar"), (3, "PRETTY_NAME", "Flatcar Container Linux")]);
//! # Ok::<(), env_file::ParseError>(())
//! ```

mod error;
mod value;
mod write;

use std::{borrow::Cow, iter::FusedIterator};

pub use self::{
    error::{ParseError, ParseErrorKind},
    write::{WriteError, WriteErrorKind, write},
};

use self::{error::TextError, value::Value};

pub(crate) use self::{
    error::{is_noncharacter, line_ends},
    write::Line,
};

/// The size that a file may have, as systemd's source has it: 64 MiB less one byte.
///
/// systemd itself reads up to a page more, depending on how its C library rounds the buffer up.
///
/// A file of many short lines takes about 25 times its size in memory once it is parsed. Who reads
/// files of strangers may want to stop earlier.
pub const MAX_BYTES: usize = 64 * 1024 * 1024 - 1;

/// Reads a file to its end; all assignments in their order, repeated keys too.
pub fn parse(file: &[u8]) -> Result<Vec<Assignment<'_>>, ParseError> {
    assignments(file)?.collect()
}

/// The assignments of a file, one by one. Fails at once for a file that is too large or holds a NUL
/// byte.
///
/// Nothing is copied but values with an escape or a seam in them. An error ends the iteration; what
/// came before it doesn't count for systemd, which drops the whole file.
pub fn assignments(file: &[u8]) -> Result<Assignments<'_>, ParseError> {
    if file.len() > MAX_BYTES {
        return Err(ParseError::new(ParseErrorKind::TooLarge, file, MAX_BYTES));
    }
    if let Some(at) = file.iter().position(|&byte| byte == 0) {
        return Err(ParseError::new(ParseErrorKind::Nul, file, at));
    }
    Ok(Assignments { file, at: 0, line: Lines { number: 1, counted: 0 } })
}

/// One `KEY=value` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment<'a> {
    /// What stands before the first `=`, without the blanks around it. Never empty.
    pub key: &'a str,
    /// The value without quotes and escapes; borrowed if its bytes stand in one piece in the file.
    pub value: Cow<'a, str>,
    /// The line that the key stands on, counted from 1. LF, CR LF and a lone CR end a line.
    pub line: u32,
}

/// The iterator that [`assignments`] returns.
#[derive(Clone, Debug)]
pub struct Assignments<'a> {
    file: &'a [u8],
    at: usize,
    line: Lines,
}

impl<'a> Assignments<'a> {
    fn assignment(&mut self, equals: usize) -> Result<Assignment<'a>, ParseError> {
        let start = self.at;
        let line = self.line.at(self.file, start);
        let key = trim_end(value::piece(self.file, start..equals));
        let key = error::text(key).map_err(|TextError { at, noncharacter }| {
            let kind = match noncharacter {
                Some(character) => ParseErrorKind::KeyNoncharacter { character },
                None => ParseErrorKind::KeyNotUtf8,
            };
            ParseError::new(kind, self.file, start + at)
        })?;
        let value = Value::scan(self.file, equals + 1);
        self.at = value.end();
        let value = value.text().map_err(|TextError { at, noncharacter }| {
            let key = key.into();
            let kind = match noncharacter {
                Some(character) => ParseErrorKind::ValueNoncharacter { key, character },
                None => ParseErrorKind::ValueNotUtf8 { key },
            };
            ParseError::new(kind, self.file, at)
        })?;
        Ok(Assignment { key, value, line })
    }
}

impl<'a> Iterator for Assignments<'a> {
    type Item = Result<Assignment<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.file.get(self.at..)?;
            self.at += rest.iter().position(|&byte| !is_blank(byte) && !is_line_end(byte))?;
            // The first byte of a key is taken as it is, even if it is `=`.
            let first = *self.file.get(self.at)?;
            let rest = self.file.get(self.at + 1..)?;
            let length = if matches!(first, b'#' | b';') {
                rest.iter().position(|&byte| is_line_end(byte))?
            } else {
                rest.iter().position(|&byte| byte == b'=' || is_line_end(byte))?
            };
            let end = self.at + 1 + length;
            if rest.get(length) != Some(&b'=') {
                self.at = end;
                continue;
            }
            let assignment = self.assignment(end);
            if assignment.is_err() {
                self.at = self.file.len();
            }
            return Some(assignment);
        }
    }
}

impl FusedIterator for Assignments<'_> {}

/// Counts line ends, each byte once.
#[derive(Clone, Debug)]
struct Lines {
    number: u32,
    counted: usize,
}

impl Lines {
    /// The number of the line that a place is on, which is the start of a key, so that no CR LF is
    /// cut apart.
    fn at(&mut self, file: &[u8], at: usize) -> u32 {
        let passed = value::piece(file, self.counted..at);
        self.number = self.number.saturating_add(line_ends(passed));
        self.counted = at;
        self.number
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|&byte| !is_blank(byte)).map_or(0, |last| last + 1);
    value::piece(bytes, 0..length)
}
