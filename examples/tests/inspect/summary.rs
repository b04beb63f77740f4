//! What an image is, on one page.

use std::{fs, path::Path};

use serde_json::json;
use sysext_image::{Metadata, Node, Tree};

use crate::images::{Images, sample};

#[test]
fn the_summary_says_what_it_is_what_is_in_it_and_which_hosts_it_is_for() {
    let images = Images::sample();
    let expected = r#"image:    tools.raw
format:   squashfs, 4.0 KiB for 2.0 KiB of content
stored:   zstd, blocks of 128.0 KiB, made 1970-01-01 00:00 UTC
entries:  6 directories, 7 files, 3 symlinks, 1 character device, 1 block device, 1 pipe, 1 socket
owner:    root, but not of 1 entry
special:  2 setuid, 1 setgid, 1 with capabilities
newest:   2000-02-29 00:00 UTC
units:    tool.service
class:    sysext "tools"
release:  /usr/lib/extension-release.d/extension-release.tools: it has the name of the image
          ARCHITECTURE="x86-64"
          ID="flatcar"
          SYSEXT_LEVEL="1.0"
hosts:    ID="flatcar" or ID_LIKE with it, SYSEXT_LEVEL="1.0" or neither it nor VERSION_ID; x86-64; system or portable
"#;
    assert_eq!(images.yes(&["./tools.raw"]), expected);
}

#[test]
fn json_says_the_same() {
    let images = Images::sample();
    let expected = json!({
        "format": "squashfs",
        "bytes": 4096,
        "superblock": { "compressor": "zstd", "block_size": 131_072, "mkfs_time": 0 },
        "partitions": [],
        "content_bytes": 2065,
        "entries": 20,
        "kinds": {
            "directory": 6, "file": 7, "symlink": 3, "char": 1, "block": 1, "fifo": 1, "socket": 1,
        },
        "foreign_owners": 1,
        "setuid": 2,
        "setgid": 1,
        "capabilities": 1,
        "newest_mtime": 951_782_400,
        "units": ["tool.service"],
        "more_units": 0,
        "extensions": [{
            "class": "sysext",
            "lookup_name": "tools",
            "needs_name": null,
            "release_file": "/usr/lib/extension-release.d/extension-release.tools",
            "reason": "it has the name of the image",
            "fields": { "ID": "flatcar", "SYSEXT_LEVEL": "1.0", "ARCHITECTURE": "x86-64" },
            "hosts": "ID=\"flatcar\" or ID_LIKE with it, SYSEXT_LEVEL=\"1.0\" or neither it nor VERSION_ID; x86-64; system or portable",
            "error": null,
        }],
    });
    assert_eq!(images.json(&["./tools.raw", "--json"]), [expected]);
}

#[test]
fn an_image_that_is_published_needs_another_name_to_be_installed() {
    let images = Images::none();
    images.add("tools-1.2-x86-64.raw", &sample());
    let answer = images.yes(&["./tools-1.2-x86-64.raw"]);
    let expected = r#"class:    sysext when installed as tools.raw
          under its own name: no release file for "tools-1.2-x86-64"
release:  /usr/lib/extension-release.d/extension-release.tools
"#;
    assert!(answer.contains(expected), "{answer}");
    let json = images.json(&["./tools-1.2-x86-64.raw", "--json"]);
    let extension = &json[0]["extensions"][0];
    let found = (&extension["lookup_name"], &extension["needs_name"], &extension["error"]);
    let error = "no release file for \"tools-1.2-x86-64\"";
    assert_eq!(found, (&json!("tools-1.2-x86-64"), &json!("tools.raw"), &json!(error)));
}

#[test]
fn what_is_no_extension_is_summed_up_too() {
    let images = Images::none();
    let mut tree = Tree::new();
    tree.insert("srv/zeros", Metadata::new(0o644), Node::file(vec![0; 1 << 20])).unwrap();
    images.add("data.img", &tree);
    let expected = "image:    data.img
format:   squashfs, 4.0 KiB, 0 % of 1.0 MiB of content
stored:   zstd, blocks of 128.0 KiB, made 1970-01-01 00:00 UTC
entries:  1 directory, 1 file
owner:    root
newest:   1970-01-01 00:00 UTC
class:    sysext
release:  none: no image \"data.img\": a file's name must end in .raw
";
    assert_eq!(images.yes(&["./data.img"]), expected);
}

#[test]
fn a_directory_and_both_classes_at_once_are_fine() {
    let images = Images::none();
    for directory in ["usr/lib/extension-release.d", "etc/extension-release.d"] {
        fs::create_dir_all(images.path("both").join(directory)).unwrap();
        images.write(&format!("both/{directory}/extension-release.both"), "ID=_any\n");
    }
    let json = images.json(&["./both", "--json"]);
    assert_eq!((&json[0]["format"], &json[0]["bytes"]), (&json!("directory"), &json!(null)));
    let classes = json[0]["extensions"].as_array().unwrap();
    let classes = classes.iter().map(|one| (&one["class"], &one["lookup_name"]));
    let both = json!("both");
    let expected = [(&json!("sysext"), &both), (&json!("confext"), &both)];
    assert_eq!(classes.collect::<Vec<_>>(), expected);
}

#[test]
fn a_disk_image_and_an_erofs_are_looked_into_as_well() {
    let images = Images::none();
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/image");
    images.write("disk.raw", fs::read(seeds.join("ddi")).unwrap());
    let answer = images.yes(&["./disk.raw"]);
    let expected = "image:    disk.raw
format:   squashfs, 41.5 KiB for 13.6 KiB of content
stored:   gzip, blocks of 128.0 KiB, made 2026-11-24 16:33 UTC
part 1:   root for x86-64, 8.0 KiB, \"root-x86-64\"
entries:  4 directories, 4 files, 1 symlink, 1 pipe
";
    assert!(answer.starts_with(expected), "{answer}");
    let json = images.json(&["./disk.raw", "--json"]);
    let expected = json!([{
        "number": 1,
        "designator": "root",
        "architecture": "x86-64",
        "type": "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
        "label": "root-x86-64",
        "bytes": 8192,
    }]);
    assert_eq!(json[0]["partitions"], expected);
    assert_eq!(images.yes(&["cat", "./disk.raw", "usr/bin/hello"]), "#!/bin/sh\necho hello\n");
    assert_eq!(images.yes(&["./disk.raw", "--arch", "x86-64"]), answer);
    let error = images.answer(&["list", "./disk.raw", "--arch", "arm64"]).unwrap_err();
    assert!(error.contains("no root or usr partition for arm64"), "{error}");
    if cfg!(feature = "erofs") {
        images.write("system.raw", fs::read(seeds.join("erofs-zstd")).unwrap());
        let answer = images.yes(&["./system.raw"]);
        assert!(
            answer.contains("\nformat:   erofs, 16.0 KiB for 13.6 KiB of content\nentries:"),
            "{answer}"
        );
        assert_eq!(
            images.yes(&["cat", "./system.raw", "usr/bin/hello"]),
            "#!/bin/sh\necho hello\n"
        );
    }
}
