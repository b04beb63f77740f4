use std::{
    collections::{BTreeMap, btree_map},
    error::Error,
    ffi::OsStr,
    io::{BufReader, Read, Seek},
    os::unix::ffi::OsStrExt,
};

use backhand::{FilesystemReader, InnerNode, SquashfsFileReader};

use super::{
    Difference, Disagreement, WhichReader,
    difference::{Found, Shape},
};
use crate::{Device, EntryPath, Tree};

type Node = backhand::Node<SquashfsFileReader>;

/// What backhand says of an image.
pub(super) struct Second {
    filesystem: FilesystemReader<'static>,
    /// Where each path is among its nodes.
    paths: BTreeMap<Box<[u8]>, usize>,
    twice: Vec<Box<[u8]>>,
}

impl Second {
    pub(super) fn open(
        image: impl Read + Seek + Send + 'static,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let filesystem = FilesystemReader::from_reader(BufReader::new(image))?;
        let mut paths = BTreeMap::<Box<[u8]>, _>::new();
        let mut twice = Vec::new();
        for (at, node) in filesystem.files().enumerate() {
            let path = node.fullpath.as_os_str().as_bytes();
            match paths.entry(path.strip_prefix(b"/").unwrap_or(path).into()) {
                btree_map::Entry::Vacant(place) => {
                    place.insert(at);
                }
                btree_map::Entry::Occupied(place) => twice.push(place.key().clone()),
            }
        }
        Ok(Self { filesystem, paths, twice })
    }

    /// Adds what is not as in the tree, content aside. How many entries were compared.
    pub(super) fn compare(&self, tree: &Tree, disagreements: &mut Vec<Disagreement>) -> u64 {
        let mut add = |path: Option<&EntryPath>, difference| {
            let (path, reader) = (path.cloned(), WhichReader::Backhand);
            disagreements.push(Disagreement { path, reader, difference });
        };
        if let Some(root) = self.node(b"") {
            let node = crate::Node::Directory;
            let differences = found(root).differences(&node, tree.root_metadata());
            for difference in differences {
                add(None, difference);
            }
        }
        let mut entries = 0;
        for expected in tree.entries() {
            entries += 1;
            let path = expected.path();
            match self.node(path.as_bytes()) {
                None => add(Some(path), Difference::Missing),
                Some(node) => {
                    let differences = found(node).differences(expected.node(), expected.metadata());
                    for difference in differences {
                        add(Some(path), difference);
                    }
                }
            }
        }
        let extra = self.paths.keys().filter(|path| !path.is_empty() && tree.get(path).is_none());
        extra.for_each(|path| add(Some(&EntryPath::of_names(path)), Difference::Extra));
        for path in &self.twice {
            add(Some(&EntryPath::of_names(path)), Difference::Twice);
        }
        entries
    }

    /// The file at a path, if one is there.
    pub(super) fn file(&self, path: &EntryPath) -> Option<File<'_>> {
        match &self.node(path.as_bytes())?.inner {
            InnerNode::File(file) => Some(File { filesystem: &self.filesystem, file }),
            _ => None,
        }
    }

    fn node(&self, path: &[u8]) -> Option<&Node> {
        self.paths.get(path).and_then(|at| self.filesystem.root.nodes.get(*at))
    }
}

/// A file as backhand has it.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    filesystem: &'a FilesystemReader<'static>,
    file: &'a SquashfsFileReader,
}

impl<'a> File<'a> {
    /// Whether two files are in the same place of the image.
    pub(super) fn is_same(self, other: File<'_>) -> bool {
        self.file == other.file
    }

    pub(super) fn length(self) -> u64 {
        self.file.file_len() as u64
    }

    pub(super) fn reader(self) -> Result<impl Read + use<'a>, Box<dyn Error + Send + Sync>> {
        Ok(self.filesystem.file(self.file).reader_checked()?)
    }
}

fn found(node: &Node) -> Found<'_> {
    let shape = match &node.inner {
        InnerNode::Dir(_) => Shape::Directory,
        InnerNode::File(file) => Shape::File(file.file_len() as u64),
        InnerNode::Symlink(link) => Shape::Symlink(OsStr::as_bytes(link.link.as_os_str())),
        InnerNode::CharacterDevice(char) => Shape::Char(device(char.device_number)),
        InnerNode::BlockDevice(block) => Shape::Block(device(block.device_number)),
        InnerNode::NamedPipe => Shape::Fifo,
        InnerNode::Socket => Shape::Socket,
    };
    let header = node.header;
    let owner = (header.uid, header.gid);
    Found { shape, mode: header.permissions, owner, mtime: header.mtime }
}

fn device(number: u32) -> Device {
    Device { major: number >> 8 & 0xfff, minor: number & 0xff | number >> 12 & 0xf_ff00 }
}
