use std::io::{Seek, Write};

use sysext_release::ExtensionRelease;

use crate::{
    squashfs::{Summary, WriteError, Writer},
    tree::Tree,
};

/// A tree that systemd takes as an extension. Only a [`Builder`](crate::Builder) makes one.
#[derive(Clone, Debug)]
pub struct Extension {
    release: ExtensionRelease,
    tree: Tree,
}

impl Extension {
    pub(crate) fn new(release: ExtensionRelease, tree: Tree) -> Self {
        Self { release, tree }
    }

    /// What its release file says.
    pub fn release(&self) -> &ExtensionRelease {
        &self.release
    }

    /// Everything that will be in the image, the release file too.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Writes the extension as a squashfs image.
    pub fn write(&self, writer: &Writer, out: impl Write + Seek) -> Result<Summary, WriteError> {
        writer.write(&self.tree, out)
    }
}
