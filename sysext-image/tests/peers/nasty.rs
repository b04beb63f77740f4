//! A directory with everything that an image can hold and a writer can get wrong.

use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    os::unix::{
        ffi::OsStrExt,
        fs::{FileExt, PermissionsExt, lchown, symlink},
    },
    path::Path,
};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, lsetxattr, makedev, mknodat,
    utimensat,
};

use crate::noise::noise;

/// Files around these block sizes are made.
const BLOCKS: [usize; 3] = [4096, 131_072, 1 << 20];
/// Of the large directory.
pub(crate) const ENTRIES: usize = 12_000;
/// Links whose targets backhand cannot read.
pub(crate) const LONG_LINKS: [&str; 2] = ["usr/links/target-256", "usr/links/target-4095"];

/// Fills an empty directory. Needs root.
pub(crate) fn build(root: &Path) {
    let directory = |path: &str| {
        fs::create_dir_all(root.join(path)).expect("a new directory");
        root.join(path)
    };
    modes(&directory("usr/modes"));
    links(&directory("usr/links"), &directory("opt/links"));
    nodes(&directory("usr/nodes"));
    sizes(&directory("usr/sizes"), &directory("opt/copies"));
    attributes(&directory("usr/attributes"));
    names(&directory("usr/names"));
    owners_and_times(&directory("usr/owned"));
    let many = directory("usr/many");
    for number in 0..ENTRIES {
        let path = many.join(format!("entry-{number:05}-{}", "n".repeat(number % 40)));
        fs::write(path, format!("{}", number % 7000)).expect("a new file");
    }
    let deep = directory(&format!("usr/deep{}", "/d".repeat(100)));
    fs::write(deep.join("bottom"), "bottom").expect("a new file");
    directory("usr/nothing");
}

/// A path in an image as one on the disk.
pub(crate) fn name(path: &[u8]) -> &OsStr {
    OsStr::from_bytes(path)
}

fn modes(at: &Path) {
    for mode in [0, 0o644, 0o4755, 0o2755, 0o1777, 0o7777] {
        let file = at.join(format!("file-{mode:o}"));
        fs::write(&file, format!("{mode:o}")).expect("a new file");
        fs::set_permissions(&file, Permissions::from_mode(mode)).expect("a mode");
        let directory = at.join(format!("directory-{mode:o}"));
        fs::create_dir(&directory).expect("a new directory");
        fs::set_permissions(&directory, Permissions::from_mode(mode)).expect("a mode");
    }
}

fn links(here: &Path, there: &Path) {
    // The first name by path is in `opt`, the first by the order of inodes is not.
    fs::write(here.join("file"), noise(5000, 1)).expect("a new file");
    attribute(&here.join("file"), "user.linked", b"yes");
    fs::write(here.join("empty"), "").expect("a new file");
    symlink("file", here.join("symlink")).expect("a new link");
    node(&here.join("pipe"), FileType::Fifo, 0, 0);
    node(&here.join("device"), FileType::CharacterDevice, 1, 3);
    for name in ["file", "empty", "symlink", "pipe", "device"] {
        for second in [here.join(format!("z-{name}")), there.join(name)] {
            fs::hard_link(here.join(name), second).expect("a second name");
        }
    }
    let below = here.join("a/b");
    fs::create_dir_all(&below).expect("a new directory");
    fs::hard_link(here.join("file"), below.join("file")).expect("a second name");
    for length in [1, 255, 256, 4095] {
        let target = "t/".repeat(length / 2) + if length % 2 == 1 { "t" } else { "" };
        symlink(target, here.join(format!("target-{length}"))).expect("a new link");
    }
    symlink(OsStr::from_bytes(b"\xff\n"), here.join("target-bytes")).expect("a new link");
}

fn nodes(at: &Path) {
    let numbers = [(0, 0), (1, 3), (8, 300), (4095, 1_048_575), (4095, 0), (0, 1_048_575)];
    for (major, minor) in numbers {
        for (kind, name) in [(FileType::CharacterDevice, "char"), (FileType::BlockDevice, "block")]
        {
            let path = at.join(format!("{name}-{major}-{minor}"));
            node(&path, kind, major, minor);
        }
    }
    node(&at.join("pipe"), FileType::Fifo, 0, 0);
    node(&at.join("socket"), FileType::Socket, 0, 0);
}

fn sizes(at: &Path, copies: &Path) {
    let mut contents = vec![("empty".to_owned(), Vec::new())];
    for block in BLOCKS {
        for size in [1, block / 2, block - 1, block, block + 1, 2 * block, 3 * block + 5] {
            contents.push((format!("noise-{block}-{size}"), noise(size, 2)));
            contents.push((format!("zeros-{block}-{size}"), vec![0; size]));
        }
        let hole = [noise(block, 3), vec![0; 3 * block], noise(10, 4)].concat();
        contents.push((format!("hole-{block}"), hole));
        let leading = [vec![0; block], noise(block, 5), vec![0; block]].concat();
        contents.push((format!("leading-hole-{block}"), leading));
    }
    for (name, content) in &contents {
        fs::write(at.join(name), content).expect("a new file");
        fs::write(copies.join(name), content).expect("a new file");
    }
    // The holes of these are in the source as well.
    let sparse = File::create(at.join("sparse")).expect("a new file");
    sparse.write_all_at(b"begin", 0).expect("written");
    sparse.write_all_at(b"end", 10_000_000).expect("written");
    let hollow = File::create(at.join("hollow")).expect("a new file");
    hollow.set_len(5_000_001).expect("a length");
}

fn attributes(at: &Path) {
    fs::write(at.join("file"), "attributes").expect("a new file");
    attribute(&at.join("file"), "user.one", b"1");
    attribute(&at.join("file"), "user.empty", b"");
    attribute(&at.join("file"), "user.zero", b"\0");
    attribute(&at.join("file"), "trusted.two", b"2");
    attribute(&at.join("file"), "security.three", b"3");
    fs::write(at.join("same"), "attributes").expect("a new file");
    attribute(&at.join("same"), "user.one", b"1");
    fs::write(at.join("same-again"), "more").expect("a new file");
    attribute(&at.join("same-again"), "user.one", b"1");
    fs::write(at.join("large"), "").expect("a new file");
    attribute(&at.join("large"), "user.large", &noise(3000, 6));
    fs::write(at.join("long-name"), "").expect("a new file");
    attribute(&at.join("long-name"), &format!("user.{}", "n".repeat(250)), b"value");
    fs::write(at.join("capable"), "").expect("a new file");
    // Version 2: effective, CAP_NET_RAW permitted.
    let capability = [[0x01, 0, 0, 0x02], [0, 0x20, 0, 0], [0; 4], [0; 4], [0; 4]].concat();
    attribute(&at.join("capable"), "security.capability", &capability);
    fs::create_dir(at.join("opaque")).expect("a new directory");
    attribute(&at.join("opaque"), "trusted.overlay.opaque", b"y");
    attribute(&at.join("opaque"), "user.directory", b"yes");
    fs::create_dir(at.join("opaque/below")).expect("a new directory");
    symlink("file", at.join("symlink")).expect("a new link");
    attribute(&at.join("symlink"), "trusted.link", b"yes");
    attribute(&at.join("symlink"), "security.link", b"yes");
    let kinds = [
        (FileType::CharacterDevice, "char"),
        (FileType::BlockDevice, "block"),
        (FileType::Fifo, "pipe"),
        (FileType::Socket, "socket"),
    ];
    for (kind, name) in kinds {
        node(&at.join(name), kind, 0, 0);
        attribute(&at.join(name), "trusted.node", name.as_bytes());
        attribute(&at.join(name), "security.node", b"");
    }
    // More sets than one metadata block of the id table has room for.
    fs::create_dir(at.join("sets")).expect("a new directory");
    for number in 0..600 {
        let file = at.join(format!("sets/{number}"));
        fs::write(&file, "").expect("a new file");
        attribute(&file, "user.number", format!("{number}").as_bytes());
    }
}

fn names(at: &Path) {
    let long = [b'l'; 255];
    let names: [&[u8]; 12] = [
        &long,
        b"\xff\xfe",
        "é".as_bytes(),
        b"new\nline",
        b"a space",
        b"\"quoted\"",
        b"back\\slash",
        b"-dash",
        b"...",
        b"\x01",
        b"\x7f",
        b"*?[",
    ];
    for name in names {
        fs::write(at.join(OsStr::from_bytes(name)), name).expect("a new file");
    }
}

fn owners_and_times(at: &Path) {
    let cases = [
        (0, 0, 0),
        (1000, 1000, 1_700_000_000),
        (65_534, 65_535, -1),
        (65_536, 1, -1_000_000_000),
        (4_000_000_000, 4_000_000_001, 3_000_000_000),
        (1, 4_294_967_294, 4_294_967_295),
        (2, 3, 5_000_000_000),
    ];
    for (uid, gid, seconds) in cases {
        let path = at.join(format!("{uid}-{gid}"));
        fs::write(&path, "").expect("a new file");
        lchown(&path, Some(uid), Some(gid)).expect("an owner");
        let time = Timespec { tv_sec: seconds, tv_nsec: 999_999_999 };
        let times = Timestamps { last_access: time, last_modification: time };
        utimensat(CWD, &path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("a time");
    }
}

pub(crate) fn node(path: &Path, kind: FileType, major: u32, minor: u32) {
    mknodat(CWD, path, kind, Mode::from_raw_mode(0o640), makedev(major, minor)).expect("a node");
}

pub(crate) fn attribute(path: &Path, name: &str, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty())
        .unwrap_or_else(|error| panic!("{name} of {}: {error}", path.display()));
}
