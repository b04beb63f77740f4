use std::io::{Seek, Write};

use sysext_release::{Class, ExtensionName, ExtensionRelease};

use crate::{
    squashfs::{Summary, WriteError, Writer},
    tree::Tree,
};

/// A tree that systemd takes as an extension. Only a [`Builder`](crate::Builder) makes one.
#[derive(Clone, Debug)]
pub struct Extension {
    pub(crate) class: Class,
    pub(crate) name: ExtensionName,
    pub(crate) release: ExtensionRelease,
    pub(crate) tree: Tree,
}

impl Extension {
    /// What it extends.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The name that it merges under.
    pub fn name(&self) -> &ExtensionName {
        &self.name
    }

    /// What its release file says.
    pub fn release(&self) -> &ExtensionRelease {
        &self.release
    }

    /// Everything that will be in the image, the release file too.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Writes the extension as a squashfs image. To tell how far it is, write its [tree](Self::tree) with
    /// [`Writer::write_with_progress`].
    pub fn write(&self, writer: &Writer, out: impl Write + Seek) -> Result<Summary, WriteError> {
        writer.write(&self.tree, out)
    }
}
