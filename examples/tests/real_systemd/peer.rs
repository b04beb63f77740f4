use std::{env, fs, path::Path, process::Command};

use sysext_release::Systemd;

use crate::tool::End;

pub(crate) const BOTH: [Systemd; 2] = [Systemd::V257, Systemd::V262];

/// Runs a shell script next to the real systemd, with `work` as `/data`; its standard output and error in one.
///
/// What it mounts goes away with it, which is checked.
pub(crate) fn run(systemd: Systemd, work: &Path, script: &str) -> String {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/peer");
    let mut command = Command::new(peer);
    command.args(["run", &systemd.to_string(), "--work"]).arg(work);
    let end = End::of(command.args(["sh", "-c", &format!("exec 2>&1\n{script}")]));
    assert_eq!(end.code, Some(0), "{systemd}: {end:?}");
    let mounts = fs::read_to_string("/proc/self/mounts").expect("the mounts");
    let work = work.to_str().expect("a path in UTF-8");
    assert!(!mounts.contains(work), "{systemd} left a mount: {mounts}");
    end.stdout
}

/// How many cases of a campaign are tried: all of them, or a tenth.
pub(crate) fn share(all: usize) -> usize {
    if env::var_os("SYSEXT_LONG").is_some() { all } else { all / 10 }
}

/// Numbers that are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(0x2545_f491_4f6c_dd1d)
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let length = u64::try_from(choices.len()).expect("few choices");
        let at = usize::try_from((self.0 >> 32) % length).expect("few choices");
        *choices.get(at).expect("a choice")
    }
}
