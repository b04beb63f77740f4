use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{
    compress::{Compression, Compressor},
    data::{Data, FileData},
    directory::{self, DirectoryEntry, Listing},
    error::WriteError,
    inode::{self, Header},
    metadata::{MetadataWriter, Position},
    superblock::Superblock,
    xattr::XattrTable,
};
use crate::tree::{Inode, Metadata, Node, Tree};

/// Writes everything behind the content, notes in the superblock where it is, and returns where it ends.
pub(crate) fn write_tables(
    tree: &Tree,
    data: &Data,
    compression: Compression,
    superblock: &mut Superblock,
    out: &mut impl Write,
    start: u64,
) -> Result<u64, WriteError> {
    let mut compressor = Compressor::new(compression).map_err(WriteError::Compress)?;
    let mut directory_compressor = Compressor::new(compression).map_err(WriteError::Compress)?;
    let order = Order::new(tree)?;
    let ids = places(order.metadata(tree).flat_map(|owner| [owner.uid, owner.gid]))?;
    let xattrs = XattrTable::new(order.metadata(tree)).map_err(WriteError::Write)?;
    let inodes = Inodes { tree, data, order: &order, ids: &ids, xattrs: &xattrs };
    let tables =
        inodes.write(&mut compressor, &mut directory_compressor).map_err(WriteError::Compress)?;

    superblock.inodes = u32::try_from(order.inodes.len()).map_err(|_| WriteError::TooManyInodes)?;
    superblock.ids = u16::try_from(ids.len()).map_err(|_| WriteError::TooManyIds)?;
    superblock.fragments =
        u32::try_from(data.fragments.len()).map_err(|_| WriteError::TooManyFragments)?;
    superblock.root = tables.root;

    let mut end = Counted { out, position: start };
    superblock.inode_table = end.position;
    end.write(&tables.inodes)?;
    superblock.directory_table = end.position;
    end.write(&tables.directories)?;

    let mut fragments = Vec::with_capacity(data.fragments.len() * 16);
    for (start, size) in &data.fragments {
        fragments.extend_from_slice(&start.to_le_bytes());
        fragments.extend_from_slice(&size.to_le_bytes());
        fragments.extend_from_slice(&0_u32.to_le_bytes());
    }
    if fragments.is_empty() {
        superblock.flags |= Superblock::NO_FRAGMENTS;
    }
    superblock.fragment_table = end.indexed(&fragments, &mut compressor)?;
    superblock.export_table = end.indexed(&tables.references, &mut compressor)?;
    let ids: Vec<u8> = ids.keys().flat_map(|id| id.to_le_bytes()).collect();
    superblock.id_table = end.indexed(&ids, &mut compressor)?;
    if xattrs.is_empty() {
        superblock.flags |= Superblock::NO_XATTRS;
        superblock.xattr_table = Superblock::NO_TABLE;
    } else {
        let (bytes, header) =
            xattrs.to_bytes(end.position, &mut compressor).map_err(WriteError::Compress)?;
        superblock.xattr_table = header;
        end.write(&bytes)?;
    }
    Ok(end.position)
}

/// Which inode has which number: those of a directory's entries before the directory itself, the root last.
///
/// An inode with several names is placed with the first directory that lists it.
struct Order {
    /// The inodes by their number, less one.
    inodes: Vec<usize>,
    /// The number of each inode of the tree.
    numbers: Vec<u32>,
    /// The directory that holds each directory of the tree.
    parents: Vec<usize>,
}

impl Order {
    fn new(tree: &Tree) -> Result<Self, WriteError> {
        let count = tree.inodes().len();
        // The root's parent is a number that no inode has; one more must fit.
        u32::try_from(count)
            .ok()
            .and_then(|count| count.checked_add(1))
            .ok_or(WriteError::TooManyInodes)?;
        let mut order = Self {
            inodes: Vec::with_capacity(count),
            numbers: vec![0; count],
            parents: vec![Tree::ROOT; count],
        };
        // A stack of our own: paths of 2048 levels are legal.
        let mut stack = vec![(Tree::ROOT, false)];
        while let Some((directory, entered)) = stack.pop() {
            let children =
                tree.inodes().get(directory).into_iter().flat_map(|inode| inode.children.values());
            if entered {
                for child in children.filter(|child| !is_directory(tree, **child)) {
                    order.place(*child);
                }
                order.place(directory);
            } else {
                stack.push((directory, true));
                for child in children.rev().filter(|child| is_directory(tree, **child)) {
                    if let Some(parent) = order.parents.get_mut(*child) {
                        *parent = directory;
                    }
                    stack.push((*child, false));
                }
            }
        }
        Ok(order)
    }

    fn place(&mut self, inode: usize) {
        if let Some(number @ 0) = self.numbers.get_mut(inode) {
            self.inodes.push(inode);
            *number = u32::try_from(self.inodes.len()).unwrap_or(u32::MAX);
        }
    }

    /// The metadata of all inodes by their number.
    fn metadata<'a>(&self, tree: &'a Tree) -> impl Iterator<Item = &'a Metadata> {
        self.inodes.iter().filter_map(|at| tree.inodes().get(*at)).map(|inode| &inode.metadata)
    }

    fn number(&self, inode: usize) -> u32 {
        self.numbers.get(inode).copied().unwrap_or_default()
    }

    /// What the inode of a directory says of its parent. The root has a number behind all others.
    fn parent_number(&self, directory: usize) -> u32 {
        if directory == Tree::ROOT {
            return self.number(Tree::ROOT).saturating_add(1);
        }
        self.number(self.parents.get(directory).copied().unwrap_or_default())
    }
}

fn is_directory(tree: &Tree, inode: usize) -> bool {
    tree.inodes().get(inode).is_some_and(|inode| inode.node == Node::Directory)
}

/// Each of these users and groups once, and its place in the id table.
fn places(ids: impl Iterator<Item = u32>) -> Result<BTreeMap<u32, u16>, WriteError> {
    let mut ids: BTreeMap<u32, u16> = ids.map(|id| (id, 0)).collect();
    for (place, number) in ids.values_mut().zip(0..) {
        *place = u16::try_from(number)
            .ok()
            .filter(|place| *place < u16::MAX)
            .ok_or(WriteError::TooManyIds)?;
    }
    Ok(ids)
}

struct Inodes<'a> {
    tree: &'a Tree,
    data: &'a Data,
    order: &'a Order,
    ids: &'a BTreeMap<u32, u16>,
    xattrs: &'a XattrTable<'a>,
}

/// The inode and directory tables.
struct InodeTables {
    inodes: Vec<u8>,
    directories: Vec<u8>,
    /// The reference of every inode, by number: what NFS and file handles need.
    references: Vec<u8>,
    /// The reference of the root.
    root: u64,
}

impl Inodes<'_> {
    /// Both tables grow together: an entry needs the place of its inode, a directory's inode that of its listing.
    fn write(
        &self,
        compressor: &mut Compressor,
        other: &mut Compressor,
    ) -> io::Result<InodeTables> {
        let mut inode_table = MetadataWriter::new(compressor);
        let mut directory_table = MetadataWriter::new(other);
        let mut positions = vec![Position::default(); self.order.inodes.len()];
        for (at, place) in self.order.inodes.iter().zip(0..) {
            let Some(inode) = self.tree.inodes().get(*at) else { continue };
            let listing = match inode.node {
                Node::Directory => directory::write_listing(
                    &mut directory_table,
                    &self.entries(inode, &positions),
                )?,
                _ => Listing::default(),
            };
            let bytes = self.inode(*at, inode, &listing)?;
            if let Some(position) = positions.get_mut(place) {
                *position = inode_table.position()?;
            }
            inode_table.write(&bytes)?;
        }
        Ok(InodeTables {
            inodes: inode_table.finish()?.0,
            directories: directory_table.finish()?.0,
            references: positions
                .iter()
                .flat_map(|position| position.reference().to_le_bytes())
                .collect(),
            root: positions.last().copied().unwrap_or_default().reference(),
        })
    }

    /// The entries of a directory whose inodes were placed.
    fn entries<'a>(
        &'a self,
        directory: &'a Inode,
        positions: &[Position],
    ) -> Vec<DirectoryEntry<'a>> {
        let entry = |(name, at): (&'a [u8], &usize)| {
            let inode_number = self.order.number(*at);
            let place = usize::try_from(inode_number).ok()?.checked_sub(1)?;
            let inode = *positions.get(place)?;
            Some(DirectoryEntry {
                name,
                kind: inode::kind(&self.tree.inodes().get(*at)?.node),
                inode_number,
                inode,
            })
        };
        directory.children.iter().map(|(name, at)| (&**name, at)).filter_map(entry).collect()
    }

    fn inode(&self, at: usize, inode: &Inode, listing: &Listing) -> io::Result<Vec<u8>> {
        let id = |id: u32| self.ids.get(&id).copied().unwrap_or_default();
        let subdirectories =
            inode.children.values().filter(|child| is_directory(self.tree, **child)).count();
        let header = Header {
            metadata: &inode.metadata,
            uid: id(inode.metadata.uid),
            gid: id(inode.metadata.gid),
            number: self.order.number(at),
            links: match inode.node {
                Node::Directory => {
                    u32::try_from(subdirectories + 2).map_err(|_| io::ErrorKind::FileTooLarge)?
                }
                _ => inode.names,
            },
            xattr: self.xattrs.number(&inode.metadata),
        };
        let kind = inode::kind(&inode.node);
        Ok(match &inode.node {
            Node::Directory => inode::directory(&header, listing, self.order.parent_number(at))?,
            Node::File(_) => inode::file(&header, self.data.of(at).unwrap_or(&FileData::default())),
            Node::Symlink(target) => inode::symlink(&header, target)?,
            Node::BlockDevice(device) | Node::CharDevice(device) => {
                inode::device(&header, kind, *device)
            }
            Node::Fifo | Node::Socket => inode::ipc(&header, kind),
        })
    }
}

/// An output that knows where in the image it is.
struct Counted<'a, W> {
    out: &'a mut W,
    position: u64,
}

impl<W: Write> Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.out.write_all(bytes).map_err(WriteError::Write)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Writes a table in metadata blocks, then where each of them begins; returns where that list begins.
    fn indexed(&mut self, table: &[u8], compressor: &mut Compressor) -> Result<u64, WriteError> {
        let start = self.position;
        let mut writer = MetadataWriter::new(compressor);
        writer.write(table).map_err(WriteError::Compress)?;
        let (bytes, blocks) = writer.finish().map_err(WriteError::Compress)?;
        self.write(&bytes)?;
        let list = self.position;
        for block in blocks {
            self.write(&(start + block).to_le_bytes())?;
        }
        Ok(list)
    }
}
