/// The first 96 bytes of an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Superblock {
    pub(crate) inodes: u32,
    pub(crate) mkfs_time: u32,
    pub(crate) block_log: u16,
    pub(crate) fragments: u32,
    pub(crate) compression: u16,
    pub(crate) flags: u16,
    pub(crate) ids: u16,
    pub(crate) root: u64,
    pub(crate) bytes_used: u64,
    pub(crate) id_table: u64,
    pub(crate) xattr_table: u64,
    pub(crate) inode_table: u64,
    pub(crate) directory_table: u64,
    pub(crate) fragment_table: u64,
    pub(crate) export_table: u64,
}

impl Superblock {
    pub(crate) const SIZE: usize = 96;
    /// Where a table would begin that the image does not have.
    pub(crate) const NO_TABLE: u64 = u64::MAX;

    pub(crate) const UNCOMPRESSED_INODES: u16 = 1 << 0;
    pub(crate) const UNCOMPRESSED_DATA: u16 = 1 << 1;
    pub(crate) const UNCOMPRESSED_FRAGMENTS: u16 = 1 << 3;
    pub(crate) const NO_FRAGMENTS: u16 = 1 << 4;
    pub(crate) const TAILS_IN_FRAGMENTS: u16 = 1 << 5;
    pub(crate) const DUPLICATES: u16 = 1 << 6;
    pub(crate) const EXPORTABLE: u16 = 1 << 7;
    pub(crate) const UNCOMPRESSED_XATTRS: u16 = 1 << 8;
    pub(crate) const NO_XATTRS: u16 = 1 << 9;
    pub(crate) const COMPRESSOR_OPTIONS: u16 = 1 << 10;
    pub(crate) const UNCOMPRESSED_IDS: u16 = 1 << 11;

    const MAGIC: u32 = u32::from_le_bytes(*b"hsqs");
    const VERSION: (u16, u16) = (4, 0);

    /// Reads what [`to_bytes`](Self::to_bytes) writes, and says what no superblock says.
    pub(crate) fn parse(bytes: &[u8; Self::SIZE]) -> Result<Self, &'static str> {
        let mut rest = &bytes[..];
        let mut number = |length: usize| {
            let (head, tail) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            rest = tail;
            head.iter().rev().fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
        };
        let [magic, inodes, mkfs_time, block_size, fragments] = [(); 5].map(|()| number(4));
        let [compression, block_log, flags, ids, major, minor] = [(); 6].map(|()| number(2));
        let [root, bytes_used, id_table, xattr_table] = [(); 4].map(|()| number(8));
        let [inode_table, directory_table, fragment_table, export_table] =
            [(); 4].map(|()| number(8));
        if magic != u64::from(Self::MAGIC) {
            return Err("no squashfs: the magic number is missing");
        }
        if (major, minor) != (u64::from(Self::VERSION.0), u64::from(Self::VERSION.1)) {
            return Err("the version is not 4.0");
        }
        if !(12..=20).contains(&block_log) || block_size != 1 << block_log {
            return Err("the block size is none");
        }
        let word = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let half = |number| u16::try_from(number).unwrap_or(u16::MAX);
        Ok(Self {
            inodes: word(inodes),
            mkfs_time: word(mkfs_time),
            block_log: half(block_log),
            fragments: word(fragments),
            compression: half(compression),
            flags: half(flags),
            ids: half(ids),
            root,
            bytes_used,
            id_table,
            xattr_table,
            inode_table,
            directory_table,
            fragment_table,
            export_table,
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::SIZE);
        bytes.extend_from_slice(&Self::MAGIC.to_le_bytes());
        for word in [self.inodes, self.mkfs_time, 1 << self.block_log, self.fragments] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        for half in [
            self.compression,
            self.block_log,
            self.flags,
            self.ids,
            Self::VERSION.0,
            Self::VERSION.1,
        ] {
            bytes.extend_from_slice(&half.to_le_bytes());
        }
        for long in [
            self.root,
            self.bytes_used,
            self.id_table,
            self.xattr_table,
            self.inode_table,
            self.directory_table,
            self.fragment_table,
            self.export_table,
        ] {
            bytes.extend_from_slice(&long.to_le_bytes());
        }
        bytes
    }
}
