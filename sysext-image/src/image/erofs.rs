use std::{
    collections::HashSet,
    fmt,
    future::Future,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use erofs_rs::{
    Error,
    r#async::{EroFS, WalkDir},
    backend::AsyncImage,
    types::Inode,
};

use super::{
    Section,
    error::{ErofsError, corrupt},
};
use crate::tree::{Content, Device, EntryPath, ImageContent, Metadata, Node, XattrName};

/// The longest link target that is read, in bytes.
const TARGET_MAX: u64 = 65535;
/// How much of a file is decompressed at once: what the largest extent that is read holds, so that none is decompressed
/// twice.
const PIECE: usize = 12 << 20;

/// The names of attributes that are no [`XattrName`].
type Unlisted = Vec<Box<[u8]>>;

/// An EROFS image.
///
/// `erofs-rs` reads from memory, or asynchronously from anything. Nothing here is asynchronous: each future is ready at
/// once.
#[derive(Clone)]
pub(crate) struct Erofs(Arc<EroFS<Blocks>>);

impl Erofs {
    pub(super) fn open(section: Section) -> Result<Self, ErofsError> {
        let system = read(EroFS::new(Blocks(section)))?;
        if !system.devices().is_empty() {
            return Err(corrupt("its content is on other devices"));
        }
        Ok(Self(Arc::new(system)))
    }

    /// The metadata of the root directory.
    pub(super) fn root(&self) -> Result<Metadata, ErofsError> {
        let root = read(self.0.get_inode(self.0.super_block().root_inode_id()))?;
        Ok(self.metadata(root)?.0)
    }

    pub(super) fn entries(&self) -> Result<ErofsEntries<'_>, ErofsError> {
        let walk = read(self.0.walk_dir("/"))?;
        let root = self.0.super_block().root_inode_id();
        Ok(ErofsEntries { system: self, walk, names: Vec::new(), seen: HashSet::from([root]) })
    }

    /// The entry at a path; no symlink is followed.
    pub(super) fn get(&self, path: &EntryPath) -> Result<Option<ErofsEntry>, ErofsError> {
        let bytes = path.as_bytes();
        let (parent, name) = match bytes.iter().rposition(|byte| *byte == b'/') {
            Some(at) => bytes.split_at(at + 1),
            None => (&b"/"[..], bytes),
        };
        let mut walk = match ready(self.0.read_dir(parent)) {
            Err(Error::PathNotFound(_) | Error::NotADirectory(_)) => return Ok(None),
            walk => walk.map_err(ErofsError::of_library)?,
        };
        while let Some(found) = ready(walk.next_entry()) {
            let found = found.map_err(ErofsError::of_library)?;
            if found.dir_entry.file_name() == name {
                return self.entry(path.clone(), found.inode).map(Some);
            }
        }
        Ok(None)
    }

    fn entry(&self, path: EntryPath, inode: Inode) -> Result<ErofsEntry, ErofsError> {
        let device = || {
            let (major, minor) = inode.device().unwrap_or_default();
            Device { major, minor }
        };
        let kind = inode.file_type();
        let node = if kind.is_dir() {
            Node::Directory
        } else if kind.is_file() {
            let file = ErofsFile { system: self.clone(), inode };
            Node::File(Content::of_image(Arc::new(file)))
        } else if kind.is_symlink() {
            if inode.data_size() > TARGET_MAX {
                return Err(corrupt("a link target is longer than any"));
            }
            Node::symlink(read(self.0.read_link_inode(inode))?.as_bytes())
        } else if kind.is_char_device() {
            Node::CharDevice(device())
        } else if kind.is_block_device() {
            Node::BlockDevice(device())
        } else if kind.is_fifo() {
            Node::Fifo
        } else if kind.is_socket() {
            Node::Socket
        } else {
            return Err(corrupt("an inode has a type that none has"));
        };
        let (metadata, unlisted_xattrs) = self.metadata(inode)?;
        Ok(ErofsEntry { path, metadata, unlisted_xattrs, node, inode })
    }

    /// The metadata of an inode, and the names of attributes that are no [`XattrName`].
    fn metadata(&self, inode: Inode) -> Result<(Metadata, Unlisted), ErofsError> {
        let mode = u16::try_from(inode.permissions().mode() & 0o7777).unwrap_or_default();
        // The nearest that there is.
        let mtime = u32::try_from(inode.modified_unix().0.max(0)).unwrap_or(u32::MAX);
        let mut metadata =
            Metadata::new(mode).with_owner(inode.uid(), inode.gid()).with_mtime(mtime);
        let mut unlisted = Vec::new();
        if inode.xattr_size() > 0 {
            for (name, value) in read(self.0.xattrs_inode(inode))? {
                match XattrName::try_from(&*name) {
                    Ok(name) => _ = metadata.xattrs.insert(name, value.into()),
                    Err(_) => unlisted.push(name.into()),
                }
            }
        }
        Ok((metadata, unlisted))
    }
}

impl fmt::Debug for Erofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Erofs").finish_non_exhaustive()
    }
}

/// One entry of an EROFS image.
pub(super) struct ErofsEntry {
    pub(super) path: EntryPath,
    pub(super) metadata: Metadata,
    pub(super) unlisted_xattrs: Vec<Box<[u8]>>,
    pub(super) node: Node,
    inode: Inode,
}

impl ErofsEntry {
    pub(super) fn inode_number(&self) -> u64 {
        self.inode.id()
    }

    pub(super) fn nlink(&self) -> u32 {
        self.inode.nlink()
    }
}

/// The entries of an EROFS image in path order.
pub(super) struct ErofsEntries<'a> {
    system: &'a Erofs,
    walk: WalkDir<'a, Blocks>,
    /// The names from the root to the last entry.
    names: Vec<Box<[u8]>>,
    /// The directories that were read. One that comes again would have no end.
    seen: HashSet<u64>,
}

impl ErofsEntries<'_> {
    /// The next entry; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<ErofsEntry>, ErofsError> {
        let Some(found) = ready(self.walk.next_entry()) else { return Ok(None) };
        let found = found.map_err(ErofsError::of_library)?;
        let name = found.dir_entry.file_name();
        if matches!(name, b"" | b"." | b"..") || name.iter().any(|byte| b"/\0".contains(byte)) {
            return Err(corrupt("a name in a directory is none"));
        }
        // The depth of what is in the root is 1.
        let depth = found.depth.saturating_sub(1);
        if self.names.get(depth).is_some_and(|last| **last >= *name) {
            return Err(corrupt(
                "the names in a directory are not in order, or one is there twice",
            ));
        }
        self.names.truncate(depth);
        self.names.push(name.into());
        if found.inode.is_dir() && !self.seen.insert(found.inode.id()) {
            return Err(corrupt("a directory is in the tree twice"));
        }
        let path = EntryPath::try_from(&*self.names.join(&b'/'));
        let path = path.map_err(|_| corrupt("a path is too long"))?;
        self.system.entry(path, found.inode).map(Some)
    }
}

impl fmt::Debug for ErofsEntries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErofsEntries").finish_non_exhaustive()
    }
}

/// A file of an EROFS image.
struct ErofsFile {
    system: Erofs,
    inode: Inode,
}

impl ImageContent for ErofsFile {
    fn len(&self) -> u64 {
        self.inode.data_size()
    }

    fn open(&self) -> Box<dyn Read + Send> {
        let Self { system, inode } = self;
        let (piece, length) = (Vec::new(), inode.data_size());
        Box::new(FileReader {
            system: system.clone(),
            inode: *inode,
            length,
            offset: 0,
            piece,
            taken: 0,
        })
    }
}

/// A file that is being read.
struct FileReader {
    system: Erofs,
    inode: Inode,
    length: u64,
    /// Where the piece ends in the file.
    offset: u64,
    piece: Vec<u8>,
    /// How much of the piece was read.
    taken: usize,
}

impl FileReader {
    fn next_piece(&mut self) -> io::Result<()> {
        let left = usize::try_from(self.length - self.offset).unwrap_or(usize::MAX);
        self.piece.resize(left.min(PIECE), 0);
        let file = self.system.0.open_inode_file(self.inode).map_err(io::Error::other)?;
        let length = ready(file.read_at(&mut self.piece, self.offset)).map_err(io::Error::other)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.piece.truncate(length);
        self.taken = 0;
        self.offset += length as u64;
        Ok(())
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() {
            if self.offset >= self.length || buffer.is_empty() {
                return Ok(0);
            }
            self.next_piece()?;
        }
        let length = self.piece.get(self.taken..).unwrap_or_default().read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

/// Where `erofs-rs` reads from.
struct Blocks(Section);

impl AsyncImage for Blocks {
    async fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        Ok(self.0.read_exact_at(buffer, offset)?)
    }
}

/// What a future comes to that waits for nothing, with the error as ours.
fn read<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, ErofsError> {
    ready(future).map_err(ErofsError::of_library)
}

/// What a future comes to that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
