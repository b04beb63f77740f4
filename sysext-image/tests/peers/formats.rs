//! Images of other formats, as the tools of systemd's own distributions make them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use sysext_image::{ExtractOptions, Image, ImageFormat, PartitionDesignator};

use crate::{
    keep,
    look::{View, assert_same, look, under},
    nasty_source,
    tools::Mount,
};

/// Runs a command in the tree of a peer, with this directory as its working directory.
fn peer(systemd: &str, work: &Path, command: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/peer");
    let mut run = Command::new(script);
    run.args(["run", systemd, "--work"]).arg(work).args(command);
    let output = run.output().expect(".ci/peer runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}: {complaint}", output.status);
}

/// What is extracted of an image.
fn extracted(image: &Path, format: ImageFormat) -> (View, Image) {
    let target = image.with_extension("extracted");
    let image = Image::open(fs::File::open(image).expect("an image")).expect("of a known format");
    assert_eq!(image.format(), format);
    let unrestored = image.extract(&target, &ExtractOptions::default()).expect("extracted");
    assert_eq!(unrestored, []);
    (look(&target), image)
}

/// A directory with the nasty tree in `source`.
fn with_source() -> (tempfile::TempDir, PathBuf, View) {
    let work = tempfile::tempdir().expect("a temporary directory");
    let built = nasty_source();
    let source = work.path().join("source");
    fs::rename(built.path(), &source).expect("the same file system");
    let view = look(&source);
    (work, source, view)
}

#[test]
#[ignore = "needs root and the systemd 262 peer"]
fn an_erofs_of_every_compressor_is_the_source() {
    let (work, _, expected) = with_source();
    let cases: [&[&str]; 8] = [
        &[],
        &["-zlz4"],
        &["-zlz4hc,9", "-C65536"],
        &["-zdeflate", "-C65536", "-Eztailpacking"],
        &["-zzstd", "-C65536", "-Ededupe"],
        &["-zlzma", "-C65536"],
        &["--chunksize=4096", "-x1"],
        &["-Eforce-inode-extended,noinline_data"],
    ];
    // One of each half in the short run: the others differ in how a file is laid out.
    let step = if env::var_os("SYSEXT_LONG").is_some() { 1 } else { 4 };
    for (number, options) in cases.into_iter().enumerate().step_by(step) {
        let name = format!("{number}.raw");
        let command = ["mkfs.erofs", "--quiet"].into_iter().chain(options.iter().copied());
        let command = command.chain([&*name, "source"]).collect::<Vec<_>>();
        peer("262", work.path(), &command);
        let path = work.path().join(&name);
        // Not what the source holds: mkfs.erofs marks directories for overlayfs.
        let mounted = Mount::new(&["-t", "erofs", "-o", "loop,ro"], &path);
        let (found, _) = extracted(&path, ImageFormat::Erofs);
        let expected_of_it = under(look(mounted.path()), &keep());
        assert_same(&format!("{options:?}"), &expected_of_it, &found);
        assert_eq!(found.len(), expected.len(), "{options:?}");
    }
}

#[test]
#[ignore = "needs root and the systemd 262 peer"]
fn a_ddi_of_repart_is_what_its_partition_holds() {
    let (work, source, expected) = with_source();
    // repart copies /usr and /opt.
    let listed: Vec<_> = fs::read_dir(&source).expect("a directory").collect();
    assert_eq!(listed.len(), 2, "usr and opt");
    let (key, certificate) = (work.path().join("key.pem"), work.path().join("cert.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-batch", "-new", "-x509", "-nodes", "-keyout"]).arg(key);
    let output = openssl.arg("-out").arg(certificate).output().expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (systemd, filesystem, format) in [
        ("257", "squashfs", ImageFormat::Squashfs),
        ("262", "squashfs", ImageFormat::Squashfs),
        ("262", "erofs", ImageFormat::Erofs),
    ] {
        let name = format!("{systemd}-{filesystem}.raw");
        let variable = format!("SYSTEMD_REPART_OVERRIDE_FSTYPE_ROOT={filesystem}");
        let command = [
            "env",
            &*variable,
            "systemd-repart",
            "--make-ddi=sysext",
            "--copy-source=source",
            "--offline=yes",
            "--seed=a8b5b0a6d5c24a9f8a1bd2fd0ac1f0a1",
            "--private-key=key.pem",
            "--certificate=cert.pem",
            &*name,
        ];
        peer(systemd, work.path(), &command);
        let path = work.path().join(&name);
        let (found, image) = extracted(&path, format);
        let data = &image.partitions()[0];
        let options = format!("loop,ro,offset={},sizelimit={}", data.start, data.length);
        // Not what the source holds: repart has links of one hierarchy only, and few attributes.
        let mounted = Mount::new(&["-t", filesystem, "-o", &*options], &path);
        assert_same(&name, &under(look(mounted.path()), &keep()), &found);
        assert_eq!(found.len(), expected.len(), "{name}");
        let designators: Vec<_> =
            image.partitions().iter().filter_map(|partition| partition.designator).collect();
        let root = PartitionDesignator::Root;
        let verity = [PartitionDesignator::RootVerity, PartitionDesignator::RootVeritySig];
        assert_eq!(designators, [root, verity[0], verity[1]], "{name}");
    }
}
