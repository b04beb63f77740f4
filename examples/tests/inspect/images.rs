use std::{
    fs::{self, File, Permissions},
    io::Cursor,
    os::unix::fs::{PermissionsExt, chown},
    path::PathBuf,
    process::Command,
};

use clap::Parser;
use serde_json::Value;
use sysext_examples::{
    exit,
    inspect::{self, Args, Outcome, Screen},
};
use sysext_image::{Device, Metadata, Node, Tree, squashfs::Writer};
use tempfile::TempDir;

use crate::tool::{self, End};

/// `cap_net_raw` as the kernel stores it.
const CAPABILITY: &[u8] = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// A directory with images.
pub(crate) struct Images {
    directory: TempDir,
}

impl Images {
    /// None at all.
    pub(crate) fn none() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    /// With the [sample](sample) as `tools.raw`.
    pub(crate) fn sample() -> Self {
        let images = Self::none();
        images.add("tools.raw", &sample());
        images
    }

    pub(crate) fn add(&self, name: &str, tree: &Tree) {
        let mut file = File::create_new(self.path(name)).expect("a new file");
        Writer::new().write(tree, &mut file).expect("an image");
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("a file");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The answer or the error, with paths as they are seen from the directory. Arguments that begin with `./` are
    /// paths in it.
    pub(crate) fn answer(&self, arguments: &[&str]) -> Result<(String, Outcome), String> {
        let here = format!("{}/", self.directory.path().display());
        let arguments = arguments.iter().map(|argument| match argument.strip_prefix("./") {
            Some(name) => format!("{here}{name}"),
            None => (*argument).to_owned(),
        });
        let arguments = ["inspect".to_owned()].into_iter().chain(arguments);
        let args = Args::try_parse_from(arguments).map_err(|error| error.to_string())?;
        let mut out = Vec::new();
        let result = inspect::run(&args, Screen::default(), &mut out);
        let seen = |text: String| text.replace(&here, "");
        let out = seen(String::from_utf8(out).expect("the answer is UTF-8"));
        match result {
            Ok(outcome) => Ok((out, outcome)),
            Err(error) => Err(seen(exit::chain(&error))),
        }
    }

    /// The answer, which is there and is yes.
    pub(crate) fn yes(&self, arguments: &[&str]) -> String {
        match self.answer(arguments) {
            Ok((answer, Outcome::Yes)) => answer,
            other => panic!("{arguments:?}: {other:?}"),
        }
    }

    /// The lines of an answer in JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let answer = self.yes(arguments);
        let parse =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        answer.lines().map(parse).collect()
    }

    /// The tool as a process.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        tool::command("inspect", self.directory.path(), arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> End {
        End::of(&mut self.command(arguments))
    }

    /// The same as nobody, who may write to `user` only. Maybe nobody cannot reach where the tool was built.
    pub(crate) fn as_nobody(&self, arguments: &[&str]) -> End {
        let (user, tool) = (self.path("user"), self.path("inspect"));
        if !tool.exists() {
            fs::set_permissions(self.path(""), Permissions::from_mode(0o755)).expect("its mode");
            fs::create_dir(&user).expect("a directory");
            chown(user, Some(65534), Some(65534)).expect("root");
            fs::copy(tool::path("inspect"), tool).expect("a copy of the tool");
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "./inspect"]);
        End::of(command.args(arguments).current_dir(self.path("")))
    }
}

/// One of each kind, with what is special about modes, owners, names and attributes.
pub(crate) fn sample() -> Tree {
    let mut tree = Tree::new();
    let attribute = |name: &str| name.parse().expect("a name of an attribute");
    let release = "ID=flatcar\nSYSEXT_LEVEL=1.0\nARCHITECTURE=x86-64\n";
    let inserted: [(&[u8], Metadata, Node); 13] = [
        (
            b"usr/bin/ping",
            Metadata::new(0o755)
                .with_xattr(attribute("security.capability"), CAPABILITY)
                .with_xattr(attribute("user.note"), "it \"pings\""),
            Node::file(vec![7; 2000]),
        ),
        (b"usr/bin/su", Metadata::new(0o4755).with_mtime(951_782_400), Node::file("su")),
        (b"usr/bin/sh", Metadata::new(0o777), Node::symlink("/usr/bin/su")),
        (b"usr/lib/nothing", Metadata::new(0o777), Node::symlink("../../..//none")),
        (b"usr/lib/loop", Metadata::new(0o777), Node::symlink("loop")),
        (b"usr/lib/gone", Metadata::new(0), Node::CharDevice(Device { major: 0, minor: 0 })),
        (b"usr/lib/disk", Metadata::new(0o660), Node::BlockDevice(Device { major: 8, minor: 17 })),
        (b"usr/lib/pipe", Metadata::new(0o600), Node::Fifo),
        (b"usr/lib/socket", Metadata::new(0o600), Node::Socket),
        (b"usr/lib/caf\xe9", Metadata::new(0o644).with_owner(1000, 100), Node::file("latin")),
        (b"usr/lib/\x1b[31mred\n", Metadata::new(0o2644), Node::file("")),
        (
            b"usr/lib/extension-release.d/extension-release.tools",
            Metadata::new(0o644),
            Node::file(release),
        ),
        (b"usr/lib/systemd/system/tool.service", Metadata::new(0o644), Node::file("[Service]\n")),
    ];
    for (path, metadata, node) in inserted {
        tree.insert(path, metadata, node).expect("a valid entry");
    }
    let su = "usr/bin/su".parse().expect("a path");
    tree.link(&su, "usr/bin/sudo").expect("a free name");
    tree
}

/// The bytes of an image.
pub(crate) fn bytes(tree: &Tree) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    Writer::new().write(tree, &mut file).expect("memory does not fail");
    file.into_inner()
}
