use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use sysext_image::{Content, EntryPath, Image, Node};

use super::{
    InspectError,
    entry::Kind,
    open::{PartitionChoice, open, unread},
    operand::Operand,
};

/// How much is read at once.
const PIECE: usize = 128 << 10;

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The image
    image: PathBuf,
    /// Paths of files in the image, one after the other. Symlinks are followed as if the image were the root
    #[arg(required = true, value_parser = Operand::parser())]
    paths: Vec<Operand>,
    #[command(flatten)]
    partition: PartitionChoice,
}

pub(super) fn run(args: &Args, out: &mut impl Write) -> Result<(), InspectError> {
    let image = open(&args.image, &args.partition)?;
    // All of them are there, or nothing is printed.
    let found = args.paths.iter().map(|operand| find(args, &image, operand));
    for (path, content) in found.collect::<Result<Vec<_>, _>>()? {
        copy(path, &content, out)?;
    }
    Ok(())
}

fn find<'a>(
    args: &Args,
    image: &Image,
    operand: &'a Operand,
) -> Result<(&'a EntryPath, Content), InspectError> {
    let unread = unread(&args.image);
    let Some(path) = &operand.0 else { return Err(InspectError::Root) };
    let Some(entry) = image.resolve(path).map_err(&unread)? else {
        let path = path.clone();
        return Err(match image.get(&path).map_err(&unread)? {
            Some(_) => InspectError::Dangling { path },
            None => InspectError::Missing { path },
        });
    };
    match entry.node() {
        Node::File(content) => Ok((path, content.clone())),
        Node::Directory => Err(InspectError::Directory { path: path.clone() }),
        node => Err(InspectError::NotAFile { path: path.clone(), kind: Kind::of(node).noun() }),
    }
}

/// Not `io::copy`, which does not tell a damaged image from a closed pipe.
fn copy(path: &EntryPath, content: &Content, out: &mut impl Write) -> Result<(), InspectError> {
    let mut reader = content.reader();
    let mut piece = vec![0; PIECE];
    loop {
        let length = match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(InspectError::Content { path: path.clone(), source }),
        };
        out.write_all(piece.get(..length).unwrap_or_default())?;
    }
}
