use sysext_release::{
    Architecture, Class, ExtensionName, FileKind, NotAnImageError, Warning, env_file::ParseError,
};

use super::{Severity, places};
use crate::tree::{Device, XattrName};

/// What a [`Finding`](super::Finding) is.
///
/// `Display` says what happens, without the path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// The release file fits an image of any name.
    AnyName,
    /// The file's name and the release file name different architectures.
    #[non_exhaustive]
    ArchitectureDiffers {
        /// In the file's name.
        file_name: Architecture,
        /// In the release file.
        release: Box<str>,
    },
    /// An absolute symlink to something that the image does not have.
    #[non_exhaustive]
    DanglingLink {
        /// Where it leads.
        target: Box<[u8]>,
    },
    /// A device node that is no whiteout.
    #[non_exhaustive]
    DeviceNode {
        /// Its numbers.
        device: Device,
    },
    /// A directory that hosts have too, with another owner or mode than root's 0755.
    #[non_exhaustive]
    DirectoryAttributes {
        /// Its mode.
        mode: u16,
        /// Its user and group.
        owner: (u32, u32),
    },
    /// A program that gets capabilities.
    #[non_exhaustive]
    FileCapabilities {
        /// The class of the image: nothing in a confext can be run.
        class: Class,
    },
    /// Something else than a directory where hosts have one.
    #[non_exhaustive]
    HidesHostDirectory {
        /// Whether all hosts have it.
        everywhere: bool,
    },
    /// A hierarchy with another owner or mode than root's 0755, which has no effect.
    #[non_exhaustive]
    HierarchyAttributes {
        /// Its mode.
        mode: u16,
        /// Its user and group.
        owner: (u32, u32),
    },
    /// A hierarchy that is a symlink.
    #[non_exhaustive]
    HierarchyIsLink {
        /// Where it leads.
        target: Box<[u8]>,
    },
    /// A hierarchy that is neither a directory nor a symlink.
    HierarchyIsNoDirectory,
    /// A confext that replaces the `os-release` of the host.
    HostOsRelease,
    /// An attribute of overlayfs where it has no effect.
    #[non_exhaustive]
    IgnoredOverlayAttribute {
        /// The attribute.
        name: XattrName,
    },
    /// More links than are followed.
    #[non_exhaustive]
    LinksNotFollowed {
        /// How many were not.
        count: u64,
    },
    /// A file that overlayfs takes for one whose content is in a lower layer.
    Metacopy,
    /// No release file is for an image of the file's name.
    #[non_exhaustive]
    MisnamedReleaseFile {
        /// The name by which it is looked up.
        lookup_name: Box<str>,
        /// A file name under which the image would have one.
        fitting: Option<Box<str>>,
    },
    /// An index of the modules of a kernel.
    ModuleIndex,
    /// More findings of a kind than are listed.
    #[non_exhaustive]
    More {
        /// The code of the kind.
        code: &'static str,
        /// How bad the worst of them is.
        severity: Severity,
        /// How many are not listed.
        count: u64,
    },
    /// An image whose name is too long for a release file.
    #[non_exhaustive]
    NameTooLong {
        /// How many bytes it has.
        length: usize,
    },
    /// The name of the published file, which systemd must see under another one.
    #[non_exhaustive]
    NeedsLink {
        /// That other name.
        link: Box<str>,
    },
    /// The release file has no `ID`.
    NoId,
    /// systemd takes no file of this name for an image.
    #[non_exhaustive]
    NoImage {
        /// Why.
        error: NotAnImageError,
    },
    /// There is no release file at all.
    #[non_exhaustive]
    NoReleaseFile {
        /// The class of the image.
        class: Class,
    },
    /// A directory that shows nothing of the host.
    #[non_exhaustive]
    OpaqueDirectory {
        /// Whether all hosts have something in it.
        everywhere: bool,
    },
    /// An image with `usr/lib/os-release`.
    #[non_exhaustive]
    OsRelease {
        /// The class of the image.
        class: Class,
    },
    /// A `usr/lib/os-release` that is a link to nowhere.
    OsReleaseLink,
    /// Something outside of the hierarchies.
    #[non_exhaustive]
    OutsideHierarchies {
        /// The class of the image.
        class: Class,
        /// Where it was perhaps meant to be.
        instead: Option<Box<str>>,
    },
    /// A directory where some hosts have a symlink.
    #[non_exhaustive]
    OverHostLink {
        /// Where theirs leads.
        target: &'static str,
    },
    /// A directory that shows another one of the host.
    #[non_exhaustive]
    Redirect {
        /// Which one.
        target: Box<[u8]>,
    },
    /// A field of the release file.
    #[non_exhaustive]
    ReleaseField {
        /// What its author may not have meant.
        warning: Warning,
    },
    /// Several release files, of which the name of the image chooses one.
    #[non_exhaustive]
    ReleaseFileByName {
        /// Their names.
        names: Vec<Box<str>>,
    },
    /// The release file is a directory, or the like.
    #[non_exhaustive]
    ReleaseFileIsNoFile {
        /// What it is.
        kind: FileKind,
    },
    /// A release file of more than a mebibyte.
    #[non_exhaustive]
    ReleaseFileTooLarge {
        /// How many bytes it has.
        length: u64,
    },
    /// The kubelet is restarted when the image changes.
    #[non_exhaustive]
    RestartsKubelet {
        /// The field that says so.
        key: &'static str,
    },
    /// A program that runs with the rights of a group.
    #[non_exhaustive]
    Setgid {
        /// The group.
        gid: u32,
        /// The class of the image: nothing in a confext can be run.
        class: Class,
    },
    /// A program that runs with the rights of a user.
    #[non_exhaustive]
    Setuid {
        /// The user.
        uid: u32,
        /// The class of the image: nothing in a confext can be run.
        class: Class,
    },
    /// Several release files that would do.
    #[non_exhaustive]
    SeveralReleaseFiles {
        /// Their names.
        names: Vec<Box<str>>,
    },
    /// More release files, or links among them, than are looked at.
    #[non_exhaustive]
    TooManyReleaseFiles {
        /// How many.
        count: u64,
    },
    /// A unit that nothing starts.
    #[non_exhaustive]
    UnitNotStarted {
        /// Whether it has an `[Install]` section, which its author counts on.
        install: bool,
    },
    /// More or longer unit files than are read.
    #[non_exhaustive]
    UnitsNotRead {
        /// How many were not.
        count: u64,
    },
    /// Units, and no `EXTENSION_RELOAD_MANAGER`.
    #[non_exhaustive]
    UnitsWithoutReload {
        /// How many files there are with units or parts of units.
        count: u64,
    },
    /// systemd cannot mount an image of this name.
    #[non_exhaustive]
    UnmountableName {
        /// The name.
        name: ExtensionName,
        /// What is wrong in it.
        character: char,
    },
    /// A release file that cannot be parsed.
    #[non_exhaustive]
    UnparsableReleaseFile {
        /// Why.
        error: ParseError,
    },
    /// A release file that is not read, since another one is.
    #[non_exhaustive]
    UnusedReleaseFile {
        /// The name of that other one.
        used: Box<str>,
    },
    /// The file's name and the release file name different versions.
    #[non_exhaustive]
    VersionDiffers {
        /// In the file's name.
        file_name: Box<str>,
        /// The field of the release file.
        key: &'static str,
        /// Its value.
        release: Box<str>,
    },
    /// A whiteout: it hides what the host has at its path.
    #[non_exhaustive]
    Whiteout {
        /// Whether all hosts have it, and need it.
        everywhere: bool,
    },
    /// Something that everybody may write to.
    #[non_exhaustive]
    WorldWritable {
        /// Its mode.
        mode: u16,
    },
}

impl FindingKind {
    /// A name that stays as it is, the one of the variant: `any-name`, `architecture-differs` and so on; for a field of
    /// the release file, the [code of its warning](Warning::code).
    pub fn code(&self) -> &'static str {
        match self {
            Self::AnyName => "any-name",
            Self::ArchitectureDiffers { .. } => "architecture-differs",
            Self::DanglingLink { .. } => "dangling-link",
            Self::DeviceNode { .. } => "device-node",
            Self::DirectoryAttributes { .. } => "directory-attributes",
            Self::FileCapabilities { .. } => "file-capabilities",
            Self::HidesHostDirectory { .. } => "hides-host-directory",
            Self::HierarchyAttributes { .. } => "hierarchy-attributes",
            Self::HierarchyIsLink { .. } => "hierarchy-is-link",
            Self::HierarchyIsNoDirectory => "hierarchy-is-no-directory",
            Self::HostOsRelease => "host-os-release",
            Self::IgnoredOverlayAttribute { .. } => "ignored-overlay-attribute",
            Self::LinksNotFollowed { .. } => "links-not-followed",
            Self::Metacopy => "metacopy",
            Self::MisnamedReleaseFile { .. } => "misnamed-release-file",
            Self::ModuleIndex => "module-index",
            Self::More { .. } => "more",
            Self::NameTooLong { .. } => "name-too-long",
            Self::NeedsLink { .. } => "needs-link",
            Self::NoId => "no-id",
            Self::NoImage { .. } => "no-image",
            Self::NoReleaseFile { .. } => "no-release-file",
            Self::OpaqueDirectory { .. } => "opaque-directory",
            Self::OsRelease { .. } => "os-release",
            Self::OsReleaseLink => "os-release-link",
            Self::OutsideHierarchies { .. } => "outside-hierarchies",
            Self::OverHostLink { .. } => "over-host-link",
            Self::Redirect { .. } => "redirect",
            Self::ReleaseField { warning } => warning.code(),
            Self::ReleaseFileByName { .. } => "release-file-by-name",
            Self::ReleaseFileIsNoFile { .. } => "release-file-is-no-file",
            Self::ReleaseFileTooLarge { .. } => "release-file-too-large",
            Self::RestartsKubelet { .. } => "restarts-kubelet",
            Self::Setgid { .. } => "setgid",
            Self::Setuid { .. } => "setuid",
            Self::SeveralReleaseFiles { .. } => "several-release-files",
            Self::TooManyReleaseFiles { .. } => "too-many-release-files",
            Self::UnitNotStarted { .. } => "unit-not-started",
            Self::UnitsNotRead { .. } => "units-not-read",
            Self::UnitsWithoutReload { .. } => "units-without-reload",
            Self::UnmountableName { .. } => "unmountable-name",
            Self::UnparsableReleaseFile { .. } => "unparsable-release-file",
            Self::UnusedReleaseFile { .. } => "unused-release-file",
            Self::VersionDiffers { .. } => "version-differs",
            Self::Whiteout { .. } => "whiteout",
            Self::WorldWritable { .. } => "world-writable",
        }
    }

    /// How bad it is.
    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::More { severity, .. } => *severity,
            Self::HierarchyIsNoDirectory
            | Self::MisnamedReleaseFile { .. }
            | Self::NameTooLong { .. }
            | Self::NoId
            | Self::NoImage { .. }
            | Self::NoReleaseFile { .. }
            | Self::OsRelease { .. }
            | Self::OsReleaseLink
            | Self::ReleaseFileIsNoFile { .. }
            | Self::SeveralReleaseFiles { .. }
            | Self::UnmountableName { .. }
            | Self::UnparsableReleaseFile { .. } => Severity::Error,
            Self::HidesHostDirectory { everywhere }
            | Self::OpaqueDirectory { everywhere }
            | Self::Whiteout { everywhere } => {
                if *everywhere {
                    Severity::Error
                } else {
                    Severity::Warning
                }
            }
            // Not even programs of the host can be run by others than root then.
            Self::DirectoryAttributes { mode, .. } if mode & 0o005 != 0o005 => Severity::Error,
            Self::ReleaseField { warning } => match warning {
                Warning::EmptyScope { .. }
                | Warning::UnknownArchitecture { .. }
                | Warning::UnreportedArchitecture { .. } => Severity::Error,
                Warning::NoEffect { .. } => Severity::Info,
                _ => Severity::Warning,
            },
            Self::FileCapabilities { class }
            | Self::Setgid { class, .. }
            | Self::Setuid { class, .. } => match class {
                Class::Confext => Severity::Info,
                Class::Sysext => Severity::Warning,
            },
            // Most hosts have a directory there.
            Self::OverHostLink { target: places::LOCAL }
            | Self::UnitNotStarted { install: false }
            | Self::AnyName
            | Self::DanglingLink { .. }
            | Self::HierarchyAttributes { .. }
            | Self::IgnoredOverlayAttribute { .. }
            | Self::LinksNotFollowed { .. }
            | Self::NeedsLink { .. }
            | Self::ReleaseFileByName { .. }
            | Self::UnitsNotRead { .. } => Severity::Info,
            _ => Severity::Warning,
        }
    }
}
