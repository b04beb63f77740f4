//! What is written beside the image, and what becomes of what was there.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Stdio},
};

use sysext_verify::Sha256Digest;

use crate::{bakery::Bakery, tool::End};

fn digest(bakery: &Bakery, name: &str) -> String {
    let image = fs::read(bakery.path("out").join(name)).expect("the image");
    Sha256Digest::of(&image).to_string()
}

#[test]
fn the_sums_are_sorted_and_as_sha256sum_checks_them() {
    let bakery = Bakery::new();
    for version in ["10", "9", "1.0"] {
        bakery.bake(&["--version", version]).expect("a good bake");
    }
    let names = ["tree-1.0-x86-64.raw", "tree-10-x86-64.raw", "tree-9-x86-64.raw"];
    let lines = names.map(|name| format!("{}  {name}\n", digest(&bakery, name)));
    assert_eq!(bakery.text("SHA256SUMS"), lines.concat());
    let checked = names.map(|name| format!("{name}: OK\n"));
    assert_eq!(bakery.check_sums().success(), checked.concat());
}

#[test]
fn lines_of_other_files_stay_in_the_sums() {
    let bakery = Bakery::new();
    let foreign = format!("{}  BEST-BEFORE-2030-01-01\n", Sha256Digest::of(b""));
    bakery.write("out/SHA256SUMS", &foreign);
    bakery.bake(&[]).expect("a good bake");
    let own = format!("{}  tree-1-x86-64.raw\n", digest(&bakery, "tree-1-x86-64.raw"));
    assert_eq!(bakery.text("SHA256SUMS"), foreign + &own);
}

#[test]
fn everybody_may_read_what_is_published() {
    let bakery = Bakery::new();
    // Whatever the umask of the tests is.
    let mut sh = Command::new("sh");
    sh.args(["-c", "umask 022; exec \"$0\" \"$@\""]).arg(crate::tool::path("bake"));
    sh.args(["tree", "--version=1", "--out=out"]).current_dir(bakery.path(""));
    End::of(&mut sh).success();
    for entry in fs::read_dir(bakery.path("out")).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o644, "{:?}", entry.file_name());
    }
    assert_eq!(bakery.names().len(), 4);
}

#[test]
fn a_second_bake_of_the_same_changes_nothing() {
    let bakery = Bakery::new();
    let first = bakery.bake(&[]).expect("a good bake");
    let files = bakery.files();
    assert_eq!(bakery.bake(&[]), Ok(first));
    assert!(bakery.files() == files);
}

#[test]
fn a_published_name_keeps_its_content_unless_it_is_replaced() {
    let bakery = Bakery::new();
    bakery.bake(&[]).expect("a good bake");
    let old = bakery.files();
    let old_digest = digest(&bakery, "tree-1-x86-64.raw");
    bakery.write("tree/usr/bin/tool", "#!/bin/bash\n");

    let error = bakery.bake(&[]).unwrap_err();
    assert!(bakery.files() == old, "{:?}", bakery.names());

    let report = bakery.bake(&["--replace"]).unwrap();
    let new_digest = digest(&bakery, "tree-1-x86-64.raw");
    assert_ne!(new_digest, old_digest);
    assert_eq!(
        error,
        format!(
            "\"out/SHA256SUMS\": \"tree-1-x86-64.raw\" is listed with digest {old_digest}, not {new_digest}: \
             give this one another version, or --replace it"
        )
    );
    assert!(report.contains(&format!("sha256: {new_digest}\n")), "{report}");
    assert_eq!(bakery.text("SHA256SUMS"), format!("{new_digest}  tree-1-x86-64.raw\n"));
    assert!(bakery.text("tree-1-x86-64.json").contains(&new_digest));
    assert_eq!(bakery.files().len(), old.len());
}

#[test]
fn an_image_that_no_manifest_lists_is_not_overwritten() {
    let bakery = Bakery::new();
    bakery.write("out/tree-1-x86-64.raw", "mine");
    let old = bakery.files();
    assert_eq!(
        bakery.bake(&[]).unwrap_err(),
        format!(
            "\"out/tree-1-x86-64.raw\" is there with other content ({}): give this one another version, \
             or --replace it",
            Sha256Digest::of(b"mine")
        )
    );
    assert_eq!(bakery.files(), old);

    bakery.bake(&["--replace"]).expect("a good bake");
    assert_eq!(bakery.check_sums().success(), "tree-1-x86-64.raw: OK\n");
}

#[test]
fn a_broken_manifest_is_an_error_with_its_line_and_stays() {
    let good = format!("{}  other.raw\n", Sha256Digest::of(b""));
    let cases = [
        (
            format!("{good}nonsense\n"),
            "line 2: invalid digest: it has 8 bytes, not the 64 digits of SHA-256",
        ),
        (good.trim_end().to_owned(), "line 1: there is no line feed at its end"),
        (format!("{good}\n"), "line 2: it is empty"),
    ];
    for (sums, expected) in cases {
        let bakery = Bakery::new();
        bakery.write("out/SHA256SUMS", &sums);
        for options in [&[][..], &["--replace"]] {
            let error = bakery.bake(options).unwrap_err();
            assert_eq!(error, format!("cannot read \"out/SHA256SUMS\": {expected}"));
            let old = BTreeMap::from([("SHA256SUMS".to_owned(), sums.clone().into_bytes())]);
            assert_eq!(bakery.files(), old, "{sums:?}");
        }
    }
}

#[test]
fn the_transfer_file_points_to_the_url_and_says_that_it_is_not_verified() {
    let bakery = Bakery::new();
    bakery.bake(&["--url", "https://example.com/100%25/"]).expect("a good bake");
    assert_eq!(
        bakery.text("tree.transfer"),
        "\
# Keeps tree up to date with systemd-sysupdate. Put it into /etc/sysupdate.tree.d/ and run
#   systemd-sysupdate --component=tree update

[Transfer]
# SHA256SUMS is not signed: whoever can change what is served chooses what runs on the node.
Verify=no

[Source]
Type=url-file
Path=https://example.com/100%%25/
MatchPattern=tree-@v-%a.raw

[Target]
Type=regular-file
Path=/opt/extensions/tree
MatchPattern=tree-@v-%a.raw
Mode=0644
InstancesMax=3
# The name that the image merges under.
CurrentSymlink=/etc/extensions/tree.raw
"
    );
}

#[test]
fn a_url_fills_in_the_placeholder() {
    let bakery = Bakery::new();
    let note = "note: tree.transfer has a placeholder for its URL; --url fills it in\n";
    let report = bakery.bake(&[]).unwrap();
    assert!(report.starts_with(note), "{report}");
    assert!(bakery.text("tree.transfer").contains("\nPath=https://CHANGE-ME.invalid/\n"));

    let report = bakery.bake(&["--url", "https://example.com/"]).unwrap();
    assert!(report.starts_with("image: "), "{report}");
    assert!(bakery.text("tree.transfer").contains("\nPath=https://example.com/\n"));
}

#[test]
fn an_edited_transfer_file_is_kept_and_the_report_says_so() {
    let bakery = Bakery::new();
    bakery.bake(&[]).expect("a good bake");
    let edited = bakery.text("tree.transfer").replace("InstancesMax=3", "InstancesMax=2");
    bakery.write("out/tree.transfer", &edited);

    let report = bakery.bake(&["--version", "2", "--url", "https://example.com/"]).unwrap();
    let note = "note: tree.transfer was there and differs, so it is left as it is; --replace writes it anew\n";
    assert!(report.starts_with(note), "{report}");
    assert_eq!(bakery.text("tree.transfer"), edited);

    bakery.bake(&["--version", "2", "--replace"]).expect("a good bake");
    assert!(bakery.text("tree.transfer").contains("InstancesMax=3"));
}

#[test]
fn what_cannot_be_written_beside_the_image_is_found_before_anything_has_its_name() {
    let bakery = Bakery::new();
    bakery.write("out/tree-1-x86-64.json/file", "");
    let error = bakery.bake(&[]).unwrap_err();
    assert_eq!(error, "cannot write \"out/tree-1-x86-64.json\": is a directory");
    let names: Vec<_> = fs::read_dir(bakery.path("out")).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn what_is_no_regular_file_is_not_read() {
    for name in ["SHA256SUMS", "tree-1-x86-64.json", "tree-1-x86-64.raw", "tree.transfer"] {
        let bakery = Bakery::new();
        bakery.write("out/other", "");
        let path = bakery.path("out").join(name);
        End::of(Command::new("mkfifo").arg(&path)).success();
        let error = bakery.bake(&[]).unwrap_err();
        assert_eq!(error, format!("cannot read \"out/{name}\": not a regular file"));
        fs::remove_file(&path).unwrap();

        // The link would be replaced, and what it leads to would stay as it is.
        bakery.write("elsewhere", "");
        symlink("../elsewhere", &path).unwrap();
        let error = bakery.bake(&[]).unwrap_err();
        assert_eq!(error, format!("cannot read \"out/{name}\": a symlink, not a regular file"));
        assert!(path.is_symlink());
        let names: Vec<_> = fs::read_dir(bakery.path("out")).unwrap().collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }
}

#[test]
fn what_cannot_be_read_beside_the_image_is_found_before_anything_is_written() {
    let bakery = Bakery::new();
    bakery.write("out/tree.transfer/file", "");
    let error = bakery.bake(&[]).unwrap_err();
    assert_eq!(error, "cannot read \"out/tree.transfer\": Is a directory (os error 21)");
    let names: Vec<_> = fs::read_dir(bakery.path("out")).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn bakes_at_once_lose_no_line() {
    let bakery = Bakery::new();
    let versions = ["10", "11", "12", "13", "14", "15", "16", "17"];
    let bakes = versions.map(|version| {
        let mut command = bakery.command(&["tree", "--arch=x86-64", "--out=out", "--version"]);
        command.arg(version).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for bake in bakes {
        let output = bake.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }
    let checked = versions.map(|version| format!("tree-{version}-x86-64.raw: OK\n"));
    assert_eq!(bakery.check_sums().success(), checked.concat());
    // An image and its sidecar for each; the sums; the transfer file.
    assert_eq!(bakery.names().len(), 2 * versions.len() + 2);
}

#[test]
fn a_bake_waits_for_another_one_that_changes_the_directory() {
    let bakery = Bakery::new();
    fs::create_dir(bakery.path("out")).unwrap();
    let lock = File::open(bakery.path("out")).unwrap();
    lock.lock().unwrap();
    let mut command = bakery.command(&["tree", "--version=1", "--arch=x86-64", "--out=out"]);
    std::thread::scope(|scope| {
        let bake = scope.spawn(|| End::of(&mut command));
        crate::process::wait_for_image(&bakery);
        let sums = bakery.path("out/SHA256SUMS");
        assert!(!sums.exists(), "written before the lock was free");
        lock.unlock().unwrap();
        bake.join().unwrap().success();
    });
    assert_eq!(bakery.check_sums().success(), "tree-1-x86-64.raw: OK\n");
}

#[test]
fn the_report_says_what_the_author_may_not_have_meant() {
    let cases: [(&[&str], &str); 10] = [
        (
            &["--version", "1.0-rc1"],
            "for systemd, 1.0-rc1 is newer than its release 1.0; 1.0~rc1 would be older",
        ),
        (
            &["--version", "1.0~rc1"],
            "systemd-sysupdate 257 ignores versions with '~', 262 takes them",
        ),
        (&["--version", "1,0"], "systemd-sysupdate 262 ignores versions with ',', 257 takes them"),
        (&["--level", "1.0"], "--level has no effect without --os: every OS takes this extension"),
        (
            &["--level", "1.0", "--os", "_any"],
            "--level has no effect without --os: every OS takes this extension",
        ),
        (
            &["--os", "debian"],
            "without --os-version or --level, hosts with ID=debian that have a VERSION_ID skip this extension",
        ),
        (
            &["--os", "Debian 13", "--level", "1"],
            "--os \"Debian 13\" is unlike an ID, which has lower-case letters, digits and ._- only",
        ),
        (&["--os", "flatcar", "--level", "1.0"], ""),
        (&["--os", "debian", "--os-version", "13"], ""),
        (
            &["--os-version", "13"],
            "--os-version has no effect without --os: every OS takes this extension",
        ),
    ];
    for (options, expected) in cases {
        let url = ["--url", "https://example.com/"];
        let report = Bakery::new().bake(&[&url, options].concat()).expect("a good bake");
        let notes: Vec<_> = report.lines().filter_map(|line| line.strip_prefix("note: ")).collect();
        assert_eq!(notes.join("\n"), expected, "{options:?}");
    }
}

#[test]
fn the_next_command_is_quoted_and_installs_the_name_that_merges() {
    let cases: [(&[&str], &str); 5] = [
        (
            &["--out=-x"],
            "Install it as tree.raw: under its own file name systemd says \"No medium found\". Next:\n  \
             sudo install -D -m 644 ./-x/tree-1-x86-64.raw /var/lib/extensions/tree.raw && sudo systemd-sysext refresh\n",
        ),
        (
            &[],
            "Install it as tree.raw: under its own file name systemd says \"No medium found\". Next:\n  \
             sudo install -D -m 644 out/tree-1-x86-64.raw /var/lib/extensions/tree.raw && sudo systemd-sysext refresh\n",
        ),
        (
            &["--any-name"],
            "It merges under any name. Next:\n  \
             sudo install -D -m 644 out/tree-1-x86-64.raw /var/lib/extensions/tree-1-x86-64.raw && sudo systemd-sysext refresh\n",
        ),
        (
            &["--name", "my tools"],
            "Install it as my tools.raw: under its own file name systemd says \"No medium found\". Next:\n  \
             sudo install -D -m 644 'out/my tools-1-x86-64.raw' '/var/lib/extensions/my tools.raw' && sudo systemd-sysext refresh\n",
        ),
        (
            &["--class", "confext"],
            "Install it as tree.raw: under its own file name systemd says \"No medium found\". Next:\n  \
             sudo install -D -m 644 out/tree-1-x86-64.raw /var/lib/confexts/tree.raw && sudo systemd-confext refresh\n",
        ),
    ];
    for (options, expected) in cases {
        let bakery = Bakery::empty();
        let confext = options.contains(&"confext");
        bakery.write(if confext { "tree/etc/tool.conf" } else { "tree/usr/bin/tool" }, "");
        // As a process, so that the paths of the report are those that were given.
        let mut command = bakery.command(&["tree", "--version=1", "--arch=x86-64"]);
        let out = options.iter().all(|option| !option.starts_with("--out")).then_some("--out=out");
        let report = End::of(command.args(options).args(out)).success();
        assert!(report.ends_with(expected), "{options:?}: {report}");
    }
}
