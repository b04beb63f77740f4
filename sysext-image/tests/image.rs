//! What an image is known by, and how its entries are found.

use std::io::{Cursor, Read};

use sysext_image::{
    EntryPath, Image, ImageFormat, ImageOptions, Metadata, Node, Tree, XattrName, squashfs::Writer,
};
use sysext_release::{Class, Systemd};

/// An extension with links of all sorts.
fn sample() -> Tree {
    let release = "usr/lib/extension-release.d/extension-release.tools";
    let mut tree = Tree::new();
    let inserted = [
        (release, Node::file("ID=_any\n")),
        ("usr/bin/tool", Node::file("#!/bin/sh\n")),
        ("usr/bin/again", Node::symlink("tool")),
        ("usr/bin/above", Node::symlink("../../../../usr/bin/again")),
        ("usr/bin/absolute", Node::symlink("/usr/./bin//again")),
        ("usr/bin/nowhere", Node::symlink("/usr/bin/none")),
        ("usr/bin/circle", Node::symlink("circle")),
        ("usr/bin/up", Node::symlink("..")),
        // A hundred names are looked up, no more.
        ("usr/bin/long", Node::symlink(format!("{}tool", "../bin/".repeat(50)))),
        ("usr/bin/longer", Node::symlink(format!("{}long", "../bin/".repeat(55)))),
        ("usr/lib64", Node::symlink("lib")),
    ]
    .into_iter()
    .try_for_each(|(path, node)| tree.insert(path, Metadata::new(0o755), node));
    inserted.expect("valid entries");
    tree
}

fn file(tree: &Tree) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    Writer::new().write(tree, &mut file).expect("memory does not fail");
    file.into_inner()
}

fn path(text: &str) -> EntryPath {
    text.parse().expect("a path")
}

#[cfg(any(feature = "ddi", feature = "fs"))]
fn paths(image: &Image) -> Vec<String> {
    image.entries().map(|entry| entry.expect("an entry").path().to_string()).collect()
}

/// The same entries, written and not.
fn images() -> [(ImageFormat, Image); 2] {
    let tree = sample();
    let image = Image::open(Cursor::new(file(&tree))).expect("an image");
    [(ImageFormat::Squashfs, image), (ImageFormat::Directory, tree.into())]
}

#[test]
fn what_is_no_image_is_named() {
    let at = |offset: usize, magic: &[u8]| {
        let mut bytes = vec![0; 70_000];
        bytes.splice(offset..offset + magic.len(), magic.iter().copied());
        bytes
    };
    let cases = [
        (Vec::new(), "no image of a known format"),
        (vec![0; 100_000], "no image of a known format"),
        (b"hsqs".to_vec(), "superblock: the file ends in it"),
        (at(0, b"sqsh"), "it is a big-endian squashfs, which Linux no longer reads"),
        (at(1080, b"\x53\xef"), "it is an ext2, ext3 or ext4 file system"),
        (at(0x1_0040, b"_BHRfS_M"), "it is a Btrfs file system"),
        (at(0, b"LUKS\xba\xbe"), "it is encrypted with LUKS"),
        (at(0, b"XFSB"), "it is an XFS file system"),
        (at(1024, b"\x10\x20\xf5\xf2"), "it is an F2FS file system"),
        (at(0x8001, b"CD001"), "it is an ISO 9660 file system"),
        (at(0, b"verity\0\0"), "it is the hashes of a dm-verity device, without the data"),
        (at(0, b"QFI\xfb"), "it is a qcow2 disk image: convert it to raw first"),
        (at(0, b"\x1f\x8b"), "it is compressed with gzip: decompress it first"),
        (at(0, b"BZh"), "it is compressed with bzip2: decompress it first"),
        (at(0, b"\xfd7zXZ\0"), "it is compressed with xz: decompress it first"),
        (at(0, b"\x28\xb5\x2f\xfd"), "it is compressed with zstd: decompress it first"),
        (at(257, b"ustar\x0000"), "it is a tar archive, not an image"),
        (at(257, b"ustar  \0"), "it is a tar archive, not an image"),
        (at(54, b"FAT12"), "it is a FAT file system"),
        (
            at(510, b"\x55\xaa"),
            "it is a disk image with an MBR partition table, and systemd wants a GPT",
        ),
    ];
    for (bytes, expected) in cases {
        let start = bytes.get(..8).map(<[u8]>::to_vec);
        let error = Image::open(Cursor::new(bytes)).unwrap_err();
        assert_eq!(error.to_string(), expected, "{start:?}");
    }
}

#[test]
fn two_images_at_once_are_none() {
    let mut bytes = file(&sample());
    bytes.splice(1080..1082, *b"\x53\xef");
    let error = Image::open(Cursor::new(bytes)).unwrap_err();
    let expected = "it is a squashfs image as well as an ext2, ext3 or ext4 file system";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_entry_is_found_by_its_path_without_following_links() {
    for (format, image) in images() {
        assert_eq!(image.format(), format);
        let cases = [
            ("usr/bin/tool", Some("usr/bin/tool")),
            ("usr/bin/again", Some("usr/bin/again")),
            ("usr/lib64/extension-release.d", None),
            ("usr/bin/tool/x", None),
            ("usr/none", None),
            ("opt", None),
        ];
        for (asked, expected) in cases {
            let found = image.get(&path(asked)).unwrap();
            let found = found.map(|entry| entry.path().to_string());
            assert_eq!(found.as_deref(), expected, "{asked} of {format}");
        }
    }
}

#[test]
fn links_lead_where_they_would_with_the_image_as_root() {
    for (format, image) in images() {
        let cases = [
            ("usr/bin/tool", Some("usr/bin/tool")),
            ("usr/bin/again", Some("usr/bin/tool")),
            ("usr/bin/above", Some("usr/bin/tool")),
            ("usr/bin/absolute", Some("usr/bin/tool")),
            ("usr/bin/nowhere", None),
            ("usr/bin/circle", None),
            ("usr/bin/up", Some("usr")),
            ("usr/bin/up/lib64/extension-release.d", Some("usr/lib/extension-release.d")),
            ("usr/bin/tool/x", None),
            ("usr/bin/long", Some("usr/bin/tool")),
            ("usr/bin/longer", None),
        ];
        for (asked, expected) in cases {
            let found = image.resolve(&path(asked)).unwrap();
            let found = found.map(|entry| entry.path().to_string());
            assert_eq!(found.as_deref(), expected, "{asked} of {format}");
        }
    }
}

#[test]
fn content_and_metadata_are_those_of_the_tree() {
    let metadata = Metadata::new(0o4711)
        .with_owner(7, 70_000)
        .with_mtime(9)
        .with_xattr(XattrName::try_from(&b"user.a"[..]).unwrap(), "b");
    let mut tree = sample();
    tree.insert("usr/bin/more", metadata.clone(), Node::file("some\n")).unwrap();
    tree.link(&path("usr/bin/more"), "usr/bin/most").unwrap();
    for image in [Image::open(Cursor::new(file(&tree))).unwrap(), tree.into()] {
        let [one, two] = ["usr/bin/more", "usr/bin/most"]
            .map(|asked| image.get(&path(asked)).unwrap().expect("an entry"));
        let expected = (one.inode_number(), 2, &metadata);
        for entry in [&one, &two] {
            assert_eq!((entry.inode_number(), entry.nlink(), entry.metadata()), expected);
            let Node::File(content) = entry.node() else { panic!("{:?}", entry.node()) };
            let mut read = String::new();
            content.reader().read_to_string(&mut read).unwrap();
            assert_eq!(read, "some\n");
        }
    }
}

#[test]
fn what_is_more_than_the_options_allow_is_an_error() {
    let mut tree = sample();
    let name = XattrName::try_from(&b"user.large"[..]).unwrap();
    tree.insert("usr/large", Metadata::new(0o644).with_xattr(name, [b'x'; 1000]), Node::file(""))
        .unwrap();
    let cases = [
        (ImageOptions::default().with_entries(3), 3, "the image has more than 3 entries"),
        (
            ImageOptions::default().with_xattr_bytes(1000),
            11,
            "the image has more than 1000 bytes of attributes",
        ),
    ];
    for (options, whole, expected) in cases {
        let image = Image::open_with(Cursor::new(file(&tree)), &options).unwrap();
        let (entries, errors): (Vec<_>, Vec<_>) = image.entries().partition(Result::is_ok);
        let errors: Vec<_> =
            errors.into_iter().map(|error| error.unwrap_err().to_string()).collect();
        assert_eq!((entries.len(), errors), (whole, vec![expected.to_owned()]));
    }
}

#[test]
fn the_release_file_is_that_of_the_name() {
    for (format, image) in images() {
        let found = image.release(Class::Sysext, b"tools", Systemd::V262).unwrap();
        let expected = "usr/lib/extension-release.d/extension-release.tools";
        assert_eq!(found.path, path(expected), "{format}");
        assert_eq!(found.release.id(), Some("_any"), "{format}");
        let error = image.release(Class::Sysext, b"other", Systemd::V262).unwrap_err();
        assert_eq!(error.to_string(), r#"no release file for "other""#, "{format}");
        let error = image.release(Class::Confext, b"tools", Systemd::V262).unwrap_err();
        assert_eq!(error.to_string(), r#"no release file for "tools""#, "{format}");
    }
}

#[test]
fn a_release_file_is_read_through_links_and_to_a_mebibyte() {
    let directory = "usr/lib/extension-release.d/extension-release";
    let insert = |tree: &mut Tree, name: &str, node| {
        tree.insert(format!("{directory}.{name}"), Metadata::new(0o644), node).unwrap();
    };
    let mut tree = sample();
    insert(&mut tree, "linked", Node::symlink("extension-release.tools"));
    insert(&mut tree, "large", Node::file(vec![b'#'; (1 << 20) + 1]));
    insert(&mut tree, "wrong", Node::file(b"ID=\xff\n"));
    let image = Image::open(Cursor::new(file(&tree))).unwrap();
    let linked = image.release(Class::Sysext, b"linked", Systemd::V262).unwrap();
    assert_eq!(linked.release.id(), Some("_any"));
    let cases = [
        (
            "large",
            format!(
                "{:?} has 1048577 bytes: more than a mebibyte is no release file",
                format!("{directory}.large")
            ),
        ),
        ("wrong", format!("cannot parse {:?}", format!("{directory}.wrong"))),
    ];
    for (name, expected) in cases {
        let error = image.release(Class::Sysext, name.as_bytes(), Systemd::V262).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_thousand_linked_release_files_are_not_followed() {
    let mut tree = sample();
    let name = |number: u32| format!("extension-release.{number:04}");
    for number in 0..1000 {
        let path = format!("usr/lib/extension-release.d/{}", name(number));
        tree.insert(path, Metadata::new(0o777), Node::symlink(name(number + 1))).unwrap();
    }
    let image = Image::open(Cursor::new(file(&tree))).unwrap();
    let error = image.release(Class::Sysext, b"tools", Systemd::V262).unwrap_err();
    assert_eq!(error.to_string(), "the image has more than 16 links among the release files");
}

#[cfg(feature = "fs")]
#[test]
fn a_directory_is_an_image() {
    let directory = tempfile::tempdir().unwrap();
    let image: Image = sample().into();
    let target = directory.path().join("tools");
    image.extract(&target, &sysext_image::ExtractOptions::default()).unwrap();
    let opened = Image::open_path(&target).unwrap();
    assert_eq!((opened.format(), opened.length()), (ImageFormat::Directory, None));
    assert_eq!(paths(&opened), paths(&image));
    let error = Image::open_path(directory.path().join("none")).unwrap_err();
    assert!(matches!(error, sysext_image::ImageError::Io(_)), "{error}");
}

#[cfg(feature = "ddi")]
mod ddi {
    use gpt::{GptConfig, disk::LogicalBlockSize, mbr::ProtectiveMBR, partition_types};
    use sysext_image::{ImageError, PartitionDesignator};
    use sysext_release::Architecture;

    use super::*;

    const ROOT: &str = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709";
    const ROOT_ARM64: &str = "b921b045-1df0-41c3-af44-4c6f280d3fae";
    const ROOT_VERITY: &str = "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5";
    const USR: &str = "8484680c-9521-48c6-9c11-b0720656f69e";
    const HOME: &str = "933ac7e1-2eb4-4f13-b844-0e14e2aef915";

    /// A disk of partitions of these types and contents.
    fn disk(partitions: &[(&str, &[u8])]) -> Vec<u8> {
        let mut device = Cursor::new(vec![0; 1 << 20]);
        let mbr = ProtectiveMBR::with_lb_size((1 << 20) / 512 - 1);
        mbr.overwrite_lba0(&mut device).expect("a boot sector");
        let config = GptConfig::new().writable(true).logical_block_size(LogicalBlockSize::Lb512);
        let mut disk = config.create_from_device(device, None).expect("a table");
        disk.update_partitions(std::collections::BTreeMap::new()).expect("no partition");
        let mut places = Vec::new();
        for (number, (kind, content)) in partitions.iter().enumerate() {
            let guid = kind.parse().expect("a UUID");
            let kind = partition_types::Type { guid, os: partition_types::OperatingSystem::None };
            let length = content.len() as u64;
            let id = disk.add_partition(&number.to_string(), length, kind, 0, None);
            let id = id.expect("enough space");
            let start = disk.partitions()[&id].first_lba * 512;
            places.push((usize::try_from(start).expect("it is small"), *content));
        }
        let mut bytes = disk.write().expect("memory does not fail").into_inner();
        for (start, content) in places {
            bytes.splice(start..start + content.len(), content.iter().copied());
        }
        bytes
    }

    #[test]
    fn the_root_partition_is_the_image() {
        let squashfs = file(&sample());
        let image = Image::open(Cursor::new(disk(&[
            (HOME, b"something"),
            (ROOT, &squashfs),
            (ROOT_VERITY, b"verity\0\0"),
        ])))
        .unwrap();
        assert_eq!(paths(&image), paths(&sample().into()));
        let found: Vec<_> = image
            .partitions()
            .iter()
            .map(|it| (it.number, it.designator, it.architecture, &*it.label))
            .collect();
        let x86_64 = Some(Architecture::X86_64);
        let expected = [
            (1, None, None, "0"),
            (2, Some(PartitionDesignator::Root), x86_64, "1"),
            (3, Some(PartitionDesignator::RootVerity), x86_64, "2"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_usr_partition_is_mounted_at_usr() {
        let mut tree = Tree::new();
        tree.insert("bin/tool", Metadata::new(0o755), Node::file("#!/bin/sh\n")).unwrap();
        tree.set_root_metadata(Metadata::new(0o711)).unwrap();
        let image = Image::open(Cursor::new(disk(&[(USR, &file(&tree))]))).unwrap();
        assert_eq!(paths(&image), ["usr", "usr/bin", "usr/bin/tool"]);
        let mode =
            |entry: Option<sysext_image::ImageEntry>| entry.map(|entry| entry.metadata().mode);
        assert_eq!(image.root().unwrap().mode, 0o755);
        assert_eq!(mode(image.get(&path("usr")).unwrap()), Some(0o711));
        assert_eq!(mode(image.get(&path("usr/bin/tool")).unwrap()), Some(0o755));
        assert_eq!(mode(image.get(&path("bin/tool")).unwrap()), None);
        assert_eq!(mode(image.resolve(&path("usr/bin")).unwrap()), Some(0o755));
    }

    #[test]
    fn what_could_be_two_images_is_none_until_the_architecture_is_said() {
        let squashfs = file(&sample());
        let bytes = disk(&[(ROOT, &squashfs), (ROOT_ARM64, &file(&Tree::new()))]);
        let open = |options: ImageOptions| Image::open_with(Cursor::new(bytes.clone()), &options);
        let error = open(ImageOptions::default()).unwrap_err();
        let expected = "partition 1 and partition 2 could both be the one that is wanted";
        assert_eq!(error.to_string(), expected);
        let [native, foreign] = [Architecture::X86_64, Architecture::Arm64]
            .map(|it| open(ImageOptions::default().with_architecture(it)).unwrap());
        assert_eq!(paths(&native), paths(&sample().into()));
        assert_eq!(paths(&foreign), Vec::<String>::new());
        let error = open(ImageOptions::default().with_architecture(Architecture::S390x));
        assert_eq!(error.unwrap_err().to_string(), "no root or usr partition for s390x");
    }

    #[test]
    fn a_table_that_cannot_be_trusted_is_refused() {
        let squashfs = file(&sample());
        let good = disk(&[(ROOT, &squashfs)]);
        let changed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = good.clone();
            change(&mut bytes);
            bytes
        };
        let last = good.len() - 512;
        let other = disk(&[(USR, &squashfs)]);
        let cases = [
            (disk(&[(HOME, b"x")]), "no root or usr partition"),
            (disk(&[(ROOT, b"LUKS\xba\xbe")]), "partition 1: it is encrypted with LUKS"),
            (disk(&[(ROOT, &[0; 600])]), "partition 1: no image of a known format"),
            (
                changed(&|it| it.truncate(last)),
                "the second partition table, at the end of the image, cannot be read",
            ),
            (
                changed(&|it| it[last + 56] ^= 1),
                "the second partition table, at the end of the image, cannot be read",
            ),
            // Each table is whole, and they are of two disks.
            (
                changed(&|it| {
                    it.splice(last - 16_384.., other[last - 16_384..].iter().copied());
                }),
                "the two partition tables do not say the same",
            ),
            (changed(&|it| it[512 + 40] ^= 1), "the partition table cannot be read"),
            (
                changed(&|it| it[1024 + 33] ^= 1),
                "the entries of the partition table cannot be read",
            ),
        ];
        for (bytes, expected) in cases {
            let error = Image::open(Cursor::new(bytes)).unwrap_err();
            let source = match &error {
                ImageError::Partition { source, .. } => format!(": {source}"),
                _ => String::new(),
            };
            assert_eq!(format!("{error}{source}"), expected);
        }
    }
}
