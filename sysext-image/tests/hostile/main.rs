//! Images that were made to do harm: what each attack comes to, and that no damage does worse than an error.
//!
//! The images of other tools are the seeds of the fuzz target `image`.

mod attacks;
mod bombs;
mod mutations;
mod patch;
#[cfg(feature = "fs")]
mod rights;

use std::io::Cursor;

use sysext_image::{
    Device, Image, ImageOptions, Metadata, Node, Tree,
    squashfs::{BlockSize, Compression, Writer},
};
use sysext_release::Class;

/// Some of everything, small enough for one block in each table.
fn sample() -> Tree {
    let file = |mode| Metadata::new(mode).with_owner(7, 70_000).with_mtime(7);
    let attribute = |value: &[u8]| {
        let name = "user.note".parse().expect("a name");
        Metadata::new(0o644).with_xattr(name, value)
    };
    let device = Device { major: 1, minor: 3 };
    let release = "usr/lib/extension-release.d/extension-release.x";
    let holes = [vec![1; 4096], vec![0; 8192], vec![2; 10]].concat();
    let mut tree = Tree::new();
    for (path, metadata, node) in [
        (release, Metadata::new(0o644), Node::file("ID=_any\n")),
        ("usr/bin/a", file(0o4755), Node::file("#!/bin/sh\n")),
        ("usr/bin/b", file(0o755), Node::file(vec![b'b'; 10_000])),
        ("usr/holes", Metadata::new(0o644), Node::file(holes)),
        ("usr/link", Metadata::new(0o777), Node::symlink("../usr/bin/a")),
        ("usr/null", file(0o666), Node::CharDevice(device)),
        ("usr/pipe", file(0o600), Node::Fifo),
        ("usr/with", attribute(&[b'v'; 300]), Node::file("")),
        ("usr/without", attribute(b"w"), Node::Directory),
    ] {
        tree.insert(path, metadata, node).expect("an entry");
    }
    tree.link(&"usr/bin/a".parse().expect("a path"), "usr/bin/cc").expect("a free name");
    tree
}

fn write(tree: &Tree, compression: Compression) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    Writer::new()
        .with_compression(compression)
        .with_block_size(BlockSize::new(4096).expect("a block size"))
        .write(tree, &mut image)
        .expect("an image");
    image.into_inner()
}

/// The first error on the way through an image, wherever it lies: opening, listing, or reading what is listed.
fn error_of(image: Vec<u8>) -> Option<String> {
    look(image, &ImageOptions::default(), 1 << 20).0
}

/// Looks into everything, reads so many bytes of content at most, and says what the first error was and how many
/// entries there were.
fn look(image: Vec<u8>, options: &ImageOptions, mut bytes: u64) -> (Option<String>, u64) {
    let image = match Image::open_with(Cursor::new(image), options) {
        Ok(image) => image,
        Err(error) => return (Some(error.to_string()), 0),
    };
    let mut entries = 0;
    for entry in image.entries() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return (Some(error.to_string()), entries),
        };
        entries += 1;
        let Node::File(content) = entry.node() else { continue };
        let mut content = std::io::Read::take(content.reader(), bytes);
        match std::io::copy(&mut content, &mut std::io::sink()) {
            Ok(length) => bytes -= length,
            Err(error) => return (Some(error.to_string()), entries),
        }
    }
    for path in ["usr/link", "usr/lib/link", "usr/missing"] {
        let path = path.parse().expect("a path");
        if let Err(error) = image.resolve(&path).and_then(|_| image.get(&path)) {
            return (Some(error.to_string()), entries);
        }
    }
    let error = image.release_files(Class::Sysext).err();
    (error.map(|error| error.to_string()), entries)
}
