//! What `explain` answers.

use std::{
    fs,
    fs::File,
    io,
    process::{Command, Stdio},
};

use clap::Parser;
use serde_json::{Value, json};
use sysext_examples::{
    exit,
    explain::{self, Args},
};
use tempfile::TempDir;

use tool::End;

mod documentation;
#[path = "../tool/mod.rs"]
mod tool;

const HOST: &[u8] = b"ID=testos\nID_LIKE=\"debian fedora\"\nVERSION_ID=13\n";

/// The answer or the error, with paths as they are seen from the directory.
fn answer(directory: &TempDir, arguments: &[&str]) -> Result<String, String> {
    let path = format!("{}/", directory.path().display());
    let arguments = arguments.iter().map(|argument| argument.replace("./", &path));
    let arguments = ["explain".to_owned()].into_iter().chain(arguments);
    let args = Args::try_parse_from(arguments).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    let result = explain::run(&args, &mut out).map_err(|error| exit::chain(&error));
    let seen = |text: String| text.replace(&path, "");
    let out = String::from_utf8(out).expect("the answer is UTF-8");
    result.map(|()| seen(out)).map_err(seen)
}

/// A directory with these files.
fn files(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, content) in files {
        fs::write(directory.path().join(name), content).expect("a file");
    }
    directory
}

fn run(directory: &TempDir, arguments: &[&str]) -> End {
    End::of(&mut tool::command("explain", directory.path(), arguments))
}

#[test]
fn versions_are_compared_with_notes_about_what_surprises() {
    let cases: [(&[&str], &str); 12] = [
        (&["1.9", "1.10"], "1.9 < 1.10\n"),
        (
            &["1\u{1b}[2J", "1"],
            "1\\u{1b}[2J > 1\n\
             note: systemd-sysupdate ignores it: invalid version \"1\\u{1b}[2J\": '\\u{1b}' at byte 1 is none of the letters, digits and .,_-+~^\n",
        ),
        (&["1.10", "1.9"], "1.10 > 1.9\n"),
        (&["1", "1"], "1 == 1\n"),
        (
            &["1.0", "1.00"],
            "1.0 == 1.00\nnote: the texts differ, but not for systemd: which of the two comes first is chance\n",
        ),
        (
            &["1.0.0-rc1", "1.0.0"],
            "1.0.0-rc1 > 1.0.0\nnote: 1.0.0-rc1 is newer than its release 1.0.0; 1.0.0~rc1 would be older\n",
        ),
        (&["1~rc1", "1"], "1~rc1 < 1\n"),
        (
            &["1~rc1", "1", "--compat=257"],
            "1~rc1 < 1\nnote: systemd-sysupdate 257 ignores 1~rc1, for its '~'\n",
        ),
        (&["1,0", "1,0"], "1,0 == 1,0\nnote: systemd-sysupdate 262 ignores 1,0, for its ','\n"),
        (&["1,0", "1,0", "--compat", "257"], "1,0 == 1,0\n"),
        (&["-1", "-2"], "-1 < -2\n"),
        (
            &["a b", ""],
            "a b > \n\
             note: systemd-sysupdate ignores it: invalid version \"a b\": ' ' at byte 1 is none of the letters, digits and .,_-+~^\n\
             note: systemd-sysupdate ignores it: invalid version: it is empty\n",
        ),
    ];
    let directory = files(&[]);
    for (arguments, expected) in cases {
        let found = answer(&directory, &[&["version"], arguments].concat());
        assert_eq!(found.as_deref(), Ok(expected), "{arguments:?}");
    }
}

#[test]
fn the_verdict_names_what_decided_and_what_has_no_effect() {
    let cases: [(&str, &[&str], &str); 8] = [
        ("ID=testos\nVERSION_ID=13\n", &[], "merge: extension and host have VERSION_ID=\"13\"\n"),
        (
            "ID=debian\nVERSION_ID=12\n",
            &[],
            "skip: the extension is for VERSION_ID=\"12\", the host has VERSION_ID=\"13\": only the same text matches\n",
        ),
        (
            "ID=_any\nVERSION_ID=12\n",
            &[],
            "merge: the extension is for every operating system: ID=_any\n\
             warning: VERSION_ID=\"12\" has no effect under ID=_any\n",
        ),
        (
            "ID=_any\nARCHITECTURE=arm64\n",
            &[],
            "skip: the extension is for ARCHITECTURE=\"arm64\", the host is \"x86-64\"\n",
        ),
        (
            "ID=_any\nSYSEXT_SCOPE=system\n",
            &["--scope=initrd"],
            "skip: SYSEXT_SCOPE=\"system\" of the extension lacks \"initrd\", the scope of the host\n",
        ),
        (
            "ID=_any\n",
            &["--class=confext", "--scope=initrd"],
            "skip: the extension has no CONFEXT_SCOPE, but the host takes only those for \"initrd\"\n",
        ),
        (
            "ID=_any\nEXTENSION_RESTART_UNITS=a.service\n",
            &["--compat=257"],
            "merge: the extension is for every operating system: ID=_any\n\
             warning: EXTENSION_RESTART_UNITS=\"a.service\" has no effect before systemd 262\n",
        ),
        (
            "ID=_any\nEXTENSION_RESTART_UNITS=a.service\n",
            &["--compat=262"],
            "merge: the extension is for every operating system: ID=_any\n",
        ),
    ];
    for (extension, options, expected) in cases {
        let directory = files(&[("host", HOST), ("extension", extension.as_bytes())]);
        let question = ["release", "--host=./host", "--extension=./extension", "--arch=x86-64"];
        let found = answer(&directory, &[&question, options].concat());
        assert_eq!(found.as_deref(), Ok(expected), "{extension:?} {options:?}");
    }
}

#[test]
fn verdicts_are_one_json_object() {
    let cases = [
        (
            "ID=_any\nVERSION_ID=12\n",
            json!({
                "verdict": "merge",
                "reason": {
                    "code": "any-os",
                    "host": "testos",
                    "extension": "_any",
                    "key": "ID",
                    "text": "the extension is for every operating system: ID=_any",
                },
                "warnings": [{
                    "code": "no-effect-any-os",
                    "host": null,
                    "extension": "12",
                    "key": "VERSION_ID",
                    "line": 2,
                    "text": "VERSION_ID=\"12\" has no effect under ID=_any",
                }],
            }),
        ),
        (
            "ID=other\n",
            json!({
                "verdict": "skip",
                "reason": {
                    "code": "id",
                    "host": "testos",
                    "extension": "other",
                    "key": "ID",
                    "text": "the extension is for ID=\"other\", the host has ID=\"testos\" and ID_LIKE=\"debian fedora\"",
                },
                "warnings": [],
            }),
        ),
        (
            "ID=a\0\n",
            json!({
                "verdict": "skip",
                "reason": {
                    "code": "no-release-data",
                    "host": null,
                    "extension": null,
                    "key": null,
                    "text": "the release file of the extension cannot be read: line 1, byte 4 of the file: a NUL byte",
                },
                "warnings": [],
            }),
        ),
    ];
    for (extension, expected) in cases {
        let directory = files(&[("host", HOST), ("extension", extension.as_bytes())]);
        let question = ["release", "--host=./host", "--extension=./extension", "--json"];
        let text = answer(&directory, &question).expect("an answer");
        assert_eq!(text.lines().count(), 1, "{text}");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(found, expected, "{extension:?}");
    }
}

#[test]
fn the_spot_is_marked_that_makes_a_file_unreadable() {
    let long = [b"A=1\nB=".as_slice(), &[b'b'; 200], b"\xff", &[b'c'; 200], b"\n"].concat();
    let cases: [(&[u8], &str); 4] = [
        (
            b"NAME=x\nID=\"a\xff\"\n",
            "note: the value of \"ID\" is not UTF-8\n --> file:2:6\n  |\n2 | ID=\"a�\"\n  |      ^",
        ),
        (
            b"A=1\r\nB=\x1b[1m\0c\r\n",
            "note: a NUL byte\n --> file:2:7\n  |\n2 | B=�[1m␀c\n  |       ^",
        ),
        (b"\xffA=1", "note: a key is not UTF-8\n --> file:1:1\n  |\n1 | �A=1\n  | ^"),
        (
            &long,
            "note: the value of \"B\" is not UTF-8\n --> file:2:203\n  |\n\
             2 | ...bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb�ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc...\n  |                                                                    ^",
        ),
    ];
    for (file, excerpt) in cases {
        let directory = files(&[("file", file), ("good", b"ID=_any\n")]);
        assert_eq!(
            answer(&directory, &["env", "./file"]),
            Ok(format!("systemd reads nothing from this file\n{excerpt}\n"))
        );
        // The same excerpt for a release file of an extension, and for one of a host.
        let of_extension = ["release", "--host=./good", "--extension=./file"];
        let answer_of_extension = answer(&directory, &of_extension).expect("an answer");
        assert!(
            answer_of_extension
                .starts_with("skip: the release file of the extension cannot be read: line ")
                && answer_of_extension.ends_with(&format!("\n{excerpt}\n")),
            "{answer_of_extension}"
        );
        let of_host = ["release", "--host=./file", "--extension=./good"];
        assert_eq!(
            answer(&directory, &of_host),
            Err(format!(
                "systemd cannot read the os-release file, so it would merge nothing\n{excerpt}"
            ))
        );
    }
}

#[test]
fn a_file_without_end_is_too_large() {
    let found = answer(&files(&[]), &["env", "/dev/zero", "--json"]);
    let text = "the file is larger than 67108863 bytes";
    let error = json!({ "error": {"line": 1, "at": 67_108_863, "text": text} });
    assert_eq!(found.map(|json| serde_json::from_str(&json).expect("JSON")), Ok(error));
}

#[test]
fn assignments_are_shown_as_systemd_reads_them() {
    let file = b"# a comment\nID='a' \nBROKEN\nNAME=\"two\nlines\"\nID=b\\\nc # d\n\x1b[1mK=\"\"\n";
    let directory = files(&[("file", file), ("empty", b"")]);
    for compat in ["--compat=257", "--compat=262"] {
        let found = answer(&directory, &["env", compat, "./file"]);
        let expected = "ID=\"a\"\nNAME=\"two\\nlines\"\nID=\"bc # d\"\n\\u{1b}[1mK=\"\"\n";
        assert_eq!(found.as_deref(), Ok(expected));
        // Of a key that is assigned twice, systemd takes the last value.
        let json = answer(&directory, &["env", "--json", compat, "./file"]).expect("an answer");
        let found: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(found, json!({"ID": "bc # d", "NAME": "two\nlines", "\u{1b}[1mK": ""}));
    }
    assert_eq!(answer(&directory, &["env", "./empty"]).as_deref(), Ok(""));
    assert_eq!(answer(&directory, &["env", "./empty", "--json"]).as_deref(), Ok("{}\n"));
}

#[test]
fn an_unreadable_file_is_an_answer_with_its_line_in_json() {
    let directory = files(&[("file", b"A=1\nB=\xff\n")]);
    let json = answer(&directory, &["env", "./file", "--json"]).expect("an answer");
    let found: Value = serde_json::from_str(&json).expect("JSON");
    let error = json!({"line": 2, "at": 6, "text": "the value of \"B\" is not UTF-8"});
    assert_eq!(found, json!({ "error": error }));
}

#[test]
fn questions_that_cannot_be_answered_end_with_1() {
    let directory = files(&[("host", HOST), ("no-id", b"NAME=x\n"), ("empty", b"")]);
    let missing = "cannot read \"missing\": No such file or directory (os error 2)";
    let no_id = "the os-release file of the host has no ID: systemd merges no extension there";
    let cases: [(&[&str], &str); 6] = [
        (&["env", "missing"], missing),
        (&["env", "--json", "."], "cannot read \".\": Is a directory (os error 21)"),
        (&["release", "--host=missing", "--extension=host"], missing),
        (&["release", "--host=host", "--extension=missing", "--json"], missing),
        (&["release", "--host=no-id", "--extension=host"], no_id),
        (&["release", "--host=empty", "--extension=host", "--json"], no_id),
    ];
    for (arguments, message) in cases {
        let stderr = format!("error: {message}\n");
        let expected = End { code: Some(1), stdout: String::new(), stderr };
        assert_eq!(run(&directory, arguments), expected, "{arguments:?}");
    }
}

#[test]
fn questions_that_are_none_end_with_2() {
    let directory = files(&[("host", HOST)]);
    let invalid = |option: &str, value: &str, text: &str| {
        format!(
            "error: invalid value '{value}' for '{option}': {text}\n\nFor more information, try '--help'.\n"
        )
    };
    let cases: [(&[&str], String); 5] = [
        (
            &["--compat=258", "version", "1", "2"],
            invalid(
                "--compat <VERSION>",
                "258",
                "unknown systemd version \"258\": expected 257 or 262",
            ),
        ),
        (
            &["release", "--extension=host", "--class=x"],
            invalid("--class <CLASS>", "x", "unknown class \"x\": expected sysext or confext"),
        ),
        (
            &["release", "--extension=host", "--scope=x"],
            invalid(
                "--scope <SCOPE>",
                "x",
                "unknown scope \"x\": expected system, initrd or portable",
            ),
        ),
        (
            &["release", "--extension=host", "--arch=aarch64"],
            invalid(
                "--arch <ARCH>",
                "aarch64",
                "unknown architecture \"aarch64\": systemd calls it arm64",
            ),
        ),
        (
            &["version", "1"],
            "error: the following required arguments were not provided:\n  <B>\n\n\
             Usage: explain version <A> <B>\n\nFor more information, try '--help'.\n"
                .to_owned(),
        ),
    ];
    for (arguments, stderr) in cases {
        let expected = End { code: Some(2), stdout: String::new(), stderr };
        assert_eq!(run(&directory, arguments), expected, "{arguments:?}");
    }
    // Without a question it says what can be asked.
    let end = run(&directory, &[]);
    assert_eq!((end.code, &*end.stdout), (Some(2), ""));
    assert!(end.stderr.contains("\nUsage: explain [OPTIONS] <COMMAND>\n"), "{}", end.stderr);
}

#[test]
fn without_a_host_this_machine_is_asked_about() {
    let directory = files(&[("extension", b"ID=_any\n")]);
    let found = answer(&directory, &["release", "--extension=./extension"]);
    let expected = "merge: the extension is for every operating system: ID=_any\n";
    assert_eq!(found.as_deref(), Ok(expected));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let many = "KEY=value\n".repeat(20_000);
    let directory = files(&[("many", many.as_bytes())]);
    for arguments in [&["env", "many"][..], &["env", "many", "--json"], &["version", "1", "2"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut command = tool::command("explain", directory.path(), arguments);
        command.stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let directory = files(&[]);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command: Command = tool::command("explain", directory.path(), ["version", "1", "2"]);
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output();
    let output = output.unwrap();
    let message = "error: cannot write the answer: No space left on device (os error 28)\n";
    assert_eq!(
        (output.status.code(), &*String::from_utf8_lossy(&output.stderr)),
        (Some(1), message)
    );
}
