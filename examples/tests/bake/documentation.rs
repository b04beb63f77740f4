use crate::bakery::Bakery;

#[test]
#[cfg(target_arch = "x86_64")]
fn the_readme_shows_what_the_sample_prints() {
    const COMMAND: &str = "$ cargo run --release --example bake";

    let readme = include_str!("../../../README.md");
    let mut lines = readme.lines().skip_while(|line| *line != COMMAND);
    assert_eq!(lines.next(), Some(COMMAND), "the README has no such block");
    // Cargo's own lines have their verb set flush right in twelve columns.
    let is_cargos = |line: &&str| {
        ["Compiling", "Downloaded", "Downloading", "Finished", "Running", "Updating"]
            .iter()
            .any(|verb| line.starts_with(&format!("{verb:>12} ")))
    };
    let block: Vec<_> = lines.take_while(|line| *line != "```").skip_while(is_cargos).collect();

    // What the README shows is of the most common machine.
    let report = Bakery::empty().run(&["--arch=x86-64"]).success();
    assert_eq!(report.lines().collect::<Vec<_>>(), block);
}

#[test]
fn the_command_of_the_readme_bakes_a_directory() {
    const RUN: &str = "$ cargo run --release --example bake -- ";

    let readme = include_str!("../../../README.md");
    let mut commands = readme.lines().filter_map(|line| line.strip_prefix(RUN));
    let command = commands.next().expect("a command");
    assert_eq!(commands.next(), None);
    let bakery = Bakery::empty();
    bakery.write("kubernetes/usr/bin/kubelet", "");
    let arguments: Vec<_> = command.split(' ').chain(["--arch=x86-64"]).collect();
    let report = bakery.run(&arguments).success();
    assert!(report.starts_with("image:  dist/kubernetes-v1.31.4-x86-64.raw\n"), "{report}");
    assert!(!report.contains("note: "), "{report}");
}

#[test]
fn the_help_mentions_every_option_with_its_default() {
    let options = [
        "[INPUT]",
        "--name <NAME>",
        "[default: the directory's or archive's name]",
        "--version <VERSION>",
        "--arch <ARCH>",
        "[default: this machine's]",
        "--os <ID>",
        "[default: any]",
        "--os-version <VERSION_ID>",
        "--level <LEVEL>",
        "--class <CLASS>",
        "[default: sysext]",
        "--reload",
        "--out <DIR>",
        "[default: dist]",
        "--compression <METHOD>",
        "[default: zstd:15]",
        "--block-size <SIZE>",
        "[default: 128K]",
        "--jobs <N>",
        "[default: one for each processor]",
        "--epoch <SECONDS>",
        "[default: `SOURCE_DATE_EPOCH`, else 0]",
        "--keep-owner",
        "--keep-mtime",
        "--oci-whiteouts",
        "--any-name",
        "--replace",
        "--no-cross-check",
        "--url <BASE>",
        "--help",
    ];
    let bakery = Bakery::empty();
    for argument in ["-h", "--help"] {
        let help = bakery.run(&[argument]).success();
        let mut rest = &*help;
        for option in options {
            // In this order.
            let at = rest.find(option);
            let at = at.unwrap_or_else(|| panic!("{argument} lacks {option:?}: {help}"));
            rest = rest.get(at..).unwrap_or_default();
        }
    }
}
