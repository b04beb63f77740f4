//! Extracting an image against unsquashfs, with the same number of threads. Below 1, ours is better.
//!
//! `cargo bench -p sysext-image --all-features --bench extract -- elf` takes one of the trees. What is extracted is kept
//! in memory, so that no disk is measured.
//!
//! Needs Debian, root for `.ci/peer`, and GNU `time`.

#[path = "measure/mod.rs"]
mod measure;
#[path = "measure/peers.rs"]
mod peers;
#[path = "measure/trees.rs"]
mod trees;

use std::{
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
    ExtractOptions, Image, ScanPolicy, Tree,
    squashfs::{Compression, Writer},
};

/// The compressions are decompressed at speeds that differ, whatever the level.
const CASES: [(&str, &str); 3] = [("zstd:3", "elf"), ("zstd:3", "small"), ("gzip:6", "small")];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let result = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", image, directory] => extract(image, directory),
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
fn extract(image: &str, directory: &str) -> Result<(), Box<dyn Error>> {
    let options = ExtractOptions::default().with_threads(THREADS.try_into()?);
    match &Image::open(File::open(image)?)?.extract(directory, &options)?[..] {
        [] => Ok(()),
        unrestored => Err(format!("not restored: {unrestored:?}").into()),
    }
}

fn compare(selected: &[&str]) -> Result<(), Box<dyn Error>> {
    if let Some(word) = selected.iter().find(|word| !trees::NAMES.contains(word)) {
        return Err(format!("no case has {word:?}").into());
    }
    let processors = std::thread::available_parallelism()?.get();
    let peers = [Peer::newest("unsquashfs")?, Peer::of_host("unsquashfs")?];
    let mut out = io::stdout().lock();
    writeln!(out, "ours: libzstd {}, {processors} threads", zstd_safe::version_string())?;
    for peer in &peers {
        writeln!(out, "{}, {THREADS} threads", peer.description())?;
    }
    let trees = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let memory = tempfile::tempdir_in("/dev/shm")?;
    let (image, directory) = (memory.path().join("image"), memory.path().join("directory"));
    for (compression, tree) in CASES {
        if !selected.is_empty() && !selected.contains(&tree) {
            continue;
        }
        let Ok(written_with) = compression.parse::<Compression>() else {
            writeln!(out, "{compression} {tree}: not built in, but with --all-features")?;
            continue;
        };
        let (path, description) = trees::make(tree, trees.path())?;
        let tree_of_path = Tree::scan(&path, &ScanPolicy::default())?.tree;
        let writer = Writer::new().with_compression(written_with);
        writer.write(&tree_of_path, File::create(&image)?)?;
        std::fs::remove_dir_all(&path)?;
        writeln!(out, "{description}")?;
        let ours = Contender::ours(&[Path::new("ours"), &image, &directory])?;
        let mut contenders = vec![Contender { output: Some(directory.clone()), ..ours }];
        for peer in &peers {
            let threads = THREADS.to_string();
            let options = ["-quiet", "-no-progress", "-processors", &threads, "-dest"];
            let mut arguments: Vec<OsString> = options.map(Into::into).into();
            arguments.extend([directory.clone().into(), image.clone().into()]);
            let theirs = peer.contender(arguments);
            contenders.push(Contender { output: Some(directory.clone()), ..theirs });
        }
        measure::compare(&format!("{compression} {tree}"), &contenders, true, &mut out)?;
    }
    Ok(())
}
