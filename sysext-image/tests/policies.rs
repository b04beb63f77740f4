//! What becomes of modes and extended attributes.

#![cfg(feature = "fs")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use rustix::{fs::XattrFlags, io::Errno};
use sysext_image::{ModePolicy, ScanPolicy, Tree, XattrPolicy};

fn file() -> tempfile::TempDir {
    let source = tempfile::tempdir().expect("a temporary directory");
    fs::write(source.path().join("file"), "").expect("a file");
    source
}

#[test]
fn modes_are_kept_unless_bits_are_to_be_cleared() {
    let source = file();
    let path = source.path().join("file");
    symlink("file", source.path().join("link")).unwrap();
    let cases = [
        (ModePolicy::default(), 0o6777, 0o6777),
        (ModePolicy::Keep, 0o664, 0o664),
        (ModePolicy::Clear(0o022), 0o664, 0o644),
        (ModePolicy::Clear(0o022), 0o4775, 0o4755),
        (ModePolicy::Clear(0o7000), 0o7777, 0o777),
        (ModePolicy::Clear(0), 0o640, 0o640),
        (ModePolicy::Clear(u16::MAX), 0o777, 0),
    ];
    for (policy, found, stored) in cases {
        fs::set_permissions(&path, Permissions::from_mode(found)).unwrap();
        let policy = ScanPolicy::default().with_mode(policy);
        let tree = Tree::scan(source.path(), &policy).unwrap().tree;
        let mode = |path: &str| tree.get(path).unwrap().metadata().mode;
        assert_eq!((mode("file"), mode("link")), (stored, 0o777), "{policy:?} of {found:o}");
    }
}

/// False where only root may.
fn set(path: &Path, name: &str) -> bool {
    match rustix::fs::lsetxattr(path, name, b"value", XattrFlags::empty()) {
        Err(Errno::PERM) => false,
        done => {
            done.unwrap_or_else(|error| panic!("{name}: {error}"));
            true
        }
    }
}

#[test]
fn labels_and_all_attributes_can_be_left_out() {
    let source = file();
    let path = source.path().join("file");
    let names = [
        "security.SMACK64",
        "security.SMACK64EXEC",
        "security.apparmor",
        "security.other",
        "security.selinux",
        "trusted.overlay.opaque",
        "user.note",
    ];
    let there: Vec<_> = names.into_iter().filter(|name| set(&path, name)).collect();
    let unlabelled: Vec<_> = there
        .iter()
        .copied()
        .filter(|name| ["security.other", "trusted.overlay.opaque", "user.note"].contains(name))
        .collect();
    let cases = [
        (XattrPolicy::default(), &there),
        (XattrPolicy::Keep, &there),
        (XattrPolicy::WithoutLabels, &unlabelled),
        (XattrPolicy::Nothing, &Vec::new()),
    ];
    for (policy, expected) in cases {
        let scan = Tree::scan(source.path(), &ScanPolicy::default().with_xattrs(policy)).unwrap();
        let entry = scan.tree.get("file").unwrap();
        let found: Vec<_> = entry.metadata().xattrs.keys().map(ToString::to_string).collect();
        assert_eq!(
            (&found[..], &scan.losses[..]),
            (&to_strings(expected)[..], &[][..]),
            "{policy:?}"
        );
    }
}

fn to_strings(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn an_access_control_list_is_a_loss_whatever_is_asked_for() {
    let source = file();
    // rw- for the owner, --- for user 1234, r-- for the group, rwx at most, r-- for others.
    let list = [
        (1_u16, 6_u16, u32::MAX),
        (2, 0, 1234),
        (4, 4, u32::MAX),
        (16, 7, u32::MAX),
        (32, 4, u32::MAX),
    ];
    let mut value = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in list {
        value.extend(tag.to_le_bytes());
        value.extend(rights.to_le_bytes());
        value.extend(id.to_le_bytes());
    }
    let path = source.path().join("file");
    rustix::fs::lsetxattr(&path, "system.posix_acl_access", &value, XattrFlags::empty()).unwrap();
    let cases = [
        (
            ModePolicy::Keep,
            0o644,
            "\"file\": the access control list was left out, and the mode 0674 became 0644; \
             it refused somebody what everybody may do now",
        ),
        (
            ModePolicy::Clear(0o044),
            0o600,
            "\"file\": the access control list was left out, and the mode 0674 became 0600",
        ),
    ];
    for (mode, stored, expected) in cases {
        let policy = ScanPolicy::default().with_xattrs(XattrPolicy::Nothing).with_mode(mode);
        let scan = Tree::scan(source.path(), &policy).unwrap();
        assert_eq!(scan.tree.get("file").unwrap().metadata().mode, stored, "{mode:?}");
        let losses: Vec<_> = scan.losses.iter().map(ToString::to_string).collect();
        assert_eq!(losses, [expected], "{mode:?}");
    }
}
