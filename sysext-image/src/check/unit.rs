//! What a unit file says about which units are started with it.

/// The keys whose units are started with the one that has them, by their section.
const KEYS: [(&str, &str); 12] = [
    ("Automount", "Unit"),
    ("Path", "Unit"),
    ("Service", "Sockets"),
    ("Socket", "Service"),
    ("Timer", "Unit"),
    ("Unit", "BindsTo"),
    ("Unit", "OnFailure"),
    ("Unit", "OnSuccess"),
    ("Unit", "Requires"),
    ("Unit", "Upholds"),
    ("Unit", "Wants"),
    ("D-BUS Service", "SystemdService"),
];

/// The keys of `[Install]` that make links.
const INSTALL: [&str; 5] = ["Alias", "Also", "RequiredBy", "UpheldBy", "WantedBy"];

/// What counts of a unit file, or of a drop-in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UnitFile {
    /// The units that it starts.
    pub(super) starts: Vec<Box<str>>,
    /// Whether it is meant to be enabled.
    pub(super) install: bool,
}

impl UnitFile {
    /// Reads a file as systemd.syntax(7) has it, and passes over what that has not.
    pub(super) fn parse(file: &[u8]) -> Self {
        let text = String::from_utf8_lossy(file);
        let mut unit = Self::default();
        let mut section = "";
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
                continue;
            }
            let mut whole = line.to_owned();
            while whole.ends_with('\\') {
                whole.pop();
                whole.push(' ');
                match lines.by_ref().find(|next| !next.trim_start().starts_with(['#', ';'])) {
                    Some(next) => whole.push_str(next.trim_end()),
                    None => break,
                }
            }
            if let Some((key, value)) = whole.split_once('=') {
                unit.assign(section, key.trim_end(), value);
            }
        }
        unit
    }

    fn assign(&mut self, section: &str, key: &str, value: &str) {
        let mut words =
            value.split_whitespace().map(|word| word.trim_matches('"')).filter(|it| !it.is_empty());
        if section == "Install" && INSTALL.contains(&key) {
            self.install |= words.next().is_some();
        } else if KEYS.contains(&(section, key)) {
            self.starts.extend(words.map(Into::into));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UnitFile;

    #[test]
    fn what_starts_units_is_read_as_systemd_reads_it() {
        let cases: [(&str, &[&str], bool); 9] = [
            (
                "[Unit]\nUpholds=a.service b.service\nWants = c.socket\n",
                &["a.service", "b.service", "c.socket"],
                false,
            ),
            (
                "[Unit]\nWants=a.service \\\n# not this\n; nor this\n  b.service\n",
                &["a.service", "b.service"],
                false,
            ),
            ("[Unit]\nWants=a.service \\", &["a.service"], false),
            ("[Unit]\n#Wants=a.service\n;Wants=b.service\nAfter=c.service\n", &[], false),
            ("[Service]\nWants=a.service\n", &[], false),
            ("[Timer]\nUnit=a.service\n[Install]\nWantedBy=timers.target\n", &["a.service"], true),
            ("[Install]\nWantedBy=\nDefaultInstance=x\n", &[], false),
            ("Wants=a.service\n", &[], false),
            ("\u{0}[Unit]\r\n[Unit]\r\nWants=\"a.service\"\r\n", &["a.service"], false),
        ];
        for (text, starts, install) in cases {
            let starts = starts.iter().map(|unit| (*unit).into()).collect();
            assert_eq!(UnitFile::parse(text.as_bytes()), UnitFile { starts, install }, "{text:?}");
        }
    }
}
