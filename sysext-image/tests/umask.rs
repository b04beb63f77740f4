//! The mode of an image. Alone in its process, because the umask belongs to all threads of one.

#![cfg(feature = "fs")]

use std::{fs, os::unix::fs::PermissionsExt};

use rustix::{fs::Mode, process::umask};
use sysext_image::{
    Builder, Tree,
    squashfs::{Compression, Writer},
};
use sysext_release::{Class, ExtensionRelease};

#[test]
fn an_image_has_the_mode_of_any_new_file() {
    let directory = tempfile::tempdir().unwrap();
    let release = ExtensionRelease::builder().any_os().build().unwrap();
    let extension =
        Builder::new(Class::Sysext, "hello".parse().unwrap(), release).build(Tree::new()).unwrap();
    let writer = Writer::new().with_compression(Compression::None);
    for (mask, expected) in [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)] {
        umask(Mode::from_raw_mode(mask));
        let path = directory.path().join(format!("hello-{mask:o}.raw"));
        let staged = extension.stage(&writer, directory.path()).unwrap();
        staged.persist(path.file_name().unwrap()).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, expected, "{mode:o} under {mask:o}");
    }
}
