//! Signals, pipes and terminals.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{bakery::Bakery, tool::End};

/// Waits until the output directory has an unfinished image with content in it.
pub(crate) fn wait_for_image(bakery: &Bakery) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let entries = fs::read_dir(bakery.path("out")).into_iter().flatten();
        let mut images = entries.flatten().filter(|entry| {
            entry.file_name().as_encoded_bytes().starts_with(b".sysext-image.")
                && entry.metadata().is_ok_and(|metadata| metadata.len() > 0)
        });
        if images.next().is_some() {
            return;
        }
        assert!(Instant::now() < deadline, "no image appeared");
        thread::sleep(Duration::from_millis(1));
    }
}

/// One of sixteen letters after the other, at random: a compressor has to look long to make half of it.
pub(crate) fn letters(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let eight = state & 0x0f0f_0f0f_0f0f_0f0f | 0x6060_6060_6060_6060;
        bytes.extend_from_slice(&eight.to_le_bytes());
    }
    bytes
}

fn signal(child: &Child, name: &str) {
    let mut kill = Command::new("kill");
    End::of(kill.arg(format!("-{name}")).arg(child.id().to_string())).success();
}

fn ended(child: Child) -> End {
    let output = child.wait_with_output().expect("the end of bake");
    let text = |bytes| String::from_utf8(bytes).expect("bake prints UTF-8");
    End { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bake")
}

#[test]
fn a_signal_ends_a_long_bake_and_leaves_nothing() {
    let bakery = Bakery::new();
    // Half a minute with these options, if nothing stops it.
    bakery.write("tree/usr/share/letters", letters(128 << 20));
    let slow = ["--compression=zstd:22", "--block-size=1M", "--jobs=1"];
    let arguments = [&["tree", "--version=1", "--out=out"][..], &slow].concat();
    for name in ["HUP", "INT", "TERM"] {
        let child = spawn(&mut bakery.command(&arguments));
        wait_for_image(&bakery);
        // Somebody who is impatient sends more than one.
        for _ in 0..3 {
            signal(&child, name);
        }
        let signalled = Instant::now();
        let stderr = "error: stopped by a signal: nothing was published in \"out\"\n".to_owned();
        assert_eq!(ended(child), End { code: Some(1), stdout: String::new(), stderr }, "{name}");
        // After the block that is being compressed, not at the end of it all.
        assert!(signalled.elapsed() < Duration::from_secs(8), "{name}: {:?}", signalled.elapsed());
        assert_eq!(bakery.files(), BTreeMap::new(), "{name}");
    }
}

#[test]
fn a_signal_ends_a_bake_that_waits_for_another_one() {
    let bakery = Bakery::new();
    bakery.bake(&["--version", "0"]).expect("a good bake");
    let old = bakery.files();
    let lock = File::open(bakery.path("out")).unwrap();
    lock.lock().unwrap();
    let child = spawn(&mut bakery.command(&["tree", "--version=1", "--out=out"]));
    wait_for_image(&bakery);
    signal(&child, "TERM");
    let end = ended(child);
    assert_eq!(
        (end.code, &*end.stderr),
        (Some(1), "error: stopped by a signal: nothing was published in \"out\"\n")
    );
    assert!(bakery.files() == old, "{:?}", bakery.names());
}

#[test]
fn a_signal_ends_a_bake_that_waits_for_its_archive() {
    let bakery = Bakery::new();
    crate::archive::shell(&bakery, "mkfifo pipe; tar -C tree -cf tree.tar usr");
    let head = fs::read(bakery.path("tree.tar")).unwrap();
    // Nothing, a part of a member, and a whole archive whose pipe stays open.
    for (input, length) in [("pipe", 0), ("-", 0), ("-", 1000), ("-", head.len())] {
        let arguments = [input, "--name=n", "--version=1", "--out=out"];
        let mut child = spawn(bakery.command(&arguments).stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&head[..length]).unwrap();
        // Signals are heard before it is made.
        let deadline = Instant::now() + Duration::from_secs(60);
        while !bakery.path("out").exists() {
            assert!(Instant::now() < deadline, "{input}: it reads nothing");
            thread::sleep(Duration::from_millis(1));
        }
        signal(&child, "INT");
        let stderr = "error: stopped by a signal: nothing was published in \"out\"\n".to_owned();
        let expected = End { code: Some(1), stdout: String::new(), stderr };
        let stays_open = stdin;
        assert_eq!(ended(child), expected, "{input} {length}");
        drop(stays_open);
        assert_eq!(bakery.files(), BTreeMap::new());
        fs::remove_dir(bakery.path("out")).unwrap();
    }
}

#[test]
fn a_closed_pipe_is_no_error_and_the_files_are_whole() {
    let bakery = Bakery::new();
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut command = bakery.command(&["tree", "--version=1", "--arch=x86-64", "--out=out"]);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    assert_eq!(ended(child).success(), "");
    assert_eq!(
        bakery.names(),
        ["SHA256SUMS", "tree-1-x86-64.json", "tree-1-x86-64.raw", "tree.transfer"]
    );
    assert_eq!(bakery.check_sums().success(), "tree-1-x86-64.raw: OK\n");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let bakery = Bakery::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = bakery.command(&["tree", "--version=1", "--arch=x86-64", "--out=out"]);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let end = ended(child);
    let message = "error: everything is in \"out\", but the report cannot be written: No space left on device (os error 28)\n";
    assert_eq!((end.code, &*end.stderr), (Some(1), message));
    assert_eq!(bakery.check_sums().success(), "tree-1-x86-64.raw: OK\n");
}

#[test]
fn progress_is_shown_on_a_terminal_only() {
    let bakery = Bakery::new();
    bakery.write("tree/usr/share/letters", letters(4 << 20));
    let report = bakery.run(&["tree", "--version=1", "--out=out"]).success();
    assert!(!report.contains(['\r', '\u{1b}']), "{report:?}");

    crate::archive::shell(&bakery, "tar -C tree -cf tree.tar usr");
    // `script` gives its child a terminal, and copies what is written there. The report goes elsewhere.
    let mut script = Command::new("script");
    script.args([
        "--quiet",
        "--return",
        "--command",
        r#""$BAKE" tree.tar --version=1 --out=again >report"#,
    ]);
    script.arg("/dev/null").env("BAKE", crate::tool::path("bake")).env("TERM", "xterm");
    let screen = End::of(script.current_dir(bakery.path("")).stdin(Stdio::null())).success();
    for what in ["reading", "writing", "comparing"] {
        assert!(screen.contains(what), "{what}: {screen:?}");
    }
    let same = |text: String| text.replace("again/", "out/");
    assert_eq!(same(fs::read_to_string(bakery.path("report")).unwrap()), report);
}
