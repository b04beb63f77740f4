//! The C tools: those of this machine, and the newest, which are taken from the tree of `.ci/peer` and run with the
//! libraries there, without a container that would be measured too.

use std::{
    error::Error,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::measure::Contender;

/// A C tool whose version is known.
pub(crate) struct Peer {
    name: String,
    /// The words before its own arguments.
    command: Vec<OsString>,
    /// The compressors that it is linked with.
    libraries: Vec<String>,
}

impl Peer {
    /// The program that a shell here would run.
    pub(crate) fn of_host(program: &str) -> Result<Self, Box<dyn Error>> {
        let path = said_by(Command::new("sh").args(["-c", "command -v \"$0\"", program]))?;
        let path = path.trim();
        let linked = said_by(Command::new("ldd").arg(path))?;
        Self::new(program, vec![path.into()], &linked)
    }

    /// That of Debian testing.
    pub(crate) fn newest(program: &str) -> Result<Self, Box<dyn Error>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/peer");
        let tree = said_by(Command::new(script).args(["setup", "262"]))?;
        let tree = Path::new(tree.trim());
        let lib = tree.join("usr/lib");
        let libraries = entry(&lib, |name| name.ends_with("-linux-gnu"))?;
        // On 64-bit x86 the loader has a directory of its own.
        let is_loader = |name: &str| name.starts_with("ld-linux-");
        let loader =
            entry(&tree.join("usr/lib64"), is_loader).or_else(|_| entry(&lib, is_loader))?;
        let path = tree.join("usr/bin").join(program);
        let linked = said_by(
            Command::new(&loader).arg("--library-path").arg(&libraries).arg("--list").arg(&path),
        )?;
        let command = vec![loader.into(), "--library-path".into(), libraries.into(), path.into()];
        Self::new(program, command, &linked)
    }

    fn new(program: &str, command: Vec<OsString>, linked: &str) -> Result<Self, Box<dyn Error>> {
        let mut libraries = Vec::new();
        for name in ["libzstd", "liblzma", "libz"] {
            let path = linked.lines().find_map(|line| {
                let (library, path) = line.trim().split_once(" => ")?;
                library.strip_prefix(name)?.starts_with('.').then_some(path.split(' ').next()?)
            });
            let path = path.ok_or_else(|| format!("{program} is not linked with {name}"))?;
            let file = fs::canonicalize(path)?;
            libraries.push(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        let mut peer = Self { name: program.into(), command, libraries };
        let option = if program == "gensquashfs" { "--version" } else { "-version" };
        // unsquashfs fails when it says its version.
        let said = peer.command(option).output()?.stdout;
        let said = String::from_utf8(said)?;
        let version = said
            .split_whitespace()
            .find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
        let version = version.ok_or_else(|| format!("{program} {option} says no version"))?;
        peer.name = format!("{program} {version}");
        Ok(peer)
    }

    /// Its name, its version, and those of its libraries.
    pub(crate) fn description(&self) -> String {
        format!("{} ({})", self.name, self.libraries.join(", "))
    }

    /// It with these arguments, as what is measured.
    pub(crate) fn contender<A: Into<OsString>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Contender {
        let command_line = self.command.iter().cloned();
        let command_line = command_line.chain(arguments.into_iter().map(Into::into)).collect();
        Contender { name: self.name.clone(), command_line, output: None, repeats: 1 }
    }

    fn command(&self, option: &str) -> Command {
        let mut words = self.command.iter();
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command.args(words).arg(option);
        command
    }
}

/// What a command prints.
fn said_by(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed, {}: {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The entry of a directory whose name is as wanted.
fn entry(directory: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<PathBuf, Box<dyn Error>> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&is_wanted) {
            return Ok(entry.path());
        }
    }
    Err(format!("{} has not what was expected", directory.display()).into())
}
