use std::{
    fs,
    path::{Path, PathBuf},
};

use sysext_release::{Architecture, Class, ExtensionRelease, Host, Misfit, OsRelease};

use crate::peer::{self, BOTH, Dice};

/// A host, an extension and the class that it is used as.
struct Case {
    class: Class,
    host: Vec<u8>,
    extension: Vec<u8>,
}

impl Case {
    fn new(dice: &mut Dice) -> Self {
        let class = dice.pick(&[Class::Sysext, Class::Confext]);
        // The value that fits stands several times, or hardly anything would merge.
        let host = file(
            dice,
            &[
                ("ID", &["a", "a", "a", "a", "a", "b", "\"a b\"", "'a'", ""]),
                ("ID_LIKE", &[NONE, NONE, "b", "\"b c\"", "_any", "\"\"", "b,c"]),
                ("VERSION_ID", &[NONE, "1", "1", "1", "\"1\"", "1.0", ""]),
                ("SYSEXT_LEVEL", &[NONE, NONE, NONE, "1", "2", ""]),
                ("CONFEXT_LEVEL", &[NONE, NONE, NONE, "1", "2", ""]),
            ],
        );
        let here = Architecture::of_this_machine().expect("a name").as_str();
        let extension = file(
            dice,
            &[
                ("ID", &["a", "a", "a", "a", "a", "b", "c", "_any", "_ANY", "", NONE]),
                ("ID_LIKE", &[NONE, NONE, NONE, "a"]),
                ("VERSION_ID", &["1", "1", "1", "1", "'1'", "1.0", "_any", "", NONE]),
                ("SYSEXT_LEVEL", &[NONE, NONE, "1", "1", "1", "2", "", "_any"]),
                ("CONFEXT_LEVEL", &[NONE, NONE, "1", "1", "1", "2", "", "_any"]),
                ("SYSEXT_SCOPE", &SCOPES),
                ("CONFEXT_SCOPE", &SCOPES),
                (
                    "ARCHITECTURE",
                    &[NONE, NONE, NONE, here, here, here, "_any", "", "any", "sparc64"],
                ),
            ],
        );
        Self { class, host, extension }
    }

    /// Makes a root for systemd, with the extension as a directory in it.
    fn write(&self, root: &Path) {
        let (search, top) = match self.class {
            Class::Sysext => ("var/lib/extensions", "usr"),
            Class::Confext => ("var/lib/confexts", "etc"),
        };
        let write = |path: PathBuf, content: &[u8]| {
            fs::create_dir_all(path.parent().expect("a parent")).expect("its parent");
            fs::write(path, content).expect("a file");
        };
        write(root.join("usr/lib/os-release"), &self.host);
        fs::create_dir_all(root.join("etc")).expect("a directory");
        let image = root.join(search).join("x");
        let directory = self.class.release_directory();
        write(image.join(directory).join("extension-release.x"), &self.extension);
        write(image.join(top).join("merged"), b"");
    }

    fn verdict(&self) -> Verdict {
        let architecture = Architecture::of_this_machine().expect("a name");
        let host =
            OsRelease::parse(&self.host).ok().and_then(|os| Host::new(os, architecture).ok());
        let Some(host) = host else { return Verdict::Fatal };
        let parsed = ExtensionRelease::parse(&self.extension).map_err(Misfit::from);
        match parsed.and_then(|extension| host.accept(&extension, self.class)) {
            Ok(_) => Verdict::Merge,
            Err(_) => Verdict::Skip,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// systemd fails.
    Fatal,
    Merge,
    Skip,
}

/// The field is not there.
const NONE: &str = "\0";

const SCOPES: [&str; 13] = [
    NONE,
    NONE,
    NONE,
    NONE,
    NONE,
    NONE,
    "system",
    "\"initrd system\"",
    "'portable\nsystem'",
    "initrd",
    "system,portable",
    "System",
    "",
];

/// A file of some of these fields, and rarely of what makes it unreadable.
fn file(dice: &mut Dice, fields: &[(&str, &[&str])]) -> Vec<u8> {
    let end = dice.pick(&["\n", "\n", "\r\n", " \n", "\n\n# NAME=x\n"]);
    let mut text = String::new();
    for (key, values) in fields {
        let value = dice.pick(values);
        if value != NONE {
            text.extend([key, "=", value, end]);
        }
    }
    let mut bytes = text.into_bytes();
    let rest: &[u8] = dice.pick(&[
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"",
        b"# \xff\n",
        b"NAME=\xff\n",
        b"#\0\n",
        b"ID=a",
        b"VERSION_ID=\"1\nNAME=x",
        b"BROKEN\n",
        b"export ID=c\n",
        b"NAME=\xef\xbf\xbf\n",
    ]);
    bytes.extend_from_slice(rest);
    bytes
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn verdicts_are_those_of_systemd() {
    let mut dice = Dice::new();
    let cases: Vec<_> = (0..peer::share(600)).map(|_| Case::new(&mut dice)).collect();
    let work = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        case.write(&work.path().join(number.to_string()));
        lines.push(format!("merge {number} {}\n", case.class));
    }
    let function = "
        merge() {
            if ! systemd-$2 --root=/data/$1 merge >/dev/null 2>&1; then echo Fatal
            elif [ -e /data/$1/usr/merged ] || [ -e /data/$1/etc/merged ]; then echo Merge
            else echo Skip
            fi
        }\n";
    let script = function.to_owned() + &lines.concat();
    let ours: Vec<_> = cases.iter().map(Case::verdict).collect();
    for systemd in BOTH {
        let said = peer::run(systemd, work.path(), &script);
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said.len(), cases.len(), "{systemd}: {said:#?}");
        let mut disagreements = Vec::new();
        for ((case, ours), said) in cases.iter().zip(&ours).zip(said) {
            if format!("{ours:?}") != said {
                let (host, extension) = (case.host.escape_ascii(), case.extension.escape_ascii());
                disagreements.push(format!(
                    "{said}, but ours is {ours:?}: {} {host} / {extension}",
                    case.class
                ));
            }
        }
        assert!(disagreements.is_empty(), "{systemd}: {disagreements:#?}");
    }
    // A campaign in which one answer is rare would show little.
    for (verdict, least) in [(Verdict::Fatal, 5), (Verdict::Merge, 10), (Verdict::Skip, 30)] {
        let count = ours.iter().filter(|ours| **ours == verdict).count();
        assert!(count * 100 >= least * ours.len(), "{count} times {verdict:?}");
    }
}
