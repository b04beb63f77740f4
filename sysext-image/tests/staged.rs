//! Images in files: what happens to the source and to the output meanwhile.

#![cfg(feature = "fs")]

use std::{
    error::Error,
    fs::{self, File},
    io::{Cursor, Read, Write},
    num::NonZeroUsize,
    ops::ControlFlow,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    process::Command,
    thread,
    time::{Duration, UNIX_EPOCH},
};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use sysext_image::{
    Builder, Extension, Metadata, Node, ScanPolicy, Tree,
    squashfs::{Compression, Phase, Progress, Writer},
};
use sysext_release::{Class, ExtensionRelease};

const SIZES: [usize; 2] = [100, 300_000];

fn extension(tree: Tree) -> Extension {
    let release = ExtensionRelease::builder().any_os().build().expect("a release");
    Builder::new(Class::Sysext, "hello".parse().expect("a name"), release)
        .build(tree)
        .expect("an extension")
}

fn small() -> Extension {
    let mut tree = Tree::new();
    tree.insert("usr/file", Metadata::new(0o644), Node::file("content")).expect("an entry");
    extension(tree)
}

fn writer(threads: usize) -> Writer {
    let threads = NonZeroUsize::new(threads).expect("a number of threads");
    Writer::new().with_compression(Compression::None).with_threads(threads)
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn names(directory: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("a name")
    };
    let mut names: Vec<_> = fs::read_dir(directory).expect("a directory").map(name).collect();
    names.sort_unstable();
    names
}

/// Something that happens to a file between scan and writing, and what is said of it.
struct Change {
    name: &'static str,
    make: fn(&Path),
    error: &'static str,
    cause: Option<&'static str>,
}

const CHANGED: &str = "\"usr/file\" changed while the image was being made";
const UNREADABLE: &str = "cannot read \"usr/file\"";

fn changes() -> [Change; 11] {
    let change = |name, make| Change { name, make, error: CHANGED, cause: None };
    [
        change("truncated", |path| {
            File::options().write(true).open(path).expect("done").set_len(1).expect("done");
        }),
        change("grown", |path| {
            File::options()
                .append(true)
                .open(path)
                .expect("done")
                .write_all(b"more")
                .expect("done");
        }),
        change("rewritten", |path| {
            let length = fs::metadata(path).expect("done").len();
            fs::write(path, vec![b'r'; usize::try_from(length).expect("done")]).expect("done");
        }),
        change("rewritten, with its time put back", |path| {
            let metadata = fs::metadata(path).expect("done");
            let length = usize::try_from(metadata.len()).expect("done");
            fs::write(path, vec![b'r'; length]).expect("done");
            let file = File::open(path).expect("done");
            file.set_modified(metadata.modified().expect("done")).expect("done");
        }),
        change("replaced by an equal file", |path| {
            let copy = path.with_extension("copy");
            fs::copy(path, &copy).expect("done");
            fs::rename(copy, path).expect("done");
        }),
        change("replaced by a symlink to itself", |path| {
            fs::rename(path, path.with_extension("moved")).expect("done");
            symlink("file.moved", path).expect("done");
        }),
        change("replaced by a directory", |path| {
            fs::remove_file(path).expect("done");
            fs::create_dir(path).expect("done");
        }),
        change("replaced by a pipe", |path| {
            fs::remove_file(path).expect("done");
            mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).expect("done");
        }),
        change("below another directory", |path| {
            let parent = path.parent().expect("done");
            let moved = parent.with_extension("moved");
            fs::rename(parent, &moved).expect("done");
            fs::create_dir(parent).expect("done");
            fs::copy(moved.join("file"), path).expect("done");
        }),
        Change {
            name: "deleted",
            make: |path| fs::remove_file(path).expect("done"),
            error: UNREADABLE,
            cause: Some("No such file or directory (os error 2)"),
        },
        Change {
            name: "replaced by a socket",
            make: |path| {
                fs::remove_file(path).expect("done");
                UnixListener::bind(path).expect("done");
            },
            error: UNREADABLE,
            cause: Some("No such device or address (os error 6)"),
        },
    ]
}

#[test]
fn a_file_that_changes_after_the_scan_leaves_no_image() {
    for size in SIZES {
        // A second file of this size is hashed, too; one of another size is not.
        for twin in [size, size + 1] {
            for Change { name, make, error, cause } in changes() {
                for threads in [1, 2] {
                    let case = format!("{name}, {size} bytes beside {twin}, {threads} threads");
                    let (source, out) = (directory(), directory());
                    let path = source.path().join("usr/file");
                    fs::create_dir(source.path().join("usr")).unwrap();
                    fs::write(&path, vec![b'o'; size]).unwrap();
                    // Clocks of file systems are coarse: what is written next must have another time.
                    let past = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
                    File::open(&path).unwrap().set_modified(past).unwrap();
                    fs::write(source.path().join("usr/twin"), vec![b't'; twin]).unwrap();
                    let scan = Tree::scan(source.path(), &ScanPolicy::default()).unwrap();
                    let extension = extension(scan.tree);
                    make(&path);
                    let found = extension.stage(&writer(threads), out.path()).unwrap_err();
                    assert_eq!(found.to_string(), error, "{case}");
                    let found = found.source().map(ToString::to_string);
                    assert_eq!(found.as_deref(), cause, "{case}");
                    assert!(names(out.path()).is_empty(), "{case}: {:?}", names(out.path()));
                }
            }
        }
    }
}

#[test]
fn a_release_file_that_changes_after_the_scan_is_not_built_with() {
    let source = directory();
    let path = source.path().join("usr/lib/extension-release.d/extension-release.hello");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "ID=_any\n").unwrap();
    let scan = Tree::scan(source.path(), &ScanPolicy::default()).unwrap();
    fs::write(&path, "ID=_any").unwrap();
    let release = ExtensionRelease::builder().any_os().build().unwrap();
    let builder = Builder::new(Class::Sysext, "hello".parse().unwrap(), release);
    let error = builder.build(scan.tree).unwrap_err();
    let name = "usr/lib/extension-release.d/extension-release.hello";
    assert_eq!(error.to_string(), format!("the release file {name:?} changed after the scan"));
}

#[test]
fn looking_for_equal_files_ends_at_once_when_it_is_cancelled() {
    let source = directory();
    // Hours of reading, and no disk.
    for name in ["a", "b"] {
        File::create(source.path().join(name)).unwrap().set_len(1 << 40).unwrap();
    }
    let tree = Tree::scan(source.path(), &ScanPolicy::default()).unwrap().tree;
    for threads in [1, 2] {
        let mut phases = Vec::new();
        let cancel = |progress: Progress| {
            phases.push(progress.phase);
            if progress.done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let out = Cursor::new(Vec::new());
        let error = writer(threads).write_with_progress(&tree, out, cancel).unwrap_err();
        assert_eq!(error.to_string(), "cancelled", "{threads} threads");
        assert!(phases.iter().all(|phase| *phase == Phase::Deduplicating), "{phases:?}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_leaves_no_image() {
    // More blocks than two threads may have taken when the first one is reported.
    const LENGTH: usize = 40 * 131_072;
    for threads in [1, 2] {
        let (source, out) = (directory(), directory());
        let path = source.path().join("usr/file");
        fs::create_dir(source.path().join("usr")).unwrap();
        fs::write(&path, vec![b'o'; LENGTH]).unwrap();
        // Clocks of file systems are coarse: what is written next must have another time.
        let past = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::open(&path).unwrap().set_modified(past).unwrap();
        let extension = extension(Tree::scan(source.path(), &ScanPolicy::default()).unwrap().tree);
        let mut rewritten = false;
        let progress = |_| {
            if !rewritten {
                fs::write(&path, vec![b'r'; LENGTH]).unwrap();
                rewritten = true;
            }
            ControlFlow::Continue(())
        };
        let error =
            extension.stage_with_progress(&writer(threads), out.path(), progress).unwrap_err();
        assert_eq!(error.to_string(), CHANGED, "{threads} threads");
        assert!(names(out.path()).is_empty(), "{threads} threads: {:?}", names(out.path()));
    }
}

#[test]
#[ignore = "needs root"]
fn a_full_disk_leaves_no_image() {
    let disk = Tmpfs::of_one_mebibyte();
    let mut tree = Tree::new();
    tree.insert("usr/file", Metadata::new(0o644), Node::file(vec![b'x'; 2 << 20])).unwrap();
    let extension = extension(tree);
    for threads in [1, 2] {
        let error = extension.stage(&writer(threads), disk.at.path()).unwrap_err();
        assert_eq!(error.to_string(), "cannot write the image", "{threads} threads");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "No space left on device (os error 28)", "{threads} threads");
        assert!(names(disk.at.path()).is_empty(), "{:?}", names(disk.at.path()));
    }
}

#[test]
fn an_empty_file_that_is_filled_after_the_scan_leaves_no_image() {
    let (source, out) = (directory(), directory());
    fs::create_dir(source.path().join("usr")).unwrap();
    let path = source.path().join("usr/file");
    File::create(&path).unwrap();
    let extension = extension(Tree::scan(source.path(), &ScanPolicy::default()).unwrap().tree);
    fs::write(&path, "content").unwrap();
    let error = extension.stage(&writer(2), out.path()).unwrap_err();
    assert_eq!(error.to_string(), CHANGED);
    assert!(names(out.path()).is_empty(), "{:?}", names(out.path()));
}

#[test]
fn a_file_whose_length_is_not_what_is_said_is_an_error() {
    // Below /proc the length of every file is 0, below /sys it is that of a page.
    for directory in ["/proc/sys/kernel/random", "/sys/class/net/lo/statistics"] {
        // sysfs makes up the times of an inode when it is first looked at.
        for entry in fs::read_dir(directory).unwrap() {
            let _ = File::open(entry.unwrap().path());
        }
        let scan = Tree::scan(directory, &ScanPolicy::default()).unwrap();
        let error = writer(1).write(&scan.tree, Cursor::new(Vec::new())).unwrap_err().to_string();
        let path = scan.tree.entries().next().unwrap().path().clone();
        let expected = "has another length than its file system says";
        assert_eq!(error, format!("{path:?} {expected}"), "{directory}");
    }
}

#[test]
fn what_comes_after_the_scan_is_not_in_the_image() {
    let (source, out) = (directory(), directory());
    fs::create_dir(source.path().join("usr")).unwrap();
    fs::write(source.path().join("usr/file"), "content").unwrap();
    let extension = extension(Tree::scan(source.path(), &ScanPolicy::default()).unwrap().tree);
    fs::write(source.path().join("usr/new"), "").unwrap();
    let staged = extension.stage(&writer(1), out.path()).unwrap();
    // The root, usr, usr/file, usr/lib, usr/lib/extension-release.d and the release file.
    assert_eq!(staged.summary().inodes, 6);
}

#[test]
fn a_break_of_the_progress_ends_it_and_leaves_no_image() {
    let mut tree = Tree::new();
    for (number, name) in ["usr/a", "usr/b", "usr/c"].into_iter().enumerate() {
        let content = vec![u8::try_from(number).unwrap(); 1_000_000];
        tree.insert(name, Metadata::new(0o644), Node::file(content)).unwrap();
    }
    let extension = extension(tree);
    for threads in [1, 2] {
        for stop_at in [Phase::Deduplicating, Phase::Writing] {
            let out = directory();
            let error = extension
                .stage_with_progress(&writer(threads), out.path(), |progress| {
                    if progress.phase == stop_at && progress.done >= 1_000_000 {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })
                .unwrap_err();
            assert_eq!(error.to_string(), "cancelled", "{stop_at:?}, {threads} threads");
            assert!(error.source().is_none(), "{error:?}");
            assert!(names(out.path()).is_empty(), "{:?}", names(out.path()));
        }
    }
}

#[test]
fn the_progress_only_grows_and_ends_at_the_total() {
    let mut tree = Tree::new();
    for name in ["usr/a", "usr/b", "usr/c"] {
        tree.insert(name, Metadata::new(0o644), Node::file(vec![b'x'; 500_000])).unwrap();
    }
    let mut seen = Vec::new();
    let out = directory();
    let extension = extension(tree);
    let progress = |progress: Progress| {
        seen.push((progress.phase, progress.done, progress.total));
        ControlFlow::Continue(())
    };
    extension.stage_with_progress(&writer(2), out.path(), progress).unwrap();
    assert!(seen.is_sorted(), "{seen:?}");
    let release = "ID=_any\n".len() as u64;
    let (phase, _, total) = seen[0];
    assert_eq!((phase, total), (Phase::Deduplicating, 1_500_000));
    assert_eq!(seen.last(), Some(&(Phase::Writing, 500_000 + release, 500_000 + release)));
}

#[test]
fn a_staged_image_is_gone_unless_it_is_persisted() {
    let out = directory();
    let staged = small().stage(&writer(1), out.path()).unwrap();
    let path = staged.path().to_owned();
    assert_eq!(fs::metadata(&path).unwrap().len(), staged.summary().image_bytes);
    // systemd takes nothing that begins with a dot for an image.
    assert!(path.file_name().unwrap().to_str().unwrap().starts_with('.'), "{path:?}");
    drop(staged);
    assert!(names(out.path()).is_empty(), "{:?}", names(out.path()));
}

#[test]
fn persisting_replaces_what_is_there() {
    let out = directory();
    let target = out.path().join("hello.raw");
    fs::write(&target, "old").unwrap();
    let mut old = File::open(&target).unwrap();
    let staged = small().stage(&writer(1), out.path()).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"old");
    let image = fs::read(staged.path()).unwrap();
    staged.persist("hello.raw").unwrap();
    assert!(fs::read(&target).unwrap() == image);
    assert_eq!(names(out.path()), ["hello.raw"]);
    // The old file was replaced, not written over: who has it open or mounted does not notice.
    let mut content = String::new();
    old.read_to_string(&mut content).unwrap();
    assert_eq!(content, "old");
}

#[test]
fn an_output_directory_that_is_missing_is_named() {
    let out = directory();
    let missing = out.path().join("missing");
    let error = small().stage(&writer(1), &missing).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot create a file in {missing:?}"));
}

#[test]
fn an_image_is_persisted_where_it_was_staged_only() {
    for name in ["../hello.raw", "a/b", "/hello.raw", ".", "..", "", "hello.raw/"] {
        let out = directory();
        let staged = small().stage(&writer(1), out.path()).unwrap();
        let error = staged.persist(name).unwrap_err();
        let expected = format!("{name:?} is not a file name: give one without a directory");
        assert_eq!(error.to_string(), expected);
        assert!(names(out.path()).is_empty(), "{name:?}: {:?}", names(out.path()));
    }
}

#[test]
fn a_final_path_that_cannot_be_is_named_and_nothing_is_left() {
    let out = directory();
    let taken = out.path().join("taken");
    fs::create_dir(&taken).unwrap();
    let staged = small().stage(&writer(1), out.path()).unwrap();
    let error = staged.persist("taken").unwrap_err();
    assert_eq!(error.to_string(), format!("cannot put the image at {taken:?}"));
    assert_eq!(error.source().unwrap().to_string(), "Is a directory (os error 21)");
    assert_eq!(names(out.path()), ["taken"]);
}

/// A file system in memory that is mounted until this is dropped.
struct Tmpfs {
    at: tempfile::TempDir,
}

impl Tmpfs {
    fn of_one_mebibyte() -> Self {
        let at = directory();
        let options = ["-t", "tmpfs", "-o", "size=1M", "tmpfs"];
        let done = Command::new("mount").args(options).arg(at.path()).status();
        assert!(done.expect("mount can be run").success(), "mount");
        Self { at }
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let done = Command::new("umount").arg(self.at.path()).status();
        let gone = done.is_ok_and(|status| status.success());
        assert!(gone || thread::panicking(), "{} is still mounted", self.at.path().display());
    }
}
