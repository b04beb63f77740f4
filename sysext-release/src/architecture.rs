use std::{fmt, str::FromStr};

use thiserror::Error;

/// One table for the enum, its list and its names, so that none of them can lack a row.
macro_rules! architectures {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $($variant:ident: $systemd:expr, $uname:expr, $go:expr, $rust:expr;)+
        }
    ) => {
        $(#[$attribute])*
        pub enum $name {
            $($variant,)+
        }

        impl $name {
            /// All that systemd knows.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            const fn names(self) -> Names {
                match self {
                    $(Self::$variant => Names {
                        systemd: $systemd,
                        uname: $uname,
                        go: $go,
                        rust: $rust,
                    },)+
                }
            }
        }
    };
}

architectures! {
    /// A CPU architecture under the name that systemd has for it.
    ///
    /// The words of `ARCHITECTURE=` in an extension-release file and of the names of images, listed
    /// in
    /// [systemd.unit(5)](https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#ConditionArchitecture=)
    /// at `ConditionArchitecture=`. They are neither those of `uname -m`, nor of Go or Rust: each
    /// has a door of its own.
    ///
    /// ```
    /// use sysext_release::Architecture;
    ///
    /// assert_eq!("x86-64".parse(), Ok(Architecture::X86_64));
    /// assert_eq!(Architecture::from_uname("aarch64"), Some(Architecture::Arm64));
    /// assert_eq!(Architecture::Arm64.go(), Some("arm64"));
    /// assert_eq!(
    ///     "amd64".parse::<Architecture>().unwrap_err().to_string(),
    ///     r#"unknown architecture "amd64": systemd calls it x86-64"#,
    /// );
    /// ```
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    #[expect(missing_docs, reason = "the names say it all")]
    pub enum Architecture {
        // Variant: systemd, `uname -m` (the usual name first), Go, Rust.
        Alpha: "alpha", &["alpha"], None, None;
        Arc: "arc", &["arc"], None, None;
        ArcBe: "arc-be", &["arceb"], None, None;
        Arm: "arm", ARM, Some("arm"), Some("arm");
        ArmBe: "arm-be", ARM_BE, None, Some("arm");
        Arm64: "arm64", &["aarch64"], Some("arm64"), Some("aarch64");
        Arm64Be: "arm64-be", &["aarch64_be"], None, Some("aarch64");
        Cris: "cris", &["crisv32"], None, None;
        Ia64: "ia64", &["ia64"], None, None;
        LoongArch64: "loongarch64", &["loongarch64"], Some("loong64"), Some("loongarch64");
        M68k: "m68k", &["m68k"], None, Some("m68k");
        Mips: "mips", &["mips"], Some("mips"), Some("mips");
        MipsLe: "mips-le", &[], Some("mipsle"), Some("mips");
        Mips64: "mips64", &["mips64"], Some("mips64"), Some("mips64");
        Mips64Le: "mips64-le", &[], Some("mips64le"), Some("mips64");
        Nios2: "nios2", &["nios2"], None, None;
        Parisc: "parisc", &["parisc"], None, None;
        Parisc64: "parisc64", &["parisc64"], None, None;
        Ppc: "ppc", &["ppc"], None, Some("powerpc");
        PpcLe: "ppc-le", &["ppcle"], None, None;
        Ppc64: "ppc64", &["ppc64"], Some("ppc64"), Some("powerpc64");
        Ppc64Le: "ppc64-le", &["ppc64le"], Some("ppc64le"), Some("powerpc64");
        RiscV32: "riscv32", &["riscv32"], None, Some("riscv32");
        RiscV64: "riscv64", &["riscv64"], Some("riscv64"), Some("riscv64");
        S390: "s390", &["s390"], None, None;
        S390x: "s390x", &["s390x"], Some("s390x"), Some("s390x");
        Sh: "sh", &["sh4", "sh4a", "sh3", "sh2a", "sh2"], None, None;
        Sh64: "sh64", &["sh5"], None, None;
        Sparc: "sparc", &["sparc"], None, Some("sparc");
        Sparc64: "sparc64", &["sparc64"], None, Some("sparc64");
        TileGx: "tilegx", &["tilegx"], None, None;
        X86: "x86", &["i686", "i586", "i486", "i386"], Some("386"), Some("x86");
        X86_64: "x86-64", &["x86_64"], Some("amd64"), Some("x86_64");
    }
}

impl Architecture {
    /// The name that systemd uses.
    pub const fn as_str(self) -> &'static str {
        self.names().systemd
    }

    /// The architecture of a machine that `uname -m` calls so.
    ///
    /// Kernels don't tell the byte orders of MIPS apart: `mips` is the big-endian one here as in
    /// systemd. The name `riscv` of early kernels is none, since it doesn't tell 32 from 64 bits.
    pub fn from_uname(machine: &str) -> Option<Self> {
        Self::find(|names| names.uname.contains(&machine))
    }

    /// What `uname -m` says on such machines, the usual name first.
    pub const fn uname(self) -> &'static [&'static str] {
        self.names().uname
    }

    /// Whether systemd takes any host for one of this architecture.
    ///
    /// Not those of little-endian MIPS, as their kernels call themselves `mips` and `mips64`: no
    /// host ever merges an image for `mips-le` or `mips64-le`.
    pub const fn has_hosts(self) -> bool {
        !self.uname().is_empty()
    }

    /// The architecture of a `GOARCH`, which OCI images and many downloads are named after.
    pub fn from_go(goarch: &str) -> Option<Self> {
        Self::find(|names| names.go == Some(goarch))
    }

    /// The `GOARCH`, where Go has a Linux port (`go tool dist list`).
    pub const fn go(self) -> Option<&'static str> {
        self.names().go
    }

    /// The architecture of a `target_arch` or of the first part of a target triple.
    ///
    /// A `target_arch` has no byte order. Names that triples use too mean what they mean there:
    /// `aarch64` and `arm` are little-endian, `mips`, `mips64` and `powerpc64` big-endian. So
    /// `std::env::consts::ARCH` of a program for `powerpc64le` is the wrong thing to ask;
    #[cfg_attr(
        feature = "fs",
        doc = "[`of_this_machine`](Self::of_this_machine) is the right one."
    )]
    #[cfg_attr(not(feature = "fs"), doc = "`of_this_machine` (feature `fs`) is the right one.")]
    ///
    /// ```
    /// use sysext_release::Architecture;
    ///
    /// assert_eq!(Architecture::from_rust("riscv64gc"), Some(Architecture::RiscV64));
    /// assert_eq!(Architecture::from_rust("armv7"), Some(Architecture::Arm));
    /// assert_eq!(Architecture::from_rust("wasm32"), None);
    /// ```
    pub fn from_rust(name: &str) -> Option<Self> {
        let architecture = match name {
            "aarch64_be" => Self::Arm64Be,
            "i386" | "i486" | "i586" | "i686" => Self::X86,
            "mips32r6" | "mipsisa32r6" => Self::Mips,
            "mips64r6" | "mipsisa64r6" => Self::Mips64,
            "mipsel" | "mipsisa32r6el" => Self::MipsLe,
            "mips64el" | "mipsisa64r6el" => Self::Mips64Le,
            "powerpc64le" => Self::Ppc64Le,
            "sparcv9" => Self::Sparc64,
            _ if name.starts_with("armeb") => Self::ArmBe,
            _ if name.starts_with("armv") || name.starts_with("thumbv") => Self::Arm,
            _ if name.starts_with("riscv32") => Self::RiscV32,
            _ if name.starts_with("riscv64") => Self::RiscV64,
            // The first of those that share a `target_arch` is the one without a suffix.
            _ => return Self::find(|names| names.rust == Some(name)),
        };
        Some(architecture)
    }

    /// The `target_arch`, where Rust has one.
    ///
    /// It is the same for both byte orders: `powerpc64` is that of `ppc64` and `ppc64-le`.
    pub const fn rust(self) -> Option<&'static str> {
        self.names().rust
    }

    /// The architecture of the machine, or virtual machine, that this program runs on.
    ///
    /// That of its kernel, as in systemd: a 32-bit program on a 64-bit kernel runs on a 64-bit
    /// machine, and `setarch` changes it.
    ///
    /// ```
    /// use sysext_release::Architecture;
    ///
    /// let architecture = Architecture::of_this_machine()?;
    /// println!("images for this machine end in -{architecture}.raw");
    /// # Ok::<(), sysext_release::UnknownMachineError>(())
    /// ```
    #[cfg(feature = "fs")]
    pub fn of_this_machine() -> Result<Self, UnknownMachineError> {
        let uname = rustix::system::uname();
        let machine = uname.machine().to_string_lossy();
        Self::from_uname(&machine).ok_or_else(|| UnknownMachineError { machine: machine.into() })
    }

    fn find(matches: impl Fn(Names) -> bool) -> Option<Self> {
        Self::ALL.iter().copied().find(|architecture| matches(architecture.names()))
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl AsRef<str> for Architecture {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitectureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::find(|names| names.systemd == text)
            .ok_or_else(|| UnknownArchitectureError { text: text.into() })
    }
}

/// The text is no architecture of systemd.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown architecture {text:?}{}", Suggestion(self.suggestion()))]
pub struct UnknownArchitectureError {
    text: Box<str>,
}

impl UnknownArchitectureError {
    /// The text that was refused.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The architecture that the text names elsewhere: in Go, in Rust, in `uname -m`, or in other
    /// letters.
    pub fn suggestion(&self) -> Option<Architecture> {
        let text = self.text.to_ascii_lowercase();
        Architecture::find(|names| names.systemd == text)
            .or_else(|| Architecture::from_uname(&text))
            .or_else(|| Architecture::from_go(&text))
            .or_else(|| Architecture::from_rust(&text))
    }
}

/// systemd has no name for this machine.
#[cfg(feature = "fs")]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown machine {machine:?}: systemd has no name for it")]
pub struct UnknownMachineError {
    machine: Box<str>,
}

#[cfg(feature = "fs")]
impl UnknownMachineError {
    /// What `uname -m` says.
    pub fn machine(&self) -> &str {
        &self.machine
    }
}

const ARM: &[&str] = &[
    "armv7l",
    "armv8l",
    "armv7ml",
    "armv6l",
    "armv5tl",
    "armv5tel",
    "armv5tejl",
    "armv4tl",
    "armv4l",
];
const ARM_BE: &[&str] = &[
    "armv7b",
    "armv8b",
    "armv7mb",
    "armv6b",
    "armv5tb",
    "armv5teb",
    "armv5tejb",
    "armv4tb",
    "armv4b",
];

/// What one architecture is called.
struct Names {
    systemd: &'static str,
    uname: &'static [&'static str],
    go: Option<&'static str>,
    rust: Option<&'static str>,
}

struct Suggestion(Option<Architecture>);

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |architecture| write!(f, ": systemd calls it {architecture}"))
    }
}
