use sysext_image::{Check, Device, Metadata, Node};
use sysext_release::Class;

use crate::Case;

const WHITEOUT: Node = Node::CharDevice(Device { major: 0, minor: 0 });

pub(crate) fn cases() -> Vec<Case> {
    let with = |mode, name: &str, value: &str| {
        Metadata::new(mode).with_xattr(name.parse().expect("a name"), value)
    };
    vec![
        Case::sysext().with_file("usr/lib/os-release", "ID=a\n").error(
            "os-release",
            "\"usr/lib/os-release\": systemd takes the image for an operating system: it passes over a raw image, and with a directory the merge of all extensions fails",
        ),
        Case::confext()
            .with_file("usr/lib/os-release", "ID=a\n")
            .warning(
                "outside-hierarchies",
                "\"usr\": a confext is merged into /etc only, so that nobody sees this",
            )
            .error(
                "os-release",
                "\"usr/lib/os-release\": systemd takes the image for an operating system: it passes over a raw image",
            ),
        Case::sysext().with_link("usr/lib/os-release", "../nowhere").error(
            "os-release-link",
            "\"usr/lib/os-release\": the link takes the place of the host's file and leads nowhere, so that the host no longer knows what it is",
        ),
        Case::confext().with_file("etc/os-release", "ID=a\n").warning(
            "host-os-release",
            "\"etc/os-release\": it takes the place of the host's own, by which the host says what it is: extensions for that host may not merge again",
        ),
        Case::sysext()
            .with_file("etc/tool/tool.conf", "")
            .with_file("lib/tool", "")
            .with_file("opt/tool", "")
            .warning(
                "outside-hierarchies",
                "\"etc\": a sysext is merged into /usr and /opt only, so that nobody sees this",
            )
            .warning(
                "outside-hierarchies",
                "\"lib\": a sysext is merged into /usr and /opt only, so that nobody sees this: put it into \"usr/lib\"",
            ),
        // It may be merged as both.
        Case::sysext().with_file("etc/extension-release.d/extension-release.x", "ID=_any\n"),
        Case::sysext().with_file("tree/tool", "").with_link("opt", "tree").warning(
            "hierarchy-is-link",
            "\"opt\": what is merged is what \"tree\" is inside of the image: make it a directory",
        ),
        Case::sysext().with_link("opt", "/nowhere").warning(
            "hierarchy-is-link",
            "\"opt\": what is merged is what \"/nowhere\" is inside of the image: make it a directory",
        ).info(
            "dangling-link",
            "\"opt\": the link leads to \"/nowhere\", which is not in the image: it must be on the host",
        ),
        Case::sysext().with_file("opt", "").error(
            "hierarchy-is-no-directory",
            "\"opt\": a hierarchy must be a directory: the merge of all extensions fails",
        ),
        Case::sysext().with_directory("usr", 0o700).info(
            "hierarchy-attributes",
            "\"usr\": mode 0700 and owner 0:0 have no effect: a merged hierarchy has the mode that it has on the host, and belongs to root",
        ),
        Case::sysext().with_directory("usr/lib", 0o700).error(
            "directory-attributes",
            "\"usr/lib\": mode 0700 and owner 0:0 take the place of what the directory has on the host, so that only some reach what is in it: make it 0755 and root's",
        ),
        Case::sysext().with("usr/bin", Metadata::new(0o755).with_owner(1000, 100), Node::Directory).warning(
            "directory-attributes",
            "\"usr/bin\": mode 0755 and owner 1000:100 take the place of what the directory has on the host: make it 0755 and root's",
        ),
        Case::sysext().with_directory("usr/share/tool", 0o700),
        Case::sysext().with_directory("usr/sbin", 0o755).with_directory("usr/lib64", 0o755).warning(
            "over-host-link",
            "\"usr/lib64\": some hosts have a symlink to \"lib\" here; on these the directory takes its place, and what was reached through the link is gone",
        ).warning(
            "over-host-link",
            "\"usr/sbin\": some hosts have a symlink to \"bin\" here; on these the directory takes its place, and what was reached through the link is gone",
        ),
        Case::sysext().with_file("usr/local/bin/tool", "").info(
            "over-host-link",
            "\"usr/local\": some hosts have a symlink to \"../var/usrlocal\" here; on these the directory takes its place, and what was reached through the link is gone",
        ),
        Case::sysext().with_link("usr/bin", "lib").with_link("usr/sbin", "bin").error(
            "hides-host-directory",
            "\"usr/bin\": hosts have a directory here, and nothing in it is seen once this is merged",
        ).warning(
            "hides-host-directory",
            "\"usr/sbin\": some hosts have a directory here, and nothing in it is seen once this is merged",
        ),
        Case::sysext().with("usr/bin", Metadata::new(0), WHITEOUT).error(
            "whiteout",
            "\"usr/bin\": what the host has at this path is no longer seen, which it needs",
        ),
        Case::sysext().with("usr/lib/os-release", Metadata::new(0), WHITEOUT).checked(Check::new().with_class(Class::Sysext)).error(
            "os-release",
            "\"usr/lib/os-release\": systemd takes the image for an operating system: it passes over a raw image, and with a directory the merge of all extensions fails",
        ).error(
            "whiteout",
            "\"usr/lib/os-release\": what the host has at this path is no longer seen, which it needs",
        ),
        Case::sysext()
            .with("usr/bin/tool", Metadata::new(0), WHITEOUT)
            .with("usr/bin/xtool", with(0o644, "trusted.overlay.whiteout", "y"), Node::file(""))
            .warning(
                "whiteout",
                "\"usr/bin/tool\": what the host has at this path is no longer seen",
            )
            .warning(
                "whiteout",
                "\"usr/bin/xtool\": what the host has at this path is no longer seen",
            ),
        Case::sysext()
            .with("usr/bin", with(0o755, "trusted.overlay.opaque", "y"), Node::Directory)
            .with("usr/lib/tool", with(0o755, "trusted.overlay.opaque", "y"), Node::Directory)
            .with("usr/lib/xtool", with(0o755, "trusted.overlay.opaque", "x"), Node::Directory)
            .error(
                "opaque-directory",
                "\"usr/bin\": nothing that the host has in this directory is seen, which it needs",
            )
            .warning(
                "opaque-directory",
                "\"usr/lib/tool\": nothing that the host has in this directory is seen",
            ),
        Case::sysext()
            .with("usr", with(0o755, "trusted.overlay.opaque", "y"), Node::Directory)
            .with("usr/bin", with(0o755, "user.overlay.opaque", "y"), Node::Directory)
            .info(
                "ignored-overlay-attribute",
                "\"usr\": the attribute \"trusted.overlay.opaque\" has no effect here",
            )
            .info(
                "ignored-overlay-attribute",
                "\"usr/bin\": the attribute \"user.overlay.opaque\" has no effect here",
            ),
        Case::sysext().with("usr/new", with(0o755, "trusted.overlay.redirect", "old"), Node::Directory).warning(
            "redirect",
            "\"usr/new\": the attribute \"trusted.overlay.redirect\" shows what the host has at \"old\" here, if its kernel allows that",
        ),
        Case::sysext().with("usr/bin/tool", with(0o755, "trusted.overlay.metacopy", ""), Node::file("")).warning(
            "metacopy",
            "\"usr/bin/tool\": nobody can read it, since the attribute \"trusted.overlay.metacopy\" says that its content is elsewhere",
        ),
        Case::sysext()
            .with("usr/lib/tool/null", Metadata::new(0o666), Node::CharDevice(Device { major: 1, minor: 3 }))
            .with("usr/lib/tool/ram", Metadata::new(0o660), Node::BlockDevice(Device { major: 1, minor: 0 }))
            .warning(
                "device-node",
                "\"usr/lib/tool/null\": the device 1:3 cannot be opened, since extensions are mounted without devices",
            )
            .warning(
                "device-node",
                "\"usr/lib/tool/ram\": the device 1:0 cannot be opened, since extensions are mounted without devices",
            ),
        Case::sysext()
            .with("usr/bin/group", Metadata::new(0o2755).with_owner(0, 42), Node::file(""))
            .with("usr/bin/user", Metadata::new(0o4755), Node::file(""))
            .with("usr/bin/not", Metadata::new(0o6644), Node::file(""))
            .with_directory("usr/share/group", 0o2755)
            .warning(
                "setgid",
                "\"usr/bin/group\": whoever runs it has the rights of group 42, since sysexts are not mounted nosuid",
            )
            .warning(
                "setuid",
                "\"usr/bin/user\": whoever runs it has the rights of user 0, since sysexts are not mounted nosuid",
            ),
        Case::confext().with("etc/tool", Metadata::new(0o6755), Node::file("")).info(
            "setuid",
            "\"etc/tool\": its rights of user 0 have no effect, since nothing in a confext can be run",
        ).info(
            "setgid",
            "\"etc/tool\": its rights of group 0 have no effect, since nothing in a confext can be run",
        ),
        Case::sysext().with("usr/bin/ping", with(0o755, "security.capability", "x"), Node::file("")).warning(
            "file-capabilities",
            "\"usr/bin/ping\": whoever runs it gets its capabilities, since sysexts are not mounted nosuid",
        ),
        Case::confext().with("etc/ping", with(0o755, "security.capability", "x"), Node::file("")).info(
            "file-capabilities",
            "\"etc/ping\": its capabilities have no effect, since nothing in a confext can be run",
        ),
        Case::sysext()
            .with("usr/share/tool/all", Metadata::new(0o666), Node::file(""))
            .with_directory("usr/share/tool/open", 0o777)
            .with_directory("usr/share/tool/sticky", 0o1777)
            .warning(
                "world-writable",
                "\"usr/share/tool/all\": with mode 0666 everybody may change it where the merge is mutable",
            )
            .warning(
                "world-writable",
                "\"usr/share/tool/open\": with mode 0777 everybody may change it where the merge is mutable",
            ),
        Case::sysext()
            .with_link("usr/bin/absolute", "/usr/bin/tool")
            .with_link("usr/bin/kept", "/usr/lib/extension-release.d")
            .with_link("usr/bin/relative", "tool")
            .with_link("usr/bin/root", "/")
            .with_link("usr/bin/up", "/../usr/./share/here/../lib//extension-release.d/../extension-release.d")
            .with_link("usr/share/here", "../lib")
            .with_link("usr/share/round", "/usr/share/round")
            .with_link("usr/share/through", "/usr/share/here/nothing")
            .with_link("usr/lib/systemd/system/masked.service", "/dev/null")
            .info(
                "dangling-link",
                "\"usr/bin/absolute\": the link leads to \"/usr/bin/tool\", which is not in the image: it must be on the host",
            )
            .info(
                "dangling-link",
                "\"usr/share/round\": the link leads to \"/usr/share/round\", which is not in the image: it must be on the host",
            )
            .info(
                "dangling-link",
                "\"usr/share/through\": the link leads to \"/usr/share/here/nothing\", which is not in the image: it must be on the host",
            )
            .units_without_reload(),
        Case::sysext()
            .with_file("usr/lib/modules/6.12.0/modules.dep.bin", "")
            .with_file("usr/lib/modules/6.12.0/extra/tool.ko", "")
            .warning(
                "module-index",
                "\"usr/lib/modules/6.12.0/modules.dep.bin\": it takes the place of the host's index, if that has this kernel: modules that only the host has are no longer found",
            ),
        many_links(),
    ]
}

/// Ten links more than fit into 16 MiB with their paths.
fn many_links() -> Case {
    let mut case = Case::sysext().with_file("usr/share/end", "");
    let target = format!("/usr/{}share/end", "./".repeat(1983));
    for number in 0..(16 << 20) / 4000 + 10 {
        let path = format!("usr/share/links/{number:04}");
        assert_eq!(path.len() + target.len(), 4000);
        case = case.with_link(&path, &target);
    }
    case.info("links-not-followed", "not all symlinks were followed: 10 are too many")
}
