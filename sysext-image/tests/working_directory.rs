//! Where an image goes. Alone in its process, because the working directory belongs to all threads of one.

#![cfg(feature = "fs")]

use std::{env, fs, path::Path};

use sysext_image::{
    Builder, Tree,
    squashfs::{Compression, Writer},
};
use sysext_release::{Class, ExtensionRelease};

#[test]
fn an_image_stays_in_the_directory_where_it_was_staged() {
    let home = tempfile::tempdir().unwrap();
    for directory in ["a/out", "b/out"] {
        fs::create_dir_all(home.path().join(directory)).unwrap();
    }
    let release = ExtensionRelease::builder().any_os().build().unwrap();
    let extension =
        Builder::new(Class::Sysext, "hello".parse().unwrap(), release).build(Tree::new()).unwrap();
    let writer = Writer::new().with_compression(Compression::None);
    // The parent of a bare file name is empty, and means the working directory.
    let bare = Path::new("hello.raw").parent().unwrap();
    for (directory, image) in [(Path::new("out"), "a/out/hello.raw"), (bare, "a/hello.raw")] {
        env::set_current_dir(home.path().join("a")).unwrap();
        let staged = extension.stage(&writer, directory).unwrap();
        env::set_current_dir(home.path().join("b")).unwrap();
        staged.persist("hello.raw").unwrap();
        assert!(home.path().join(image).is_file(), "{image}");
    }
    env::set_current_dir("/").unwrap();
    for directory in ["b", "b/out"] {
        let names = fs::read_dir(home.path().join(directory)).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| name == "out"), "{directory}: {names:?}");
    }
}
