//! What is in the image.

use std::{
    fs::{self, File},
    io::Read,
    os::unix::fs::{MetadataExt, chown},
    time::{Duration, UNIX_EPOCH},
};

use backhand::{InnerNode, NodeHeader};

use crate::{bakery::Bakery, tool::End};

const IMAGE: &str = "tree-1-x86-64.raw";

fn header(bakery: &Bakery, path: &str) -> NodeHeader {
    let image = bakery.image(IMAGE);
    let node = image.files().find(|node| node.fullpath.to_str() == Some(path));
    node.unwrap_or_else(|| panic!("no {path}")).header
}

fn content(bakery: &Bakery, path: &str) -> String {
    let image = bakery.image(IMAGE);
    let node = image.files().find(|node| node.fullpath.to_str() == Some(path));
    let Some(InnerNode::File(file)) = node.map(|node| &node.inner) else { panic!("no {path}") };
    let mut text = String::new();
    image.file(file).reader().read_to_string(&mut text).expect("a text");
    text
}

#[test]
fn the_release_file_says_what_the_options_say() {
    let sysext = "/usr/lib/extension-release.d/extension-release.tree";
    let confext = "/etc/extension-release.d/extension-release.tree";
    let cases: [(&[&str], &str, &str); 7] = [
        (&[], sysext, "ID=_any\nARCHITECTURE=x86-64\n"),
        (&["--arch", "arm64"], sysext, "ID=_any\nARCHITECTURE=arm64\n"),
        (&["--os", "flatcar"], sysext, "ID=flatcar\nARCHITECTURE=x86-64\n"),
        (
            &["--os", "flatcar", "--level", "1.0"],
            sysext,
            "ID=flatcar\nSYSEXT_LEVEL=1.0\nARCHITECTURE=x86-64\n",
        ),
        (
            &["--os", "debian", "--os-version", "13"],
            sysext,
            "ID=debian\nVERSION_ID=13\nARCHITECTURE=x86-64\n",
        ),
        (&["--reload"], sysext, "ID=_any\nARCHITECTURE=x86-64\nEXTENSION_RELOAD_MANAGER=1\n"),
        (
            &["--class", "confext", "--os", "flatcar", "--level", "1.0"],
            confext,
            "ID=flatcar\nCONFEXT_LEVEL=1.0\nARCHITECTURE=x86-64\n",
        ),
    ];
    for (options, path, expected) in cases {
        let bakery = Bakery::empty();
        let top = if path == confext { "tree/etc/tool.conf" } else { "tree/usr/bin/tool" };
        bakery.write(top, "x");
        bakery.bake(options).expect("a good bake");
        let arch = if options.contains(&"arm64") { "arm64" } else { "x86-64" };
        let (from, to) = (format!("tree-1-{arch}.raw"), IMAGE);
        fs::rename(bakery.path("out").join(from), bakery.path("out").join(to)).expect("a name");
        assert_eq!(content(&bakery, path), expected, "{options:?}");
    }
}

#[test]
fn the_release_file_is_named_after_the_extension() {
    let bakery = Bakery::new();
    bakery.bake(&["--name", "other"]).expect("a good bake");
    let image = bakery.image("other-1-x86-64.raw");
    let files: Vec<_> = image.files().map(|node| node.fullpath.display().to_string()).collect();
    assert_eq!(
        files,
        [
            "/",
            "/usr",
            "/usr/bin",
            "/usr/bin/tool",
            "/usr/lib",
            "/usr/lib/extension-release.d",
            "/usr/lib/extension-release.d/extension-release.other",
        ]
    );
}

#[test]
fn everything_belongs_to_root_unless_owners_are_kept() {
    let bakery = Bakery::new();
    let tool = bakery.path("tree/usr/bin/tool");
    // Those who may not do it are no root, which serves as well.
    let _ = chown(&tool, Some(1234), Some(4321));
    let found = fs::metadata(&tool).expect("the tool");
    assert_ne!(found.uid(), 0);
    let cases: [(&[&str], _); 2] =
        [(&[], (0, 0)), (&["--keep-owner", "--replace"], (found.uid(), found.gid()))];
    for (options, expected) in cases {
        bakery.bake(options).expect("a good bake");
        let header = header(&bakery, "/usr/bin/tool");
        assert_eq!((header.uid, header.gid), expected, "{options:?}");
    }
}

#[test]
fn times_are_cut_at_the_epoch_unless_they_are_kept() {
    let bakery = Bakery::new();
    let tool = File::open(bakery.path("tree/usr/bin/tool")).expect("the tool");
    tool.set_modified(UNIX_EPOCH + Duration::from_secs(1000)).expect("a time");
    // SOURCE_DATE_EPOCH, options, the time of the file and that of the image.
    let cases: [(Option<&str>, &[&str], _, _); 7] = [
        (None, &[], 0, 0),
        (Some("600"), &[], 600, 600),
        (Some("1600"), &[], 1000, 1600),
        (Some("600"), &["--epoch", "500"], 500, 500),
        (Some("nonsense"), &["--epoch", "500"], 500, 500),
        (None, &["--epoch", "4294967295"], 1000, u32::MAX),
        (None, &["--epoch", "500", "--keep-mtime"], 1000, 500),
    ];
    for (environment, options, of_file, of_image) in cases {
        let mut command = bakery.command(&["tree", "--version=1", "--arch=x86-64", "--out=out"]);
        command.args(options).arg("--replace");
        if let Some(value) = environment {
            command.env("SOURCE_DATE_EPOCH", value);
        }
        End::of(&mut command).success();
        assert_eq!(
            (header(&bakery, "/usr/bin/tool").mtime, bakery.image(IMAGE).mod_time),
            (of_file, of_image),
            "{environment:?} {options:?}"
        );
    }
}

#[test]
fn any_name_sets_the_attribute_that_lets_systemd_take_any_name() {
    let bakery = Bakery::new();
    // Uncompressed, so that it stands there to be read; it is stored without `user.`.
    let attribute = b"extension-release.strict";
    let cases: [(&[&str], _); 2] = [
        (&["--compression", "none"], false),
        (&["--compression", "none", "--any-name", "--replace"], true),
    ];
    for (options, expected) in cases {
        bakery.bake(options).expect("a good bake");
        let image = fs::read(bakery.path("out").join(IMAGE)).expect("the image");
        let found = image.windows(attribute.len()).any(|window| window == attribute);
        assert_eq!(found, expected, "{options:?}");
    }
}

#[test]
fn compression_and_block_size_are_those_of_the_options() {
    // Byte 12 of a superblock has the block size, byte 20 the compressor: 1 is gzip, which stands for none as well, 4 is
    // xz, 5 lz4, 6 zstd.
    let cases: [(&[&str], _, _); 7] = [
        (&[], 128 << 10, 6),
        (&["--block-size", "4K"], 4 << 10, 6),
        (&["--block-size", "1M", "--compression", "zstd:1"], 1 << 20, 6),
        (&["--compression", "none"], 128 << 10, 1),
        (&["--compression", "gzip"], 128 << 10, 1),
        (&["--compression", "xz:0"], 128 << 10, 4),
        (&["--compression", "lz4"], 128 << 10, 5),
    ];
    for (options, block_size, compressor) in cases {
        let bakery = Bakery::new();
        bakery.bake(options).expect("a good bake");
        let image = fs::read(bakery.path("out").join(IMAGE)).unwrap();
        let size = u32::from_le_bytes(image[12..16].try_into().unwrap());
        let id = u16::from_le_bytes(image[20..22].try_into().unwrap());
        assert_eq!((size, id), (block_size, compressor), "{options:?}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bakery = Bakery::new();
    for number in 0..300_usize {
        // Made in an order that is not that of the names; some are equal, some larger than a block.
        let name = format!("tree/usr/share/{}", number * 7919 % 300);
        bakery.write(&name, number.to_string().repeat(number % 50 * number));
    }
    let mut all = Vec::new();
    for jobs in ["1", "2", "7", "2"] {
        bakery.bake(&["--jobs", jobs, "--block-size", "4K"]).expect("a good bake");
        all.push((jobs, bakery.files()));
        fs::remove_dir_all(bakery.path("out")).expect("the output");
    }
    // The same tree, made again in another order, elsewhere and later.
    let again = Bakery::new();
    for number in (0..300_usize).rev() {
        let name = format!("tree/usr/share/{}", number * 7919 % 300);
        again.write(&name, number.to_string().repeat(number % 50 * number));
    }
    again.bake(&["--block-size", "4K"]).expect("a good bake");
    let expected = again.files();
    assert_eq!(
        expected.keys().collect::<Vec<_>>(),
        ["SHA256SUMS", "tree-1-x86-64.json", "tree-1-x86-64.raw", "tree.transfer"]
    );
    for (jobs, files) in all {
        assert!(files == expected, "--jobs {jobs}");
    }
}
