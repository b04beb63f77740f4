use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
};

use backhand::FilesystemReader;
use clap::Parser;
use sysext_examples::{
    bake::{self, Args},
    exit,
};
use tempfile::TempDir;

use crate::tool::{self, End};

/// A directory with `tree`, which is baked, and `out`, which it is baked into.
pub(crate) struct Bakery {
    directory: TempDir,
}

impl Bakery {
    /// With one program in the tree.
    pub(crate) fn new() -> Self {
        let bakery = Self::empty();
        bakery.write("tree/usr/bin/tool", "#!/bin/sh\n");
        bakery
    }

    /// Without a tree.
    pub(crate) fn empty() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("its parent");
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Whatever the umask is.
        for (depth, path) in path.ancestors().enumerate() {
            if path == self.directory.path() {
                break;
            }
            let mode = if depth == 0 { 0o644 } else { 0o755 };
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
        }
    }

    /// Bakes version 1 for x86-64, or what the options say; gives the report or the error, with paths as they are seen
    /// from the directory.
    pub(crate) fn bake(&self, options: &[&str]) -> Result<String, String> {
        let (tree, out) = (self.path("tree"), self.path("out"));
        let mut arguments = vec!["bake".into(), tree.into_os_string()];
        arguments.extend(["--out".into(), out.into_os_string()]);
        for default in ["--version=1", "--arch=x86-64"] {
            let (key, _) = default.split_once('=').expect("an option with its value");
            if !options.contains(&key) {
                arguments.push(default.into());
            }
        }
        arguments.extend(options.iter().map(Into::into));
        let args = Args::try_parse_from(arguments).map_err(|error| error.to_string())?;
        let mut report = Vec::new();
        let result = bake::run(&args, &mut report).map_err(|error| exit::chain(&error));
        let seen = |text: String| text.replace(&self.path("").display().to_string(), "");
        let report = String::from_utf8(report).expect("the report is UTF-8");
        result.map(|()| seen(report)).map_err(seen)
    }

    /// The tool as a process.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        tool::command("bake", self.directory.path(), arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> End {
        End::of(&mut self.command(arguments))
    }

    /// The files of `out` with their content, hidden ones too; none if there is no such directory.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.path("out")) else { return BTreeMap::new() };
        let entries = entries.map(|entry| entry.expect("an entry"));
        let file = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            (name, fs::read(entry.path()).expect("a file"))
        };
        entries.map(file).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    /// A file of `out`.
    pub(crate) fn text(&self, name: &str) -> String {
        let path = self.path("out").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// An image of `out`, opened by another implementation.
    pub(crate) fn image(&self, name: &str) -> FilesystemReader<'static> {
        let file = File::open(self.path("out").join(name)).expect("the image");
        FilesystemReader::from_reader(std::io::BufReader::new(file)).expect("a squashfs image")
    }

    /// What `sha256sum` says of `out/SHA256SUMS`.
    pub(crate) fn check_sums(&self) -> End {
        let mut command = Command::new("sha256sum");
        command.args(["--check", "--strict", "SHA256SUMS"]).current_dir(self.path("out"));
        End::of(command.env("LC_ALL", "C"))
    }
}
