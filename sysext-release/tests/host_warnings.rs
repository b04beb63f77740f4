//! What is said about release files that their authors may not have meant.

use sysext_release::{Architecture, Class, ExtensionRelease, Host, OsRelease, Systemd, Warning};

/// Code, key and text.
type Said = (&'static str, &'static str, &'static str);

#[test]
fn warnings_say_what_the_author_may_not_have_meant() {
    let table: [(&str, &[Said]); 20] = [
        ("ID=testos\nVERSION_ID=1\n", &[]),
        ("ID=testos\nVERSION_ID=1\nARCHITECTURE=_any\nSYSEXT_SCOPE=\"system initrd\"\n", &[]),
        ("ID=testos\nVERSION_ID=1\nARCHITECTURE=\nEXTENSION_RELOAD_MANAGER=\nID_LIKE=\n", &[]),
        ("ID=testos\nVERSION_ID=1\nARCHITECTURE=arm64\n", &[]),
        (
            "ID=_any\nVERSION_ID=1\nSYSEXT_LEVEL=2\n",
            &[
                ("no-effect-any-os", "VERSION_ID", "VERSION_ID=\"1\" has no effect under ID=_any"),
                (
                    "no-effect-any-os",
                    "SYSEXT_LEVEL",
                    "SYSEXT_LEVEL=\"2\" has no effect under ID=_any",
                ),
            ],
        ),
        (
            "ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=2\n",
            &[(
                "no-effect-level",
                "VERSION_ID",
                "VERSION_ID=\"1\" has no effect where SYSEXT_LEVEL decides",
            )],
        ),
        (
            "ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=3\n",
            &[(
                "no-effect-level",
                "VERSION_ID",
                "VERSION_ID=\"1\" has no effect where SYSEXT_LEVEL decides",
            )],
        ),
        (
            "ID=testos\nVERSION_ID=1\nCONFEXT_LEVEL=2\nCONFEXT_SCOPE=initrd\n",
            &[
                (
                    "no-effect-class",
                    "CONFEXT_LEVEL",
                    "CONFEXT_LEVEL=\"2\" has no effect in a sysext",
                ),
                (
                    "no-effect-class",
                    "CONFEXT_SCOPE",
                    "CONFEXT_SCOPE=\"initrd\" has no effect in a sysext",
                ),
            ],
        ),
        (
            "ID=testos\nVERSION_ID=1\nID_LIKE=debian\n",
            &[(
                "no-effect-host-only",
                "ID_LIKE",
                "ID_LIKE=\"debian\" has no effect in an extension: only that of the host counts",
            )],
        ),
        (
            "ID=testos\nVERSION_ID=1\nARCHITECTURE=amd64\n",
            &[(
                "unknown-architecture",
                "ARCHITECTURE",
                "ARCHITECTURE=\"amd64\" matches no host: systemd calls it \"x86-64\"",
            )],
        ),
        (
            "ID=_any\nARCHITECTURE=X86_64\n",
            &[(
                "unknown-architecture",
                "ARCHITECTURE",
                "ARCHITECTURE=\"X86_64\" matches no host: systemd calls it \"x86-64\"",
            )],
        ),
        (
            "ID=_any\nARCHITECTURE=native\n",
            &[(
                "unknown-architecture",
                "ARCHITECTURE",
                "ARCHITECTURE=\"native\" matches no host: leave the field out, or write \"_any\"",
            )],
        ),
        (
            "ID=_any\nARCHITECTURE=\"x86-64 arm64\"\n",
            &[(
                "unknown-architecture",
                "ARCHITECTURE",
                "ARCHITECTURE=\"x86-64 arm64\" matches no host: systemd knows no such architecture",
            )],
        ),
        (
            "ID=_any\nARCHITECTURE=mips64-le\n",
            &[(
                "unreported-architecture",
                "ARCHITECTURE",
                "ARCHITECTURE=\"mips64-le\" matches no host: kernels don't tell the byte order",
            )],
        ),
        (
            "ID=_any\nSYSEXT_SCOPE=\" \"\n",
            &[(
                "empty-scope",
                "SYSEXT_SCOPE",
                "SYSEXT_SCOPE is empty, so that nothing takes the extension: without it running systems and portable services do",
            )],
        ),
        (
            "ID=_any\nSYSEXT_SCOPE=\"System system,portable system Initrd\"\n",
            &[
                (
                    "scope-comma",
                    "SYSEXT_SCOPE",
                    "SYSEXT_SCOPE has the word \"system,portable\": scopes are divided by blanks, not commas",
                ),
                (
                    "unknown-scope",
                    "SYSEXT_SCOPE",
                    "SYSEXT_SCOPE has the word \"System\", which has no effect: systemd knows system, initrd and portable",
                ),
            ],
        ),
        (
            "ID=_any\nEXTENSION_RELOAD_MANAGER=maybe\n",
            &[(
                "invalid-reload-manager",
                "EXTENSION_RELOAD_MANAGER",
                "EXTENSION_RELOAD_MANAGER=\"maybe\" is neither yes nor no, which systemd takes for no",
            )],
        ),
        (
            "ID=debian\nVERSION_ID=1\n",
            &[(
                "matched-by-id-like",
                "ID",
                "ID=\"debian\" is in the ID_LIKE of \"testos\": a host with a systemd older than 258 may not look there",
            )],
        ),
        ("ID=debian\nVERSION_ID=2\n", &[]),
        ("ID=_any\nEXTENSION_RESTART_UNITS=a.service\n", &[]),
    ];
    let host = host("ID=testos\nID_LIKE=debian\nVERSION_ID=1\nSYSEXT_LEVEL=2\n");
    for (file, wanted) in table {
        let wanted: Vec<_> =
            wanted.iter().map(|&(code, key, text)| (code, key, text.to_owned())).collect();
        assert_eq!(warnings(&host, file), wanted, "{file:?}");
    }
}

#[test]
fn a_version_that_nobody_compares_is_the_reason_and_no_warning() {
    let host = host("ID=testos\nSYSEXT_LEVEL=2\n");
    assert_eq!(warnings(&host, "ID=testos\nVERSION_ID=44\n"), []);
}

#[test]
fn each_warning_names_the_line_that_counts() {
    let table: [(&str, &str, u32); 8] = [
        ("ID=_any\nSYSEXT_SCOPE=system\n\nSYSEXT_SCOPE=\n", "empty-scope", 4),
        ("ID=_any\nEXTENSION_RELOAD_MANAGER=2\n", "invalid-reload-manager", 2),
        ("# of debian\nID=debian\n", "matched-by-id-like", 2),
        ("ID=_any\nX=\"two\nlines\"\nVERSION_ID=1\n", "no-effect-any-os", 4),
        ("ID=_any\nSYSEXT_SCOPE=system,initrd\n", "scope-comma", 2),
        ("ARCHITECTURE=amd64\nARCHITECTURE=i386\nID=_any", "unknown-architecture", 2),
        ("SYSEXT_SCOPE=\"system x\"\nID=_any", "unknown-scope", 1),
        ("ID=_any\r\nARCHITECTURE=mips-le\r\n", "unreported-architecture", 2),
    ];
    let host = host("ID=testos\nID_LIKE=debian\n");
    for (file, code, line) in table {
        let found = said(&host, file, |warning| (warning.code(), warning.line()));
        assert_eq!(found, [(code, Some(line))], "{file:?}");
    }
}

#[test]
fn a_file_that_was_built_has_lines_too() {
    let extension = ExtensionRelease::builder().any_os().field("A", "two\nlines").version_id("1");
    let verdict = host("ID=testos\n").accept(&extension.build().unwrap(), Class::Sysext);
    let lines: Vec<_> = verdict.unwrap().warnings.iter().map(Warning::line).collect();
    assert_eq!(lines, [Some(2)]);
}

#[test]
fn systemd_257_does_not_know_units_to_restart() {
    let host = host("ID=testos\n").with_systemd(Systemd::V257);
    let file =
        "ID=_any\nEXTENSION_RESTART_UNITS=a.service\nEXTENSION_RELOAD_OR_RESTART_UNITS=b.service\n";
    assert_eq!(
        warnings(&host, file),
        [
            (
                "no-effect-systemd",
                "EXTENSION_RESTART_UNITS",
                "EXTENSION_RESTART_UNITS=\"a.service\" has no effect before systemd 262".to_owned()
            ),
            (
                "no-effect-systemd",
                "EXTENSION_RELOAD_OR_RESTART_UNITS",
                "EXTENSION_RELOAD_OR_RESTART_UNITS=\"b.service\" has no effect before systemd 262"
                    .to_owned()
            ),
        ]
    );
}

fn host(os: &str) -> Host {
    let os = OsRelease::parse(os.as_bytes()).expect("readable");
    Host::new(os, Architecture::X86_64).expect("an ID")
}

/// Code, key and text of what is said about an extension.
fn warnings(host: &Host, extension: &str) -> Vec<(&'static str, &'static str, String)> {
    said(host, extension, |warning| {
        (warning.code(), warning.key().expect("a field"), warning.to_string())
    })
}

fn said<T>(host: &Host, extension: &str, of: impl Fn(&Warning) -> T) -> Vec<T> {
    let extension = ExtensionRelease::parse(extension.as_bytes()).expect("readable");
    let verdict = host.accept(&extension, Class::Sysext);
    let warnings = verdict.map_or_else(|misfit| misfit.warnings, |fit| fit.warnings);
    warnings.iter().map(of).collect()
}
