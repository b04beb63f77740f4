use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use sysext_release::Systemd;
use sysext_verify::Sha256Digest;
use tempfile::TempDir;

use crate::{
    peer::{self, BOTH},
    tool::{self, End},
};

/// A directory to bake in, with the root of a host.
struct Machine {
    directory: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        machine.write("root/usr/lib/os-release", b"ID=testos\nVERSION_ID=1\n");
        machine.write("root/usr/share/hidden", b"of the host\n");
        machine.write("root/etc/host.conf", b"of the host\n");
        for directory in ["root/var/lib/extensions", "root/var/lib/confexts"] {
            fs::create_dir_all(machine.path(directory)).expect("a directory");
        }
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("its parent");
        fs::write(&path, content).expect("a file");
    }

    /// Bakes into `out`.
    fn bake(&self, arguments: &[&str]) {
        let mut command = tool::command("bake", self.directory.path(), arguments);
        End::of(command.args(["--out", "out"])).success();
    }

    /// The image as the one that the host has, under this name; its published name is `out/NAME`.
    fn install(&self, published: &str, installed: &str) {
        for directory in ["root/var/lib/extensions", "root/var/lib/confexts"] {
            for entry in fs::read_dir(self.path(directory)).expect("the extensions") {
                fs::remove_file(entry.expect("an extension").path()).expect("it is gone");
            }
        }
        fs::copy(self.path("out").join(published), self.path(installed)).expect("a copy");
    }

    fn run(&self, systemd: Systemd, script: &str) -> String {
        peer::run(systemd, self.directory.path(), script)
    }
}

fn shell(directory: &Path, script: &str) {
    let mut command = Command::new("sh");
    End::of(command.args(["-ec", script]).current_dir(directory)).success();
}

/// The name under which an image of this machine's architecture is published.
fn published(stem: &str) -> String {
    let architecture = sysext_release::Architecture::of_this_machine().expect("a name");
    format!("{stem}-{architecture}.raw")
}

/// A tree with everything that an image can hold.
fn write_nasty_tree(machine: &Machine) {
    let noise: Vec<_> =
        (0..400_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    machine.write("nasty/usr/bin/tool", b"#!/bin/sh\n");
    machine.write("nasty/usr/share/noise", &noise);
    machine.write("nasty/usr/share/zeros", &vec![0; 300_000]);
    machine.write("nasty/usr/share/a b", b"a blank\n");
    machine.write("nasty/usr/share/attributes", b"x");
    machine.write("nasty/usr/share/empty", b"");
    machine.write(
        "nasty/usr/lib/systemd/system/nasty.service",
        b"[Service]\nExecStart=/usr/bin/tool\n",
    );
    symlink("tool", machine.path("nasty/usr/bin/alias")).expect("a link");
    fs::hard_link(machine.path("nasty/usr/bin/tool"), machine.path("nasty/usr/bin/same"))
        .expect("a link");
    shell(
        machine.directory.path(),
        "chmod -R u=rwX,go=rX nasty
        mknod nasty/usr/share/hidden c 0 0
        mkfifo -m 600 nasty/usr/share/pipe
        mkdir -m 1777 nasty/usr/share/scratch
        chmod 4755 nasty/usr/bin/tool
        setfattr -n user.note -v value nasty/usr/share/attributes",
    );
}

/// Type, mode, owners and path of all that is in the merged `/usr`, what links lead to, and the digests of the files.
const LIST_USR: &str = r"
    cd /data/root/usr
    find . -mindepth 1 -name .systemd-sysext -prune -o -printf '%y %m %U:%G %P %l\n' | LC_ALL=C sort -k4
    stat --format '%h links' bin/tool bin/same
    find bin lib/systemd share -type f ! -name a\ b -exec sha256sum {} + | LC_ALL=C sort -k2
    cat 'share/a b'
    tar --xattrs --xattrs-include='user.*' -cf - share/attributes | grep -ao 'user[.]note=[a-z]*'
";

fn merged_usr(machine: &Machine) -> String {
    let digest = |path: &str| {
        let content = fs::read(machine.path("nasty/usr").join(path)).expect("a file of the tree");
        format!("{}  {path}\n", Sha256Digest::of(&content))
    };
    let digests = [
        "bin/same",
        "bin/tool",
        "lib/systemd/system/nasty.service",
        "share/attributes",
        "share/empty",
        "share/noise",
        "share/zeros",
    ];
    let digests: Vec<_> = digests.into_iter().map(digest).collect();
    [
        "\
d 755 0:0 bin 
l 777 0:0 bin/alias tool
f 4755 0:0 bin/same 
f 4755 0:0 bin/tool 
d 755 0:0 lib 
d 755 0:0 lib/extension-release.d 
f 644 0:0 lib/extension-release.d/extension-release.nasty 
f 644 0:0 lib/os-release 
d 755 0:0 lib/systemd 
d 755 0:0 lib/systemd/system 
f 644 0:0 lib/systemd/system/nasty.service 
d 755 0:0 share 
f 644 0:0 share/a b 
f 644 0:0 share/attributes 
f 644 0:0 share/empty 
f 644 0:0 share/noise 
p 600 0:0 share/pipe 
d 1777 0:0 share/scratch 
f 644 0:0 share/zeros 
2 links
2 links
",
        &digests.concat(),
        "a blank\nuser.note=value\n",
    ]
    .concat()
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn a_baked_image_merges_with_all_that_the_tree_has() {
    let machine = Machine::new();
    write_nasty_tree(&machine);
    let expected = merged_usr(&machine);
    for compression in ["zstd", "none"] {
        machine.bake(&["nasty", "--version=1", "--compression", compression, "--replace"]);
        machine.install(&published("nasty-1"), "root/var/lib/extensions/nasty.raw");
        for systemd in BOTH {
            let merge = "systemd-sysext --root=/data/root merge || exit";
            let said = machine.run(systemd, &format!("{merge}\n{LIST_USR}"));
            let log = "Using extensions 'nasty.raw'.\nMerged extensions into '/data/root/usr'.\n";
            assert_eq!(said, format!("{log}{expected}"), "{systemd}, {compression}");
        }
    }
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn an_image_merges_under_its_published_name_only_if_any_name_will_do() {
    let machine = Machine::new();
    machine.write("tools/usr/bin/tool", b"#!/bin/sh\n");
    machine.write("tools/etc/tool.conf", b"");
    let merge = "systemd-sysext --root=/data/root merge; echo status $?; ls /data/root/usr";
    let (name, path) = (published("tools-1"), "root/var/lib/extensions");
    let stem = name.trim_end_matches(".raw");
    fs::remove_dir_all(machine.path("tools/etc")).expect("no confext");

    machine.bake(&["tools", "--version=1"]);
    machine.install(&name, &format!("{path}/{name}"));
    for systemd in BOTH {
        assert_eq!(
            machine.run(systemd, merge),
            format!(
                "Failed to read metadata for image {stem}: No medium found\nstatus 1\nlib\nshare\n"
            ),
            "{systemd}"
        );
    }

    machine.bake(&["tools", "--version=1", "--any-name", "--replace"]);
    machine.install(&name, &format!("{path}/{name}"));
    for systemd in BOTH {
        assert_eq!(
            machine.run(systemd, merge),
            format!(
                "Using extensions '{name}'.\nMerged extensions into '/data/root/usr'.\nstatus 0\nbin\nlib\nshare\n"
            ),
            "{systemd}"
        );
    }
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn a_confext_merges_into_etc() {
    let machine = Machine::new();
    machine.write("conf/etc/tool.conf", b"[Tool]\n");
    machine.bake(&["conf", "--version=1", "--class=confext"]);
    machine.install(&published("conf-1"), "root/var/lib/confexts/conf.raw");
    let script = "systemd-confext --root=/data/root merge
        cat /data/root/etc/tool.conf /data/root/etc/host.conf";
    for systemd in BOTH {
        assert_eq!(
            machine.run(systemd, script),
            "Using extensions 'conf.raw'.\nMerged extensions into '/data/root/etc'.\n\
             [Tool]\nof the host\n",
            "{systemd}"
        );
    }
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn an_image_that_does_not_fit_is_skipped_for_the_reason_that_explain_gives() {
    let options: [(&[&str], &str, &str); 4] = [
        (
            &["--os=other"],
            "is for OS 'other'",
            "skip: the extension is for ID=\"other\", the host has ID=\"testos\"\n",
        ),
        (
            &["--os=testos"],
            "does not contain VERSION_ID",
            "skip: the extension names no version of the operating system: it needs VERSION_ID=\"1\"\n",
        ),
        (
            &["--os=testos", "--level=1"],
            "does not contain VERSION_ID",
            "skip: the extension names no version of the operating system: it needs VERSION_ID=\"1\"\n",
        ),
        (
            &["--arch=sparc64"],
            "is for architecture 'sparc64'",
            "skip: the extension is for ARCHITECTURE=\"sparc64\", the host is ",
        ),
    ];
    for (options, log, expected) in options {
        let machine = Machine::new();
        machine.write("tools/usr/bin/tool", b"");
        machine.bake(&[&["tools", "--version=1"], options].concat());
        let image = published("tools-1");
        let image =
            if options == ["--arch=sparc64"] { "tools-1-sparc64.raw" } else { image.as_str() };
        machine.install(image, "root/var/lib/extensions/tools.raw");
        for systemd in BOTH {
            let script = "systemd-sysext --root=/data/root merge; echo status $?
                SYSTEMD_LOG_LEVEL=debug systemd-sysext --root=/data/root merge 2>&1 | grep \"^Extension 'tools'\"";
            let said = machine.run(systemd, script);
            let skipped = "No suitable extensions found (1 ignored due to incompatible image(s)).\nstatus 0\n";
            let reason = said.strip_prefix(skipped);
            assert!(reason.is_some_and(|reason| reason.contains(log)), "{systemd}: {said}");
        }
        // The release file as the sidecar has it.
        let sidecar = fs::read(machine.path("out").join(image).with_extension("json")).unwrap();
        let sidecar: Value = serde_json::from_slice(&sidecar).unwrap();
        let release = sidecar["release"].as_object().unwrap().iter();
        let release: Vec<_> =
            release.map(|(key, value)| format!("{key}={}\n", value.as_str().unwrap())).collect();
        machine.write("release", release.concat().as_bytes());
        for compat in ["257", "262"] {
            let question = [
                "release",
                "--host=root/usr/lib/os-release",
                "--extension=release",
                "--compat",
                compat,
            ];
            let mut command = tool::command("explain", machine.directory.path(), question);
            let answer = End::of(&mut command).success();
            assert!(answer.starts_with(expected), "{options:?}: {answer}");
        }
    }
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn the_sample_merges_and_runs() {
    let machine = Machine::new();
    // What every unit needs.
    for target in ["basic", "shutdown", "sysinit"] {
        let unit = format!("root/usr/lib/systemd/system/{target}.target");
        machine.write(&unit, format!("[Unit]\nDescription={target}\n").as_bytes());
    }
    for compression in ["zstd", "none"] {
        machine.bake(&["--compression", compression, "--replace"]);
        machine.install(&published("hello-1.0.0"), "root/var/lib/extensions/hello.raw");
        for systemd in BOTH {
            let script = "systemd-sysext --root=/data/root merge
                /data/root/usr/bin/hello
                systemd-analyze verify --root=/data/root --man=no hello.service
                ls /data/root/usr/lib/systemd/system/multi-user.target.d
                systemd-sysext --root=/data/root unmerge
                ls /data/root/usr";
            assert_eq!(
                machine.run(systemd, script),
                "Using extensions 'hello.raw'.\nMerged extensions into '/data/root/usr'.\n\
                 hello from a system extension\n10-hello.conf\nUnmerged '/data/root/usr'.\nlib\nshare\n",
                "{systemd}, {compression}"
            );
        }
    }
}
