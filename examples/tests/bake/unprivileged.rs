//! What another user may not read, and disks that are full.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::Command,
};

use crate::{
    bakery::Bakery,
    tool::{self, End},
};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the mode");
}

fn bake_as_nobody(bakery: &Bakery) -> End {
    let mut command = as_nobody(bakery);
    command.args(["./bake", "tree", "--version=1", "--arch=x86-64", "--out=out"]);
    End::of(&mut command)
}

/// A command of nobody, who can reach the bakery, but maybe not where the tool was built.
fn as_nobody(bakery: &Bakery) -> Command {
    chmod(&bakery.path(""), 0o755);
    let tool = bakery.path("bake");
    if !tool.exists() {
        fs::copy(tool::path("bake"), &tool).expect("a copy of the tool");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    command.current_dir(bakery.path("")).env_remove("SOURCE_DATE_EPOCH");
    command
}

fn failed(message: &str) -> End {
    End { code: Some(1), stdout: String::new(), stderr: format!("error: {message}\n") }
}

#[test]
#[ignore = "needs root"]
fn a_file_that_may_not_be_read_leaves_no_image() {
    let bakery = Bakery::new();
    bakery.write("tree/usr/share/secret", "s");
    fs::create_dir(bakery.path("out")).unwrap();
    chown(bakery.path("out"), Some(65534), Some(65534)).unwrap();
    let secret = bakery.path("tree/usr/share/secret");

    chmod(&secret, 0o600);
    let message = "cannot read \"usr/share/secret\": Permission denied (os error 13)";
    assert_eq!(bake_as_nobody(&bakery), failed(message));
    assert_eq!(bakery.files(), BTreeMap::new());

    chmod(&secret, 0o644);
    chmod(&bakery.path("tree/usr/share"), 0o700);
    let message = "cannot read \"tree/usr/share\": Permission denied (os error 13)";
    assert_eq!(bake_as_nobody(&bakery), failed(message));
    assert_eq!(bakery.files(), BTreeMap::new());

    chmod(&bakery.path("tree/usr/share"), 0o755);
    bake_as_nobody(&bakery).success();
    assert_eq!(bakery.check_sums().success(), "tree-1-x86-64.raw: OK\n");
}

#[test]
#[ignore = "needs root"]
fn an_output_directory_that_may_not_be_written() {
    let bakery = Bakery::new();
    let message = "cannot write \"out\": Permission denied (os error 13)";
    assert_eq!(bake_as_nobody(&bakery), failed(message));

    fs::create_dir(bakery.path("out")).unwrap();
    chmod(&bakery.path("out"), 0o755);
    let message = "cannot create a file in \"out\": Permission denied (os error 13)";
    assert_eq!(bake_as_nobody(&bakery), failed(message));
    assert_eq!(bakery.files(), BTreeMap::new());
}

#[test]
#[ignore = "needs root"]
fn a_full_disk_keeps_what_was_there() {
    let bakery = Bakery::new();
    bakery.write("tree/usr/share/large", vec![b'x'; 1 << 20]);
    fs::create_dir(bakery.path("out")).unwrap();
    // In a mount namespace of its own, so that the small disk goes with it.
    let script = r#"
        mount -t tmpfs -o size=64k tmpfs out &&
        "$BAKE" --version=1 --arch=x86-64 --out=out >&2 &&
        sha256sum out/* >before &&
        "$BAKE" tree --version=1 --arch=x86-64 --out=out --compression=none
        echo "status $?"
        ls -A out
        sha256sum --check --quiet before
    "#;
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).env("BAKE", tool::path("bake"));
    let end = End::of(command.current_dir(bakery.path("")).env_remove("SOURCE_DATE_EPOCH"));
    assert_eq!(
        end.stdout,
        "status 1\nSHA256SUMS\nhello-1-x86-64.json\nhello-1-x86-64.raw\nhello.transfer\n"
    );
    let message = "error: cannot write the image: No space left on device (os error 28)\n";
    assert!(end.stderr.ends_with(message), "{}", end.stderr);
    assert_eq!(end.code, Some(0));
}

#[test]
#[ignore = "needs root"]
fn where_no_thread_may_be_started_the_image_is_the_same() {
    let bakery = Bakery::new();
    bakery.write("tree/usr/share/large", vec![b'x'; 8 << 20]);
    // Puts the tool there.
    bake_as_nobody(&bakery);
    let limited = |processes: &str, out: &str| {
        fs::create_dir(bakery.path(out)).unwrap();
        chown(bakery.path(out), Some(65534), Some(65534)).unwrap();
        let mut command = as_nobody(&bakery);
        command.args(["timeout", "60", "prlimit", &format!("--nproc={processes}"), "./bake"]);
        command.args(["tree", "--version=1", "--arch=x86-64", "--jobs=8", "--out", out]);
        End::of(&mut command).success();
        fs::read(bakery.path(out).join("tree-1-x86-64.raw")).unwrap()
    };
    assert!(limited("2", "few") == limited("4096", "many"));
}
