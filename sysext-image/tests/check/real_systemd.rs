//! What the real systemd 257 and 262 do with what is found.

use std::{
    fs::{self, File},
    path::Path,
    process::Command,
};

use sysext_image::{
    Check, Device, ExtractOptions, Image, Metadata, Node, Severity, Tree,
    squashfs::{Compression, Writer},
};
use sysext_release::Class;

use crate::{Case, RELEASE};

const WHITEOUT: Node = Node::CharDevice(Device { major: 0, minor: 0 });

/// How an image is given to systemd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Raw,
    Directory,
}

/// An image, what is found in it, and what systemd does with it.
struct Fact {
    about: &'static str,
    class: Class,
    tree: Tree,
    name: &'static str,
    codes: Vec<&'static str>,
    /// Run once it is merged, or not.
    look: &'static str,
    raw: &'static str,
    directory: &'static str,
}

impl Fact {
    fn new(about: &'static str, case: Case, codes: &[&'static str]) -> Self {
        let (class, tree) = (Class::Sysext, case.tree);
        let (name, codes, look) = ("x", codes.to_vec(), "true");
        Self { about, class, tree, name, codes, look, raw: MERGED, directory: MERGED }
    }

    fn confext(mut self) -> Self {
        self.class = Class::Confext;
        self
    }

    fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// What both forms do.
    fn both(self, result: &'static str) -> Self {
        self.each(result, result)
    }

    fn each(mut self, raw: &'static str, directory: &'static str) -> Self {
        (self.raw, self.directory) = (raw, directory);
        self
    }

    fn seen(mut self, look: &'static str, result: &'static str) -> Self {
        self.look = look;
        self.both(result)
    }
}

const MERGED: &str = "merged\n";
const FAILED: &str = "failed\n";
const PASSED_OVER: &str = "passed over\n";

fn facts() -> Vec<Fact> {
    let xattr = |mode, name: &str, value: &str| {
        Metadata::new(mode).with_xattr(name.parse().expect("a name"), value)
    };
    let sysext = Case::sysext;
    let release = |name: &str| RELEASE.replace(".x", name);
    vec![
        Fact::new("nothing", sysext(), &[]),
        Fact::new("nothing, in a confext", Case::confext(), &[]).confext(),
        Fact::new("no release file", Case::bare().with_file("usr/f", ""), &["no-release-file"])
            .each(FAILED, PASSED_OVER),
        Fact::new("misnamed", sysext(), &["misnamed-release-file"])
            .named("y")
            .each(FAILED, PASSED_OVER),
        Fact::new("published", sysext(), &["needs-link"]).named("x-1.2-x86-64").each(FAILED, PASSED_OVER),
        Fact::new(
            "a directory as release file",
            Case::bare().with_directory(RELEASE, 0o755),
            &["release-file-is-no-file"],
        )
        .each(FAILED, PASSED_OVER),
        Fact::new(
            "a release file that is no UTF-8",
            Case::bare().with(RELEASE, Metadata::new(0o644), Node::file(&b"ID=_any\nX=\xff\n"[..])),
            &["unparsable-release-file"],
        )
        .both(PASSED_OVER),
        Fact::new(
            "two release files for any name",
            Case::bare()
                .with(&release(".y"), xattr(0o644, "user.extension-release.strict", "0"), Node::file("ID=_any\n"))
                .with(&release(".z"), xattr(0o644, "user.extension-release.strict", "0"), Node::file("ID=_any\n")),
            &["several-release-files"],
        )
        .each(FAILED, PASSED_OVER),
        Fact::new(
            "a release file for any name",
            Case::bare()
                .with(&release(".y"), xattr(0o644, "user.extension-release.strict", "0"), Node::file("ID=_any\n")),
            &["any-name"],
        ),
        Fact::new("no scope", Case::bare().with_file(RELEASE, "ID=_any\nSYSEXT_SCOPE=\n"), &["empty-scope"])
            .both(PASSED_OVER),
        Fact::new(
            "a name of another tool for the architecture",
            Case::bare().with_file(RELEASE, "ID=_any\nARCHITECTURE=amd64\n"),
            &["unknown-architecture"],
        )
        .both(PASSED_OVER),
        Fact::new("no ID", Case::bare().with_file(RELEASE, "NAME=x\n"), &["no-id"]).both(PASSED_OVER),
        Fact::new("a colon", Case::bare().with_file(&release(".a:b"), "ID=_any\n"), &["unmountable-name"])
            .named("a:b")
            .both(FAILED),
        Fact::new("os-release", sysext().with_file("usr/lib/os-release", "ID=a\n"), &["os-release"])
            .each(PASSED_OVER, FAILED),
        Fact::new(
            "a whiteout of os-release",
            sysext().with("usr/lib/os-release", Metadata::new(0), WHITEOUT),
            &["os-release", "whiteout"],
        )
        .each(PASSED_OVER, FAILED),
        Fact::new(
            "os-release beside a confext",
            Case::confext().with_file("usr/lib/os-release", "ID=a\n"),
            &["outside-hierarchies", "os-release"],
        )
        .confext()
        .each(PASSED_OVER, MERGED),
        Fact::new(
            "a link as os-release",
            sysext().with_link("usr/lib/os-release", "nowhere"),
            &["os-release-link"],
        )
        .seen("systemd-sysext --root=$R refresh 2>/dev/null; echo $?", "merged\n1\n"),
        Fact::new(
            "os-release of a confext",
            Case::bare()
                .with_file("etc/extension-release.d/extension-release.x", "ID=host\nVERSION_ID=1\n")
                .with_file("etc/os-release", "ID=other\n"),
            &["host-os-release"],
        )
        .confext()
        .seen(
            "mkdir $R/var/lib/confexts/z; systemd-confext --root=$R refresh 2>/dev/null; test -e $R/etc/extension-release.d; echo $?",
            "merged\n1\n",
        ),
        Fact::new("etc of a sysext", sysext().with_file("etc/new", ""), &["outside-hierarchies"])
            .seen("ls $R/etc", "merged\nf\n"),
        Fact::new("a file as hierarchy", sysext().with_file("opt", ""), &["hierarchy-is-no-directory"])
            .both(FAILED),
        Fact::new(
            "a link as hierarchy",
            sysext().with_link("opt", "/tree").with_file("tree/f", ""),
            &["hierarchy-is-link"],
        )
        .seen("ls $R/opt", "merged\nf\n"),
        Fact::new("usr 0700", sysext().with("usr", Metadata::new(0o700).with_owner(5, 5), Node::Directory), &[
            "hierarchy-attributes",
        ])
        .seen("stat -c '%a %u' $R/usr", "merged\n755 0\n"),
        Fact::new("usr/lib 0700", sysext().with("usr/lib", Metadata::new(0o700).with_owner(5, 5), Node::Directory), &[
            "directory-attributes",
        ])
        .seen("stat -c '%a %u' $R/usr/lib", "merged\n700 5\n"),
        Fact::new("usr/sbin", sysext().with_file("usr/sbin/new", ""), &["over-host-link"])
            .seen("ls $R/usr/sbin", "merged\nnew\n"),
        Fact::new("usr/bin as a link", sysext().with_link("usr/bin", "lib"), &["hides-host-directory"])
            .seen("ls $R/usr/bin", "merged\nd\nextension-release.d\nos-release\n"),
        Fact::new("whiteouts", sysext().with("usr/bin/f", Metadata::new(0), WHITEOUT), &["whiteout"])
            .seen("ls $R/usr/bin", "merged\ng\n"),
        Fact::new(
            "opaque directories",
            sysext()
                .with("usr", xattr(0o755, "trusted.overlay.opaque", "y"), Node::Directory)
                .with("usr/bin", xattr(0o755, "user.overlay.opaque", "y"), Node::Directory)
                .with("usr/lib/d", xattr(0o755, "trusted.overlay.opaque", "y"), Node::Directory),
            &["ignored-overlay-attribute", "ignored-overlay-attribute", "opaque-directory"],
        )
        .seen("ls $R/usr/bin $R/usr/lib/d", "merged\n/data/h/usr/bin:\nf\ng\n\n/data/h/usr/lib/d:\n"),
        Fact::new(
            "a file whose content is elsewhere",
            sysext().with("usr/bin/m", xattr(0o644, "trusted.overlay.metacopy", ""), Node::file("m")),
            &["metacopy"],
        )
        .seen("cat $R/usr/bin/m 2>/dev/null; echo $?", "merged\n1\n"),
        Fact::new(
            "a device",
            sysext().with("usr/null", Metadata::new(0o666), Node::CharDevice(Device { major: 1, minor: 3 })),
            &["device-node"],
        )
        .seen("cat $R/usr/null 2>/dev/null; echo $?", "merged\n1\n"),
        Fact::new(
            "what may be run with other rights",
            sysext().with("usr/bin/tool", Metadata::new(0o4755), Node::file("#!/bin/sh\n")),
            &["setuid"],
        )
        .seen("findmnt -no OPTIONS $R/usr | grep -c nosuid", "merged\n0\n"),
        Fact::new(
            "what may not be run in a confext",
            Case::confext().with("etc/tool", Metadata::new(0o4755), Node::file("#!/bin/sh\n")),
            &["setuid"],
        )
        .confext()
        .seen("$R/etc/tool 2>/dev/null; echo $?", "merged\n126\n"),
    ]
}

/// What a host has, and how an image is merged into it.
const HOST: &str = "
R=/data/h
host() {
    rm -rf $R
    mkdir -p $R/usr/bin $R/usr/lib/d $R/usr/share $R/etc $R/var/lib/extensions $R/var/lib/confexts
    printf 'ID=host\\nVERSION_ID=1\\n' >$R/usr/lib/os-release
    echo host >$R/usr/bin/f
    echo host >$R/usr/bin/g
    echo host >$R/usr/lib/d/f
    echo host >$R/etc/f
    ln -s bin $R/usr/sbin
}
merge() {
    if ! systemd-$1 --root=$R merge >/data/log 2>&1; then echo failed
    elif grep -q ^Merged /data/log; then echo merged
    else echo passed over
    fi
}
";

/// Puts each image into a fresh host, merges it and looks at it.
fn script(facts: &[Fact], form: Form) -> String {
    let line = |(number, fact): (usize, &Fact)| {
        let (class, name, look) = (fact.class, fact.name, fact.look);
        let search = match class {
            Class::Sysext => "extensions",
            Class::Confext => "confexts",
        };
        let (from, to) = match form {
            Form::Raw => (format!("{number}.raw"), format!("{name}.raw")),
            Form::Directory => (number.to_string(), name.to_owned()),
        };
        format!(
            "echo '# {number}'
            host
            cp -a '/data/{from}' '/data/h/var/lib/{search}/{to}'
            merge {class}
            {look}
            systemd-{class} --root=$R unmerge >/dev/null 2>&1\n"
        )
    };
    let lines: String = facts.iter().enumerate().map(line).collect();
    format!("{HOST}{lines}true\n")
}

fn run(version: &str, work: &Path, script: &str) -> String {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/peer");
    let mut command = Command::new(peer);
    command.args(["run", version, "--work"]).arg(work).args(["sh", "-c", script]);
    let output = command.output().expect("the peer");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{version}: {complaint}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
#[ignore = "needs root and the systemd 257 and 262 peers"]
fn systemd_does_what_is_said_of_it() {
    let facts = facts();
    let work = tempfile::tempdir().unwrap();
    for (number, fact) in facts.iter().enumerate() {
        let path = work.path().join(format!("{number}.raw"));
        let mut file = File::create(&path).unwrap();
        let writer = Writer::new().with_compression(Compression::None);
        writer.write(&fact.tree, &mut file).unwrap();
        let image = Image::open_path(&path).unwrap();
        let unrestored = image
            .extract(work.path().join(number.to_string()), &ExtractOptions::default())
            .unwrap();
        assert!(unrestored.is_empty(), "{}: {unrestored:?}", fact.about);

        let check =
            Check::new().with_class(fact.class).with_file_name(format!("{}.raw", fact.name));
        let findings = image.check(&check).unwrap();
        let codes: Vec<_> = findings.iter().map(sysext_image::Finding::code).collect();
        assert_eq!(codes, fact.codes, "{}", fact.about);
        // An image that does not merge has an error, or is told that it must be named otherwise.
        let merges = fact.raw.starts_with(MERGED);
        let says_so = findings
            .iter()
            .any(|finding| finding.severity == Severity::Error || finding.code() == "needs-link");
        assert!(merges || says_so, "{}", fact.about);
    }
    let mut disagreements = Vec::new();
    for form in [Form::Raw, Form::Directory] {
        let script = script(&facts, form);
        for version in ["257", "262"] {
            let said = run(version, work.path(), &script);
            let parts: Vec<_> = said.split("# ").skip(1).collect();
            assert_eq!(parts.len(), facts.len(), "{version}: {said}");
            for (fact, said) in facts.iter().zip(parts) {
                let (_, said) = said.split_once('\n').unwrap();
                let expected = if form == Form::Raw { fact.raw } else { fact.directory };
                if said != expected {
                    disagreements.push((version, form, fact.about, said.to_owned(), expected));
                }
            }
        }
    }
    fs::remove_dir_all(work.path().join("h")).unwrap();
    assert!(disagreements.is_empty(), "said, expected: {disagreements:#?}");
}
