//! The help and the README.

use std::process::Command;

use crate::{images::Images, tool, tool::End};

#[test]
fn the_help_mentions_every_verb_and_option() {
    let images = Images::none();
    let cases: [(&[&str], &[&str]); 8] = [
        (
            &["--help"],
            &[
                "  list ",
                "  tree ",
                "  cat ",
                "  extract ",
                "  check ",
                "  diff ",
                "  release ",
                "<IMAGE>",
                "--json",
                "./list",
                "Exits 0",
            ],
        ),
        (
            &["list", "--help"],
            &["<IMAGE>", "[PATHS]...", "--names", "--xattrs", "--json", "`path_hex`"],
        ),
        (
            &["tree", "--help"],
            &["<IMAGE>", "[PATH]", "--depth <N>", "--sort <ORDER>", "[default: name]", "--json"],
        ),
        (&["cat", "--help"], &["<IMAGE>", "<PATHS>..."]),
        (
            &["extract", "--help"],
            &[
                "<IMAGE>",
                "<DIRECTORY>",
                "--max-entries <N>",
                "[default: 1000000]",
                "--max-bytes <BYTES>",
                "[default: 17179869184]",
                "--max-ratio <N>",
                "[default: 1000]",
                "--jobs <N>",
                "--json",
            ],
        ),
        (
            &["check", "--help"],
            &[
                "<IMAGE>",
                "--class <CLASS>",
                "--name <NAME>",
                "--compat <VERSION>",
                "--strict",
                "--json",
                "Exits 1",
            ],
        ),
        (
            &["diff", "--help"],
            &["<OLD>", "<NEW>", "--ignore-mtime", "--ignore-owner", "--json", "Exits 1"],
        ),
        (
            &["release", "--help"],
            &[
                "<IMAGE>",
                "--class <CLASS>",
                "--name <NAME>",
                "--compat <VERSION>",
                "[default: 262]",
                "--json",
            ],
        ),
    ];
    for (arguments, words) in cases {
        let help = images.run(arguments).success();
        for word in words {
            assert!(help.contains(word), "{arguments:?} lacks {word:?}: {help}");
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn the_readme_shows_what_is_printed() {
    const RUN: &str = "$ cargo run --release --example inspect -- ";
    let readme = include_str!("../../../README.md");
    let images = Images::none();
    // What the README shows is of the most common machine.
    let mut bake = tool::command("bake", &images.path(""), ["--arch=x86-64"]);
    End::of(&mut bake).success();
    let mut shown = 0;
    for block in readme.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        if !block.contains(RUN) {
            continue;
        }
        let mut printed = String::new();
        for line in block.lines().filter(|line| line.starts_with("$ ")) {
            let mut command = Command::new("sh");
            let arguments = line.strip_prefix(RUN).expect("a command of inspect");
            command.args(["-c", &format!("\"$INSPECT\" {arguments}")]);
            command.env("INSPECT", tool::path("inspect")).current_dir(images.path(""));
            printed.extend([line, "\n", &End::of(&mut command).success()]);
            shown += 1;
        }
        assert_eq!(printed, block);
    }
    assert_eq!(shown, 3);
}
