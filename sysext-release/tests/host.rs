//! Which extensions a host takes, compared with systemd's verdicts.

mod campaign;
mod recorded;

use proptest::{prelude::*, sample::select};
use serde_json::Value;

use sysext_release::{
    Architecture, Class, ExtensionRelease, Fit, FitReason, Host, HostError, Misfit, MisfitReason,
    OsRelease, Scope, Systemd,
};

#[test]
fn systemd_says_the_same_for_the_same_reason() {
    let mut rows = 0;
    let mut disagreements = Vec::new();
    for row in recorded::objects(include_str!("data/release-match.jsonl")) {
        if !is_about_content(&row) {
            continue;
        }
        rows += 1;
        for systemd in [Systemd::V257, Systemd::V262] {
            let expect = match systemd {
                Systemd::V262 if !row["expect_262"].is_null() => &row["expect_262"],
                _ => &row["expect"],
            };
            let verdict = verdict_of_row(&row, systemd);
            let found = if verdict.is_ok() { "merge" } else { "skip" };
            let code = verdict.map_or_else(|misfit| misfit.reason.code(), |fit| fit.reason.code());
            let log = row["log"].as_array().unwrap().iter().filter_map(Value::as_str);
            if found != expect || !log.clone().any(|line| step(line).contains(&code)) {
                let log: Vec<_> = log.collect();
                disagreements.push(format!("row {}: {found} ({code}), but {log:?}", row["id"]));
            }
        }
    }
    assert_eq!(disagreements, Vec::<String>::new());
    assert_eq!(rows, 81);
}

#[test]
fn a_host_without_id_is_refused() {
    for file in ["", "VERSION_ID=1\n", "ID=\n", "ID=a\nID=\n"] {
        let os = OsRelease::parse(file.as_bytes()).unwrap();
        let error = Host::new(os, Architecture::X86_64).unwrap_err();
        assert_eq!(error, HostError::NoId, "{file:?}");
        assert_eq!(
            error.to_string(),
            "the os-release file of the host has no ID: systemd merges no extension there"
        );
    }
}

#[test]
fn a_new_host_is_a_running_system_with_the_newest_systemd() {
    let host = host("ID=a\n");
    assert_eq!(
        (host.scope(), host.systemd(), host.architecture(), host.os().id()),
        (Scope::System, Systemd::V262, Architecture::X86_64, Some("a"))
    );
}

#[test]
fn every_misfit_names_the_field_and_the_two_values() {
    let table = [
        (
            "",
            ("no-release-data", None, None, None),
            "the release file of the extension assigns nothing: it needs at least an ID",
        ),
        (
            "ID=_any\nSYSEXT_SCOPE=\"initrd portable\"\n",
            ("scope", Some("SYSEXT_SCOPE"), Some("system"), Some("initrd portable")),
            "SYSEXT_SCOPE=\"initrd portable\" of the extension lacks \"system\", the scope of the host",
        ),
        (
            "ID=_any\nARCHITECTURE=arm64\n",
            ("architecture", Some("ARCHITECTURE"), Some("x86-64"), Some("arm64")),
            "the extension is for ARCHITECTURE=\"arm64\", the host is \"x86-64\"",
        ),
        (
            "VERSION_ID=1\n",
            ("no-id", Some("ID"), Some("testos"), None),
            "the extension names no operating system: it needs ID=\"testos\", or ID=_any if it depends on none",
        ),
        (
            "ID=other\n",
            ("id", Some("ID"), Some("testos"), Some("other")),
            "the extension is for ID=\"other\", the host has ID=\"testos\" and ID_LIKE=\"debian fedora\"",
        ),
        (
            "ID=testos\nSYSEXT_LEVEL=3\nVERSION_ID=1\n",
            ("level", Some("SYSEXT_LEVEL"), Some("2"), Some("3")),
            "the extension is for SYSEXT_LEVEL=\"3\", the host has SYSEXT_LEVEL=\"2\"",
        ),
        (
            "ID=testos\n",
            ("no-version-id", Some("VERSION_ID"), Some("1"), None),
            "the extension names no version of the operating system: it needs VERSION_ID=\"1\"",
        ),
        (
            "ID=testos\nVERSION_ID=1.0\n",
            ("version-id", Some("VERSION_ID"), Some("1"), Some("1.0")),
            "the extension is for VERSION_ID=\"1.0\", the host has VERSION_ID=\"1\": only the same text matches",
        ),
    ];
    let host = host("ID=testos\nID_LIKE=\"debian fedora\"\nVERSION_ID=1\nSYSEXT_LEVEL=2\n");
    for (file, (code, key, on_host, on_extension), text) in table {
        let misfit = accept(&host, file, Class::Sysext).unwrap_err();
        let reason = &misfit.reason;
        assert_eq!(
            (reason.code(), reason.key(), reason.host(), reason.extension(), &*misfit.to_string()),
            (code, key, on_host, on_extension, text),
            "{file:?}"
        );
    }
}

#[test]
fn a_misfit_of_id_mentions_no_id_like_where_the_host_has_none() {
    let misfit = accept(&host("ID=testos\n"), "ID=other\n", Class::Sysext).unwrap_err();
    assert_eq!(misfit.to_string(), "the extension is for ID=\"other\", the host has ID=\"testos\"");
}

#[test]
fn an_extension_without_scopes_is_not_for_an_initrd() {
    let host = host("ID=testos\n");
    for (scope, code) in
        [(Scope::Initrd, "scope"), (Scope::Portable, "any-os"), (Scope::System, "any-os")]
    {
        let verdict = accept(&host.clone().with_scope(scope), "ID=_any\n", Class::Confext);
        let found = verdict.as_ref().map_or_else(|m| m.reason.code(), |fit| fit.reason.code());
        assert_eq!(found, code, "{scope}");
        if let Err(misfit) = verdict {
            assert_eq!(
                (misfit.reason.host(), misfit.reason.extension(), &*misfit.to_string()),
                (
                    Some("initrd"),
                    None,
                    "the extension has no CONFEXT_SCOPE, but the host takes only those for \"initrd\""
                )
            );
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_is_no_release_data() {
    let misfit = Misfit::from(ExtensionRelease::parse(b"ID=_any\nNAME=\xff\n").unwrap_err());
    assert_eq!(
        (misfit.reason.code(), &*misfit.to_string()),
        (
            "no-release-data",
            "the release file of the extension cannot be read: line 2, byte 13 of the file: the value of \"NAME\" is not UTF-8"
        )
    );
}

#[test]
fn every_fit_says_what_was_compared() {
    let table = [
        (
            "ID=testos\nVERSION_ID=1\n",
            "ID=_any\n",
            ("any-os", Some("ID"), Some("testos"), Some("_any")),
            "the extension is for every operating system: ID=_any",
        ),
        (
            "ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=2\n",
            "ID=testos\nSYSEXT_LEVEL=2\n",
            ("level", Some("SYSEXT_LEVEL"), Some("2"), Some("2")),
            "extension and host have SYSEXT_LEVEL=\"2\"",
        ),
        (
            "ID=arch\nVERSION_ID=\n",
            "ID=arch\nVERSION_ID=44\n",
            ("rolling", Some("ID"), Some("arch"), Some("arch")),
            "the host takes ID=\"arch\" and has no version to compare",
        ),
        (
            "ID=testos\nSYSEXT_LEVEL=2\n",
            "ID=testos\nVERSION_ID=44\n",
            ("unchecked-version", Some("SYSEXT_LEVEL"), Some("2"), None),
            "the host has SYSEXT_LEVEL=\"2\" but no VERSION_ID, and the extension no SYSEXT_LEVEL",
        ),
        (
            "ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=2\n",
            "ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=\n",
            ("version-id", Some("VERSION_ID"), Some("1"), Some("1")),
            "extension and host have VERSION_ID=\"1\"",
        ),
    ];
    for (os, file, (code, key, on_host, on_extension), text) in table {
        let fit = accept(&host(os), file, Class::Sysext).unwrap();
        let reason = &fit.reason;
        assert_eq!(
            (reason.code(), reason.key(), reason.host(), reason.extension(), &*fit.to_string()),
            (code, key, on_host, on_extension, text),
            "{file:?}"
        );
    }
}

#[test]
fn the_first_step_that_fails_is_the_reason() {
    let host = host("ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=2\n");
    let mut file =
        String::from("SYSEXT_SCOPE=initrd\nARCHITECTURE=arm64\nSYSEXT_LEVEL=9\nVERSION_ID=9\n");
    for (code, remedy) in [
        ("scope", "SYSEXT_SCOPE=system\n"),
        ("architecture", "ARCHITECTURE=\n"),
        ("no-id", "ID=other\n"),
        ("id", "ID=testos\n"),
        ("level", "SYSEXT_LEVEL=\n"),
        ("version-id", "VERSION_ID=\n"),
        ("no-version-id", "VERSION_ID=1\n"),
    ] {
        let misfit = accept(&host, &file, Class::Sysext).unwrap_err();
        assert_eq!(misfit.reason.code(), code, "{file:?}");
        file.push_str(remedy);
    }
    assert_eq!(accept(&host, &file, Class::Sysext).unwrap().reason.code(), "version-id");
}

#[test]
fn each_class_has_its_own_level() {
    let host = host("ID=testos\nVERSION_ID=1\nSYSEXT_LEVEL=2\nCONFEXT_LEVEL=3\n");
    let file = "ID=testos\nSYSEXT_LEVEL=2\nCONFEXT_LEVEL=4\n";
    assert_eq!(accept(&host, file, Class::Sysext).unwrap().reason.code(), "level");
    let misfit = accept(&host, file, Class::Confext).unwrap_err();
    assert_eq!((misfit.reason.host(), misfit.reason.extension()), (Some("3"), Some("4")));
}

#[cfg(feature = "serde")]
#[test]
fn reasons_and_warnings_serialize_with_their_field_and_values() {
    let host = host("ID=testos\nVERSION_ID=1\n");
    let misfit = accept(&host, "ID=other\nID_LIKE=testos\n", Class::Sysext).unwrap_err();
    let warning = serde_json::json!({
        "code": "no-effect-host-only",
        "key": "ID_LIKE",
        "line": 2,
        "host": null,
        "extension": "testos",
        "text": "ID_LIKE=\"testos\" has no effect in an extension: only that of the host counts",
    });
    assert_eq!(
        serde_json::to_value(misfit).unwrap(),
        serde_json::json!({
            "reason": {
                "code": "id",
                "key": "ID",
                "host": "testos",
                "extension": "other",
                "text": "the extension is for ID=\"other\", the host has ID=\"testos\"",
            },
            "warnings": [warning],
        })
    );
    assert_eq!(
        serde_json::to_value(accept(&host, "ID=_any\n", Class::Sysext).unwrap()).unwrap(),
        serde_json::json!({
            "reason": {
                "code": "any-os",
                "key": "ID",
                "host": "testos",
                "extension": "_any",
                "text": "the extension is for every operating system: ID=_any",
            },
            "warnings": [],
        })
    );
}

proptest! {
    #![proptest_config(campaign::config())]

    #[test]
    fn an_unknown_key_changes_nothing(os in file(), extension in file(), at in 0..8_usize) {
        let Ok(host) = Host::new(OsRelease::parse(os.as_bytes()).unwrap(), Architecture::X86_64) else {
            return Ok(());
        };
        prop_assume!(!extension.is_empty());
        let mut lines: Vec<_> = extension.split_inclusive('\n').collect();
        lines.insert(at.min(lines.len()), "id=a\n");
        for class in [Class::Sysext, Class::Confext] {
            prop_assert_eq!(
                without_lines(accept(&host, &lines.concat(), class)),
                without_lines(accept(&host, &extension, class))
            );
        }
    }

    #[test]
    fn under_any_os_neither_version_nor_level_decides(os in file(), extension in file(), fields in file()) {
        let Ok(host) = Host::new(OsRelease::parse(os.as_bytes()).unwrap(), Architecture::X86_64) else {
            return Ok(());
        };
        let versions: String = fields
            .split_inclusive('\n')
            .filter(|line| line.starts_with("VERSION_ID") || line.starts_with("SYSEXT_LEVEL"))
            .collect();
        let code = |file: String| {
            accept(&host, &file, Class::Sysext).map_or_else(|misfit| misfit.reason.code(), |fit| fit.reason.code())
        };
        prop_assert_eq!(code(format!("{extension}{versions}ID=_any\n")), code(format!("{extension}ID=_any\n")));
    }

    #[test]
    fn a_misfit_names_two_values_that_differ(os in file(), extension in file()) {
        let os = OsRelease::parse(os.as_bytes()).unwrap();
        let Ok(host) = Host::new(os, Architecture::X86_64) else { return Ok(()) };
        for class in [Class::Sysext, Class::Confext] {
            if let Err(misfit) = accept(&host, &extension, class) {
                let reason = misfit.reason;
                prop_assert!(reason.host() != reason.extension() || reason.host().is_none(), "{}", reason);
            }
        }
    }

    #[test]
    fn a_repeated_key_counts_by_its_last_value(os in file(), extension in file(), before in file()) {
        let os = OsRelease::parse(os.as_bytes()).unwrap();
        let Ok(host) = Host::new(os, Architecture::X86_64) else { return Ok(()) };
        let key = |line: &str| line.split_once('=').unwrap().0.to_owned();
        let later: Vec<_> = extension.lines().map(key).collect();
        let shadowed: String =
            before.split_inclusive('\n').filter(|line| later.contains(&key(line))).collect();
        prop_assert_eq!(
            without_lines(accept(&host, &(shadowed + &extension), Class::Sysext)),
            without_lines(accept(&host, &extension, Class::Sysext))
        );
    }
}

/// Files of the fields that are compared, with few values, so that they often agree.
fn file() -> impl Strategy<Value = String> {
    const KEYS: &[&str] = &[
        "ID",
        "ID",
        "ID_LIKE",
        "VERSION_ID",
        "SYSEXT_LEVEL",
        "CONFEXT_LEVEL",
        "SYSEXT_SCOPE",
        "CONFEXT_SCOPE",
        "ARCHITECTURE",
        "OTHER",
    ];
    const VALUES: &[&str] =
        &["", "a", "a", "b", "\"a b\"", "_any", "system", "\"initrd system\"", "x86-64", "arm64"];
    proptest::collection::vec((select(KEYS), select(VALUES)), 0..8).prop_map(|fields| {
        fields
            .into_iter()
            .map(|(key, value)| format!("{key}={value}\n"))
            .collect::<Vec<_>>()
            .concat()
    })
}

fn host(os: &str) -> Host {
    let os = OsRelease::parse(os.as_bytes()).expect("readable");
    Host::new(os, Architecture::X86_64).expect("an ID")
}

fn accept(host: &Host, extension: &str, class: Class) -> Result<Fit, Misfit> {
    host.accept(&ExtensionRelease::parse(extension.as_bytes())?, class)
}

/// A verdict with its warnings as texts, which name no line.
fn without_lines(verdict: Result<Fit, Misfit>) -> (Result<FitReason, MisfitReason>, Vec<String>) {
    let (reason, warnings) = match verdict {
        Ok(fit) => (Ok(fit.reason), fit.warnings),
        Err(misfit) => (Err(misfit.reason), misfit.warnings),
    };
    (reason, warnings.iter().map(ToString::to_string).collect())
}

/// Whether nothing but the content of the two files decided.
fn is_about_content(row: &Value) -> bool {
    let empty = |key: &str| match &row[key] {
        Value::Array(items) => items.is_empty(),
        Value::Object(items) => items.is_empty(),
        value => value.is_null(),
    };
    let plain_files =
        row["extra_files"].is_null() || row["extra_files"] == serde_json::json!({"etc/a": "1"});
    plain_files
        && ["extra", "args", "env"].into_iter().all(empty)
        && row["image"] == row["release_file_suffix"]
        && row["expect"] != "fatal"
        // Here the name of the image made systemd look elsewhere or nowhere.
        && row["image"] != "foo.sysext"
        && row["image"] != ".#foo"
}

fn verdict_of_row(row: &Value, systemd: Systemd) -> Result<Fit, Misfit> {
    let text = |key: &str| row[key].as_str().expect("a text");
    let bytes = |key: &str| recorded::latin1(text(key));
    let os = OsRelease::parse(&bytes("host_os_release")).expect("readable");
    let host = Host::new(os, Architecture::X86_64).expect("an ID").with_systemd(systemd);
    let extension = ExtensionRelease::parse(&bytes("extension_release"))?;
    host.accept(&extension, text("class").parse().expect("a class"))
}

/// The codes that a line of systemd's log may stand for.
fn step(log: &str) -> &'static [&'static str] {
    let table: [(&str, &[&str]); 12] = [
        ("carries no release data", &["no-release-data"]),
        ("not suitable for scope", &["scope"]),
        ("is for architecture", &["architecture"]),
        ("does not contain ID", &["no-id"]),
        ("matches '_any' OS", &["any-os"]),
        ("No version info on the host", &["rolling"]),
        ("is for API level", &["level"]),
        ("does not contain VERSION_ID", &["no-version-id"]),
        ("Version info of extension", &["level", "version-id", "unchecked-version"]),
        // One sentence for two steps: the tests of those steps tell them apart.
        ("is for OS '1", &["version-id"]),
        ("is for OS '2", &["version-id"]),
        ("is for OS", &["id"]),
    ];
    table.into_iter().find(|(part, _)| log.contains(part)).map_or(&[], |(_, codes)| codes)
}
