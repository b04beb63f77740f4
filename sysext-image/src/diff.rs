use std::{
    cmp::Ordering,
    collections::BTreeMap,
    io::{self, Read},
    iter::FusedIterator,
};

pub use self::{
    change::{Change, Difference, DifferenceKind},
    options::DiffOptions,
};
use crate::{
    image::{Image, ImageEntries, ImageEntry, ImageError},
    tree::{Content, EntryPath, Node},
};

mod change;
mod options;

/// How many pairs of hard-linked files are remembered, so that the content of most is compared once.
const MOST_PAIRS: usize = 1 << 16;
/// How many bytes of two contents are compared at once.
const CHUNK: usize = 1 << 16;

impl Image {
    /// What differs from this image in a newer one.
    ///
    /// ```
    /// use sysext_image::{DiffOptions, Image, Metadata, Node, Tree};
    ///
    /// let (mut old, mut new) = (Tree::new(), Tree::new());
    /// old.insert("usr/bin/tool", Metadata::new(0o755), Node::file("1.0"))?;
    /// new.insert("usr/bin/tool", Metadata::new(0o755), Node::file("1.1"))?;
    /// new.insert("usr/bin/helper", Metadata::new(0o755), Node::file(""))?;
    ///
    /// let (old, new) = (Image::from(old), Image::from(new));
    /// let differences = old.diff(&new, &DiffOptions::default()).collect::<Result<Vec<_>, _>>()?;
    /// let lines = differences.iter().map(|difference| difference.to_string());
    /// assert_eq!(
    ///     lines.collect::<Vec<_>>(),
    ///     [
    ///         r#""usr/bin/helper": added"#,
    ///         r#""usr/bin/tool": the content differs from byte 2 on"#,
    ///     ],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff<'a>(&'a self, newer: &'a Self, options: &DiffOptions) -> Diff<'a> {
        Diff {
            images: Some((self, newer)),
            old: Side::new(self),
            new: Side::new(newer),
            options: options.clone(),
            contents: BTreeMap::new(),
            ended: false,
        }
    }
}

/// The [differences](Difference) of two images in path order, the root first. Ends after the first error.
///
/// Both images are read side by side, and no more of a file than up to its first difference: what is held in memory does
/// not depend on how large they are. A directory that became something else, or the other way round, changed its kind,
/// and what was in it was removed or added. Which names are links of each other is not compared, only how many a file
/// has.
#[derive(Debug)]
pub struct Diff<'a> {
    /// None once their roots were compared.
    images: Option<(&'a Image, &'a Image)>,
    old: Side<'a>,
    new: Side<'a>,
    options: DiffOptions,
    /// Of hard-linked files, by the numbers of their inodes: the first byte that differs.
    contents: BTreeMap<(u64, u64), Option<u64>>,
    ended: bool,
}

/// One of the two images, and the entry that comes next.
#[derive(Debug)]
struct Side<'a> {
    entries: ImageEntries<'a>,
    next: Option<ImageEntry>,
}

impl<'a> Side<'a> {
    fn new(image: &'a Image) -> Self {
        Self { entries: image.entries(), next: None }
    }

    fn fill(&mut self) -> Result<(), ImageError> {
        if self.next.is_none() {
            self.next = self.entries.next().transpose()?;
        }
        Ok(())
    }
}

impl Diff<'_> {
    fn step(&mut self) -> Result<Option<Difference>, ImageError> {
        if let Some((old, new)) = self.images.take() {
            let mut changes = Vec::new();
            self.options.compare_metadata(&old.root()?, &new.root()?, &mut changes);
            if !changes.is_empty() {
                return Ok(Some(Difference { path: None, kind: DifferenceKind::Changed(changes) }));
            }
        }
        loop {
            self.old.fill()?;
            self.new.fill()?;
            let order = match (&self.old.next, &self.new.next) {
                (None, None) => return Ok(None),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => path_order(old.path(), new.path()),
            };
            let old = if order.is_le() { self.old.next.take() } else { None };
            let new = if order.is_ge() { self.new.next.take() } else { None };
            let (path, kind) = match (old, new) {
                (Some(old), Some(new)) => {
                    let changes = self.changes(&old, &new)?;
                    if changes.is_empty() {
                        continue;
                    }
                    (new.path().clone(), DifferenceKind::Changed(changes))
                }
                (Some(old), None) => (old.path().clone(), DifferenceKind::Removed(old.into())),
                (None, Some(new)) => (new.path().clone(), DifferenceKind::Added(new.into())),
                (None, None) => return Ok(None),
            };
            return Ok(Some(Difference { path: Some(path), kind }));
        }
    }

    fn changes(&mut self, old: &ImageEntry, new: &ImageEntry) -> Result<Vec<Change>, ImageError> {
        let mut changes = Vec::new();
        match (old.node(), new.node()) {
            (Node::File(before), Node::File(after)) if before.len() == after.len() => {
                let pair = (old.inode_number(), new.inode_number());
                let linked = old.nlink() > 1 && new.nlink() > 1;
                let known = self.contents.get(&pair).copied().filter(|_| linked);
                let at = match known {
                    Some(at) => at,
                    None => first_difference(before, after).map_err(|source| {
                        let path = new.path().clone();
                        ImageError::Content { path, source }
                    })?,
                };
                if linked && self.contents.len() < MOST_PAIRS {
                    self.contents.insert(pair, at);
                }
                changes.extend(at.map(|at| Change::Content { at }));
            }
            (before, after) => changes.extend(Change::of_nodes(before, after)),
        }
        self.options.compare_metadata(old.metadata(), new.metadata(), &mut changes);
        let directory = *old.node() == Node::Directory || *new.node() == Node::Directory;
        if !directory && old.nlink() != new.nlink() {
            changes.push(Change::Links { old: old.nlink(), new: new.nlink() });
        }
        Ok(changes)
    }
}

impl Iterator for Diff<'_> {
    type Item = Result<Difference, ImageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let difference = self.step().transpose();
        if !matches!(difference, Some(Ok(_))) {
            self.ended = true;
        }
        difference
    }
}

impl FusedIterator for Diff<'_> {}

/// The order in which an image lists its entries. It is not that of the bytes: `a-b` comes after `a/b`.
pub(crate) fn path_order(left: &EntryPath, right: &EntryPath) -> Ordering {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    left.split(|byte| *byte == b'/').cmp(right.split(|byte| *byte == b'/'))
}

/// Where two contents of one length differ first.
fn first_difference(left: &Content, right: &Content) -> io::Result<Option<u64>> {
    if left == right {
        return Ok(None);
    }
    let (mut left, mut right) = (left.reader(), right.reader());
    let (mut first, mut second) = (vec![0; CHUNK], vec![0; CHUNK]);
    let mut offset = 0;
    loop {
        let (before, after) = (fill(&mut left, &mut first)?, fill(&mut right, &mut second)?);
        let same = before.iter().zip(after).take_while(|(before, after)| before == after).count();
        if same < before.len() || same < after.len() {
            return Ok(Some(offset + same as u64));
        }
        if before.is_empty() {
            return Ok(None);
        }
        offset += same as u64;
    }
}

/// As much as there is and fits.
fn fill<'a>(reader: &mut impl Read, buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
    buffer.clear();
    reader.by_ref().take(CHUNK as u64).read_to_end(buffer)?;
    Ok(buffer)
}
