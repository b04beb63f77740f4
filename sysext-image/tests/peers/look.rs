//! What the system says of every path below a directory, and how two such views differ.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    fs,
    io::Read,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

use rustix::{fs as sys, io::Errno};
use sysext_image::{MtimePolicy, OwnerPolicy, ScanPolicy};
use walkdir::WalkDir;

/// Paths relative to the directory, which itself is not among them.
pub(crate) type View = BTreeMap<PathBuf, Seen>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Type, content by its digest, link target, device.
    what: String,
    mode: u32,
    links: u64,
    pub(crate) owner: (u32, u32),
    pub(crate) mtime: i64,
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The first path of the same inode.
    first: PathBuf,
}

/// Looks at all paths below a directory.
pub(crate) fn look(root: &Path) -> View {
    let mut view = View::new();
    let mut inodes = HashMap::new();
    for entry in WalkDir::new(root).min_depth(1).sort_by_file_name() {
        let entry = entry.expect("a readable directory");
        let metadata = entry.metadata().expect("readable metadata");
        let path = entry.path().strip_prefix(root).expect("a path below the root").to_owned();
        let inode = (metadata.dev(), metadata.ino());
        let seen = Seen {
            what: what(entry.path(), &metadata),
            mode: metadata.mode() & 0o7777,
            links: metadata.nlink(),
            owner: (metadata.uid(), metadata.gid()),
            mtime: metadata.mtime(),
            xattrs: xattrs(entry.path()),
            first: inodes.entry(inode).or_insert_with(|| path.clone()).clone(),
        };
        view.insert(path, seen);
    }
    view
}

/// What an image shows of a source that was scanned with this policy.
pub(crate) fn under(mut view: View, policy: &ScanPolicy) -> View {
    for seen in view.values_mut() {
        if policy.owner == OwnerPolicy::Root {
            seen.owner = (0, 0);
        }
        let latest = match policy.mtime {
            MtimePolicy::ClampTo(epoch) => epoch,
            _ => u32::MAX,
        };
        seen.mtime = seen.mtime.clamp(0, latest.into());
    }
    view
}

/// Fails with all differences at once.
pub(crate) fn assert_same(case: &str, expected: &View, found: &View) {
    let mut differences = String::new();
    for (path, wanted) in expected {
        match found.get(path) {
            None => writeln!(differences, "{}: missing", path.display()),
            Some(seen) if seen != wanted => {
                writeln!(differences, "{}:\n  {}\n  {}", path.display(), shown(wanted), shown(seen))
            }
            Some(_) => Ok(()),
        }
        .expect("room for text");
    }
    for path in found.keys().filter(|path| !expected.contains_key(*path)) {
        writeln!(differences, "{}: not in the source", path.display()).expect("room for text");
    }
    assert!(differences.is_empty(), "{case}: expected and found differ:\n{differences}");
}

/// Paths that cannot be looked up by their names: no directory has been read before.
pub(crate) fn unreachable<'a>(
    root: &Path,
    paths: impl Iterator<Item = &'a PathBuf>,
) -> Vec<&'a Path> {
    paths.map(PathBuf::as_path).filter(|path| root.join(path).symlink_metadata().is_err()).collect()
}

fn what(path: &Path, metadata: &fs::Metadata) -> String {
    let kind = metadata.file_type();
    let device = (sys::major(metadata.rdev()), sys::minor(metadata.rdev()));
    if kind.is_dir() {
        "directory".into()
    } else if kind.is_file() {
        format!("file of {} bytes, {}", metadata.size(), digest(path))
    } else if kind.is_symlink() {
        let target = path.read_link().expect("a link target");
        assert_eq!(target.as_os_str().len() as u64, metadata.size(), "{}", path.display());
        format!("symlink to {}", target.as_os_str().as_bytes().escape_ascii())
    } else if kind.is_char_device() {
        format!("character device {device:?}")
    } else if kind.is_block_device() {
        format!("block device {device:?}")
    } else if kind.is_fifo() {
        "pipe".into()
    } else {
        format!("socket: {}", kind.is_socket())
    }
}

fn digest(path: &Path) -> blake3::Hash {
    let mut file = fs::File::open(path).expect("a readable file");
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).expect("readable content") {
            0 => return hasher.finalize(),
            length => hasher.update(buffer.get(..length).expect("as much as was read")),
        };
    }
}

fn xattrs(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut buffer = vec![0; 1 << 16];
    let length = match sys::llistxattr(path, &mut *buffer) {
        // An image in which nothing has an attribute.
        Err(Errno::OPNOTSUPP) => 0,
        length => length.expect("a list of attributes"),
    };
    let names = buffer.get(..length).expect("as much as was read").to_owned();
    let one = |name: &[u8]| {
        let length = sys::lgetxattr(path, name, &mut *buffer).expect("an attribute");
        (name.to_owned(), buffer.get(..length).expect("as much as was read").to_owned())
    };
    names.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(one).collect()
}

/// Short enough for a message: link targets and values can have kilobytes.
fn shown(seen: &Seen) -> String {
    let what: String = seen.what.chars().take(120).collect();
    let xattrs: Vec<_> = seen
        .xattrs
        .iter()
        .map(|(name, value)| {
            let name = String::from_utf8_lossy(name);
            format!("{name}: {} bytes, {}", value.len(), blake3::hash(value))
        })
        .collect();
    let Seen { mode, links, owner, mtime, .. } = seen;
    let first = seen.first.as_os_str().as_bytes().escape_ascii();
    format!("{what} {mode:o} links {links} {owner:?} at {mtime} {xattrs:?} first {first}")
}
