use super::{Contents, Image, ImageEntry, ImageError, section::Section};
use crate::{
    squashfs::{Reader, ReaderEntries},
    tree::Entries,
};

/// The entries of an [`Image`] in path order. Ends after the first error.
#[derive(Debug)]
pub struct ImageEntries<'a> {
    image: &'a Image,
    /// None at the end.
    source: Option<Source<'a>>,
    entries: u64,
    xattr_bytes: u64,
}

#[derive(Debug)]
enum Source<'a> {
    Squashfs { reader: &'a Reader<Section>, entries: Box<ReaderEntries<Section>> },
    Tree(Entries<'a>),
}

impl<'a> ImageEntries<'a> {
    pub(super) fn new(image: &'a Image) -> Self {
        let source = match &image.contents {
            Contents::Squashfs(reader) => {
                Source::Squashfs { reader, entries: Box::new(reader.entries()) }
            }
            Contents::Tree { tree, .. } => Source::Tree(tree.entries()),
        };
        Self { image, source: Some(source), entries: 0, xattr_bytes: 0 }
    }

    fn step(&mut self) -> Result<Option<ImageEntry>, ImageError> {
        let entry = match &mut self.source {
            None => None,
            Some(Source::Squashfs { reader, entries }) => match entries.next() {
                None => None,
                Some(entry) => Some(ImageEntry::of_squashfs(reader, &entry?)?),
            },
            Some(Source::Tree(entries)) => entries.next().map(ImageEntry::from),
        };
        let Some(entry) = entry else { return Ok(None) };
        let (options, over) =
            (&self.image.options, |what, limit| Err(ImageError::Limit { what, limit }));
        self.entries += 1;
        if self.entries > options.entries {
            return over("entries", options.entries);
        }
        let xattrs = entry.metadata().xattrs.iter();
        let length = xattrs.map(|(name, value)| name.as_bytes().len() + value.len()).sum::<usize>();
        self.xattr_bytes = self.xattr_bytes.saturating_add(length as u64);
        if self.xattr_bytes > options.xattr_bytes {
            return over("bytes of attributes", options.xattr_bytes);
        }
        Ok(Some(entry))
    }
}

impl Iterator for ImageEntries<'_> {
    type Item = Result<ImageEntry, ImageError>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.step().transpose();
        if !matches!(entry, Some(Ok(_))) {
            self.source = None;
        }
        entry
    }
}
