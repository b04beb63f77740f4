use sysext_image::{Check, Metadata, Node};

use sysext_release::Systemd;

use crate::{Case, RELEASE};

const SYSTEM: &str = "usr/lib/systemd/system";
const ENABLED: &str = "[Service]\nExecStart=/usr/bin/tool\n[Install]\nWantedBy=multi-user.target\n";
const NOT_STARTED: &str = "\"usr/lib/systemd/system/a.service\": nothing starts the unit, since the [Install] section of an extension's unit is not carried out: let a drop-in of a target say Upholds=, or bring the link that enabling it would make";

impl Case {
    fn reloading() -> Self {
        Self::bare().with_file(RELEASE, "ID=_any\nEXTENSION_RELOAD_MANAGER=1\n")
    }

    fn with_unit(self, path: &str, content: &str) -> Self {
        self.with_file(&format!("{SYSTEM}/{path}"), content)
    }

    pub(crate) fn units_without_reload(mut self) -> Self {
        let text = "none of the image's unit files (1) is loaded when it is merged: the release file needs EXTENSION_RELOAD_MANAGER=1";
        self.expected.insert(0, (sysext_image::Severity::Warning, "units-without-reload", text));
        self
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let started = |path: &str, content: &str| {
        Case::reloading().with_unit("a.service", ENABLED).with_unit(path, content)
    };
    let mut cases = vec![
        Case::reloading().with_unit("a.service", ENABLED).warning("unit-not-started", NOT_STARTED),
        Case::reloading().with_unit("a.service", "[Service]\nExecStart=/usr/bin/tool\n").info(
            "unit-not-started",
            "\"usr/lib/systemd/system/a.service\": nothing in the image starts the unit",
        ),
        // What would start it is not started itself.
        Case::reloading()
            .with_unit("a.service", ENABLED)
            .with_unit("a.timer", "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n")
            .with_unit("b.target.d/a.conf", "[Install]\nWantedBy=a.service\n")
            .warning("unit-not-started", NOT_STARTED)
            .warning(
                "unit-not-started",
                "\"usr/lib/systemd/system/a.timer\": nothing starts the unit, since the [Install] section of an extension's unit is not carried out: let a drop-in of a target say Upholds=, or bring the link that enabling it would make",
            ),
        // The users' manager does not start the system's.
        Case::reloading()
            .with_unit("a.service", ENABLED)
            .with_file("usr/lib/systemd/user/default.target.d/a.conf", "[Unit]\nWants=a.service\n")
            .with_file("usr/lib/systemd/user/u.service", ENABLED)
            .warning("unit-not-started", NOT_STARTED)
            .warning(
                "unit-not-started",
                "\"usr/lib/systemd/user/u.service\": nothing starts the unit, since the [Install] section of an extension's unit is not carried out: let a drop-in of a target say Upholds=, or bring the link that enabling it would make",
            ),
        Case::reloading()
            .with_unit("a.timer", "[Timer]\nOnCalendar=daily\n")
            .with_unit("a.service", ENABLED)
            .with_link(&format!("{SYSTEM}/timers.target.wants/a.timer"), "../a.timer"),
        Case::reloading()
            .with_unit("sockets.target.d/a.conf", "[Unit]\nUpholds=a.socket\n")
            .with_unit("a.socket", "[Socket]\nListenStream=1\nService=b.service\n")
            .with_unit("b.service", ENABLED),
        Case::reloading().with_unit("a@.service", ENABLED),
        Case::reloading()
            .with_unit("a@b.service", ENABLED)
            .with_unit("multi-user.target.d/a.conf", "[Unit]\nWants=a@b.service\n"),
        Case::reloading()
            .with_unit("a@.service", "[Unit]\nWants=b.service\n")
            .with_unit("b.service", ENABLED),
        Case::reloading()
            .with_unit("a.service", ENABLED)
            .with_link(&format!("{SYSTEM}/display-manager.service"), "a.service"),
        Case::reloading().with_unit("a.service", ENABLED).with_file(
            "usr/share/dbus-1/system-services/org.example.A.service",
            "[D-BUS Service]\nName=org.example.A\nSystemdService=a.service\n",
        ),
        Case::reloading().with_unit("a.service", ENABLED).with_file(
            "usr/lib/udev/rules.d/90-a.rules",
            "SUBSYSTEM==\"net\", TAG+=\"systemd\", ENV{SYSTEMD_WANTS}+=\"a.service\"\n",
        ),
        // Drop-ins of units that the host starts, and units that it may have as well, need nothing.
        Case::reloading().with_unit("sshd.service.d/a.conf", "[Service]\nNice=1\n"),
        Case::bare()
            .with_file("etc/extension-release.d/extension-release.x", "ID=_any\nEXTENSION_RELOAD_MANAGER=1\n")
            .with_file("etc/systemd/system/multi-user.target.wants/a.service", "")
            .with_file("etc/systemd/system/a.service", ENABLED),
        Case::sysext().with_link(&format!("{SYSTEM}/a.service"), "/dev/null").units_without_reload(),
        Case::bare()
            .with_file(RELEASE, "ID=_any\nEXTENSION_RESTART_UNITS=a.service\n")
            .with_unit("multi-user.target.d/a.conf", "[Unit]\nUpholds=a.service\n")
            .with_unit("a.service", ENABLED),
        Case::bare()
            .with_file(RELEASE, "ID=_any\nEXTENSION_RESTART_UNITS=a.service\n")
            .with_link(&format!("{SYSTEM}/a.service"), "/dev/null")
            .checked(Check::new().with_systemd(Systemd::V257))
            .units_without_reload()
            .info(
                "no-effect-systemd",
                "\"usr/lib/extension-release.d/extension-release.x\": EXTENSION_RESTART_UNITS=\"a.service\" has no effect before systemd 262",
            ),
        Case::sysext().with_file("usr/lib/systemd/user/sockets.target.wants/u.socket", ""),
        Case::reloading()
            .with_unit("a.service", ENABLED)
            .with(
                &format!("{SYSTEM}/long.service"),
                Metadata::new(0o644),
                Node::file(vec![b'#'; (64 << 10) + 1]),
            )
            .info(
                "units-not-read",
                "not all unit files were read: 1 are too many, or too long",
            ),
    ];
    cases.extend([
        started("multi-user.target.d/a.conf", "[Unit]\nUpholds=a.service\n"),
        started("multi-user.target.d/a.conf", "[Unit]\nWants=b.service a.service\n"),
        started("b.service.d/a.conf", "[Unit]\nRequires=a.service\n"),
        started("b.service.d/a.conf", "[Unit]\nOnFailure=a.service\n"),
        started("multi-user.target.wants/a.service", ""),
        started("multi-user.target.upholds/a.service", ""),
        started("multi-user.target.requires/a.service", ""),
    ]);
    cases
}
