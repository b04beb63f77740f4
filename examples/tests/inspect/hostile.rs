//! Images that are damaged, or made to be.

use std::{
    fs,
    io::Cursor,
    time::{Duration, Instant},
};

use clap::Parser;
use sysext_examples::inspect::{self, Args, Screen};
use sysext_image::{
    Metadata, Node, Tree,
    squashfs::{Compression, Writer},
};

use crate::images::{Images, bytes, sample};

/// How many images are damaged at random; ten times as many with `SYSEXT_LONG`.
const MUTATIONS: u64 = 200;

/// Every verb upon an image.
fn verbs(image: &str) -> [Vec<&str>; 8] {
    [
        vec![image],
        vec!["list", image, "--xattrs"],
        vec!["tree", image],
        vec!["cat", image, "usr/bin/ping"],
        vec!["extract", image, "./out"],
        vec!["release", image],
        vec!["check", image],
        vec!["diff", image, "./tools.raw"],
    ]
}

#[test]
fn what_is_no_image_is_named_by_every_verb() {
    let images = Images::sample();
    let at = |offset: usize, magic: &[u8]| {
        let mut bytes = vec![0; 70_000];
        bytes[offset..offset + magic.len()].copy_from_slice(magic);
        bytes
    };
    let sample = bytes(&sample());
    let used = used(&sample);
    let mut version = sample.clone();
    version[28] = 5;
    let cases = [
        ("empty", Vec::new(), "no image of a known format"),
        ("zeros", vec![0; 70_000], "no image of a known format"),
        ("ext4", at(1080, b"\x53\xef"), "it is an ext2, ext3 or ext4 file system"),
        ("gzip", at(0, b"\x1f\x8b"), "it is compressed with gzip: decompress it first"),
        ("tar", at(257, b"ustar\0"), "it is a tar archive, not an image"),
        (
            "cut",
            sample[..used - 1].to_vec(),
            "superblock: the image is longer than the file: it was cut off",
        ),
        ("superblock", sample[..50].to_vec(), "superblock: the file ends in it"),
        ("version", version, "superblock: the version is not 4.0"),
    ];
    for (name, bytes, expected) in cases {
        images.write("bad.raw", bytes);
        for arguments in verbs("./bad.raw") {
            let answer = images.answer(&arguments);
            assert_eq!(
                answer,
                Err(format!("cannot read \"bad.raw\": {expected}")),
                "{name} {arguments:?}"
            );
        }
    }
    let end = images.run(&["list", "bad.raw"]);
    assert_eq!((end.code, &*end.stdout), (Some(1), ""));
}

#[test]
fn any_damage_ends_soon_and_without_a_panic() {
    let images = Images::sample();
    let sample = bytes(&sample());
    let rounds = if std::env::var_os("SYSEXT_LONG").is_some() { 10 } else { 1 } * MUTATIONS;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    let used = used(&sample);
    let mut failed = 0_u32;
    for round in 0..rounds {
        let mut damaged = sample.clone();
        for _ in 0..=random() % 4 {
            damaged[random() % used] = random().to_le_bytes()[0];
        }
        images.write("bad.raw", &damaged);
        for arguments in verbs("./bad.raw") {
            let paths = arguments.iter().map(|argument| match argument.strip_prefix("./") {
                Some(name) => images.path(name).into_os_string(),
                None => argument.into(),
            });
            let args = Args::try_parse_from(["inspect".into()].into_iter().chain(paths)).unwrap();
            let start = Instant::now();
            failed += u32::from(inspect::run(&args, Screen::default(), &mut Vec::new()).is_err());
            let elapsed = start.elapsed();
            assert!(elapsed < Duration::from_secs(10), "{round} {arguments:?}: {elapsed:?}");
            if images.path("out").exists() {
                fs::remove_dir_all(images.path("out")).unwrap();
            }
        }
    }
    // It is damage, and not all of it is in the content of files.
    assert!(failed > u32::try_from(rounds).unwrap(), "{failed}");
}

#[test]
fn a_directory_that_holds_itself_is_an_error() {
    let images = Images::sample();
    let mut tree = Tree::new();
    tree.insert("a/b/c", Metadata::new(0o755), Node::Directory).unwrap();
    let mut file = Cursor::new(Vec::new());
    Writer::new().with_compression(Compression::None).write(&tree, &mut file).unwrap();
    let mut looped = file.into_inner();
    let inodes = usize::try_from(u64::from_le_bytes(looped[64..72].try_into().unwrap())).unwrap();
    // Two bytes are before the inodes of c and b, which have 32 bytes each: c gets the listing of b.
    let (c, b) = (inodes + 2, inodes + 34);
    assert_eq!((looped[c + 12], looped[b + 12]), (1, 2), "the numbers of the inodes");
    looped.copy_within(b + 16..b + 20, c + 16);
    looped.copy_within(b + 24..b + 28, c + 24);
    images.write("loop.raw", looped);
    for arguments in verbs("./loop.raw") {
        if arguments[0] == "release" {
            // It does not get there.
            let answer = images.yes(&arguments);
            assert!(answer.ends_with("no release file for \"loop\"\n"), "{answer}");
            continue;
        }
        let answer = images.answer(&arguments);
        let loops = "directory: it is in the tree twice";
        let expected = match arguments.first() {
            // Neither does this.
            Some(&"cat") => "no \"usr/bin/ping\" in the image".to_owned(),
            Some(&"extract") => format!("cannot extract \"loop.raw\": {loops}"),
            Some(&"diff") => format!("cannot compare \"loop.raw\" with \"tools.raw\": {loops}"),
            _ => format!("cannot read \"loop.raw\": {loops}"),
        };
        assert_eq!(answer, Err(expected), "{arguments:?}");
    }
}

#[test]
fn release_files_without_end_are_not_looked_at() {
    let images = Images::none();
    let cases = [(17, true, "more than 16 links"), (1001, false, "more than 1000 entries")];
    for (number, are_links, many) in cases {
        let mut tree = Tree::new();
        for number in 0..number {
            let path = format!("usr/lib/extension-release.d/extension-release.{number}");
            // Each leads to the next. To follow ten thousand of them takes minutes.
            let link = Node::symlink(format!("extension-release.{}", number + 1));
            let node = if are_links { link } else { Node::file("") };
            tree.insert(path, Metadata::new(0o777), node).unwrap();
        }
        let name = format!("./{number}.raw");
        images.add(&name, &tree);
        let many = format!("{many} are in usr/lib/extension-release.d: none of them is looked at");
        assert_eq!(images.answer(&["release", &name]), Err(many.clone()));
        let summary = images.yes(&[&name]);
        let expected = format!("class:    sysext\nrelease:  none: {many}\n");
        assert!(summary.ends_with(&expected), "{summary}");
    }
}

/// How many bytes an image says that it has; behind them there is only padding.
fn used(image: &[u8]) -> usize {
    let used = image.get(40..48).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    used.and_then(|used| used.try_into().ok()).expect("a superblock")
}
