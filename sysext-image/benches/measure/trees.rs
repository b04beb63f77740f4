//! The trees that images are made of: the same on every machine with the same toolchain and the same `Cargo.lock`.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// The trees there are.
pub(crate) const NAMES: [&str; 3] = ["elf", "program", "small"];

/// How many bytes `elf` must have for the figures to mean anything.
const ELF_BYTES: u64 = 300 << 20;
/// How many files `small` has.
const SMALL_FILES: usize = 12_000;
/// How many of them are in a directory.
const PER_DIRECTORY: usize = 100;
/// Lengths of small files, as they are in directories of headers, scripts and documents: each tenth of the files, and
/// the last hundredth, is spread evenly between a number and the next.
const LENGTHS: [(usize, usize); 12] = [
    (0, 40),
    (1_200, 250),
    (2_400, 600),
    (3_600, 1_100),
    (4_800, 1_800),
    (6_000, 2_600),
    (7_200, 3_800),
    (8_400, 5_500),
    (9_600, 8_500),
    (10_800, 15_000),
    (11_880, 24_000),
    (12_000, 100_000),
];

/// Makes one of the trees in the directory, and says what is in it.
pub(crate) fn make(name: &str, directory: &Path) -> Result<(PathBuf, String), Box<dyn Error>> {
    let tree = directory.join(name);
    let (files, bytes) = match name {
        "elf" => elf(&tree)?,
        "program" => copy(&[sysroot()?.join("bin/cargo")], &tree.join("usr/bin"))?,
        "small" => small(&tree.join("usr/share"))?,
        _ => return Err(format!("no tree {name}").into()),
    };
    Ok((tree, format!("{name}: {files} files, {bytes} bytes")))
}

/// The largest libraries and programs of the toolchain, as many as are needed.
fn elf(tree: &Path) -> Result<(usize, u64), Box<dyn Error>> {
    let mut found = Vec::new();
    for directory in ["lib", "bin"] {
        for entry in fs::read_dir(sysroot()?.join(directory))? {
            let path = entry?.path();
            let about = fs::metadata(&path)?;
            if about.is_file() {
                found.push((about.len(), path));
            }
        }
    }
    found.sort();
    let (mut chosen, mut bytes) = (Vec::new(), 0);
    while bytes < ELF_BYTES {
        let Some((length, path)) = found.pop() else {
            return Err(format!("the toolchain has {bytes} bytes, fewer than {ELF_BYTES}").into());
        };
        bytes += length;
        chosen.push(path);
    }
    copy(&chosen, &tree.join("usr/lib"))
}

fn copy(files: &[PathBuf], to: &Path) -> Result<(usize, u64), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    let mut bytes = 0;
    for file in files {
        bytes += fs::copy(file, to.join(file.file_name().unwrap_or_default()))?;
    }
    Ok((files.len(), bytes))
}

fn sysroot() -> Result<PathBuf, Box<dyn Error>> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().into())
}

/// Pieces of the sources of all packages that this workspace depends on: text of many kinds, and any machine that
/// builds it has them.
fn small(tree: &Path) -> Result<(usize, u64), Box<dyn Error>> {
    let mut sources = sources()?.into_iter();
    let mut text = Vec::new();
    let (mut at, mut bytes) = (0, 0);
    for number in 0..SMALL_FILES {
        let length = length(number);
        while text.len() - at < length {
            text.drain(..at);
            at = 0;
            let source = sources.next().ok_or("there is too little text in the packages")?;
            let source = fs::read(source)?;
            if str::from_utf8(&source).is_ok() {
                text.extend(source);
            }
        }
        let directory = tree.join(format!("{:03}", number / PER_DIRECTORY));
        if number % PER_DIRECTORY == 0 {
            fs::create_dir_all(&directory)?;
        }
        let piece = text.get(at..at + length).unwrap_or_default();
        fs::write(directory.join(number.to_string()), piece)?;
        at += length;
        bytes += length as u64;
    }
    Ok((SMALL_FILES, bytes))
}

/// The length of a file: all of the lengths come once, long ones among short ones.
fn length(number: usize) -> usize {
    // Prime to the number of files.
    let place = number * 6_151 % SMALL_FILES;
    let next = LENGTHS.partition_point(|(start, _)| *start <= place);
    match LENGTHS.get(next - 1..=next) {
        Some(&[(start, least), (end, most)]) => {
            least + (most - least) * (place - start) / (end - start)
        }
        _ => 0,
    }
}

/// The files of text in all packages, sorted.
fn sources() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).args(["metadata", "--locked", "--format-version", "1"]).output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata.pointer("/packages").and_then(|packages| packages.as_array());
    let mut directories = Vec::new();
    for package in packages.into_iter().flatten() {
        let manifest = package.pointer("/manifest_path").and_then(|manifest| manifest.as_str());
        let is_ours = package.pointer("/source").is_none_or(serde_json::Value::is_null);
        if let (false, Some(directory)) =
            (is_ours, manifest.and_then(|path| Path::new(path).parent()))
        {
            directories.push(directory.to_owned());
        }
    }
    // Not by path, which has the folder of the registry in it.
    directories.sort_by(|left, right| left.file_name().cmp(&right.file_name()));
    let mut files = Vec::new();
    for directory in directories {
        for entry in walkdir::WalkDir::new(directory).sort_by_file_name() {
            let entry = entry.map_err(io::Error::from)?;
            let is_text = entry.path().extension().is_some_and(|extension| {
                ["c", "h", "json", "md", "rs", "toml", "txt"].iter().any(|text| extension == *text)
            });
            // Longer ones are tables that a program wrote.
            if is_text && entry.metadata().map_err(io::Error::from)?.len() < 1 << 20 {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}
