//! Trees at the limits of the format, mounted by the kernel and extracted by `unsquashfs`.

use std::{
    fs::{self, File},
    os::unix::fs::{FileExt, MetadataExt},
};

use sysext_image::{Metadata, Node, ScanPolicy, Tree};

use crate::{
    look::{assert_same, look, under},
    noise::noise,
    scan,
    tools::{Image, run},
    writer,
};

#[test]
#[ignore = "needs root and the C tools"]
fn more_owners_than_one_block_of_the_id_table_holds() {
    let mut tree = Tree::new();
    for number in 0..3500 {
        let metadata = Metadata::new(0o644).with_owner(number * 1_000_003, number);
        tree.insert(format!("usr/{number}"), metadata, Node::file("")).unwrap();
    }
    let image = Image::write(&tree, &writer("zstd:1", "128K"));
    let mount = image.mount();
    for path in [mount.path().to_owned(), image.extract()] {
        let seen = look(&path);
        assert_eq!(seen.len(), 3501);
        for number in 0..3500_u32 {
            let path = format!("usr/{number}");
            let owner = seen.get(path.as_ref() as &std::path::Path).map(|seen| seen.owner);
            assert_eq!(owner, Some((number * 1_000_003, number)), "{path}");
        }
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn more_inodes_than_sixteen_bits_count() {
    let mut tree = Tree::new();
    for number in 0..70_000 {
        let path = format!("usr/{}/{number}", number % 7);
        tree.insert(path, Metadata::new(0o644), Node::file(number.to_string())).unwrap();
    }
    // Its inode is far from those that the last directory lists with it.
    tree.link(&"usr/0/0".parse().unwrap(), "usr/zz/far").unwrap();
    tree.link(&"usr/6/69999".parse().unwrap(), "usr/zz/near").unwrap();
    let image = Image::write(&tree, &writer("zstd:1", "128K"));
    let listed = run("unsquashfs", ["-lls".as_ref(), image.path().as_os_str()]);
    let listed = String::from_utf8(listed).unwrap();
    // The root, `usr`, eight directories in it, and what is in those.
    assert_eq!(listed.lines().filter(|line| line.contains("squashfs-root")).count(), 70_012);
    let mount = image.mount();
    for number in 0..70_000 {
        let path = mount.path().join(format!("usr/{}/{number}", number % 7));
        assert_eq!(fs::read_to_string(path).unwrap(), number.to_string());
    }
    for (path, content) in [("far", "0"), ("near", "69999")] {
        let path = mount.path().join("usr/zz").join(path);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
        assert_eq!(path.metadata().unwrap().nlink(), 2);
    }
}

#[test]
#[ignore = "needs root and the C tools"]
fn a_file_of_more_than_four_gibibytes() {
    const LENGTH: u64 = (4 << 30) + 12_345;
    let source = tempfile::tempdir().unwrap();
    fs::create_dir(source.path().join("usr")).unwrap();
    let file = File::create(source.path().join("usr/large")).unwrap();
    file.write_all_at(b"begin", 0).unwrap();
    file.write_all_at(b"end", LENGTH - 3).unwrap();
    let image = Image::write(&scan(source.path(), &ScanPolicy::default()), &writer("zstd:1", "1M"));
    assert!(image.path().metadata().unwrap().len() < 1 << 20, "holes take room");
    let mount = image.mount();
    let file = File::open(mount.path().join("usr/large")).unwrap();
    assert_eq!(file.metadata().unwrap().len(), LENGTH);
    let read = |offset| {
        let mut bytes = [1; 5];
        file.read_exact_at(&mut bytes, offset).unwrap();
        bytes
    };
    assert_eq!(read(0), *b"begin");
    assert_eq!(read(2 << 30), [0; 5]);
    assert_eq!(read(LENGTH - 5), *b"\0\0end");
}

#[test]
#[ignore = "needs root and the C tools"]
fn an_image_of_more_than_four_gibibytes() {
    let source = tempfile::tempdir().unwrap();
    fs::create_dir(source.path().join("usr")).unwrap();
    // Neither the source nor the image takes much of the disk: one byte keeps a block from being a hole.
    let large = File::create(source.path().join("usr/a-large")).unwrap();
    for block in 0..4100_u64 {
        large.write_all_at(&[1], block << 20).unwrap();
    }
    for name in ["b-block", "c-block"] {
        fs::write(source.path().join("usr").join(name), noise(2 << 20, 1)).unwrap();
    }
    fs::write(source.path().join("usr/d-small"), "small").unwrap();
    let image = Image::write(&scan(source.path(), &ScanPolicy::default()), &writer("none", "1M"));
    let length = image.path().metadata().unwrap().len();
    assert!(length > 4 << 30, "{length} bytes");
    let expected = under(look(source.path()), &ScanPolicy::default());
    assert_same("the kernel", &expected, &look(image.mount().path()));
}

#[test]
#[ignore = "needs root and the C tools"]
fn attributes_of_more_than_a_mebibyte() {
    let mut tree = Tree::new();
    let value = |number: u32| noise(65_536, number.into());
    let large = (0..20).fold(Metadata::new(0o755), |metadata, number| {
        metadata.with_xattr(format!("user.large-{number}").parse().unwrap(), value(number))
    });
    tree.insert("usr/large", large.clone(), Node::file("")).unwrap();
    tree.insert("usr/same", large, Node::Directory).unwrap();
    let image = Image::write(&tree, &writer("zstd:1", "128K"));
    let mount = image.mount();
    let mut buffer = vec![0; 65_536];
    for (path, number) in (0..20).flat_map(|number| [("usr/large", number), ("usr/same", number)]) {
        let name = format!("user.large-{number}");
        let found = rustix::fs::lgetxattr(mount.path().join(path), &name, &mut *buffer);
        assert_eq!(found, Ok(65_536), "{path}: {name}");
        assert!(buffer == value(number), "{path}: {name}");
    }
}
