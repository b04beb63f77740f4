//! An image that was written, read again by two readers and compared with what should be in it.
//!
//! A writer and a reader of one hand can share a mistake. The second reader is
//! [backhand](https://docs.rs/backhand), which has nothing in common with this crate but the format. What it cannot
//! read, or does not show, is [said](Unchecked), and compared with this crate's own [`Reader`] alone.

use std::{
    io::{Read, Seek},
    ops::ControlFlow,
};

use self::{contents::Contents, own::Own, second::Second};
pub use self::{
    difference::{Difference, Disagreement, WhichReader},
    error::CrossCheckError,
    unchecked::Unchecked,
};
use crate::{Tree, image::Section, squashfs::Reader};

mod contents;
mod difference;
mod error;
mod own;
mod second;
mod unchecked;

/// Reads images again, and compares.
///
/// Both readers are asked for names, kinds, modes, owners, times, sizes, link targets, device numbers and every byte of
/// content; this crate's own also for extended attributes and link counts, which backhand does not show.
///
/// ```
/// use std::{io::Cursor, ops::ControlFlow};
///
/// use sysext_image::{Metadata, Node, Tree, cross_check::CrossCheck, squashfs::Writer};
///
/// let mut tree = Tree::new();
/// tree.insert("usr/bin/hello", Metadata::new(0o755), Node::file("#!/bin/sh\necho hello\n"))?;
/// let mut image = Cursor::new(Vec::new());
/// Writer::new().write(&tree, &mut image)?;
///
/// let report = CrossCheck::new().run(&tree, image, |_| ControlFlow::Continue(()))?;
/// assert_eq!(report.entries, 3);
/// assert!(report.disagreements.is_empty() && report.unchecked.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossCheck {
    memory: u64,
}

impl CrossCheck {
    /// With 512 MiB of memory for backhand.
    pub const fn new() -> Self {
        Self { memory: 512 << 20 }
    }

    /// The same with this many bytes of memory for backhand.
    ///
    /// It keeps all inodes, all names and every fragment block that was read: the ends of files, and small files. How much
    /// that is, is estimated before it opens the image; if it is more, it is not asked.
    #[must_use]
    pub const fn with_memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// Compares an image with the tree that it was made of, telling how far it is.
    ///
    /// Files of the tree are read again: one that changed since the image was written is an error. Of both readers
    /// content is a stream. backhand is not asked when this crate's reader already finds the image damaged.
    pub fn run<R: Read + Seek + Send + 'static>(
        &self,
        tree: &Tree,
        image: R,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Report, CrossCheckError> {
        let image = Section::whole(image).map_err(CrossCheckError::Source)?;
        let own = Own::read(Reader::open(image.clone())?)?;
        let mut disagreements = own.compare(tree)?;
        let (mut unchecked, mut second, mut entries) = (Vec::new(), None, 0);
        if let Some(limit) = own.beyond(self.memory) {
            unchecked.push(limit);
        } else {
            match Second::open(image) {
                Ok(opened) => second = Some(opened),
                Err(error) => disagreements.push(Disagreement::unreadable(error)),
            }
        }
        if let Some(second) = &second {
            entries = second.compare(tree, &mut disagreements);
            unchecked.extend(own.unseen()?);
        }
        let content =
            Contents::new(&own, second.as_ref(), progress).compare(tree, &mut disagreements)?;
        Ok(Report { entries, content, disagreements, unchecked })
    }
}

impl Default for CrossCheck {
    fn default() -> Self {
        Self::new()
    }
}

/// What came of comparing an image.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// How many entries backhand was asked for. None if it did not open the image.
    pub entries: u64,
    /// How many bytes of content were compared, each inode counted once.
    pub content: u64,
    /// What is not as it should be. The image is as the tree is when there is nothing.
    pub disagreements: Vec<Disagreement>,
    /// What only this crate's own reader compared.
    pub unchecked: Vec<Unchecked>,
}

/// How far a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of content that were compared.
    pub done: u64,
    /// Bytes of content in all.
    pub total: u64,
}
