//! Pipes, terminals and arguments.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    os::unix::{ffi::OsStrExt, net::UnixListener},
    process::{Command, Stdio},
};

use sysext_image::{Metadata, Node, Tree};

use crate::{
    images::{Images, sample},
    tool::{self, End},
};

#[test]
fn a_pipe_that_is_closed_is_no_error() {
    let images = Images::sample();
    let mut tree = Tree::new();
    tree.insert("usr/large", Metadata::new(0o644), Node::file(vec![b'x'; 8 << 20])).unwrap();
    images.add("large.raw", &tree);
    let cases: [&[&str]; 8] = [
        &["tools.raw"],
        &["tools.raw", "--json"],
        &["list", "tools.raw"],
        &["tree", "tools.raw"],
        &["cat", "large.raw", "usr/large"],
        &["release", "tools.raw"],
        &["check", "tools.raw"],
        &["diff", "tools.raw", "large.raw", "--json"],
    ];
    for arguments in cases {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = images.command(arguments).stdout(writer).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{arguments:?}");
    }

    // As `head -c 10` does.
    let mut child = images
        .command(&["cat", "large.raw", "usr/large"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut head = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut head).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((&head, output.status.code(), &*stderr), (b"xxxxxxxxxx", Some(0), ""));
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let images = Images::sample();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = images.command(&["list", "tools.raw"]).stdout(full).output().unwrap();
    let message = "error: cannot write the answer: No space left on device (os error 28)\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
    assert_eq!(output.status.code(), Some(1));
}

/// What a terminal gets, and the answer of a process without one.
fn screen(images: &Images, command: &str, environment: &[(&str, &str)]) -> String {
    // `script` gives its child a terminal, and copies what is written there.
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &format!("\"$INSPECT\" {command}")]);
    script.arg("/dev/null").current_dir(images.path("")).stdin(Stdio::null());
    for name in ["NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"] {
        script.env_remove(name);
    }
    script.env("INSPECT", tool::path("inspect")).env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
    script.envs(environment.iter().copied());
    End::of(&mut script).success().replace("\r\n", "\n")
}

#[test]
fn colours_are_for_a_terminal_that_wants_them() {
    let images = Images::sample();
    let plain = images.run(&["tree", "tools.raw", "usr/bin"]).success();
    let expected = "    1.9 KiB  \u{1b}[1;34mbin\u{1b}[0m
    1.9 KiB  \u{1b}[2m├── \u{1b}[0m\u{1b}[32mping\u{1b}[0m
          -  \u{1b}[2m├── \u{1b}[0m\u{1b}[36msh\u{1b}[0m -> /usr/bin/su
        2 B  \u{1b}[2m├── \u{1b}[0m\u{1b}[1;31msu\u{1b}[0m
        0 B  \u{1b}[2m└── \u{1b}[0m\u{1b}[1;31msudo\u{1b}[0m
3 files, 1 symlink
";
    let command = "tree tools.raw usr/bin";
    assert_eq!(screen(&images, command, &[]), expected);
    assert_eq!(screen(&images, command, &[("NO_COLOR", "")]), expected);
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert_eq!(screen(&images, command, &[environment]), plain, "{environment:?}");
    }
    for command in ["list tools.raw", "check tools.raw", "diff tools.raw tools.raw"] {
        let arguments = command.split(' ').collect::<Vec<_>>();
        let plain = images.run(&arguments).success();
        assert!(!plain.contains('\u{1b}'), "{plain}");
        assert_eq!(screen(&images, command, &[("NO_COLOR", "1")]), plain, "{command}");
    }
}

#[test]
fn a_terminal_without_utf_8_gets_lines_of_ascii() {
    let images = Images::sample();
    let expected = "    1.9 KiB  bin\n    1.9 KiB  |-- ping\n          -  |-- sh -> /usr/bin/su\n        2 B  |-- su\n        0 B  `-- sudo\n3 files, 1 symlink\n";
    let environment = [("NO_COLOR", "1"), ("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")];
    assert_eq!(screen(&images, "tree tools.raw usr/bin", &environment), expected);
}

#[test]
fn progress_is_shown_on_a_terminal_only() {
    let images = Images::sample();
    assert_eq!(images.run(&["extract", "tools.raw", "out"]).stderr, "");
    let shown = screen(&images, "extract tools.raw again >report", &[]);
    assert!(shown.contains("extracting "), "{shown:?}");
    let report = fs::read_to_string(images.path("report")).unwrap();
    assert!(report.starts_with("extracted to again\n"), "{report}");
}

#[test]
fn no_control_character_of_a_name_reaches_a_terminal() {
    let images = Images::none();
    let mut tree = sample();
    for name in ["usr/a\u{9b}31m", "usr/b\u{7f}", "usr/lib/systemd/system/\u{1b}c.service"] {
        tree.insert(name, Metadata::new(0o4755), Node::symlink("\u{1b}]0;x\u{7}\u{85}")).unwrap();
    }
    images.add("tools.raw", &tree);
    images.add("empty.raw", &Tree::new());
    let cases: [&[&str]; 11] = [
        &["tools.raw"],
        &["tools.raw", "--json"],
        &["list", "tools.raw", "--xattrs"],
        &["list", "tools.raw", "--json"],
        &["list", "tools.raw", "--names"],
        &["tree", "tools.raw"],
        &["tree", "tools.raw", "--json"],
        &["check", "tools.raw"],
        &["check", "tools.raw", "--json"],
        &["diff", "empty.raw", "tools.raw"],
        &["diff", "empty.raw", "tools.raw", "--json"],
    ];
    for arguments in cases {
        let end = images.run(arguments);
        assert_eq!(end.stderr, "", "{arguments:?}");
        let control = |character: char| character.is_control() && character != '\n';
        assert!(!end.stdout.contains(control), "{arguments:?}: {}", end.stdout.escape_debug());
        assert!(end.stdout.lines().count() > 1 || arguments.contains(&"--json"), "{arguments:?}");
    }
    let end = images.run(&["cat", "tools.raw", "usr/\u{1b}c"]);
    assert_eq!(end.stderr, "error: no \"usr/\\u{1b}c\" in the image\n");
}

#[test]
fn the_verb_wins_over_a_file_of_its_name_and_a_pipe_is_no_image() {
    let images = Images::sample();
    images.add("list", &sample());
    let end = images.run(&["list"]);
    assert_eq!((end.code, &*end.stdout), (Some(2), ""));
    assert!(end.stderr.contains("Usage: inspect list"), "{}", end.stderr);
    let file = images.run(&["./list"]).success();
    assert!(file.starts_with("image:    ./list\nformat:   squashfs"), "{file}");

    let _listener = UnixListener::bind(images.path("socket")).unwrap();
    for name in ["socket", "/dev/null"] {
        let end = images.run(&[name]);
        let message = format!(
            "error: cannot read {name:?}: it is neither a file nor a directory nor a block device\n"
        );
        assert_eq!((end.code, end.stderr), (Some(1), message));
    }
}

#[test]
fn a_path_may_be_typed_in_any_bytes() {
    let images = Images::sample();
    let path = OsStr::from_bytes(b"/usr/lib/caf\xe9");
    let run = |verb| End::of(images.command(&[verb, "tools.raw"]).arg(path)).success();
    assert_eq!(run("cat"), "latin");
    let line = "-rw-r--r-- 1000/100            5 1970-01-01 00:00 usr/lib/caf\\xe9\n";
    assert_eq!(run("list"), line);
    assert_eq!(run("tree"), "        5 B  caf\\xe9\nnothing\n");
}
