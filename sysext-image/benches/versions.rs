//! How much of an image is as it was in the one before: what a download that knows the old image, or a cache of blocks,
//! could save.
//!
//! Compares two directories with versions of the same programs, `SYSEXT_BENCH_OLD` and `SYSEXT_BENCH_NEW`; when they are
//! not set, the programs and libraries of systemd 257 and 262 with the Debian around them, from `.ci/peer`, which are
//! far apart. Blocks are cut as the writer cuts them, and also with the ends of files sharing blocks, as
//! `mksquashfs -tailends` does it. A block is equal when an old one has the same content; it counts with the bytes that
//! zstd makes of it at level 3.

use std::{
    collections::HashSet,
    env,
    error::Error,
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use walkdir::WalkDir;

const BLOCK_SIZES: [usize; 2] = [128 << 10, 1 << 20];
const LEVEL: i32 = 3;

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<(), Box<dyn Error>> {
    let (old, new) = match (env::var_os("SYSEXT_BENCH_OLD"), env::var_os("SYSEXT_BENCH_NEW")) {
        (Some(old), Some(new)) => (PathBuf::from(old), PathBuf::from(new)),
        (None, None) => (debian("257")?, debian("262")?),
        _ => return Err("SYSEXT_BENCH_OLD and SYSEXT_BENCH_NEW belong together".into()),
    };
    let mut out = io::stdout().lock();
    writeln!(out, "{} and then {}", old.display(), new.display())?;
    writeln!(
        out,
        "{:>9} {:>14} {:>8} {:>12} {:>8} {:>8}",
        "block", "ends of files", "blocks", "bytes", "equal", "of bytes"
    )?;
    for block_size in BLOCK_SIZES {
        for shares_ends in [false, true] {
            let old: HashSet<_> =
                blocks(&old, block_size, shares_ends)?.into_iter().map(|block| block.0).collect();
            let new = blocks(&new, block_size, shares_ends)?;
            let (mut equal, mut equal_bytes, mut bytes) = (0_u32, 0, 0);
            for (digest, length) in &new {
                bytes += length;
                if old.contains(digest) {
                    equal += 1;
                    equal_bytes += length;
                }
            }
            let count = u32::try_from(new.len())?;
            if bytes == 0 {
                return Err("there is no content in the new version".into());
            }
            let ends = if shares_ends { "share blocks" } else { "alone" };
            writeln!(
                out,
                "{block_size:9} {ends:>14} {count:8} {bytes:12} {:7.2}% {:7.2}%",
                100.0 * f64::from(equal) / f64::from(count),
                100.0 * f64::from(equal_bytes) / f64::from(bytes),
            )?;
        }
    }
    Ok(())
}

/// The programs and libraries in the tree of `.ci/peer` with this systemd.
fn debian(systemd: &str) -> Result<PathBuf, Box<dyn Error>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/peer");
    let output = Command::new(script).args(["setup", systemd]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(Path::new(String::from_utf8(output.stdout)?.trim()).join("usr/lib"))
}

/// The digest of each block of an image of the directory, and what it takes compressed.
fn blocks(
    directory: &Path,
    block_size: usize,
    shares_ends: bool,
) -> Result<Vec<(blake3::Hash, u32)>, Box<dyn Error>> {
    let mut compressor = zstd_safe::CCtx::create();
    let mut blocks = Vec::new();
    let mut block = |content: &[u8]| {
        let mut compressed = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
        let length = compressor
            .compress(&mut compressed, content, LEVEL)
            .map_err(zstd_safe::get_error_name)?;
        blocks.push((blake3::hash(content), u32::try_from(length.min(content.len()))?));
        Ok::<_, Box<dyn Error>>(())
    };
    let (mut shared, mut seen) = (Vec::new(), HashSet::new());
    for entry in WalkDir::new(directory).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        let content = fs::read(entry.path())?;
        if !seen.insert(blake3::hash(&content)) {
            // Stored with the first one.
            continue;
        }
        for part in content.chunks(block_size) {
            if part.len() == block_size || (content.len() > block_size && !shares_ends) {
                block(part)?;
                continue;
            }
            if shared.len() + part.len() > block_size {
                block(&shared)?;
                shared.clear();
            }
            shared.extend(part);
        }
    }
    if !shared.is_empty() {
        block(&shared)?;
    }
    Ok(blocks)
}
