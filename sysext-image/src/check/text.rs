use std::fmt;

use sysext_release::{Class, release_file};

use super::FindingKind;
use crate::tree::path::Quoted;

/// What systemd does with an image that it finds no release file of.
const NO_RELEASE: &str =
    "systemd fails the merge of all extensions if it is a raw image, and passes over a directory";

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyName => write!(
                f,
                "the attribute {} lets the image merge under any name",
                release_file::STRICT_XATTR
            ),
            Self::ArchitectureDiffers { file_name, release } => write!(
                f,
                "the file's name says {file_name}, and the release file ARCHITECTURE={release:?}, which is what counts"
            ),
            Self::DanglingLink { target } => write!(
                f,
                "the link leads to {}, which is not in the image: it must be on the host",
                Quoted(target)
            ),
            Self::DeviceNode { device } => write!(
                f,
                "the device {}:{} cannot be opened, since extensions are mounted without devices",
                device.major, device.minor
            ),
            Self::DirectoryAttributes { mode, owner: (uid, gid) } => {
                write!(
                    f,
                    "mode {mode:04o} and owner {uid}:{gid} take the place of what the directory has on the host"
                )?;
                if mode & 0o005 == 0o005 {
                    f.write_str(": make it 0755 and root's")
                } else {
                    f.write_str(", so that only some reach what is in it: make it 0755 and root's")
                }
            }
            Self::FileCapabilities { class: Class::Confext } => {
                f.write_str("its capabilities have no effect, since nothing in a confext can be run")
            }
            Self::FileCapabilities { class: Class::Sysext } => {
                f.write_str("whoever runs it gets its capabilities, since sysexts are not mounted nosuid")
            }
            Self::HidesHostDirectory { everywhere } => {
                let hosts = if *everywhere { "hosts" } else { "some hosts" };
                write!(
                    f,
                    "{hosts} have a directory here, and nothing in it is seen once this is merged"
                )
            }
            Self::HierarchyAttributes { mode, owner: (uid, gid) } => write!(
                f,
                "mode {mode:04o} and owner {uid}:{gid} have no effect: a merged hierarchy has the mode that it has on the host, and belongs to root"
            ),
            Self::HierarchyIsLink { target } => write!(
                f,
                "what is merged is what {} is inside of the image: make it a directory",
                Quoted(target)
            ),
            Self::HierarchyIsNoDirectory => {
                f.write_str("a hierarchy must be a directory: the merge of all extensions fails")
            }
            Self::HostOsRelease => f.write_str(
                "it takes the place of the host's own, by which the host says what it is: extensions for that host may not merge again",
            ),
            Self::IgnoredOverlayAttribute { name } => {
                write!(f, "the attribute {name:?} has no effect here")
            }
            Self::LinksNotFollowed { count } => {
                write!(f, "not all symlinks were followed: {count} are too many")
            }
            Self::Metacopy => f.write_str(
                "nobody can read it, since the attribute \"trusted.overlay.metacopy\" says that its content is elsewhere",
            ),
            Self::MisnamedReleaseFile { lookup_name, fitting } => {
                write!(f, "no release file is for an image named {lookup_name:?}: {NO_RELEASE}")?;
                match fitting {
                    Some(fitting) => write!(f, "; it must be named {fitting:?}"),
                    None => Ok(()),
                }
            }
            Self::ModuleIndex => f.write_str(
                "it takes the place of the host's index, if that has this kernel: modules that only the host has are no longer found",
            ),
            Self::More { code, count, .. } => write!(f, "{count} more of {code}"),
            Self::NameTooLong { length } => write!(
                f,
                "the name of the image has {length} bytes, more than 237, so that it can have no release file: {NO_RELEASE}"
            ),
            Self::NeedsLink { link } => write!(
                f,
                "in a directory that systemd searches, the image must have the name {link:?}, or that of a link to it"
            ),
            Self::NoId => f.write_str("without an ID no host takes the image"),
            Self::NoImage { error } => write!(f, "systemd passes over the file: {error}"),
            Self::NoReleaseFile { class } => write!(
                f,
                "there is no release file in {:?}: {NO_RELEASE}",
                class.release_directory()
            ),
            Self::OpaqueDirectory { everywhere } => {
                f.write_str("nothing that the host has in this directory is seen")?;
                f.write_str(if *everywhere { ", which it needs" } else { "" })
            }
            Self::OsRelease { class } => {
                f.write_str(
                    "systemd takes the image for an operating system: it passes over a raw image",
                )?;
                match class {
                    Class::Confext => Ok(()),
                    Class::Sysext => {
                        f.write_str(", and with a directory the merge of all extensions fails")
                    }
                }
            }
            Self::OsReleaseLink => f.write_str(
                "the link takes the place of the host's file and leads nowhere, so that the host no longer knows what it is",
            ),
            Self::OutsideHierarchies { class, instead } => {
                write!(f, "a {class} is merged into ")?;
                for (at, hierarchy) in class.hierarchies().iter().enumerate() {
                    write!(f, "{}/{hierarchy}", if at > 0 { " and " } else { "" })?;
                }
                f.write_str(" only, so that nobody sees this")?;
                match instead {
                    Some(instead) => write!(f, ": put it into {instead:?}"),
                    None => Ok(()),
                }
            }
            Self::OverHostLink { target } => write!(
                f,
                "some hosts have a symlink to {target:?} here; on these the directory takes its place, and what was reached through the link is gone"
            ),
            Self::Redirect { target } => write!(
                f,
                "the attribute \"trusted.overlay.redirect\" shows what the host has at {} here, if its kernel allows that",
                Quoted(target)
            ),
            Self::ReleaseField { warning } => write!(f, "{warning}"),
            Self::ReleaseFileByName { names } => {
                write!(f, "it depends on the name of the image which release file counts: {names:?}")
            }
            Self::ReleaseFileIsNoFile { kind } => write!(
                f,
                "the release file is {kind}: {NO_RELEASE}"
            ),
            Self::ReleaseFileTooLarge { length } => write!(
                f,
                "the release file has {length} bytes: more than a mebibyte is not looked at here"
            ),
            Self::RestartsKubelet { key } => write!(
                f,
                "{key} restarts the kubelet as soon as another version is merged, on a node that was not drained"
            ),
            Self::Setgid { gid, class } => privileged(f, "group", *gid, *class),
            Self::Setuid { uid, class } => privileged(f, "user", *uid, *class),
            Self::SeveralReleaseFiles { names } => write!(
                f,
                "several release files would do and none has the image's name, {names:?}: {NO_RELEASE}"
            ),
            Self::TooManyReleaseFiles { count } => write!(
                f,
                "the {count} entries of the directory of release files were not looked at: they are too many, or too many of them are links"
            ),
            Self::UnitNotStarted { install: true } => f.write_str(
                "nothing starts the unit, since the [Install] section of an extension's unit is not carried out: let a drop-in of a target say Upholds=, or bring the link that enabling it would make",
            ),
            Self::UnitNotStarted { install: false } => {
                f.write_str("nothing in the image starts the unit")
            }
            Self::UnitsNotRead { count } => write!(
                f,
                "not all unit files were read: {count} are too many, or too long"
            ),
            Self::UnitsWithoutReload { count } => write!(
                f,
                "none of the image's unit files ({count}) is loaded when it is merged: the release file needs EXTENSION_RELOAD_MANAGER=1"
            ),
            Self::UnmountableName { name, character } => write!(
                f,
                "systemd cannot mount an image named {:?}, because of the {character:?} in it: the merge of all extensions fails",
                name.as_str()
            ),
            Self::UnparsableReleaseFile { error } => {
                write!(f, "no host takes the image, since its release file cannot be parsed: {error}")
            }
            Self::UnusedReleaseFile { used } => {
                write!(f, "nothing reads this release file, since {used:?} is the one")
            }
            Self::VersionDiffers { file_name, key, release } => write!(
                f,
                "the file's name says version {file_name:?}, and the release file {key}={release:?}"
            ),
            Self::Whiteout { everywhere } => {
                f.write_str("what the host has at this path is no longer seen")?;
                f.write_str(if *everywhere { ", which it needs" } else { "" })
            }
            Self::WorldWritable { mode } => write!(
                f,
                "with mode {mode:04o} everybody may change it where the merge is mutable"
            ),
        }
    }
}

fn privileged(f: &mut fmt::Formatter<'_>, kind: &str, id: u32, class: Class) -> fmt::Result {
    match class {
        Class::Confext => {
            write!(
                f,
                "its rights of {kind} {id} have no effect, since nothing in a confext can be run"
            )
        }
        Class::Sysext => write!(
            f,
            "whoever runs it has the rights of {kind} {id}, since sysexts are not mounted nosuid"
        ),
    }
}
