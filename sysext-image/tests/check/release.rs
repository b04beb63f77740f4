use sysext_image::{Check, Metadata, Node};
use sysext_release::{Class, Systemd};

use crate::{Case, RELEASE};

pub(crate) fn cases() -> Vec<Case> {
    let strict = Metadata::new(0o644)
        .with_xattr("user.extension-release.strict".parse().expect("a name"), "0");
    let long = "x".repeat(238);
    let fields = |text: &str| Case::bare().with_file(RELEASE, text);
    vec![
        Case::sysext(),
        Case::confext(),
        Case::sysext().named("x.raw"),
        Case::sysext().named("x.sysext.raw"),
        Case::sysext().named("x_1.2.raw"),
        Case::bare().with_file("usr/bin/tool", "").error(
            "no-release-file",
            "there is no release file in \"usr/lib/extension-release.d\": systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
        ),
        Case::confext().checked(Check::new().with_class(Class::Sysext)).error(
            "no-release-file",
            "there is no release file in \"usr/lib/extension-release.d\": systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
        ).warning(
            "outside-hierarchies",
            "\"etc\": a sysext is merged into /usr and /opt only, so that nobody sees this",
        ),
        Case::sysext().named("y.raw").error(
            "misnamed-release-file",
            "no release file is for an image named \"y\": systemd fails the merge of all extensions if it is a raw image, and passes over a directory; it must be named \"x.raw\"",
        ),
        Case::bare().with_link(RELEASE, "nowhere").error(
            "misnamed-release-file",
            "no release file is for an image named \"x\": systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
        ),
        Case::sysext().named("x-1.2-x86-64.raw").info(
            "needs-link",
            "in a directory that systemd searches, the image must have the name \"x.raw\", or that of a link to it",
        ),
        Case::sysext().named(".sysupdate.x.raw").error(
            "no-image",
            "systemd passes over the file: no image \".sysupdate.x.raw\": names that begin with .sysupdate. are unfinished downloads",
        ),
        Case::sysext().named(&format!("{long}.raw")).error(
            "name-too-long",
            "the name of the image has 238 bytes, more than 237, so that it can have no release file: systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
        ),
        Case::bare().with_file(&RELEASE.replace(".x", ".a:b"), "ID=_any\n").error(
            "unmountable-name",
            "systemd cannot mount an image named \"a:b\", because of the ':' in it: the merge of all extensions fails",
        ),
        Case::bare().with_file(&RELEASE.replace(".x", ".a:b"), "ID=_any\n").named("a:b.raw").error(
            "unmountable-name",
            "systemd cannot mount an image named \"a:b\", because of the ':' in it: the merge of all extensions fails",
        ),
        Case::bare()
            .with(&RELEASE.replace(".x", ".y"), strict.clone(), Node::file("ID=_any\n"))
            .with(&RELEASE.replace(".x", ".z"), strict.clone(), Node::file("ID=_any\n"))
            .named("x.raw")
            .error(
                "several-release-files",
                "several release files would do and none has the image's name, [\"extension-release.y\", \"extension-release.z\"]: systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
            ),
        Case::sysext().with_file(&RELEASE.replace(".x", ".y"), "ID=_any\n").info(
            "release-file-by-name",
            "it depends on the name of the image which release file counts: [\"x\", \"y\"]",
        ),
        Case::sysext().with_file(&RELEASE.replace(".x", ".y"), "ID=_any\n").named("x.raw").warning(
            "unused-release-file",
            "\"usr/lib/extension-release.d/extension-release.y\": nothing reads this release file, since \"extension-release.x\" is the one",
        ),
        Case::bare().with_directory(RELEASE, 0o755).named("x.raw").error(
            "release-file-is-no-file",
            "\"usr/lib/extension-release.d/extension-release.x\": the release file is a directory: systemd fails the merge of all extensions if it is a raw image, and passes over a directory",
        ),
        Case::bare().with(RELEASE, Metadata::new(0o644), Node::file(vec![b'#'; (1 << 20) + 1])).warning(
            "release-file-too-large",
            "\"usr/lib/extension-release.d/extension-release.x\": the release file has 1048577 bytes: more than a mebibyte is not looked at here",
        ),
        Case::bare().with(RELEASE, Metadata::new(0o644), Node::file(&b"ID=_any\nX=\xff\n"[..])).error(
            "unparsable-release-file",
            "\"usr/lib/extension-release.d/extension-release.x\": no host takes the image, since its release file cannot be parsed: line 2, byte 10 of the file: the value of \"X\" is not UTF-8",
        ),
        Case::bare().with(RELEASE, strict, Node::file("ID=_any\n")).info(
            "any-name",
            "\"usr/lib/extension-release.d/extension-release.x\": the attribute user.extension-release.strict lets the image merge under any name",
        ),
        fields("NAME=x\n").error(
            "no-id",
            "\"usr/lib/extension-release.d/extension-release.x\": without an ID no host takes the image",
        ),
        fields("ID=_any\nEXTENSION_RELOAD_MANAGER=maybe\n").warning(
            "invalid-reload-manager",
            "\"usr/lib/extension-release.d/extension-release.x\": EXTENSION_RELOAD_MANAGER=\"maybe\" is neither yes nor no, which systemd takes for no",
        ),
        fields("ID=_any\nARCHITECTURE=amd64\n").error(
            "unknown-architecture",
            "\"usr/lib/extension-release.d/extension-release.x\": ARCHITECTURE=\"amd64\" matches no host: systemd calls it \"x86-64\"",
        ),
        fields("ID=_any\nARCHITECTURE=mips-le\n").error(
            "unreported-architecture",
            "\"usr/lib/extension-release.d/extension-release.x\": ARCHITECTURE=\"mips-le\" matches no host: kernels don't tell the byte order",
        ),
        fields("ID=_any\nSYSEXT_SCOPE=\n").error(
            "empty-scope",
            "\"usr/lib/extension-release.d/extension-release.x\": SYSEXT_SCOPE is empty, so that nothing takes the extension: without it running systems and portable services do",
        ),
        fields("ID=_any\nSYSEXT_SCOPE=system,portable\n").warning(
            "scope-comma",
            "\"usr/lib/extension-release.d/extension-release.x\": SYSEXT_SCOPE has the word \"system,portable\": scopes are divided by blanks, not commas",
        ),
        fields("ID=_any\nSYSEXT_SCOPE=\"system container\"\n").warning(
            "unknown-scope",
            "\"usr/lib/extension-release.d/extension-release.x\": SYSEXT_SCOPE has the word \"container\", which has no effect: systemd knows system, initrd and portable",
        ),
        fields("ID=_any\nVERSION_ID=1\n").info(
            "no-effect-any-os",
            "\"usr/lib/extension-release.d/extension-release.x\": VERSION_ID=\"1\" has no effect under ID=_any",
        ),
        fields("ID=a\nCONFEXT_LEVEL=1\n").info(
            "no-effect-class",
            "\"usr/lib/extension-release.d/extension-release.x\": CONFEXT_LEVEL=\"1\" has no effect in a sysext",
        ),
        fields("ID=a\nID_LIKE=b\n").info(
            "no-effect-host-only",
            "\"usr/lib/extension-release.d/extension-release.x\": ID_LIKE=\"b\" has no effect in an extension: only that of the host counts",
        ),
        fields("ID=a\nEXTENSION_RESTART_UNITS=kubelet.service\n")
            .checked(Check::new().with_systemd(Systemd::V257))
            .info(
                "no-effect-systemd",
                "\"usr/lib/extension-release.d/extension-release.x\": EXTENSION_RESTART_UNITS=\"kubelet.service\" has no effect before systemd 262",
            ),
        fields("ID=a\nEXTENSION_RESTART_UNITS=\"a.service kubelet.service\"\n").warning(
            "restarts-kubelet",
            "\"usr/lib/extension-release.d/extension-release.x\": EXTENSION_RESTART_UNITS restarts the kubelet as soon as another version is merged, on a node that was not drained",
        ),
        fields("ID=a\nEXTENSION_RELOAD_OR_RESTART_UNITS=kubelet.service\n").warning(
            "restarts-kubelet",
            "\"usr/lib/extension-release.d/extension-release.x\": EXTENSION_RELOAD_OR_RESTART_UNITS restarts the kubelet as soon as another version is merged, on a node that was not drained",
        ),
        fields("ID=a\nSYSEXT_VERSION_ID=1.3\nARCHITECTURE=arm64\n")
            .named("x_v1.2_x86-64.raw")
            .warning(
                "architecture-differs",
                "\"usr/lib/extension-release.d/extension-release.x\": the file's name says x86-64, and the release file ARCHITECTURE=\"arm64\", which is what counts",
            )
            .warning(
                "version-differs",
                "\"usr/lib/extension-release.d/extension-release.x\": the file's name says version \"v1.2\", and the release file SYSEXT_VERSION_ID=\"1.3\"",
            ),
        fields("ID=a\nSYSEXT_VERSION_ID=1.2\nARCHITECTURE=x86-64\n").named("x_v1.2_x86-64.raw"),
        too_many_release_files(),
        too_many_links(),
    ]
}

fn too_many_release_files() -> Case {
    let mut case = Case::sysext();
    for number in 0..1000 {
        case = case.with_file(&format!("{RELEASE}{number}"), "");
    }
    case.warning(
        "too-many-release-files",
        "the 1001 entries of the directory of release files were not looked at: they are too many, or too many of them are links",
    )
}

fn too_many_links() -> Case {
    let mut case = Case::sysext();
    for number in 0..17 {
        case = case.with_link(&format!("{RELEASE}{number}"), "extension-release.x");
    }
    case.warning(
        "too-many-release-files",
        "the 18 entries of the directory of release files were not looked at: they are too many, or too many of them are links",
    )
}
