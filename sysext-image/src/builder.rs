use std::{borrow::Cow, collections::BTreeMap};

use sysext_release::{Class, ExtensionName, ExtensionRelease};
use thiserror::Error;

use crate::{
    Extension,
    tree::{EntryPath, InsertError, Metadata, Node, Tree},
};

/// The longest name in bytes: that of the release file has 18 more.
const NAME_MAX: usize = 237;

/// The attribute that lets systemd take a release file whatever the image is called.
const STRICT_XATTR: &str = "user.extension-release.strict";

/// Makes extensions of one class, name and release.
///
/// The builder puts the extension-release file in place itself. A tree that systemd would refuse, or that would hide
/// the host's own identity, is an error that names the path.
///
/// ```
/// use std::io::Cursor;
/// use sysext_image::{Builder, Metadata, Node, Tree, squashfs::Writer};
/// use sysext_release::{Class, ExtensionRelease};
///
/// let mut tree = Tree::new();
/// tree.insert("usr/bin/hello", Metadata::new(0o755), Node::file("#!/bin/sh\necho hello\n"))?;
///
/// let release = ExtensionRelease::builder().any_os().build()?;
/// let extension = Builder::new(Class::Sysext, "hello".parse()?, release).build(tree)?;
/// assert!(extension.tree().get("usr/lib/extension-release.d/extension-release.hello").is_some());
///
/// let mut image = Cursor::new(Vec::new());
/// extension.write(&Writer::new(), &mut image)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    class: Class,
    name: ExtensionName,
    release: ExtensionRelease,
    any_name: bool,
    mtime: u32,
}

impl Builder {
    /// A builder for extensions of this class and name, whose release file says this.
    pub fn new(class: Class, name: ExtensionName, release: ExtensionRelease) -> Self {
        Self { class, name, release, any_name: false, mtime: 0 }
    }

    /// The same, but the image merges under any file name: the release file gets the attribute
    /// `user.extension-release.strict=0`.
    #[must_use]
    pub fn with_any_name(mut self, any_name: bool) -> Self {
        self.any_name = any_name;
        self
    }

    /// The same with this modification time of the release file and of directories made for it, in seconds since 1970.
    #[must_use]
    pub fn with_mtime(mut self, seconds: u32) -> Self {
        self.mtime = seconds;
        self
    }

    /// Makes an extension of a tree.
    ///
    /// The tree may hold the class's hierarchies only ([`Class::hierarchies`]), as directories; no
    /// `usr/lib/os-release`; and no other release file than one that says the same, which is replaced.
    pub fn build(&self, mut tree: Tree) -> Result<Extension, BuildError> {
        if let Some(character) = self.name.unmountable() {
            return Err(BuildError::UnmountableName { name: self.name.clone(), character });
        }
        if self.name.as_str().len() > NAME_MAX {
            return Err(BuildError::NameTooLong { length: self.name.as_str().len() });
        }
        self.check_hierarchies(&tree)?;
        if tree.get("usr/lib/os-release").is_some() {
            return Err(BuildError::CarriesOsRelease {
                path: EntryPath::new(b"usr/lib/os-release"),
            });
        }
        let directory = self.class.release_directory();
        let path = format!("{directory}/extension-release.{}", self.name);
        self.check_release_files(&tree, directory, &path)?;
        tree.unlink(&path);
        for end in directory.match_indices('/').map(|(at, _)| at).chain([directory.len()]) {
            let parent = directory.get(..end).unwrap_or(directory);
            if tree.get(parent).is_none() {
                tree.insert(parent, Metadata::new(0o755).with_mtime(self.mtime), Node::Directory)?;
            }
        }
        let mut metadata = Metadata::new(0o644).with_mtime(self.mtime);
        if self.any_name {
            metadata = metadata.with_xattr(STRICT_XATTR, "0");
        }
        tree.insert(&path, metadata, Node::file(self.release.to_string()))?;
        Ok(Extension::new(self.release.clone(), tree))
    }

    fn check_hierarchies(&self, tree: &Tree) -> Result<(), BuildError> {
        for entry in tree.entries() {
            let path = entry.path().as_bytes();
            let top = path.split(|byte| *byte == b'/').next().unwrap_or_default();
            if !self.class.hierarchies().iter().any(|hierarchy| hierarchy.as_bytes() == top) {
                return Err(BuildError::OutsideHierarchies {
                    path: entry.path().clone(),
                    class: self.class,
                });
            }
            if path == top && *entry.node() != Node::Directory {
                return Err(BuildError::HierarchyIsNoDirectory { path: entry.path().clone() });
            }
        }
        Ok(())
    }

    fn check_release_files(
        &self,
        tree: &Tree,
        directory: &str,
        own: &str,
    ) -> Result<(), BuildError> {
        for entry in tree.entries() {
            let path = entry.path();
            let name = path
                .as_bytes()
                .strip_prefix(directory.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"/"));
            match name {
                Some(_)
                    if path.as_bytes() == own.as_bytes() && !self.says_the_same(entry.node()) =>
                {
                    return Err(BuildError::ReleaseFileDiffers { path: path.clone() });
                }
                Some(name)
                    if name.starts_with(b"extension-release.")
                        && path.as_bytes() != own.as_bytes() =>
                {
                    return Err(BuildError::ForeignReleaseFile {
                        path: path.clone(),
                        name: self.name.clone(),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a release file that the tree brings along has the fields of the one that will be written.
    fn says_the_same(&self, node: &Node) -> bool {
        let Node::File(content) = node else { return false };
        // Far more than any release file has, and little enough to read at once.
        let bytes = content.read_all(1 << 20).ok().flatten();
        let found = bytes.and_then(|bytes| ExtensionRelease::parse(&bytes).ok());
        found.is_some_and(|found| fields(&found) == fields(&self.release))
    }
}

/// What counts in a release file: for each key its last value, in no order.
fn fields(release: &ExtensionRelease) -> BTreeMap<&str, Cow<'_, str>> {
    release.assignments().map(|assignment| (assignment.key, assignment.value)).collect()
}

/// A tree that cannot be made an extension.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// With a `usr/lib/os-release` of its own, systemd takes the image for a whole operating system.
    #[error("{path:?} must not be in an extension: it would replace the host's own identity")]
    CarriesOsRelease {
        /// Where it is.
        path: EntryPath,
    },
    /// An extension-release file of another extension.
    #[error("{path:?} is the release file of another extension than {:?}", name.as_str())]
    ForeignReleaseFile {
        /// Where it is.
        path: EntryPath,
        /// The extension that was to be made.
        name: ExtensionName,
    },
    /// A hierarchy that is a symlink, for instance.
    #[error("{path:?} is not a directory")]
    HierarchyIsNoDirectory {
        /// Where it is.
        path: EntryPath,
    },
    /// The release file cannot be put in place.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// With `extension-release.` before it the name is longer than a file name can be.
    #[error("an extension's name has at most {NAME_MAX} bytes, this one has {length}")]
    NameTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A merge would never show it.
    #[error("{path:?} is outside the hierarchies of a {class}: {}", class.hierarchies().join(", "))]
    OutsideHierarchies {
        /// Where it is.
        path: EntryPath,
        /// The class of the extension.
        class: Class,
    },
    /// The tree brings a release file along that says something else than the one that was to be written.
    #[error(
        "{path:?} says something else than the release file that would be written in its place"
    )]
    ReleaseFileDiffers {
        /// Where it is.
        path: EntryPath,
    },
    /// systemd cannot mount an image of this name.
    #[error("systemd cannot mount an extension named {:?}: the character {character:?} ends an overlayfs option", name.as_str())]
    UnmountableName {
        /// The name.
        name: ExtensionName,
        /// What is wrong in it.
        character: char,
    },
}
