use std::{collections::BTreeMap, io};

use sysext_release::{Class, ExtensionName, ExtensionRelease, env_file::ParseError, release_file};
use thiserror::Error;

use crate::{
    Extension,
    tree::{ContentError, EntryPath, InsertError, Metadata, Node, Tree, XattrName},
};

/// The longest name in bytes: that of the release file has a prefix, and 255 bytes at most.
const EXTENSION_NAME_MAX: usize = 255 - release_file::PREFIX.len();
/// More bytes than any release file has, and few enough to read at once.
const RELEASE_FILE_MAX: usize = 1 << 20;
/// The attributes by which overlayfs hides what lower layers have in a directory, or shows another directory instead.
const HIDING: [&str; 2] = ["trusted.overlay.opaque", "trusted.overlay.redirect"];

/// Makes extensions of one class, name and release.
///
/// The builder puts the extension-release file in place itself. A tree that systemd would refuse is an error that names
/// the path, and so is one that would hide the `usr/lib` of every host, with its `os-release`.
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

    /// The same with this modification time of what the builder makes, in seconds since 1970: the release file, and
    /// directories for it that the tree does not have.
    #[must_use]
    pub fn with_mtime(mut self, seconds: u32) -> Self {
        self.mtime = seconds;
        self
    }

    /// Makes an extension of a tree.
    ///
    /// The tree may hold the class's hierarchies only ([`Class::hierarchies`]), as directories; no
    /// `usr/lib/os-release`; and no other release file than one that says the same, which is replaced. (An
    /// `etc/os-release` in a confext is taken, as systemd takes it: hosts read it before their own.)
    pub fn build(&self, mut tree: Tree) -> Result<Extension, BuildError> {
        let length = self.name.as_str().len();
        if length > EXTENSION_NAME_MAX {
            return Err(BuildError::NameTooLong { length });
        }
        if let Some(character) = self.name.unmountable() {
            return Err(BuildError::UnmountableName { name: self.name.clone(), character });
        }
        self.check_hierarchies(&tree)?;
        if let Some(entry) = tree.get("usr/lib/os-release") {
            return Err(BuildError::CarriesOsRelease { path: entry.path().clone() });
        }
        let directory = self.class.release_directory();
        let path = EntryPath::of_names(self.class.release_file(&self.name).as_bytes());
        self.check_release_files(&tree, directory, &path)?;
        tree.unlink(&path);
        for (end, _) in directory.match_indices('/').chain([(directory.len(), "")]) {
            let parent = directory.get(..end).unwrap_or(directory);
            match tree.get(parent) {
                None => {
                    let metadata = Metadata::new(0o755).with_mtime(self.mtime);
                    tree.insert(parent, metadata, Node::Directory)?;
                }
                // Of a hierarchy itself the attributes have no effect.
                Some(entry) if parent.contains('/') => {
                    let xattrs = &entry.metadata().xattrs;
                    let hiding = HIDING.iter().find_map(|it| xattrs.get_key_value(it.as_bytes()));
                    if let Some((attribute, _)) = hiding {
                        let attribute = attribute.clone();
                        let path = entry.path().clone();
                        return Err(BuildError::HidesHost { path, attribute });
                    }
                }
                Some(_) => {}
            }
        }
        let mut metadata = Metadata::new(0o644).with_mtime(self.mtime);
        if self.any_name {
            metadata = metadata.with_xattr(XattrName::known(release_file::STRICT_XATTR), "0");
        }
        tree.insert(&path, metadata, Node::file(self.release.to_string()))?;
        let (class, name) = (self.class, self.name.clone());
        Ok(Extension { class, name, release: self.release.clone(), tree })
    }

    fn check_hierarchies(&self, tree: &Tree) -> Result<(), BuildError> {
        for entry in tree.entries() {
            let path = entry.path().as_bytes();
            let top = path.split(|byte| *byte == b'/').next().unwrap_or_default();
            let is_top = |hierarchy: &&str| hierarchy.as_bytes() == top;
            if !self.class.hierarchies().iter().any(is_top) {
                let path = entry.path().clone();
                return Err(BuildError::OutsideHierarchies { path, class: self.class });
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
        own: &EntryPath,
    ) -> Result<(), BuildError> {
        let prefix = format!("{directory}/{}", release_file::PREFIX);
        for entry in tree.entries() {
            if entry.path() == own {
                self.check_own_release_file(own, entry.node())?;
            } else if entry.path().as_bytes().starts_with(prefix.as_bytes()) {
                let path = entry.path().clone();
                return Err(BuildError::ForeignReleaseFile { path, name: self.name.clone() });
            }
        }
        Ok(())
    }

    /// Whether a release file that the tree brings along has the fields of the one that will be written.
    fn check_own_release_file(&self, path: &EntryPath, node: &Node) -> Result<(), BuildError> {
        let path = || path.clone();
        let Node::File(content) = node else {
            return Err(BuildError::ReleaseFileIsNoFile { path: path() });
        };
        let bytes = match content.read_all(RELEASE_FILE_MAX) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let length = content.len();
                return Err(BuildError::ReleaseFileTooLarge { path: path(), length });
            }
            Err(ContentError::Io(source)) => {
                return Err(BuildError::ReadReleaseFile { path: path(), source });
            }
            Err(ContentError::Changed | ContentError::Length) => {
                return Err(BuildError::ReleaseFileChanged { path: path() });
            }
        };
        let found = ExtensionRelease::parse(&bytes)
            .map_err(|source| BuildError::ParseReleaseFile { path: path(), source })?;
        let (found, expected) = (fields(&found), fields(&self.release));
        let differs = |key: &&String| found.get(*key) != expected.get(*key);
        match found.keys().chain(expected.keys()).find(differs) {
            None => Ok(()),
            Some(key) => Err(BuildError::ReleaseFileDiffers {
                path: path(),
                found: found.get(key).cloned(),
                expected: expected.get(key).cloned(),
                key: key.clone(),
            }),
        }
    }
}

/// What counts in a release file: for each key its last value, in no order.
fn fields(release: &ExtensionRelease) -> BTreeMap<String, String> {
    let fields = release.assignments();
    fields.map(|field| (field.key.to_owned(), field.value.into_owned())).collect()
}

/// A tree that cannot be made an extension.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// With a `usr/lib/os-release` of its own, systemd takes the image for a whole operating system.
    #[error("{path:?} must not be in an extension: it would replace the host's own identity")]
    #[non_exhaustive]
    CarriesOsRelease {
        /// Where it is.
        path: EntryPath,
    },
    /// An extension-release file of another extension.
    #[error("{path:?} is the release file of another extension than {:?}", name.as_str())]
    #[non_exhaustive]
    ForeignReleaseFile {
        /// Where it is.
        path: EntryPath,
        /// The extension that was to be made.
        name: ExtensionName,
    },
    /// The directory with the release file is opaque or redirected: every host's own content there would be gone.
    #[error("{path:?} has the attribute {attribute:?}, which hides what every host has there")]
    #[non_exhaustive]
    HidesHost {
        /// Where it is.
        path: EntryPath,
        /// The attribute.
        attribute: XattrName,
    },
    /// A hierarchy that is a symlink, for instance.
    #[error("the hierarchy {path:?} is not a directory")]
    #[non_exhaustive]
    HierarchyIsNoDirectory {
        /// Where it is.
        path: EntryPath,
    },
    /// The release file cannot be put in place.
    #[error(transparent)]
    Insert(#[from] InsertError),
    /// With `extension-release.` before it the name is longer than a file name can be.
    #[error("an extension's name has at most {EXTENSION_NAME_MAX} bytes, this one has {length}")]
    #[non_exhaustive]
    NameTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A merge would never show it.
    #[error("{path:?} is outside the hierarchies of a {class}: {}", class.hierarchies().join(", "))]
    #[non_exhaustive]
    OutsideHierarchies {
        /// Where it is.
        path: EntryPath,
        /// The class of the extension.
        class: Class,
    },
    /// systemd could not read the release file that the tree brings along.
    #[error("cannot read the release file {path:?}")]
    #[non_exhaustive]
    ParseReleaseFile {
        /// Where it is.
        path: EntryPath,
        /// What is wrong in it.
        source: ParseError,
    },
    /// The release file that the tree brings along cannot be read.
    #[error("cannot read the release file {path:?}")]
    #[non_exhaustive]
    ReadReleaseFile {
        /// Where it is.
        path: EntryPath,
        /// What the system said.
        source: io::Error,
    },
    /// The release file that the tree brings along is no longer what it was when its directory was scanned.
    #[error("the release file {path:?} changed after the scan")]
    #[non_exhaustive]
    ReleaseFileChanged {
        /// Where it is.
        path: EntryPath,
    },
    /// The tree brings a release file along that says something else than the one that was to be written.
    #[error(
        "{path:?} says {}, but the release file in its place would say {}",
        Said(key, found.as_deref()),
        Said(key, expected.as_deref())
    )]
    #[non_exhaustive]
    ReleaseFileDiffers {
        /// Where it is.
        path: EntryPath,
        /// The first field that differs.
        key: String,
        /// Its value in the tree's file.
        found: Option<String>,
        /// Its value in the file that was to be written.
        expected: Option<String>,
    },
    /// A directory or a link has the name of the release file.
    #[error("the release file {path:?} is not a regular file: leave it out, it is made anew")]
    #[non_exhaustive]
    ReleaseFileIsNoFile {
        /// Where it is.
        path: EntryPath,
    },
    /// The release file that the tree brings along is longer than any is, 1 MiB.
    #[error("the release file {path:?} has {length} bytes, more than {RELEASE_FILE_MAX}")]
    #[non_exhaustive]
    ReleaseFileTooLarge {
        /// Where it is.
        path: EntryPath,
        /// Its length in bytes.
        length: u64,
    },
    /// systemd cannot mount an image of this name.
    #[error(
        "systemd cannot mount an extension named {:?}: the character {character:?} has a meaning in the options of \
         the mount",
        name.as_str()
    )]
    #[non_exhaustive]
    UnmountableName {
        /// The name.
        name: ExtensionName,
        /// What is wrong in it.
        character: char,
    },
}

/// A field as a message says it.
struct Said<'a>(&'a str, Option<&'a str>);

impl std::fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.1 {
            Some(value) => write!(f, "{}={value:?}", self.0),
            None => write!(f, "no {}", self.0),
        }
    }
}
