//! Tables, directories and names that say what no image says.

use sysext_image::{EntryPath, Image, squashfs::Compression};

use crate::{
    error_of,
    patch::{
        DIRECTORY_TABLE, EXPORT_TABLE, FRAGMENT_TABLE, FRAGMENTS, ID_TABLE, IDS, INODE_TABLE,
        INODES, Patched, ROOT, XATTR_TABLE,
    },
};

/// Changes an image, and says what its first error is.
fn changed(change: impl FnOnce(&mut Patched)) -> Option<String> {
    let mut image = Patched::sample();
    change(&mut image);
    error_of(image.0)
}

#[test]
fn a_directory_in_itself_is_refused() {
    let within = |name: &str, inode: &dyn Fn(&Patched) -> u16| {
        changed(|image| {
            let (at, inode) = (image.entry(name), inode(image));
            image.put(at, &inode.to_le_bytes());
        })
    };
    let expected = Some("directory: it is in the tree twice".to_owned());
    assert_eq!(within("usr", &|image| image.u16(ROOT)), expected, "the root in the root");
    assert_eq!(within("without", &|image| image.u16(ROOT)), expected, "the root deep in it");
    let usr = |image: &Patched| image.u16(image.entry("usr"));
    assert_eq!(within("without", &usr), expected, "a directory in itself");
    let bin = |image: &Patched| image.u16(image.entry("bin"));
    assert_eq!(within("without", &bin), expected, "a directory beside itself");
}

#[test]
fn a_parent_that_is_none_is_never_followed() {
    // The last word of a directory's inode.
    let found = changed(|image| {
        let root = image.root();
        image.put(root + 28, &image.u32(root + 12).to_le_bytes());
    });
    assert_eq!(found, None);
}

#[test]
fn no_table_is_larger_than_the_image() {
    let ones = [0xff; 4];
    let cases: [(&str, usize, &[u8], Option<&str>); 8] = [
        ("owners", IDS, &ones[..2], Some("id table: a block of it has a length that none has")),
        ("no owners", IDS, &[0; 2], Some("inode: its owner is not in the table")),
        ("fragments", FRAGMENTS, &ones, Some("fragment table: it is not in the image")),
        (
            "no fragments",
            FRAGMENTS,
            &[0; 4],
            Some("fragment table: a file's fragment is not in it"),
        ),
        ("attributes", XATTR_TABLE, &[0xfe; 8], Some("attribute table: it is not in the image")),
        (
            "the owners' place",
            ID_TABLE,
            &[0xfe; 8],
            Some("superblock: the tables are not in the image, or not in order"),
        ),
        // What only counts, or is not read at all.
        ("inodes", INODES, &ones, None),
        ("exported inodes", EXPORT_TABLE, &[0xfe; 8], None),
    ];
    for (name, at, bytes, expected) in cases {
        let found = changed(|image| image.put(at, bytes));
        assert_eq!(found.as_deref(), expected, "{name}");
    }
    let found = changed(|image| {
        let sets = image.table(XATTR_TABLE) + 8;
        image.put(sets, &ones);
    });
    assert_eq!(found.as_deref(), Some("attribute table: it is not in the image"));
}

#[test]
fn a_block_of_metadata_has_content_and_ends_in_its_table() {
    let cases: [(u16, &str); 4] = [
        (0x8000, "a block of it has a length that none has"),
        (0x0000, "a block of it has a length that none has"),
        (0xa001, "a block of it has a length that none has"),
        (0x8001, "it begins behind its block"),
    ];
    for (head, expected) in cases {
        for (table, part) in [(INODE_TABLE, "inode"), (DIRECTORY_TABLE, "directory")] {
            let found = changed(|image| {
                let at = image.table(table);
                image.put(at, &head.to_le_bytes());
            });
            assert_eq!(found, Some(format!("{part}: {expected}")), "{head:#x}");
        }
    }
}

#[test]
fn a_listing_has_as_many_names_as_it_says() {
    let found = changed(|image| {
        let root = image.root();
        image.put(root + 24, &10_u16.to_le_bytes());
    });
    assert_eq!(found.as_deref(), Some("directory: its listing ends in the middle"));
    let found = changed(|image| {
        let header = image.entry("a") - 12;
        image.put(header, &u32::MAX.to_le_bytes());
    });
    assert_eq!(
        found.as_deref(),
        Some("directory: its listing has a header of more than 256 names")
    );
    let found = changed(|image| {
        let header = image.entry("a") - 12;
        image.put(header, &255_u32.to_le_bytes());
    });
    assert_eq!(found.as_deref(), Some("directory: its listing ends in the middle"));
}

#[test]
fn a_block_that_inflates_to_more_than_a_block_is_refused() {
    use sysext_image::{Metadata, Node, Tree};

    for name in ["zstd", "gzip", "xz", "lz4"] {
        let Ok(compression) = name.parse::<Compression>() else { continue };
        // Two blocks of the same size, compressed: their content becomes the table of inodes.
        let mut tree = Tree::new();
        let padding = (0..2000).map(|number| (format!("usr/{number}"), Node::file("")));
        let large = ("usr/x".to_owned(), Node::file(vec![b'x'; 1 << 17]));
        for (path, node) in padding.chain([large]) {
            tree.insert(path, Metadata::new(0o644), node).unwrap();
        }
        let mut file = std::io::Cursor::new(Vec::new());
        let writer = sysext_image::squashfs::Writer::new().with_compression(compression);
        writer.write(&tree, &mut file).unwrap();
        let mut image = Patched(file.into_inner());
        let table = image.table(INODE_TABLE);
        let block = image.0[96..table].to_vec();
        let root = usize::try_from(image.u64(ROOT) >> 16).unwrap();
        let length = u16::try_from(block.len()).unwrap();
        image.put(table + root, &length.to_le_bytes());
        image.put(table + root + 2, &block);
        assert_eq!(error_of(image.0).as_deref(), Some("inode: cannot decompress it"), "{name}");
    }
}

#[test]
fn a_name_that_is_none_or_is_there_twice_is_refused_and_nothing_is_made_of_it() {
    let cases = [
        ("a", "/", "directory: a name in it is none"),
        ("a", "\0", "directory: a name in it is none"),
        ("a", ".", "directory: a name in it is \".\" or \"..\""),
        ("cc", "..", "directory: a name in it is \".\" or \"..\""),
        ("pipe", "../x", "directory: a name in it is none"),
        ("b", "a", "directory: its names are not in order, or one is there twice"),
        ("a", "b", "directory: its names are not in order, or one is there twice"),
    ];
    for (name, other, expected) in cases {
        let mut image = Patched::sample();
        let at = image.entry(name) + 8;
        image.put(at, other.as_bytes());
        assert_eq!(error_of(image.0.clone()).as_deref(), Some(expected), "{name:?} as {other:?}");
        #[cfg(feature = "fs")]
        {
            let parent = tempfile::tempdir().unwrap();
            let image = Image::open(std::io::Cursor::new(image.0)).unwrap();
            let target = parent.path().join("in/target");
            std::fs::create_dir(parent.path().join("in")).unwrap();
            let error = image.extract(&target, &sysext_image::ExtractOptions::default());
            assert_eq!(error.unwrap_err().to_string(), expected, "{name:?} as {other:?}");
            for (directory, expected) in [("", "in"), ("in", "target")] {
                let entries = std::fs::read_dir(parent.path().join(directory)).unwrap();
                let names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
                assert_eq!(names, [expected], "{name:?} as {other:?}");
            }
        }
    }
}

#[test]
fn no_symlink_leads_out_of_the_image() {
    let cases = [
        ("/usr/bin/a", Some("usr/bin/a")),
        ("../../../../usr/bin/a", Some("usr/bin/a")),
        ("../../../etc/passwd", None),
        ("/proc/self/root/etc/passwd", None),
        ("evil", None),
        ("..", None),
        ("/", None),
    ];
    for (target, expected) in cases {
        let mut tree = crate::sample();
        let metadata = sysext_image::Metadata::new(0o777);
        tree.insert("usr/evil", metadata, sysext_image::Node::symlink(target)).unwrap();
        let image = crate::write(&tree, Compression::None);
        let image = Image::open(std::io::Cursor::new(image)).unwrap();
        let evil: EntryPath = "usr/evil".parse().unwrap();
        let found = image.resolve(&evil).unwrap().map(|entry| entry.path().to_string());
        assert_eq!(found.as_deref(), expected, "{target}");
        for below in ["usr/evil/x", "usr/evil/../x"] {
            let Ok(below) = below.parse::<EntryPath>() else { continue };
            assert!(image.get(&below).unwrap().is_none(), "{target}: {below}");
        }
    }
}

#[test]
fn an_image_without_its_tables_is_refused() {
    let expected = "superblock: the tables are not in the image, or not in order";
    for field in [INODE_TABLE, DIRECTORY_TABLE, ID_TABLE] {
        for place in [u64::MAX, u64::MAX - 1, 1 << 40] {
            let found = changed(|image| image.put(field, &place.to_le_bytes()));
            assert_eq!(found.as_deref(), Some(expected), "{field} at {place}");
        }
    }
    // What leads out of a table, or into the middle of it.
    let found = changed(|image| image.put(ROOT, &u64::MAX.to_le_bytes()));
    assert_eq!(found.as_deref(), Some("inode: it ends in the middle"));
    let found = changed(|image| image.put(ROOT, &0xffff_u64.to_le_bytes()));
    assert_eq!(found.as_deref(), Some("inode: it begins behind its block"));
    let found = changed(|image| {
        let table = u64::MAX - 8;
        image.put(FRAGMENT_TABLE, &table.to_le_bytes());
    });
    assert_eq!(found.as_deref(), Some("fragment table: it is not in the image"));
}

#[cfg(feature = "erofs")]
#[test]
fn no_directory_of_an_erofs_is_in_itself_or_has_a_name_that_is_none() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/image/erofs-plain");
    let image = std::fs::read(seed).unwrap();
    // The names of `usr`, which come behind their entries of twelve bytes each.
    let names = image.windows(9).position(|it| it == b"...binlib").unwrap();
    let entries = names - 4 * 12;
    let [own, lib] = [0, 3].map(|number| image[entries + number * 12..][..8].to_vec());
    let order = "corrupted data: directory entries are not strictly sorted";
    let cases: [(&str, usize, &[u8], &str); 5] = [
        ("lib is usr", entries + 3 * 12, &own, "corrupted data: directory cycle"),
        ("bin is lib", entries + 2 * 12, &lib, "a directory is in the tree twice"),
        ("bin is ../", names + 3, b"../", "corrupted data: invalid directory entry name"),
        ("lib is bin", names + 6, b"bin", order),
        ("lib is abc", names + 6, b"abc", order),
    ];
    for (name, at, bytes, expected) in cases {
        let mut changed = Patched(image.clone());
        changed.put(at, bytes);
        assert_eq!(error_of(changed.0).as_deref(), Some(expected), "{name}");
    }
}
