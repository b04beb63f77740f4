use std::io::{Read, Seek};
#[cfg(feature = "fs")]
use std::{
    fs::{self, File},
    path::Path,
};

#[cfg(feature = "erofs")]
pub use self::error::ErofsError;
use self::format::Recognized;
pub(crate) use self::section::Section;
#[cfg(feature = "ddi")]
pub use self::{
    ddi::{Partition, PartitionDesignator},
    error::DdiError,
};
pub use self::{
    entries::ImageEntries,
    entry::ImageEntry,
    error::ImageError,
    format::{ImageFormat, UnreadFormat},
    options::ImageOptions,
    release::{ImageRelease, ReleaseError, ReleaseFile},
};
#[cfg(feature = "fs")]
use crate::tree::{MtimePolicy, OwnerPolicy, scan::ScanPolicy};
use crate::{
    squashfs::{ReadError, ReadErrorKind, ReadLimits, Reader, Superblock},
    tree::{EntryPath, Metadata, Tree},
};

#[cfg(feature = "ddi")]
mod ddi;
mod entries;
mod entry;
#[cfg(feature = "erofs")]
mod erofs;
mod error;
mod format;
mod options;
mod release;
mod resolve;
mod section;

/// An image of any format, looked into without mounting it.
///
/// What an image is, is known by its content alone, never by its name. Nothing is read before it is asked for: a listing
/// holds the names of the directories on the way only.
///
/// ```
/// use std::io::Cursor;
/// use sysext_image::{Image, ImageFormat, Metadata, Node, Tree, squashfs::Writer};
///
/// let mut tree = Tree::new();
/// tree.insert("usr/bin/hello", Metadata::new(0o755), Node::file("#!/bin/sh\necho hello\n"))?;
/// let mut file = Cursor::new(Vec::new());
/// Writer::new().write(&tree, &mut file)?;
///
/// let image = Image::open(file)?;
/// assert_eq!(image.format(), ImageFormat::Squashfs);
/// let paths: Result<Vec<_>, _> =
///     image.entries().map(|entry| entry.map(|entry| entry.path().to_string())).collect();
/// assert_eq!(paths?, ["usr", "usr/bin", "usr/bin/hello"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Image {
    pub(crate) contents: Contents,
    /// How many bytes it has; none for a directory or a tree.
    length: Option<u64>,
    /// Where the file system is mounted, if it is not the root.
    mount_point: Option<EntryPath>,
    #[cfg(feature = "ddi")]
    partitions: Vec<Partition>,
    options: ImageOptions,
}

/// What holds the entries.
#[derive(Debug)]
pub(crate) enum Contents {
    #[cfg(feature = "erofs")]
    Erofs(erofs::Erofs),
    Squashfs(Reader<Section>),
    Tree {
        tree: Tree,
        format: ImageFormat,
    },
}

impl Image {
    /// Opens an image with the default [options](ImageOptions).
    pub fn open(source: impl Read + Seek + Send + 'static) -> Result<Self, ImageError> {
        Self::open_with(source, &ImageOptions::default())
    }

    /// Opens an image.
    pub fn open_with(
        source: impl Read + Seek + Send + 'static,
        options: &ImageOptions,
    ) -> Result<Self, ImageError> {
        let section = Section::whole(source).map_err(ImageError::Io)?;
        let length = Some(section.length());
        match format::recognize(&section)? {
            #[cfg(feature = "ddi")]
            Recognized::Gpt(sector) => {
                let partitions = ddi::partitions(&section, sector)?;
                let partition = ddi::choose(&partitions, options.architecture)?;
                let number = partition.number;
                let section = section.part(partition.start, partition.length);
                let contents = format::recognize(&section)
                    .and_then(|found| Contents::open(found, section, options))
                    .map_err(|error| ImageError::Partition { number, source: Box::new(error) })?;
                let is_usr = partition.designator == Some(PartitionDesignator::Usr);
                let mount_point = is_usr.then(|| EntryPath::of_names(b"usr"));
                let image = Self::new(contents, length, options);
                Ok(Self { mount_point, partitions, ..image })
            }
            found => Ok(Self::new(Contents::open(found, section, options)?, length, options)),
        }
    }

    fn new(contents: Contents, length: Option<u64>, options: &ImageOptions) -> Self {
        Self {
            contents,
            length,
            mount_point: None,
            #[cfg(feature = "ddi")]
            partitions: Vec::new(),
            options: options.clone(),
        }
    }

    /// Opens what is at a path of this machine with the default [options](ImageOptions): a file, a block device, or a
    /// directory that is an image itself.
    #[cfg(feature = "fs")]
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, ImageError> {
        Self::open_path_with(path, &ImageOptions::default())
    }

    /// The same with these options.
    ///
    /// A directory is read whole, as [`Tree::scan`] does with all owners and times kept.
    #[cfg(feature = "fs")]
    pub fn open_path_with(
        path: impl AsRef<Path>,
        options: &ImageOptions,
    ) -> Result<Self, ImageError> {
        let path = path.as_ref();
        if !fs::metadata(path).map_err(ImageError::Io)?.is_dir() {
            return Self::open_with(File::open(path).map_err(ImageError::Io)?, options);
        }
        let policy =
            ScanPolicy::default().with_owner(OwnerPolicy::Keep).with_mtime(MtimePolicy::Keep);
        let tree = Tree::scan(path, &policy)?.tree;
        let contents = Contents::Tree { tree, format: ImageFormat::Directory };
        Ok(Self::new(contents, None, options))
    }

    /// The format of the file system, wherever it lies.
    pub fn format(&self) -> ImageFormat {
        match &self.contents {
            #[cfg(feature = "erofs")]
            Contents::Erofs(_) => ImageFormat::Erofs,
            Contents::Squashfs(_) => ImageFormat::Squashfs,
            Contents::Tree { format, .. } => *format,
        }
    }

    /// The length of the image in bytes; none of a directory.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// What the superblock says, if the format is squashfs.
    pub fn superblock(&self) -> Option<Superblock> {
        let Contents::Squashfs(reader) = &self.contents else { return None };
        Some(reader.superblock())
    }

    /// The partitions of a disk image, in the order of its table; none if it is no disk image.
    #[cfg(feature = "ddi")]
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// The metadata of the root directory. If the image is that of `/usr` alone, it is the root's that systemd makes.
    pub fn root(&self) -> Result<Metadata, ImageError> {
        match &self.mount_point {
            Some(_) => Ok(Metadata::new(0o755)),
            None => self.own_root(),
        }
    }

    /// The metadata of the root of the file system, wherever that is mounted.
    pub(crate) fn own_root(&self) -> Result<Metadata, ImageError> {
        match &self.contents {
            #[cfg(feature = "erofs")]
            Contents::Erofs(system) => Ok(system.root()?),
            Contents::Squashfs(reader) => Ok(reader.root()?),
            Contents::Tree { tree, .. } => Ok(tree.root_metadata().clone()),
        }
    }

    /// The entries in path order, without the root: a directory before what it holds, names by their bytes. Ends after
    /// the first error.
    pub fn entries(&self) -> ImageEntries<'_> {
        ImageEntries::new(self)
    }

    /// The entry at a path, if there is one; no symlink is followed. There is none for the root.
    pub fn get(&self, path: &EntryPath) -> Result<Option<ImageEntry>, ImageError> {
        let Some(mount_point) = &self.mount_point else { return self.own_entry(path) };
        let bytes = path.as_bytes();
        if path == mount_point {
            return Ok(Some(ImageEntry::mount_point(mount_point, self.own_root()?)));
        }
        let below = bytes.strip_prefix(mount_point.as_bytes());
        let Some(below) = below.and_then(|below| below.strip_prefix(b"/")) else { return Ok(None) };
        match self.own_entry(&EntryPath::of_names(below))? {
            Some(entry) => self.placed(entry).map(Some),
            None => Ok(None),
        }
    }

    /// An entry where it is once its file system is mounted.
    pub(crate) fn placed(&self, entry: ImageEntry) -> Result<ImageEntry, ImageError> {
        let Some(mount_point) = &self.mount_point else { return Ok(entry) };
        let path = entry.path().clone();
        entry.below(mount_point).ok_or(ImageError::PathTooLong { path })
    }

    /// The directory that the file system is mounted at, if it is not the root.
    #[cfg(feature = "fs")]
    pub(crate) fn mount_point(&self) -> Option<&EntryPath> {
        self.mount_point.as_ref()
    }

    fn own_entry(&self, path: &EntryPath) -> Result<Option<ImageEntry>, ImageError> {
        match &self.contents {
            #[cfg(feature = "erofs")]
            Contents::Erofs(system) => Ok(system.get(path)?.map(ImageEntry::of_erofs)),
            Contents::Squashfs(reader) => {
                let Some(entry) = reader.get(path)? else { return Ok(None) };
                Ok(Some(ImageEntry::of_squashfs(reader, entry)?))
            }
            Contents::Tree { tree, .. } => Ok(tree.get(path).map(ImageEntry::from)),
        }
    }
}

impl Contents {
    fn open(
        found: Recognized,
        section: Section,
        options: &ImageOptions,
    ) -> Result<Self, ImageError> {
        match found {
            #[cfg(feature = "erofs")]
            Recognized::Erofs => Ok(Self::Erofs(erofs::Erofs::open(section)?)),
            Recognized::Squashfs => {
                let limits = ReadLimits::default().with_entries(options.entries);
                Ok(Self::Squashfs(Reader::open_with(section, &limits)?))
            }
            // No partition is divided once more.
            #[cfg(feature = "ddi")]
            Recognized::Gpt(_) => Err(ImageError::Unread { format: UnreadFormat::Gpt }),
        }
    }
}

/// A tree that was not written yet, or not read from an image: what is said of images holds for it too.
impl From<Tree> for Image {
    fn from(tree: Tree) -> Self {
        let contents = Contents::Tree { tree, format: ImageFormat::Directory };
        Self::new(contents, None, &ImageOptions::default())
    }
}

impl From<ReadError> for ImageError {
    fn from(error: ReadError) -> Self {
        match *error.kind() {
            ReadErrorKind::Limit { what, limit } => Self::Limit { what, limit },
            _ => Self::Squashfs(error),
        }
    }
}
