//! Lists of entries.

use serde_json::json;
use sysext_examples::inspect::Outcome;

use crate::images::Images;

const ALL: &str = r"drwxr-xr-x 0/0                 - 1970-01-01 00:00 usr
drwxr-xr-x 0/0                 - 1970-01-01 00:00 usr/bin
-rwxr-xr-x 0/0              2000 1970-01-01 00:00 usr/bin/ping
lrwxrwxrwx 0/0                 - 1970-01-01 00:00 usr/bin/sh -> /usr/bin/su
-rwsr-xr-x 0/0                 2 2000-02-29 00:00 usr/bin/su
-rwsr-xr-x 0/0                 2 2000-02-29 00:00 usr/bin/sudo
drwxr-xr-x 0/0                 - 1970-01-01 00:00 usr/lib
-rw-r-Sr-- 0/0                 0 1970-01-01 00:00 usr/lib/\u{1b}[31mred\n
-rw-r--r-- 1000/100            5 1970-01-01 00:00 usr/lib/caf\xe9
brw-rw---- 0/0              8,17 1970-01-01 00:00 usr/lib/disk
drwxr-xr-x 0/0                 - 1970-01-01 00:00 usr/lib/extension-release.d
-rw-r--r-- 0/0                48 1970-01-01 00:00 usr/lib/extension-release.d/extension-release.tools
c--------- 0/0               0,0 1970-01-01 00:00 usr/lib/gone
lrwxrwxrwx 0/0                 - 1970-01-01 00:00 usr/lib/loop -> loop
lrwxrwxrwx 0/0                 - 1970-01-01 00:00 usr/lib/nothing -> ../../..//none
prw------- 0/0                 - 1970-01-01 00:00 usr/lib/pipe
srw------- 0/0                 - 1970-01-01 00:00 usr/lib/socket
drwxr-xr-x 0/0                 - 1970-01-01 00:00 usr/lib/systemd
drwxr-xr-x 0/0                 - 1970-01-01 00:00 usr/lib/systemd/system
-rw-r--r-- 0/0                10 1970-01-01 00:00 usr/lib/systemd/system/tool.service
";

#[test]
fn a_line_has_kind_mode_owner_size_time_and_path() {
    let images = Images::sample();
    assert_eq!(images.yes(&["list", "./tools.raw"]), ALL);
    let ping = r#"-rwxr-xr-x 0/0              2000 1970-01-01 00:00 usr/bin/ping
    security.capability=0x0100000200200000000000000000000000000000
    user.note="it \"pings\""
"#;
    assert_eq!(images.yes(&["list", "./tools.raw", "--xattrs", "usr/bin/ping"]), ping);
}

#[test]
fn paths_limit_the_list() {
    let images = Images::sample();
    let cases: [(&[&str], Result<&str, &str>); 4] = [
        (&["usr/bin"], Ok("usr/bin\nusr/bin/ping\nusr/bin/sh\nusr/bin/su\nusr/bin/sudo\n")),
        (
            &["/usr/lib/systemd/system/", "usr//bin/su"],
            Ok("usr/bin/su\nusr/lib/systemd/system\nusr/lib/systemd/system/tool.service\n"),
        ),
        // No symlink is followed, and the beginning of a name is no name.
        (&["usr/bin/sh"], Ok("usr/bin/sh\n")),
        (&["usr/bin/su", "usr/bin/s"], Err("no \"usr/bin/s\" in the image")),
    ];
    for (paths, expected) in cases {
        let answer = images.answer(&[&["list", "./tools.raw", "--names"], paths].concat());
        let expected = expected.map(|names| (names.to_owned(), Outcome::Yes));
        assert_eq!(answer, expected.map_err(str::to_owned), "{paths:?}");
    }
    let names = |line: &str| line.split(' ').nth_back(0).map(str::to_owned);
    let root = images.yes(&["list", "./tools.raw", "/"]);
    assert_eq!(
        root.lines().map(names).collect::<Vec<_>>(),
        ALL.lines().map(names).collect::<Vec<_>>()
    );
}

#[test]
fn json_has_every_field_and_bytes_that_are_no_text_in_hexadecimal() {
    let images = Images::sample();
    let all = images.json(&["list", "--json", "./tools.raw"]);
    let paths = all.iter().map(|entry| entry["path"].as_str().unwrap());
    assert_eq!(paths.clone().count(), ALL.lines().count());
    let of = |path: &str| {
        let mut entry = all.iter().find(|entry| entry["path"] == path).cloned().unwrap();
        // The order of inodes is up to the writer.
        assert!(entry["inode"].is_u64(), "{entry}");
        entry.as_object_mut().unwrap().remove("inode");
        entry
    };
    let ping = json!({
        "path": "/usr/bin/ping", "kind": "file", "mode": "0755", "uid": 0, "gid": 0, "mtime": 0,
        "size": 2000, "target": null, "device": null, "links": 1,
        "xattrs": [
            { "name": "security.capability", "hex": "0100000200200000000000000000000000000000" },
            { "name": "user.note", "text": "it \"pings\"" },
        ],
    });
    assert_eq!(of("/usr/bin/ping"), ping);
    let latin = json!({
        "path": "/usr/lib/caf\u{fffd}", "path_hex": "7573722f6c69622f636166e9", "kind": "file",
        "mode": "0644", "uid": 1000, "gid": 100, "mtime": 0,
        "size": 5, "target": null, "device": null, "links": 1, "xattrs": [],
    });
    assert_eq!(of("/usr/lib/caf\u{fffd}"), latin);
    let link = json!({
        "path": "/usr/bin/sh", "kind": "symlink", "mode": "0777", "uid": 0, "gid": 0, "mtime": 0,
        "size": null, "target": "/usr/bin/su", "device": null, "links": 1, "xattrs": [],
    });
    assert_eq!(of("/usr/bin/sh"), link);
    let cases = [
        ("/usr/lib/disk", "device", json!("8:17")),
        ("/usr/lib/gone", "kind", json!("char")),
        ("/usr/lib/pipe", "kind", json!("fifo")),
        ("/usr/lib/socket", "kind", json!("socket")),
        ("/usr/bin/sudo", "links", json!(2)),
        ("/usr/lib", "links", json!(null)),
        ("/usr/lib/\u{1b}[31mred\n", "mode", json!("2644")),
    ];
    for (path, field, expected) in cases {
        assert_eq!(of(path)[field], expected, "{path}");
    }
}
