use std::{
    collections::{BTreeMap, btree_map},
    io::{self, Read},
    ops::ControlFlow,
};

use super::{
    CrossCheckError, Difference, Disagreement, Progress, WhichReader,
    own::Own,
    second::{File, Second},
};
use crate::{Content, EntryPath, Node, Tree};

/// How much is compared at once.
const CHUNK: usize = 1 << 16;

/// Compares content, byte by byte.
pub(super) struct Contents<'a, P> {
    own: &'a Own,
    second: Option<&'a Second>,
    progress: P,
    state: Progress,
    /// What the tree has, and what a reader shows.
    expected: Vec<u8>,
    found: Vec<u8>,
}

/// What is at a path in the image, by each reader.
#[derive(Clone, Copy)]
struct Places<'a> {
    own: Option<(&'a Content, u32)>,
    second: Option<File<'a>>,
}

impl Places<'_> {
    /// Whether both readers see one content at two paths.
    fn are_same(self, other: Places<'_>) -> bool {
        let inode = |places: Places<'_>| places.own.map(|(_, inode)| inode);
        let second = match (self.second, other.second) {
            (Some(file), Some(other)) => file.is_same(other),
            (file, other) => file.is_none() && other.is_none(),
        };
        second && inode(self) == inode(other)
    }
}

/// A reader whose content is as expected up to now.
struct Reading<'a> {
    which: WhichReader,
    content: Box<dyn Read + 'a>,
}

impl<'a, P> Contents<'a, P>
where
    P: FnMut(Progress) -> ControlFlow<()>,
{
    pub(super) fn new(own: &'a Own, second: Option<&'a Second>, progress: P) -> Self {
        let state = Progress { done: 0, total: 0 };
        Self { own, second, progress, state, expected: vec![0; CHUNK], found: vec![0; CHUNK] }
    }

    /// Adds what differs. How many bytes of the tree were compared.
    pub(super) fn compare(
        mut self,
        tree: &Tree,
        disagreements: &mut Vec<Disagreement>,
    ) -> Result<u64, CrossCheckError> {
        self.state.total = tree.content_bytes();
        self.step(0)?;
        let mut first = BTreeMap::new();
        for entry in tree.entries() {
            let Node::File(content) = entry.node() else { continue };
            let (own, second) = (self.own, self.second);
            let places = Places {
                own: own.content(entry.path()),
                second: second.and_then(|second| second.file(entry.path())),
            };
            if entry.nlink() > 1 {
                match first.entry(entry.at()) {
                    btree_map::Entry::Vacant(first) => {
                        first.insert(places);
                    }
                    // Another name of what was compared is not read again.
                    btree_map::Entry::Occupied(first) if first.get().are_same(places) => continue,
                    btree_map::Entry::Occupied(_) => {}
                }
            }
            self.file(entry.path(), content, places, disagreements)?;
        }
        Ok(self.state.done)
    }

    fn file(
        &mut self,
        path: &EntryPath,
        content: &Content,
        places: Places<'_>,
        disagreements: &mut Vec<Disagreement>,
    ) -> Result<(), CrossCheckError> {
        let mut differs = |which, difference| {
            disagreements.push(Disagreement::new(path, which, difference));
        };
        let mut readings = Vec::new();
        // Of another length it was said that it differs.
        if let Some((found, _)) = places.own.filter(|(found, _)| found.len() == content.len()) {
            let content = Box::new(found.reader());
            readings.push(Reading { which: WhichReader::Own, content });
        }
        if let Some(file) = places.second.filter(|file| file.length() == content.len()) {
            let which = WhichReader::Backhand;
            match file.reader() {
                Ok(reader) => readings.push(Reading { which, content: Box::new(reader) }),
                Err(error) => differs(which, Difference::Unreadable { error }),
            }
        }
        let (mut source, mut at) = (content.reader(), 0);
        loop {
            let length = fill(&mut source, &mut self.expected)
                .map_err(|source| CrossCheckError::Content { path: path.clone(), source })?;
            let expected = self.expected.get(..length).unwrap_or_default();
            if expected.is_empty() {
                return Ok(());
            }
            let found = self.found.get_mut(..length).unwrap_or_default();
            readings.retain_mut(|Reading { which, content }| {
                let difference = match fill(content, found) {
                    Ok(length) => {
                        let found = found.get(..length).unwrap_or_default();
                        if found == expected {
                            return true;
                        }
                        let same = expected.iter().zip(found).take_while(|(a, b)| a == b);
                        Difference::Content { at: at + same.count() as u64 }
                    }
                    Err(error) => Difference::Unreadable { error: error.into() },
                };
                differs(*which, difference);
                false
            });
            at += length as u64;
            self.step(length as u64)?;
        }
    }

    fn step(&mut self, bytes: u64) -> Result<(), CrossCheckError> {
        self.state.done += bytes;
        match (self.progress)(self.state) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(CrossCheckError::Cancelled),
        }
    }
}

/// Reads until the buffer is full or the end is reached.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
