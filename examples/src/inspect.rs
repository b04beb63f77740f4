//! `inspect`: what is in an image, without root and without a mount.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Parser, Subcommand};
use serde_json::json;
use sysext_image::{EntryPath, ExtractError, ExtractOptions, Image, ImageEntry, ImageError, Node};
use thiserror::Error;

use crate::{exit, printable::Printable};

/// Looks into an extension image without mounting it.
#[derive(Clone, Debug, Parser)]
#[command(name = "inspect")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    /// List the entries: kind, mode, owner, size and path
    List {
        /// The image
        image: PathBuf,
        /// Print one JSON object for each entry
        #[arg(long)]
        json: bool,
    },
    /// Print the content of a file
    Cat {
        /// The image
        image: PathBuf,
        /// The path of the file in the image
        path: EntryPath,
    },
    /// Extract everything into a new directory
    Extract {
        /// The image
        image: PathBuf,
        /// The directory, which must not be there
        directory: PathBuf,
    },
}

/// An image could not be looked into.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// The image could not be extracted.
    #[error("cannot extract {path:?}")]
    Extract {
        /// The image.
        path: PathBuf,
        /// What went wrong.
        source: ExtractError,
    },
    /// There is no such file in the image.
    #[error("no file {path:?} in the image")]
    NoFile {
        /// The path in the image.
        path: EntryPath,
    },
    /// The image cannot be read.
    #[error("cannot read {path:?}")]
    Read {
        /// The image.
        path: PathBuf,
        /// What is wrong with it.
        source: ImageError,
    },
    /// Standard output cannot be written.
    #[error("cannot write the answer")]
    Write(#[from] io::Error),
}

/// Answers on `out`.
pub fn run(args: &Args, out: &mut impl Write) -> Result<(), InspectError> {
    match answer(args, out).and_then(|()| Ok(out.flush()?)) {
        Err(InspectError::Write(error)) => Ok(exit::printed(Err(error))?),
        result => result,
    }
}

fn answer(args: &Args, out: &mut impl Write) -> Result<(), InspectError> {
    match &args.verb {
        Verb::List { image, json } => list(image, *json, out),
        Verb::Cat { image, path } => cat(image, path, out),
        Verb::Extract { image, directory } => extract(image, directory, out),
    }
}

fn open(path: &Path) -> Result<Image, InspectError> {
    Image::open_path(path).map_err(unread(path))
}

fn unread(path: &Path) -> impl Fn(ImageError) -> InspectError {
    move |source| InspectError::Read { path: path.to_owned(), source }
}

fn list(image: &Path, json: bool, out: &mut impl Write) -> Result<(), InspectError> {
    let reader = open(image)?;
    for entry in reader.entries() {
        let entry = entry.map_err(unread(image))?;
        let metadata = entry.metadata();
        let (kind, letter) = kind(&entry);
        let path = entry.path().to_string();
        let size = if let Node::File(content) = entry.node() { Some(content.len()) } else { None };
        let target = match entry.node() {
            Node::Symlink(target) => Some(String::from_utf8_lossy(target).into_owned()),
            _ => None,
        };
        if json {
            let line = json!({
                "path": format!("/{path}"),
                "kind": kind,
                "mode": format!("{:04o}", metadata.mode),
                "uid": metadata.uid,
                "gid": metadata.gid,
                "mtime": metadata.mtime,
                "size": size,
                "target": target,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let owner = format!("{}:{}", metadata.uid, metadata.gid);
        let size = size.map_or_else(|| "-".to_owned(), |size| size.to_string());
        write!(out, "{letter} {:04o} {owner:>9} {size:>12} {}", metadata.mode, Printable(&path))?;
        match target {
            Some(target) => writeln!(out, " -> {}", Printable(&target))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

fn kind(entry: &ImageEntry) -> (&'static str, char) {
    match entry.node() {
        Node::Directory => ("directory", 'd'),
        Node::File(_) => ("file", '-'),
        Node::Symlink(_) => ("symlink", 'l'),
        Node::CharDevice(_) => ("char", 'c'),
        Node::BlockDevice(_) => ("block", 'b'),
        Node::Fifo => ("fifo", 'p'),
        Node::Socket => ("socket", 's'),
        _ => ("other", '?'),
    }
}

fn cat(image: &Path, path: &EntryPath, out: &mut impl Write) -> Result<(), InspectError> {
    let entry = open(image)?.get(path).map_err(unread(image))?;
    let Some(Node::File(content)) = entry.as_ref().map(ImageEntry::node) else {
        return Err(InspectError::NoFile { path: path.clone() });
    };
    io::copy(&mut content.reader(), out)?;
    Ok(())
}

fn extract(image: &Path, directory: &Path, out: &mut impl Write) -> Result<(), InspectError> {
    let unrestored = open(image)?
        .extract(directory, &ExtractOptions::default())
        .map_err(|source| InspectError::Extract { path: image.to_owned(), source })?;
    for lost in unrestored {
        writeln!(out, "note: {:?}: the {} was not restored", lost.path, lost.what)?;
    }
    Ok(())
}
