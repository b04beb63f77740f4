use std::{collections::BTreeMap, io::Write};

use super::{
    compressor::Compressor,
    contents::{Contents, Placement},
    directory::{self, DirectoryEntry, Listing},
    error::{TableError, WriteError, fit},
    inode::{self, Header},
    metadata::{BLOCK, MetadataWriter, Position},
    xattr::XattrTable,
};
use crate::squashfs::{Compression, superblock::Superblock};
use crate::tree::{Inode, InodeIndex, Metadata, Node, PerInode, Tree};

/// Writes everything behind the content, notes in the superblock where it is, and returns where it ends.
pub(super) fn write_tables(
    tree: &Tree,
    contents: &Contents,
    compression: Compression,
    superblock: &mut Superblock,
    out: &mut impl Write,
    start: u64,
) -> Result<u64, WriteError> {
    let compressor = || Compressor::new(compression, BLOCK.into()).map_err(WriteError::Compress);
    let (mut compressor, mut directory_compressor) = (compressor()?, compressor()?);
    let order = Order::new(tree)?;
    let ids = places(order.metadata(tree).flat_map(|owner| [owner.uid, owner.gid]))?;
    let xattrs = XattrTable::new(order.metadata(tree)).map_err(WriteError::table("attributes"))?;
    let inodes = Inodes { tree, contents, order: &order, ids: &ids, xattrs: &xattrs };
    let tables = inodes.write(&mut compressor, &mut directory_compressor)?;

    superblock.inodes = u32::try_from(order.inodes.len()).map_err(|_| WriteError::TooManyInodes)?;
    superblock.ids = u16::try_from(ids.len()).map_err(|_| WriteError::TooManyIds)?;
    superblock.fragments =
        u32::try_from(contents.fragments.len()).map_err(|_| WriteError::TooManyFragments)?;
    superblock.root = tables.root;

    let mut end = Counted { out, position: start };
    superblock.inode_table = end.position;
    end.write(&tables.inodes)?;
    superblock.directory_table = end.position;
    end.write(&tables.directories)?;

    let mut fragments = Vec::with_capacity(contents.fragments.len() * 16);
    for (start, size) in &contents.fragments {
        fragments.extend_from_slice(&start.to_le_bytes());
        fragments.extend_from_slice(&size.to_le_bytes());
        fragments.extend_from_slice(&0_u32.to_le_bytes());
    }
    if fragments.is_empty() {
        superblock.flags |= Superblock::NO_FRAGMENTS;
    }
    superblock.fragment_table = end.indexed("fragments", &fragments, &mut compressor)?;
    superblock.export_table = end.indexed("references", &tables.references, &mut compressor)?;
    let ids: Vec<u8> = ids.keys().flat_map(|id| id.to_le_bytes()).collect();
    superblock.id_table = end.indexed("owners", &ids, &mut compressor)?;
    if xattrs.is_empty() {
        superblock.flags |= Superblock::NO_XATTRS;
        superblock.xattr_table = Superblock::NO_TABLE;
    } else {
        let table = xattrs.to_bytes(end.position, &mut compressor);
        let (bytes, header) = table.map_err(WriteError::table("attributes"))?;
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
    inodes: Vec<InodeIndex>,
    /// The number of each inode that has a name; 0 until it is placed.
    numbers: PerInode<u32>,
    /// The directory that holds each directory.
    parents: PerInode<InodeIndex>,
}

impl Order {
    fn new(tree: &Tree) -> Result<Self, WriteError> {
        let inodes = tree.inodes();
        // The root's parent is a number that no inode has; one more must fit.
        if u32::try_from(inodes.len()).ok().and_then(|count| count.checked_add(1)).is_none() {
            return Err(WriteError::TooManyInodes);
        }
        let mut order = Self {
            inodes: Vec::with_capacity(inodes.len()),
            numbers: PerInode::like(inodes, 0),
            parents: PerInode::like(inodes, InodeIndex::ROOT),
        };
        // A stack of our own: paths of 2048 levels are legal.
        let mut stack = vec![(InodeIndex::ROOT, false)];
        while let Some((directory, entered)) = stack.pop() {
            let children = inodes[directory].children.values().copied();
            if entered {
                for child in children.filter(|child| !inodes[*child].is_directory()) {
                    order.place(child);
                }
                order.place(directory);
            } else {
                stack.push((directory, true));
                for child in children.rev().filter(|child| inodes[*child].is_directory()) {
                    order.parents[child] = directory;
                    stack.push((child, false));
                }
            }
        }
        Ok(order)
    }

    fn place(&mut self, inode: InodeIndex) {
        if self.numbers[inode] == 0 {
            self.inodes.push(inode);
            // `new` has seen that all of them can be counted.
            self.numbers[inode] = u32::try_from(self.inodes.len()).unwrap_or(u32::MAX);
        }
    }

    /// The metadata of all inodes by their number.
    fn metadata<'a>(&self, tree: &'a Tree) -> impl Iterator<Item = &'a Metadata> {
        self.inodes.iter().map(|inode| &tree.inodes()[*inode].metadata)
    }

    /// What the inode of a directory says of its parent. The root has a number behind all others.
    fn parent_number(&self, directory: InodeIndex) -> u32 {
        if directory == InodeIndex::ROOT {
            return self.numbers[directory].saturating_add(1);
        }
        self.numbers[self.parents[directory]]
    }
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
    contents: &'a Contents,
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
    ) -> Result<InodeTables, WriteError> {
        let mut inode_table = MetadataWriter::new(compressor);
        let mut directory_table = MetadataWriter::new(other);
        let mut positions = PerInode::like(self.tree.inodes(), Position::default());
        for at in &self.order.inodes {
            let inode = &self.tree.inodes()[*at];
            let mut listing = Listing::default();
            if inode.is_directory() {
                let entries = self.entries(inode, &positions);
                listing = directory::write_listing(&mut directory_table, &entries)
                    .map_err(|error| self.error("listings", *at, error))?;
            }
            let bytes = self.inode(*at, inode, &listing);
            let bytes = bytes.map_err(|error| self.error("inodes", *at, error))?;
            positions[*at] = inode_table.position().map_err(WriteError::table("inodes"))?;
            inode_table.write(&bytes).map_err(WriteError::table("inodes"))?;
        }
        let references =
            self.order.inodes.iter().flat_map(|at| positions[*at].reference().to_le_bytes());
        Ok(InodeTables {
            references: references.collect(),
            root: positions[InodeIndex::ROOT].reference(),
            inodes: inode_table.finish().map_err(WriteError::table("inodes"))?.0,
            directories: directory_table.finish().map_err(WriteError::table("listings"))?.0,
        })
    }

    fn error(&self, table: &'static str, at: InodeIndex, error: TableError) -> WriteError {
        match error {
            TableError::DirectoryTooLarge => {
                WriteError::DirectoryTooLarge { path: self.tree.path_of(at) }
            }
            error => WriteError::table(table)(error),
        }
    }

    /// The entries of a directory whose inodes were placed.
    fn entries<'a>(
        &'a self,
        directory: &'a Inode,
        positions: &PerInode<Position>,
    ) -> Vec<DirectoryEntry<'a>> {
        let entry = |(name, at): (&'a [u8], InodeIndex)| DirectoryEntry {
            name,
            kind: inode::kind(&self.tree.inodes()[at].node),
            inode_number: self.order.numbers[at],
            inode: positions[at],
        };
        directory.children.iter().map(|(name, at)| (&**name, *at)).map(entry).collect()
    }

    fn inode(
        &self,
        at: InodeIndex,
        inode: &Inode,
        listing: &Listing,
    ) -> Result<Vec<u8>, TableError> {
        let place = |id: u32| self.ids.get(&id).copied().ok_or(TableError::TooLarge);
        let is_directory = |child: &&InodeIndex| self.tree.inodes()[**child].is_directory();
        let header = Header {
            metadata: &inode.metadata,
            uid: place(inode.metadata.uid)?,
            gid: place(inode.metadata.gid)?,
            number: self.order.numbers[at],
            links: match inode.node {
                Node::Directory => fit(inode.children.values().filter(is_directory).count() + 2)?,
                _ => inode.names,
            },
            xattr: self.xattrs.number(&inode.metadata),
        };
        let kind = inode::kind(&inode.node);
        Ok(match &inode.node {
            Node::Directory => inode::directory(&header, listing, self.order.parent_number(at))?,
            Node::File(_) => {
                inode::file(&header, self.contents.of(at).unwrap_or(&Placement::default()))
            }
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
    fn indexed(
        &mut self,
        name: &'static str,
        table: &[u8],
        compressor: &mut Compressor,
    ) -> Result<u64, WriteError> {
        let start = self.position;
        let mut writer = MetadataWriter::new(compressor);
        writer.write(table).map_err(WriteError::table(name))?;
        let (bytes, blocks) = writer.finish().map_err(WriteError::table(name))?;
        self.write(&bytes)?;
        let list = self.position;
        for block in blocks {
            self.write(&(start + block).to_le_bytes())?;
        }
        Ok(list)
    }
}
