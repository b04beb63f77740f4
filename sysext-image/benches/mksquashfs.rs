//! The writer against mksquashfs: the same tree, compressor, level, block size and number of threads, each as a whole
//! process, in turn. Prints medians of the paired ratios: below 1, ours is better.
//!
//! Needs `mksquashfs` and GNU `time`. The tree is `SYSEXT_BENCH_TREE`, or made of the files of this Rust toolchain.

use std::{
    env,
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use sysext_image::{ScanPolicy, Tree, squashfs::Writer};

const RUNS: usize = 5;
const THREADS: usize = 2;
/// How many bytes the tree must have for the figures to mean anything.
const TREE_BYTES: u64 = 60 << 20;
/// The compressors and their levels.
const CASES: [(&str, &str); 4] = [("zstd", "3"), ("zstd", "15"), ("gzip", "9"), ("xz", "6")];

fn main() -> ExitCode {
    let result = match env::var("SYSEXT_BENCH_WRITE") {
        Ok(compression) => write_image(&compression),
        Err(_) => compare(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a child process does: ours.
fn write_image(compression: &str) -> Result<(), Box<dyn Error>> {
    let tree = Tree::scan(env::var("SYSEXT_BENCH_TREE")?, &ScanPolicy::default())?.tree;
    let out = fs::File::create(env::var("SYSEXT_BENCH_OUT")?)?;
    let threads = THREADS.try_into()?;
    Writer::new().with_compression(compression.parse()?).with_threads(threads).write(&tree, out)?;
    Ok(())
}

/// What a whole process took, and the size of what it wrote.
#[derive(Clone, Copy)]
struct Figures {
    wall_seconds: f64,
    cpu_seconds: f64,
    peak_kib: f64,
    image_bytes: f64,
}

type Figure = fn(&Figures) -> f64;

/// A name, how many decimals it is shown with, and where it stands.
const FIGURES: [(&str, usize, Figure); 4] = [
    ("wall s", 2, |figures| figures.wall_seconds),
    ("CPU s", 2, |figures| figures.cpu_seconds),
    ("peak KiB", 0, |figures| figures.peak_kib),
    ("image bytes", 0, |figures| figures.image_bytes),
];

fn compare() -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let tree = match env::var_os("SYSEXT_BENCH_TREE") {
        Some(tree) => PathBuf::from(tree),
        None => toolchain_tree(&scratch.path().join("tree"))?,
    };
    let bytes = tree_bytes(&tree)?;
    let mut out = io::stdout().lock();
    let mksquashfs = Command::new("mksquashfs").arg("-version").output()?.stdout;
    let mksquashfs =
        String::from_utf8_lossy(&mksquashfs).lines().next().unwrap_or_default().to_owned();
    writeln!(
        out,
        "{bytes} bytes of content, {THREADS} threads, medians of {RUNS} paired runs; {mksquashfs}"
    )?;
    writeln!(out, "{:9} {:12} {:>12} {:>12} {:>7}", "", "", "ours", "mksquashfs", "ratio")?;
    let (ours, theirs) = (scratch.path().join("ours"), scratch.path().join("theirs"));
    for (compressor, level) in CASES {
        let mut runs = Vec::new();
        // The first pair warms the page cache and is not counted.
        for run in 0..=RUNS {
            let mut command = measured(&scratch.path().join("ours-time"));
            command.arg(env::current_exe()?);
            command.env("SYSEXT_BENCH_WRITE", format!("{compressor}:{level}"));
            command.env("SYSEXT_BENCH_TREE", &tree).env("SYSEXT_BENCH_OUT", &ours);
            let our_figures = figures(command, &scratch.path().join("ours-time"), &ours)?;

            let _ = fs::remove_file(&theirs);
            let mut command = measured(&scratch.path().join("their-time"));
            command.arg("mksquashfs").arg(&tree).arg(&theirs);
            command.args([
                "-quiet",
                "-no-progress",
                "-noappend",
                "-all-root",
                "-all-time",
                "0",
                "-mkfs-time",
                "0",
            ]);
            command.args(["-comp", compressor]);
            // xz has its default level there, and no option for another.
            if compressor != "xz" {
                command.args(["-Xcompression-level", level]);
            }
            command.args(["-processors", &THREADS.to_string()]);
            let their_figures = figures(command, &scratch.path().join("their-time"), &theirs)?;
            if run > 0 {
                runs.push((our_figures, their_figures));
            }
        }
        let case = format!("{compressor}:{level}");
        for (name, digits, figure) in FIGURES {
            let of =
                |pick: &dyn Fn(&(Figures, Figures)) -> f64| median(runs.iter().map(pick).collect());
            let ours = of(&|(ours, _)| figure(ours));
            let theirs = of(&|(_, theirs)| figure(theirs));
            let ratio = of(&|(ours, theirs)| figure(ours) / figure(theirs));
            writeln!(out, "{case:9} {name:12} {ours:12.digits$} {theirs:12.digits$} {ratio:7.3}")?;
        }
    }
    Ok(())
}

/// A command that writes its wall seconds, user seconds, system seconds and peak KiB to a file.
fn measured(figures: &Path) -> Command {
    let mut command = Command::new("time");
    command.args(["-f", "%e %U %S %M", "-o"]).arg(figures);
    command
}

fn figures(mut command: Command, times: &Path, image: &Path) -> Result<Figures, Box<dyn Error>> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let times = fs::read_to_string(times)?;
    let times = times.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    let [wall, user, system, peak] = times[..] else {
        return Err("time printed something else".into());
    };
    #[expect(clippy::cast_precision_loss, reason = "images are far below 2^52 bytes")]
    let size = fs::metadata(image)?.len() as f64;
    Ok(Figures {
        wall_seconds: wall,
        cpu_seconds: user + system,
        peak_kib: peak,
        image_bytes: size,
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The programs and libraries of the toolchain under `usr`.
fn toolchain_tree(tree: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let sysroot = Command::new(rustc).args(["--print", "sysroot"]).output()?.stdout;
    let sysroot = PathBuf::from(String::from_utf8(sysroot)?.trim());
    for directory in ["bin", "lib", "libexec"] {
        copy(&sysroot.join(directory), &tree.join("usr").join(directory))?;
    }
    Ok(tree.to_owned())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "rustlib" {
            // The standard libraries of every target that is installed: the tree shall be the same everywhere.
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

fn tree_bytes(tree: &Path) -> Result<u64, Box<dyn Error>> {
    let scan = Tree::scan(tree, &ScanPolicy::default())?;
    let sizes = scan.tree.entries().filter_map(|entry| match entry.node() {
        sysext_image::Node::File(content) => Some(content.len()),
        _ => None,
    });
    let bytes = sizes.sum();
    if bytes < TREE_BYTES {
        return Err(format!("{} has {bytes} bytes, fewer than {TREE_BYTES}", tree.display()).into());
    }
    Ok(bytes)
}
