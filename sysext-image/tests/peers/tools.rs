//! The C tools, and mounts that go away with the test.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use sysext_image::{Tree, squashfs::Writer};
use tempfile::TempDir;

/// Runs a tool that must be there and succeed without a complaint.
pub(crate) fn run<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Vec<u8> {
    let output = output(program, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {}: {complaint}", output.status);
    assert_eq!(complaint, "", "{program}");
    output.stdout
}

fn output<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C.UTF-8");
    command.output().unwrap_or_else(|error| panic!("cannot run {program}: {error}"))
}

/// An image in a directory that goes away with it.
pub(crate) struct Image {
    directory: TempDir,
}

impl Image {
    pub(crate) fn write(tree: &Tree, writer: &Writer) -> Self {
        let image = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        let mut out = Sparse(File::create(image.path()).expect("a new file"));
        let summary = writer.write(tree, &mut out).expect("an image");
        out.flush().expect("written");
        assert_eq!(out.stream_position().expect("a position"), summary.image_bytes);
        image
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("image.raw")
    }

    /// What `unsquashfs` makes of it.
    pub(crate) fn extract(&self) -> PathBuf {
        let target = self.directory.path().join("extracted");
        let arguments = [OsStr::new("-quiet"), "-no-progress".as_ref(), "-strict-errors".as_ref()];
        let paths = ["-dest".as_ref(), target.as_os_str()];
        let image = self.path();
        run("unsquashfs", arguments.into_iter().chain(paths).chain([image.as_os_str()]));
        target
    }

    pub(crate) fn mount(&self) -> Mount {
        Mount::new(&["-t", "squashfs", "-o", "loop,ro"], &self.path())
    }
}

/// A file in which no page of zeros is stored, so that large images take little of the disk.
struct Sparse(File);

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let page = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
        if page.iter().any(|byte| *byte != 0) {
            return self.0.write(page);
        }
        self.0.seek_relative(page.len().try_into().expect("a page"))?;
        Ok(page.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let end = self.0.stream_position()?;
        let length = self.0.metadata()?.len();
        self.0.set_len(length.max(end))
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// A file system that is mounted until this is dropped.
pub(crate) struct Mount {
    at: TempDir,
}

impl Mount {
    pub(crate) fn new(options: &[&str], source: &Path) -> Self {
        let at = tempfile::tempdir().expect("a temporary directory");
        let paths = [source.as_os_str(), at.path().as_os_str()];
        run("mount", options.iter().map(OsStr::new).chain(paths));
        Self { at }
    }

    pub(crate) fn path(&self) -> &Path {
        self.at.path()
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A loop device that `mount` set up is detached with its last user.
        let gone = output("umount", [self.path()]).status.success()
            || output("umount", ["-l".as_ref(), self.path().as_os_str()]).status.success();
        assert!(gone || thread::panicking(), "{} is still mounted", self.path().display());
    }
}
