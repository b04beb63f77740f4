use std::io::Read;

use sysext_release::{
    Class, ExtensionRelease, FileKind, Systemd,
    env_file::ParseError,
    release_file::{self, Candidate, CandidateKind, NoReleaseFileError, Reason, find},
};
use thiserror::Error;

use super::{Image, ImageEntry, ImageError};
use crate::tree::{EntryPath, Node};

/// The longest release file that is read, as systemd reads no longer one.
const LENGTH_MAX: u64 = 1 << 20;

/// How many symlinks are followed among the release files: each step is a walk through directories.
const MOST_LINKS: usize = 16;

/// An entry of the directory of release files, whatever it is.
#[derive(Clone, Debug)]
pub struct ReleaseFile {
    path: EntryPath,
    kind: CandidateKind,
    strict: Option<Box<[u8]>>,
}

impl ReleaseFile {
    /// Where it is.
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// The same, as [`release_file::find`] wants it.
    pub fn candidate(&self) -> Candidate<'_> {
        let path = self.path.as_bytes();
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let candidate = Candidate::new(name, self.kind);
        match &self.strict {
            Some(value) => candidate.with_strict(value),
            None => candidate,
        }
    }
}

/// The release file that systemd reads of an image.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageRelease {
    /// Where it is.
    pub path: EntryPath,
    /// Why it is the one.
    pub reason: Reason,
    /// What it says.
    pub release: ExtensionRelease,
}

/// There is no release file of an image that could be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// There is none for the name.
    #[error(transparent)]
    None(#[from] NoReleaseFileError),
    /// It is not what a release file is.
    #[error("cannot parse {path:?}")]
    #[non_exhaustive]
    Parse {
        /// The path in the image.
        path: EntryPath,
        /// What is wrong with it.
        source: ParseError,
    },
    /// It has more than a mebibyte.
    #[error("{path:?} has {length} bytes: more than a mebibyte is no release file")]
    #[non_exhaustive]
    TooLarge {
        /// The path in the image.
        path: EntryPath,
        /// How many bytes it has.
        length: u64,
    },
}

impl Image {
    /// What is in the directory of release files of a class, in the order of the names. Empty if there is no such
    /// directory. An error if there are more than a few symlinks among
    /// them.
    pub fn release_files(&self, class: Class) -> Result<Vec<ReleaseFile>, ImageError> {
        let directory = EntryPath::of_names(class.release_directory().as_bytes());
        let Some(directory) = self.resolve(&directory)? else { return Ok(Vec::new()) };
        let prefix = [directory.path().as_bytes(), b"/"].concat();
        let mut files = Vec::new();
        let mut followed = 0;
        for entry in self.entries() {
            let entry = entry?;
            match entry.path().as_bytes().strip_prefix(&*prefix) {
                Some(name) if name.contains(&b'/') => {}
                Some(_) => files.push(self.release_file(&entry, &mut followed)?),
                // What is in a directory comes in one piece.
                None if !files.is_empty() => break,
                None => {}
            }
        }
        Ok(files)
    }

    fn release_file(
        &self,
        entry: &ImageEntry,
        followed: &mut usize,
    ) -> Result<ReleaseFile, ImageError> {
        let kind = match entry.node() {
            Node::Symlink(_) => {
                let end = self.resolve_counting(entry.path(), followed)?;
                if *followed > MOST_LINKS {
                    let (what, limit) = ("links among the release files", MOST_LINKS as u64);
                    return Err(ImageError::Limit { what, limit });
                }
                CandidateKind::Link(end.map(|end| kind(end.node())))
            }
            node => CandidateKind::File(kind(node)),
        };
        let xattrs = &entry.metadata().xattrs;
        let strict = xattrs.get(release_file::STRICT_XATTR.as_bytes()).cloned();
        Ok(ReleaseFile { path: entry.path().clone(), kind, strict })
    }

    /// The release file that systemd reads of an image of this class which it looks up by this name: see
    /// [`release_file::find`].
    pub fn release(
        &self,
        class: Class,
        lookup_name: &[u8],
        systemd: Systemd,
    ) -> Result<ImageRelease, ReleaseError> {
        let files = self.release_files(class)?;
        let candidates = files.iter().map(ReleaseFile::candidate).collect::<Vec<_>>();
        let found = find(lookup_name, &candidates, systemd)?;
        let file = files.iter().find(|file| file.candidate().name == found.name);
        let path = file.map_or_else(|| EntryPath::of_names(found.name), |file| file.path.clone());
        let release = self.read_release(&path)?;
        Ok(ImageRelease { path, reason: found.reason, release })
    }

    fn read_release(&self, path: &EntryPath) -> Result<ExtensionRelease, ReleaseError> {
        let mut bytes = Vec::new();
        if let Some(Node::File(content)) = self.resolve(path)?.as_ref().map(ImageEntry::node) {
            if content.len() > LENGTH_MAX {
                let (path, length) = (path.clone(), content.len());
                return Err(ReleaseError::TooLarge { path, length });
            }
            let mut reader = content.reader();
            reader.read_to_end(&mut bytes).map_err(|source| {
                let path = path.clone();
                ImageError::Content { path, source }
            })?;
        }
        ExtensionRelease::parse(&bytes)
            .map_err(|source| ReleaseError::Parse { path: path.clone(), source })
    }
}

fn kind(node: &Node) -> FileKind {
    match node {
        Node::File(_) => FileKind::Regular,
        Node::Directory => FileKind::Directory,
        Node::BlockDevice(_) => FileKind::Block,
        _ => FileKind::Other,
    }
}
