//! What hosts have, as far as it is the same on most of them.

use sysext_release::Class;

/// Where `usr/local` leads on hosts that keep it in `/var`.
pub(super) const LOCAL: &str = "../var/usrlocal";

/// What some hosts have as a symlink: those that have one directory of programs, or of libraries.
const LINKS: [(&str, &str); 4] =
    [("usr/lib32", "lib"), ("usr/lib64", "lib"), ("usr/local", LOCAL), ("usr/sbin", "bin")];

/// What every host has and cannot do without.
const NEEDED: [&str; 8] = [
    "etc/group",
    "etc/passwd",
    "etc/systemd",
    "usr/bin",
    "usr/lib",
    "usr/lib/os-release",
    "usr/lib/systemd",
    "usr/share",
];

/// Directories that most hosts have.
const SHARED: [&str; 46] = [
    "etc/extension-release.d",
    "etc/modprobe.d",
    "etc/pam.d",
    "etc/profile.d",
    "etc/security",
    "etc/ssh",
    "etc/ssl",
    "etc/ssl/certs",
    "etc/sysctl.d",
    "etc/systemd",
    "etc/systemd/network",
    "etc/systemd/system",
    "etc/systemd/user",
    "etc/udev",
    "etc/udev/rules.d",
    "usr/bin",
    "usr/include",
    "usr/lib",
    "usr/lib/extension-release.d",
    "usr/lib/firmware",
    "usr/lib/modprobe.d",
    "usr/lib/modules",
    "usr/lib/modules-load.d",
    "usr/lib/sysctl.d",
    "usr/lib/systemd",
    "usr/lib/systemd/network",
    "usr/lib/systemd/system",
    "usr/lib/systemd/system-generators",
    "usr/lib/systemd/system-preset",
    "usr/lib/systemd/user",
    "usr/lib/sysusers.d",
    "usr/lib/tmpfiles.d",
    "usr/lib/udev",
    "usr/lib/udev/rules.d",
    "usr/lib64",
    "usr/libexec",
    "usr/local",
    "usr/local/bin",
    "usr/local/lib",
    "usr/local/sbin",
    "usr/local/share",
    "usr/sbin",
    "usr/share",
    "usr/share/bash-completion",
    "usr/share/dbus-1",
    "usr/share/zoneinfo",
];

/// Where the link of some hosts leads that is at this path.
pub(super) fn link(path: &[u8]) -> Option<&'static str> {
    LINKS.iter().find(|(link, _)| link.as_bytes() == path).map(|(_, target)| *target)
}

/// Whether every host needs what is at this path, or below it.
pub(super) fn is_needed(path: &[u8]) -> bool {
    NEEDED.iter().any(|needed| needed.as_bytes() == path)
}

/// Whether most hosts have a directory at this path.
pub(super) fn is_shared_directory(path: &[u8]) -> bool {
    SHARED.iter().any(|shared| shared.as_bytes() == path)
}

/// The directory of a hierarchy where something belongs that stands beside them.
pub(super) fn instead(top: &[u8], class: Class) -> Option<&'static str> {
    match (class, top) {
        (Class::Sysext, b"bin") => Some("usr/bin"),
        (Class::Sysext, b"lib") => Some("usr/lib"),
        (Class::Sysext, b"lib64") => Some("usr/lib64"),
        (Class::Sysext, b"sbin") => Some("usr/sbin"),
        _ => None,
    }
}
