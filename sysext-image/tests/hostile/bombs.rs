//! Small images that claim to hold more than any disk or memory.

use std::io::{Cursor, Read};

use sysext_image::{Image, ImageOptions, Node};

use crate::{error_of, look, patch::Patched};

/// An image whose file `usr/holes` has so many bytes, as its inode says.
fn swollen(bytes: u64) -> Image {
    let mut image = Patched::sample();
    let inode = image.inode("holes");
    assert_eq!(image.u16(inode), 9, "an inode with 64 bits for the size");
    image.put(inode + 24, &bytes.to_le_bytes());
    Image::open(Cursor::new(image.0)).expect("an image")
}

#[test]
fn terabytes_of_holes_are_listed_and_not_extracted() {
    for bytes in [1 << 40, u64::MAX] {
        let image = swollen(bytes);
        let holes = image.get(&"usr/holes".parse().unwrap()).unwrap().expect("an entry");
        let Node::File(content) = holes.node() else { panic!("no file") };
        assert_eq!(content.len(), bytes);
        // As far as there are size words for blocks, or what is taken for them.
        let error = std::io::copy(&mut content.reader().take(1 << 30), &mut std::io::sink());
        let error = error.unwrap_err().to_string();
        assert_eq!(error, "file: a block of it is shorter than the file");
        #[cfg(feature = "fs")]
        {
            let parent = tempfile::tempdir().unwrap();
            let options = sysext_image::ExtractOptions::default();
            let error = image.extract(parent.path().join("target"), &options).unwrap_err();
            let expected = "the image has more than 17179869184 bytes of content";
            assert_eq!(error.to_string(), expected, "{bytes}");
            assert!(!parent.path().join("target/usr/holes").exists());
        }
    }
}

#[test]
fn more_entries_or_attributes_than_allowed_end_the_listing() {
    let image = Patched::sample().0;
    let all = look(image.clone(), &ImageOptions::default(), 1 << 20);
    assert_eq!(all, (None, 14));
    let cases = [
        (ImageOptions::default().with_entries(14), (None, 14)),
        (
            ImageOptions::default().with_entries(13),
            (Some("the image has more than 13 entries".to_owned()), 13),
        ),
        (
            ImageOptions::default().with_xattr_bytes(318),
            (Some("the image has more than 318 bytes of attributes".to_owned()), 13),
        ),
        (ImageOptions::default().with_xattr_bytes(319), (None, 14)),
    ];
    for (options, expected) in cases {
        assert_eq!(look(image.clone(), &options, 1 << 20), expected, "{options:?}");
    }
}

/// An image of directories whose listings are each the end of one listing of so many names: in each directory is the
/// next one, and all that come after it.
fn nested_listings(names: u32) -> Vec<u8> {
    const SUPERBLOCK: usize = 96;
    const NAME: usize = 4;
    const ENTRY: usize = 12 + 8 + NAME;
    const INODE: usize = 32;
    let number = |value: usize| u32::try_from(value).expect("32 bits");
    let low = |value: usize| u16::try_from(value).expect("16 bits");
    let place = |at: usize| (number(at / 8192 * 8194), low(at % 8192));

    let (mut inodes, mut listing) = (Vec::new(), Vec::new());
    for index in 0..=names {
        let at = usize::try_from(index).expect("32 bits");
        let (block, offset) = place(at * ENTRY);
        let length = (usize::try_from(names).expect("32 bits") - at) * ENTRY + 3;
        for half in [1, 0o755, 0, 0, 0, 0] {
            inodes.extend_from_slice(&u16::to_le_bytes(half));
        }
        for word in [index + 1, block, 2] {
            inodes.extend_from_slice(&word.to_le_bytes());
        }
        inodes.extend_from_slice(&low(length).to_le_bytes());
        inodes.extend_from_slice(&offset.to_le_bytes());
        inodes.extend_from_slice(&[0; 4]);
        if index < names {
            let (block, offset) = place((at + 1) * INODE);
            for word in [0, block, index + 2] {
                listing.extend_from_slice(&word.to_le_bytes());
            }
            for half in [offset, 0, 1, low(NAME) - 1] {
                listing.extend_from_slice(&half.to_le_bytes());
            }
            listing.extend_from_slice(format!("{index:04x}").as_bytes());
        }
    }
    let mut image = Vec::new();
    let mut table = |content: &[u8]| {
        let start = SUPERBLOCK + image.len();
        for block in content.chunks(8192) {
            image.extend_from_slice(&(low(block.len()) | 0x8000).to_le_bytes());
            image.extend_from_slice(block);
        }
        u64::try_from(start).expect("64 bits")
    };
    let (inodes, directories, ids) = (table(&inodes), table(&listing), table(&[0; 4]));
    let index = u64::try_from(SUPERBLOCK + image.len()).expect("64 bits");
    image.extend_from_slice(&ids.to_le_bytes());

    let end = u64::try_from(SUPERBLOCK + image.len()).expect("64 bits");
    let mut superblock = b"hsqs".to_vec();
    for word in [names + 1, 0, 1 << 17, 0] {
        superblock.extend_from_slice(&word.to_le_bytes());
    }
    for half in [1_u16, 17, 1 << 9, 1, 4, 0] {
        superblock.extend_from_slice(&half.to_le_bytes());
    }
    let none = u64::MAX;
    for long in [0, end, index, none, inodes, directories, none, none] {
        superblock.extend_from_slice(&long.to_le_bytes());
    }
    [superblock, image].concat()
}

#[test]
fn listings_that_are_parts_of_each_other_end_with_the_longest_path() {
    assert_eq!(error_of(nested_listings(1)), None);
    // Names of 2 000 × 2 000 / 2 entries would be held on the way down, if names were read before they are needed.
    let error = error_of(nested_listings(2000));
    assert_eq!(error.as_deref(), Some("directory: a path in it is too long"));
}
