use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use sysext_release::env_file::ParseError;

use crate::printable::Printable;

/// How many bytes of the line are shown behind the spot.
const BEHIND: usize = 80;
/// How many bytes before the spot are looked at: more of them than anyone reads.
const BEFORE: usize = 4096;

/// The line that the error is in, with a mark at the spot.
pub(crate) fn render(path: &Path, bytes: &[u8], error: &ParseError) -> String {
    let is_line_end = |byte: &u8| *byte == b'\n' || *byte == b'\r';
    let before = bytes.get(..error.at()).unwrap_or(bytes);
    let start = before.iter().rposition(is_line_end).map_or(0, |at| at + 1);
    let rest = bytes.get(start..).unwrap_or_default();
    let line =
        rest.get(..rest.iter().position(is_line_end).unwrap_or(rest.len())).unwrap_or_default();
    let (head, tail) = line.split_at_checked(before.len() - start).unwrap_or((line, b""));
    let head = match head.len().checked_sub(BEFORE) {
        None | Some(0) => shown(head),
        Some(cut) => "\u{2026}".to_owned() + &shown(head.get(cut..).unwrap_or(head)),
    };
    let tail = shown(tail.get(..BEHIND).unwrap_or(tail));
    let path = Printable(&path.display().to_string()).to_string();
    let kind = error.kind().to_string();
    let mark = head.len()..head.len() + tail.chars().next().map_or(0, char::len_utf8);
    let line = head + &tail;
    let snippet = Snippet::source(&line)
        .line_start(usize::try_from(error.line()).unwrap_or(usize::MAX))
        .path(&path)
        .annotation(AnnotationKind::Primary.span(mark));
    Renderer::plain().render(&[Level::NOTE.primary_title(&kind).element(snippet)])
}

/// Bytes of one line as text of one line.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('\0', "\u{2400}");
    text.replace(|character: char| character.is_control(), "\u{fffd}")
}
