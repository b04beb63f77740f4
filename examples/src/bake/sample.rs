use std::error::Error;

use sysext_image::{InsertError, Metadata, Node, Tree};
use sysext_release::{ExtensionName, version::Version};

use super::BakeError;

const SCRIPT: &str = "\
#!/bin/sh
echo \"hello from a system extension\"
";

const SERVICE: &str = "\
[Unit]
Description=Says hello once the extension is merged

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/hello
";

/// A unit that an extension brings is not enabled; this starts it when the units are loaded again.
const UPHOLDS: &str = "\
[Unit]
Upholds=hello.service
";

pub(super) fn name() -> Result<ExtensionName, BakeError> {
    "hello".parse().map_err(error)
}

pub(super) fn version() -> Result<Version, BakeError> {
    "1.0.0".parse().map_err(error)
}

/// What is baked when no input is given: a program, and a service that runs it.
pub(super) fn tree(mtime: u32) -> Result<Tree, BakeError> {
    fill(mtime).map_err(error)
}

fn error(error: impl Error + Send + Sync + 'static) -> BakeError {
    BakeError::Sample(error.into())
}

fn fill(mtime: u32) -> Result<Tree, InsertError> {
    let mut tree = Tree::new();
    tree.set_root_metadata(Metadata::new(0o755).with_mtime(mtime))?;
    for directory in [
        "usr",
        "usr/bin",
        "usr/lib",
        "usr/lib/systemd",
        "usr/lib/systemd/system",
        "usr/lib/systemd/system/multi-user.target.d",
    ] {
        tree.insert(directory, Metadata::new(0o755).with_mtime(mtime), Node::Directory)?;
    }
    let file = |mode| Metadata::new(mode).with_mtime(mtime);
    tree.insert("usr/bin/hello", file(0o755), Node::file(SCRIPT))?;
    tree.insert("usr/lib/systemd/system/hello.service", file(0o644), Node::file(SERVICE))?;
    tree.insert(
        "usr/lib/systemd/system/multi-user.target.d/10-hello.conf",
        file(0o644),
        Node::file(UPHOLDS),
    )?;
    Ok(tree)
}
