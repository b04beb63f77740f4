//! Listing an image of 60 000 entries against unsquashfs. Below 1, ours is better.
//!
//! `paths` prints the path of each entry, as `unsquashfs -ls` does; `long` what it is too, its mode, owner, size and time,
//! as `unsquashfs -llnumeric` does.
//!
//! Needs Debian, root for `.ci/peer`, and GNU `time`.

#[path = "measure/mod.rs"]
mod measure;
#[path = "measure/peers.rs"]
mod peers;

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    process::ExitCode,
};

use measure::{Contender, THREADS};
use peers::Peer;
use sysext_image::{
    Metadata, Node, Tree,
    squashfs::{Reader, Writer},
};

const ENTRIES: u32 = 60_000;
const PER_DIRECTORY: u32 = 100;
/// A listing takes about as long as the clock of `time` ticks.
const REPEATS: u32 = 20;
/// How they are listed, and the option of unsquashfs for it.
const CASES: [(&str, &str); 2] = [("paths", "-ls"), ("long", "-llnumeric")];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let result = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", "paths", image] => paths(image),
        ["ours", "long", image] => long(image),
        [] => compare(),
        other => Err(format!("there are no cases to select: {other:?}").into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn paths(image: &str) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(io::stdout().lock());
    for entry in Reader::open(File::open(image)?)?.entries() {
        out.write_all(entry?.path().as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

fn long(image: &str) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(io::stdout().lock());
    let reader = Reader::open(File::open(image)?)?;
    for entry in reader.entries() {
        let entry = entry?;
        let Metadata { mode, uid, gid, mtime, .. } = reader.metadata(&entry)?;
        let (kind, length) = match entry.node() {
            Node::Directory => ('d', 0),
            Node::File(content) => ('-', content.len()),
            _ => return Err("the image has files and directories only".into()),
        };
        write!(out, "{kind}{mode:04o} {uid}/{gid} {length:>12} {mtime} ")?;
        out.write_all(entry.path().as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

fn compare() -> Result<(), Box<dyn Error>> {
    let peers = [Peer::newest("unsquashfs")?, Peer::of_host("unsquashfs")?];
    let mut out = io::stdout().lock();
    writeln!(out, "ours: libzstd {}", zstd_safe::version_string())?;
    for peer in &peers {
        writeln!(out, "{}, {THREADS} threads", peer.description())?;
    }
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let image = scratch.path().join("image");
    Writer::new().write(&tree()?, File::create(&image)?)?;
    writeln!(out, "{ENTRIES} entries, each listed {REPEATS} times in a run")?;
    for (case, option) in CASES {
        let mut contenders = vec![Contender::ours(&[Path::new("ours"), Path::new(case), &image])?];
        for peer in &peers {
            let threads = THREADS.to_string();
            let mut arguments: Vec<OsString> =
                ["-no-progress", "-processors", &threads, option].map(Into::into).into();
            arguments.push(image.clone().into());
            contenders.push(peer.contender(arguments));
        }
        let contenders: Vec<_> = contenders.into_iter().map(repeated).collect();
        measure::compare(case, &contenders, true, &mut out)?;
    }
    Ok(())
}

/// 600 directories of files without content.
fn tree() -> Result<Tree, Box<dyn Error>> {
    let mut tree = Tree::new();
    for number in 0..ENTRIES {
        let directory = format!("directory-{:04}", number / PER_DIRECTORY);
        let (path, mode, node) = match number % PER_DIRECTORY {
            0 => (directory, 0o755, Node::Directory),
            file => (format!("{directory}/file-{file:04}"), 0o644, Node::file("")),
        };
        tree.insert(path, Metadata::new(mode).with_mtime(number), node)?;
    }
    Ok(tree)
}

/// The same, some times in a run.
fn repeated(mut contender: Contender) -> Contender {
    let script =
        format!("i=0; while [ $i -lt {REPEATS} ]; do \"$@\" || exit 1; i=$((i + 1)); done");
    let shell = ["sh", "-c", &script, "sh"].map(OsString::from);
    contender.command_line = shell.into_iter().chain(contender.command_line).collect();
    contender.repeats = REPEATS;
    contender
}
