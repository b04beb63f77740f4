use std::{borrow::Cow, ops::Range};

use super::{
    error::{TextError, text},
    is_blank, is_line_end, trim_end,
};

/// A value that was walked over: where its bytes stand in the file.
pub(super) struct Value<'a> {
    file: &'a [u8],
    start: usize,
    end: usize,
    /// The first piece, which is all of the value unless `joined` holds something.
    run: Range<usize>,
    joined: Vec<u8>,
}

impl<'a> Value<'a> {
    /// Walks over the value that begins behind the `=`.
    pub(super) fn scan(file: &'a [u8], start: usize) -> Self {
        let (mut run, mut joined) = (start..start, Vec::new());
        let end = walk(file, start, |next| {
            if joined.is_empty() && (run.is_empty() || run.end == next.start) {
                let first = if run.is_empty() { next.start } else { run.start };
                run = first..next.end;
            } else {
                if joined.is_empty() {
                    joined.extend_from_slice(piece(file, run.clone()));
                }
                joined.extend_from_slice(piece(file, next));
            }
        });
        Self { file, start, end, run, joined }
    }

    /// Where the walk ended: at the line end behind the value, or at the end of the file.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// The value's text; an error says where in the file.
    pub(super) fn text(self) -> Result<Cow<'a, str>, TextError> {
        if self.joined.is_empty() {
            let place = self.run.start;
            let value = text(piece(self.file, self.run));
            return value.map(Cow::Borrowed).map_err(|error| error.moved(place));
        }
        match text(&self.joined) {
            Ok(value) => Ok(Cow::Owned(value.to_owned())),
            Err(error) => Err(TextError { at: place(self.file, self.start, error.at), ..error }),
        }
    }
}

/// The bytes at a place that a walk over the same file came by, so that it is inside.
pub(super) fn piece(file: &[u8], range: Range<usize>) -> &[u8] {
    file.get(range).unwrap_or(&[])
}

/// Where in the file a byte of a value comes from. Walks again, since only errors ask.
fn place(file: &[u8], start: usize, mut wanted: usize) -> usize {
    let mut place = None;
    let end = walk(file, start, |next| {
        if place.is_none() {
            if wanted < next.len() {
                place = Some(next.start + wanted);
            } else {
                wanted -= next.len();
            }
        }
    });
    place.unwrap_or(end)
}

/// Tells the pieces that a value is made of, none empty, and returns where it ends.
fn walk(file: &[u8], mut at: usize, mut tell: impl FnMut(Range<usize>)) -> usize {
    let mut tell = |range: Range<usize>| {
        if !range.is_empty() {
            tell(range);
        }
    };
    loop {
        match file.get(at) {
            Some(b'\'') => {
                let end = find(file, at + 1, |byte| byte == b'\'');
                tell(at + 1..end);
                at = file.len().min(end + 1);
            }
            Some(b'"') => at = walk_double_quoted(file, at + 1, &mut tell),
            Some(&byte) if is_blank(byte) => at += 1,
            Some(&byte) if !is_line_end(byte) => return walk_unquoted(file, at, tell),
            _ => return at,
        }
    }
}

fn walk_double_quoted(file: &[u8], mut at: usize, tell: &mut impl FnMut(Range<usize>)) -> usize {
    loop {
        let end = find(file, at, |byte| matches!(byte, b'"' | b'\\'));
        tell(at..end);
        if file.get(end) != Some(&b'\\') {
            return file.len().min(end + 1);
        }
        match file.get(end + 1) {
            None => return file.len(),
            Some(b'\n') => {}
            Some(b'"' | b'\\' | b'`' | b'$') => tell(end + 1..end + 2),
            Some(_) => tell(end..end + 2),
        }
        at = end + 2;
    }
}

fn walk_unquoted(file: &[u8], mut at: usize, mut tell: impl FnMut(Range<usize>)) -> usize {
    loop {
        let end = find(file, at, |byte| byte == b'\\' || is_line_end(byte));
        if file.get(end) != Some(&b'\\') {
            // Blanks before an escape belong to the value, only those behind the last one fall
            // away.
            tell(at..at + trim_end(piece(file, at..end)).len());
            return end;
        }
        tell(at..end);
        match file.get(end + 1) {
            None => return file.len(),
            Some(&byte) if is_line_end(byte) => {}
            Some(_) => tell(end + 1..end + 2),
        }
        at = end + 2;
    }
}

fn find(file: &[u8], at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = file.get(at..).unwrap_or(&[]);
    rest.iter().position(|&byte| wanted(byte)).map_or(file.len(), |length| at + length)
}
