//! The names of architectures in systemd, `uname -m`, Go and Rust.

use std::collections::BTreeSet;

use sysext_release::Architecture;

#[test]
fn there_are_33_architectures_and_each_is_read_back() {
    let names: BTreeSet<_> =
        Architecture::ALL.iter().map(|architecture| architecture.as_str()).collect();
    assert_eq!(names.len(), 33);
    for &architecture in Architecture::ALL {
        assert_eq!(architecture.to_string().parse(), Ok(architecture));
        assert_eq!(architecture.as_ref(), architecture.as_str());
    }
}

#[test]
fn the_machine_of_uname_has_the_name_that_systemd_gives_it() {
    let cases = [
        ("x86_64", "x86-64"),
        ("i686", "x86"),
        ("i586", "x86"),
        ("i486", "x86"),
        ("i386", "x86"),
        ("aarch64", "arm64"),
        ("aarch64_be", "arm64-be"),
        ("armv8l", "arm"),
        ("armv7ml", "arm"),
        ("armv7l", "arm"),
        ("armv6l", "arm"),
        ("armv5tl", "arm"),
        ("armv5tel", "arm"),
        ("armv5tejl", "arm"),
        ("armv4tl", "arm"),
        ("armv4l", "arm"),
        ("armv8b", "arm-be"),
        ("armv7mb", "arm-be"),
        ("armv7b", "arm-be"),
        ("armv6b", "arm-be"),
        ("armv5tejb", "arm-be"),
        ("armv5teb", "arm-be"),
        ("armv5tb", "arm-be"),
        ("armv4tb", "arm-be"),
        ("armv4b", "arm-be"),
        ("alpha", "alpha"),
        ("arc", "arc"),
        ("arceb", "arc-be"),
        ("crisv32", "cris"),
        ("ia64", "ia64"),
        ("parisc64", "parisc64"),
        ("parisc", "parisc"),
        ("loongarch64", "loongarch64"),
        ("ppc64le", "ppc64-le"),
        ("ppc64", "ppc64"),
        ("ppcle", "ppc-le"),
        ("ppc", "ppc"),
        ("riscv64", "riscv64"),
        ("riscv32", "riscv32"),
        ("s390x", "s390x"),
        ("s390", "s390"),
        ("sh5", "sh64"),
        ("sh4a", "sh"),
        ("sh4", "sh"),
        ("sh3", "sh"),
        ("sh2a", "sh"),
        ("sh2", "sh"),
        ("sparc64", "sparc64"),
        ("sparc", "sparc"),
        ("tilegx", "tilegx"),
        ("m68k", "m68k"),
        ("mips64", "mips64"),
        ("mips", "mips"),
        ("nios2", "nios2"),
    ];
    for (machine, name) in cases {
        assert_eq!(
            Architecture::from_uname(machine).map(Architecture::as_str),
            Some(name),
            "{machine:?}"
        );
    }
    let listed: usize =
        Architecture::ALL.iter().map(|architecture| architecture.uname().len()).sum();
    assert_eq!(listed, cases.len());

    for machine in ["riscv", "x86-64", "amd64", "X86_64", ""] {
        assert_eq!(Architecture::from_uname(machine), None, "{machine:?}");
    }
}

#[test]
fn no_host_is_a_little_endian_mips() {
    let without: Vec<_> =
        Architecture::ALL.iter().filter(|architecture| !architecture.has_hosts()).collect();
    assert_eq!(without, [&Architecture::MipsLe, &Architecture::Mips64Le]);
}

#[test]
fn every_linux_port_of_go_has_a_name() {
    let cases = [
        ("386", "x86"),
        ("amd64", "x86-64"),
        ("arm", "arm"),
        ("arm64", "arm64"),
        ("loong64", "loongarch64"),
        ("mips", "mips"),
        ("mips64", "mips64"),
        ("mips64le", "mips64-le"),
        ("mipsle", "mips-le"),
        ("ppc64", "ppc64"),
        ("ppc64le", "ppc64-le"),
        ("riscv64", "riscv64"),
        ("s390x", "s390x"),
    ];
    for (goarch, name) in cases {
        let architecture = Architecture::from_go(goarch).unwrap_or_else(|| panic!("{goarch:?}"));
        assert_eq!((architecture.as_str(), architecture.go()), (name, Some(goarch)));
    }
    assert_eq!(
        Architecture::ALL.iter().filter(|architecture| architecture.go().is_some()).count(),
        cases.len()
    );
    assert_eq!(Architecture::from_go("wasm"), None);
    assert_eq!(Architecture::from_go("x86_64"), None);
}

#[test]
fn target_arches_and_triples_of_rust_have_a_name() {
    let cases = [
        ("x86_64", "x86-64"),
        ("x86", "x86"),
        ("i386", "x86"),
        ("i586", "x86"),
        ("i686", "x86"),
        ("aarch64", "arm64"),
        ("aarch64_be", "arm64-be"),
        ("arm", "arm"),
        ("armv4t", "arm"),
        ("armv5te", "arm"),
        ("armv7", "arm"),
        ("armv7a", "arm"),
        ("thumbv7neon", "arm"),
        ("armeb", "arm-be"),
        ("armebv7r", "arm-be"),
        ("loongarch64", "loongarch64"),
        ("m68k", "m68k"),
        ("mips", "mips"),
        ("mipsel", "mips-le"),
        ("mips64", "mips64"),
        ("mips64el", "mips64-le"),
        ("mips32r6", "mips"),
        ("mipsisa32r6", "mips"),
        ("mipsisa32r6el", "mips-le"),
        ("mips64r6", "mips64"),
        ("mipsisa64r6", "mips64"),
        ("mipsisa64r6el", "mips64-le"),
        ("powerpc", "ppc"),
        ("powerpc64", "ppc64"),
        ("powerpc64le", "ppc64-le"),
        ("riscv32", "riscv32"),
        ("riscv32imac", "riscv32"),
        ("riscv64", "riscv64"),
        ("riscv64gc", "riscv64"),
        ("s390x", "s390x"),
        ("sparc", "sparc"),
        ("sparc64", "sparc64"),
        ("sparcv9", "sparc64"),
    ];
    for (rust, name) in cases {
        assert_eq!(Architecture::from_rust(rust).map(Architecture::as_str), Some(name), "{rust:?}");
    }
    for rust in ["wasm32", "hexagon", "csky", "arm64", "amd64", ""] {
        assert_eq!(Architecture::from_rust(rust), None, "{rust:?}");
    }
}

#[test]
fn a_target_arch_means_the_byte_order_that_triples_mean_by_it() {
    let other: Vec<_> = Architecture::ALL
        .iter()
        .filter(|architecture| {
            architecture
                .rust()
                .is_some_and(|rust| Architecture::from_rust(rust) != Some(**architecture))
        })
        .map(|architecture| architecture.as_str())
        .collect();
    assert_eq!(other, ["arm-be", "arm64-be", "mips-le", "mips64-le", "ppc64-le"]);
}

#[test]
fn a_name_from_elsewhere_is_refused_with_the_right_one() {
    let cases = [
        ("amd64", r#"unknown architecture "amd64": systemd calls it x86-64"#),
        ("x86_64", r#"unknown architecture "x86_64": systemd calls it x86-64"#),
        ("X86-64", r#"unknown architecture "X86-64": systemd calls it x86-64"#),
        ("386", r#"unknown architecture "386": systemd calls it x86"#),
        ("i686", r#"unknown architecture "i686": systemd calls it x86"#),
        ("aarch64", r#"unknown architecture "aarch64": systemd calls it arm64"#),
        ("armv7", r#"unknown architecture "armv7": systemd calls it arm"#),
        ("ppc64le", r#"unknown architecture "ppc64le": systemd calls it ppc64-le"#),
        ("mips64el", r#"unknown architecture "mips64el": systemd calls it mips64-le"#),
        ("any", r#"unknown architecture "any""#),
        ("", r#"unknown architecture """#),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Architecture>().unwrap_err();
        assert_eq!((error.text(), &*error.to_string()), (text, expected));
    }
}

#[cfg(feature = "fs")]
#[test]
fn this_machine_is_what_uname_says() {
    let output = std::process::Command::new("uname").arg("-m").output().unwrap();
    let machine = String::from_utf8(output.stdout).unwrap();
    assert_eq!(Architecture::of_this_machine().ok(), Architecture::from_uname(machine.trim()));
}
