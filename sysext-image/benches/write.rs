//! The writer against mksquashfs and gensquashfs: the same tree, compressor, level, block size and number of threads.
//! Below 1, ours is better.
//!
//! `cargo bench -p sysext-image --all-features --bench write -- zstd:15 elf` takes some of the cases: those of the
//! compressions and of the trees that are named, all if none is. Without the features there is zstd alone.
//!
//! Needs Debian, root for `.ci/peer`, and GNU `time`.

#[path = "measure/mod.rs"]
mod measure;
#[path = "measure/peers.rs"]
mod peers;
#[path = "measure/trees.rs"]
mod trees;

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    ffi::OsString,
    fs::File,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use measure::{Contender, THREADS};
use peers::Peer;
use sysext_image::{
    ScanPolicy, Tree,
    squashfs::{Compression, Writer},
};

/// Compressions and trees. The slow ones take the smaller tree.
const CASES: [(&str, &str); 8] = [
    ("zstd:3", "elf"),
    ("zstd:15", "elf"),
    ("gzip:9", "program"),
    ("xz:6", "program"),
    ("zstd:3", "small"),
    ("zstd:15", "small"),
    ("gzip:9", "small"),
    ("xz:6", "small"),
];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let result = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", compression, tree, image] => write_image(compression, tree, image),
        selected => compare(selected),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the measured process does.
fn write_image(compression: &str, tree: &str, image: &str) -> Result<(), Box<dyn Error>> {
    let tree = Tree::scan(tree, &ScanPolicy::default())?.tree;
    let writer = Writer::new().with_compression(compression.parse()?);
    writer.with_threads(THREADS.try_into()?).write(&tree, File::create(image)?)?;
    Ok(())
}

fn compare(selected: &[&str]) -> Result<(), Box<dyn Error>> {
    let is_known =
        |word: &str| CASES.iter().any(|(compression, tree)| word == *compression || word == *tree);
    if let Some(word) = selected.iter().find(|word| !is_known(word)) {
        return Err(format!("no case has {word:?}").into());
    }
    let (trees, compressions): (Vec<&str>, Vec<&str>) =
        selected.iter().partition(|word| trees::NAMES.contains(word));
    let is_selected = |(compression, tree): &&(&str, &str)| {
        (compressions.is_empty() || compressions.contains(compression))
            && (trees.is_empty() || trees.contains(tree))
    };
    let peers: [(Peer, Arguments); 3] = [
        (Peer::newest("mksquashfs")?, of_mksquashfs),
        (Peer::of_host("mksquashfs")?, of_mksquashfs),
        (Peer::newest("gensquashfs")?, of_gensquashfs),
    ];
    let mut out = io::stdout().lock();
    writeln!(out, "ours: libzstd {}", zstd_safe::version_string())?;
    for (peer, _) in &peers {
        writeln!(out, "{}", peer.description())?;
    }
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let image = scratch.path().join("image");
    let mut made = BTreeMap::new();
    for (compression, tree) in CASES.iter().filter(is_selected) {
        if compression.parse::<Compression>().is_err() {
            writeln!(out, "{compression} {tree}: not built in, but with --all-features")?;
            continue;
        }
        let is_new = !made.contains_key(tree);
        if is_new {
            let (path, description) = trees::make(tree, scratch.path())?;
            writeln!(out, "{description}")?;
            made.insert(*tree, path);
        }
        let Some(path) = made.get(tree) else { continue };
        let ours = Contender::ours(&[Path::new("ours"), Path::new(compression), path, &image])?;
        let mut contenders = vec![Contender { output: Some(image.clone()), ..ours }];
        let (compressor, level) = compression.split_once(':').ok_or("a compression has a level")?;
        for (peer, arguments) in &peers {
            let arguments = arguments([compressor, level], path, &image);
            let theirs = peer.contender(arguments);
            contenders.push(Contender { output: Some(image.clone()), ..theirs });
        }
        measure::compare(&format!("{compression} {tree}"), &contenders, is_new, &mut out)?;
    }
    Ok(())
}

/// What makes a peer write the same image: of a compressor and its level, a tree and the path of the image.
type Arguments = fn([&str; 2], &Path, &Path) -> Vec<OsString>;

fn of_mksquashfs([compressor, level]: [&str; 2], tree: &Path, image: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![tree.into(), image.into()];
    let options = ["-quiet", "-no-progress", "-noappend", "-all-root", "-all-time", "0"];
    arguments.extend(options.map(Into::into));
    arguments.extend(["-mkfs-time", "0", "-comp", compressor, "-processors"].map(Into::into));
    arguments.push(THREADS.to_string().into());
    // With xz it has level 6, and no option for another.
    if compressor != "xz" {
        arguments.extend(["-Xcompression-level", level].map(Into::into));
    }
    arguments
}

fn of_gensquashfs([compressor, level]: [&str; 2], tree: &Path, image: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-D".into(), tree.into(), image.into()];
    // With the table for exports, which the others have.
    arguments.extend(["-q", "-f", "-e", "--all-root", "-c", compressor, "-X"].map(Into::into));
    arguments.push(format!("level={level}").into());
    arguments.extend(["-j".into(), THREADS.to_string().into()]);
    arguments
}
