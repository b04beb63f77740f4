//! Release files that are in use. They are not part of the project: `SYSEXT_CORPUS` names their
//! folder.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use sysext_release::{Architecture, Class, ExtensionRelease, Host, OsRelease, env_file};

#[test]
#[ignore = "needs the corpus folder in SYSEXT_CORPUS"]
fn all_os_release_files_are_read_and_name_a_host() {
    let files = files("os-release");
    assert_eq!(files.len(), 147);
    for (name, file) in files {
        assert_round_trip(&name, &file);
        let os = OsRelease::parse(&file).unwrap();
        let host = Host::new(os.clone(), Architecture::X86_64).unwrap();
        // An extension that was made for this very host fits.
        let mut extension = ExtensionRelease::builder().id(os.id().unwrap());
        if let Some(version) = os.version_id() {
            extension = extension.version_id(version);
        }
        let fit = host.accept(&extension.build().unwrap(), Class::Confext).unwrap();
        let code = if os.version_id().is_some() { "version-id" } else { "rolling" };
        assert_eq!((fit.reason.code(), fit.warnings), (code, Vec::new()), "{name}");
    }
}

#[test]
#[ignore = "needs the corpus folder in SYSEXT_CORPUS"]
fn all_extension_release_files_are_read_and_most_say_what_they_mean() {
    let os = OsRelease::parse(b"ID=azurelinux\nVERSION_ID=3.0\n").unwrap();
    let host = Host::new(os, Architecture::X86_64).unwrap();
    let files = files("extension-release");
    assert_eq!(files.len(), 20);
    let mut verdicts = BTreeMap::<_, usize>::new();
    for (name, file) in files {
        assert_round_trip(&name, &file);
        let extension = ExtensionRelease::parse(&file).unwrap();
        let verdict = host.accept(&extension, Class::Sysext);
        let (code, warnings) = verdict.map_or_else(
            |misfit| (misfit.reason.code(), misfit.warnings),
            |fit| (fit.reason.code(), fit.warnings),
        );
        let warnings: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        *verdicts.entry((code, warnings)).or_default() += 1;
    }
    let unused = |fields: &[&str]| -> Vec<String> {
        fields.iter().map(|field| format!("{field} has no effect under ID=_any")).collect()
    };
    assert_eq!(
        verdicts.into_iter().collect::<Vec<_>>(),
        [
            (("any-os", vec![]), 1),
            (("any-os", unused(&["VERSION_ID=\"20250329\"", "SYSEXT_LEVEL=\"glibc-2.41\""])), 1),
            (("any-os", unused(&["VERSION_ID=\"_any\""])), 1),
            (("id", vec![]), 16),
            (("version-id", vec![]), 1),
        ]
    );
}

fn assert_round_trip(name: &str, file: &[u8]) {
    let assignments = env_file::parse(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let pairs = || assignments.iter().map(|a| (a.key, &*a.value));
    let written = env_file::write(pairs()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again = env_file::parse(written.as_bytes()).expect("what was written can be read");
    assert!(again.iter().map(|a| (a.key, &*a.value)).eq(pairs()), "{name}");
}

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let corpus = env::var_os("SYSEXT_CORPUS").expect("SYSEXT_CORPUS names the folder");
    let mut files = Vec::new();
    for entry in fs::read_dir(PathBuf::from(corpus).join(folder)).expect("the folder exists") {
        let path = entry.expect("the folder can be listed").path();
        files.push((path.display().to_string(), fs::read(path).expect("the file can be read")));
    }
    files.sort();
    files
}
