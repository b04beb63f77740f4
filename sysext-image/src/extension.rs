use std::{
    io::{Seek, Write},
    ops::ControlFlow,
};

use sysext_release::{Class, ExtensionName, ExtensionRelease};

use crate::{
    squashfs::{Progress, Summary, WriteError, Writer},
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

    /// Writes the extension as a squashfs image: see [`Writer::write`].
    pub fn write(&self, writer: &Writer, out: impl Write + Seek) -> Result<Summary, WriteError> {
        writer.write(&self.tree, out)
    }

    /// The same, telling how far it is as [`Writer::write_with_progress`] does.
    pub fn write_with_progress(
        &self,
        writer: &Writer,
        out: impl Write + Seek,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Summary, WriteError> {
        writer.write_with_progress(&self.tree, out, progress)
    }
}
