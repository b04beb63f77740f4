use std::process::Command;

use crate::{files, run, tool::End};

#[test]
fn the_help_mentions_every_question_and_option() {
    let directory = files(&[]);
    let cases: [(&[&str], &[&str]); 4] = [
        (&["--help"], &["  version ", "  release ", "  env ", "--compat <VERSION>"]),
        (&["version", "--help"], &["<A>", "<B>", "--compat <VERSION>", "[default: 262]"]),
        (
            &["release", "--help"],
            &[
                "--compat <VERSION>",
                "--host <FILE>",
                "--extension <FILE>",
                "--class <CLASS>",
                "[default: sysext]",
                "--scope <SCOPE>",
                "[default: system]",
                "--arch <ARCH>",
                "--json",
            ],
        ),
        (&["env", "--help"], &["<FILE>", "--json", "--compat <VERSION>"]),
    ];
    for (arguments, words) in cases {
        let help = run(&directory, arguments).success();
        for word in words {
            assert!(help.contains(word), "{arguments:?} lacks {word:?}: {help}");
        }
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    const RUN: &str = "$ cargo run --release --example explain -- ";
    let readme = include_str!("../../../README.md");
    let directory = files(&[]);
    let mut questions = 0;
    for block in readme.split("```console\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        if !block.contains(RUN) {
            continue;
        }
        let mut printed = String::new();
        for line in block.lines().filter(|line| line.starts_with("$ ")) {
            let answer = if let Some(arguments) = line.strip_prefix(RUN) {
                questions += 1;
                run(&directory, &arguments.split(' ').collect::<Vec<_>>())
            } else {
                let mut sh = Command::new("sh");
                sh.args(["-c", line.trim_start_matches("$ ")]).current_dir(directory.path());
                End::of(&mut sh)
            };
            printed.push_str(line);
            printed.push('\n');
            printed.push_str(&answer.success());
        }
        assert_eq!(printed, block);
    }
    assert_eq!(questions, 2);
}
