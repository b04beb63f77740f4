use super::{Contents, Image, ImageEntry, ImageError, section::Section};
#[cfg(feature = "erofs")]
use super::{ErofsError, erofs::ErofsEntries};
use crate::{
    squashfs::{Reader, ReaderEntries},
    tree::{Entries, EntryPath},
};

/// The entries of an [`Image`] in path order. Ends after the first error.
#[derive(Debug)]
pub struct ImageEntries<'a> {
    image: &'a Image,
    /// None at the end.
    source: Option<Source<'a>>,
    /// The directory that the file system is mounted at, before it was given out.
    mount_point: Option<&'a EntryPath>,
    entries: u64,
    xattr_bytes: u64,
}

#[derive(Debug)]
enum Source<'a> {
    #[cfg(feature = "erofs")]
    Erofs(Box<ErofsEntries<'a>>),
    /// What could not even be begun.
    #[cfg(feature = "erofs")]
    Failed(ErofsError),
    Squashfs {
        reader: &'a Reader<Section>,
        entries: Box<ReaderEntries<Section>>,
    },
    Tree(Entries<'a>),
}

impl<'a> ImageEntries<'a> {
    pub(super) fn new(image: &'a Image) -> Self {
        let source = match &image.contents {
            #[cfg(feature = "erofs")]
            Contents::Erofs(system) => match system.entries() {
                Ok(entries) => Source::Erofs(Box::new(entries)),
                Err(error) => Source::Failed(error),
            },
            Contents::Squashfs(reader) => {
                Source::Squashfs { reader, entries: Box::new(reader.entries()) }
            }
            Contents::Tree { tree, .. } => Source::Tree(tree.entries()),
        };
        let mount_point = image.mount_point.as_ref();
        Self { image, source: Some(source), mount_point, entries: 0, xattr_bytes: 0 }
    }

    fn step(&mut self) -> Result<Option<ImageEntry>, ImageError> {
        let Some(entry) = self.entry()? else { return Ok(None) };
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

    fn entry(&mut self) -> Result<Option<ImageEntry>, ImageError> {
        if let Some(mount_point) = self.mount_point.take() {
            let metadata = self.image.own_root()?;
            return Ok(Some(ImageEntry::mount_point(mount_point, metadata)));
        }
        let entry = match &mut self.source {
            None => None,
            #[cfg(feature = "erofs")]
            Some(Source::Erofs(entries)) => entries.next()?.map(ImageEntry::of_erofs),
            #[cfg(feature = "erofs")]
            Some(Source::Failed(_)) => match self.source.take() {
                Some(Source::Failed(error)) => return Err(error.into()),
                _ => None,
            },
            Some(Source::Squashfs { reader, entries }) => match entries.next() {
                None => None,
                Some(entry) => Some(ImageEntry::of_squashfs(reader, entry?)?),
            },
            Some(Source::Tree(entries)) => entries.next().map(ImageEntry::from),
        };
        match entry {
            Some(entry) => self.image.placed(entry).map(Some),
            None => Ok(None),
        }
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
