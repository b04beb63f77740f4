use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Cursor, IsTerminal, Read},
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    path::Path,
};

use rustix::fs::OFlags;
use sysext_image::{TarLimits, TarPolicy, TarScan, Tree};

use super::{
    BakeError, InputName,
    decoder::decoder,
    kind::{Content, HEAD, Method},
};
use crate::progress::WriteProgress;

const BLOCK: usize = 512;
/// How many zeros may follow an archive: programs fill up records, of 10 KiB as a rule.
const PADDING_MAX: u64 = 16 << 20;

/// Reads a tar archive to its end, whatever compresses it. What does not stay in memory is in a file without a name in
/// the directory `spool`.
pub(super) fn read(
    input: &InputName,
    policy: TarPolicy,
    spool: &Path,
    progress: &mut WriteProgress,
) -> Result<TarScan, BakeError> {
    fs::create_dir_all(spool)
        .map_err(|source| BakeError::Output { path: spool.to_owned(), source })?;
    let read = Reading { input, progress };
    let result = read.archive(&policy.with_spool(spool));
    progress.finish();
    match result {
        Err(_) if progress.is_stopped() => {
            Err(BakeError::Interrupted { directory: spool.to_owned() })
        }
        result => result,
    }
}

struct Reading<'a> {
    input: &'a InputName,
    progress: &'a mut WriteProgress,
}

impl Reading<'_> {
    fn archive(self, policy: &TarPolicy) -> Result<TarScan, BakeError> {
        let file = self.open().map_err(|source| self.unreadable(source))?;
        let raw = self.progress.read(file).map_err(|source| self.unreadable(source))?;
        let (mut kind, stream) =
            peeked(BufReader::with_capacity(1 << 16, raw)).map_err(|e| self.unreadable(e))?;
        let (mut method, mut stream): (_, Box<dyn BufRead>) = (None, Box::new(stream));
        if let Content::Compressed(found) = kind {
            let content = decoder(found, stream).map_err(|source| self.unreadable(source))?;
            let (inside, unpacked) = peeked(BufReader::with_capacity(1 << 16, content))
                .map_err(|e| self.unreadable(e))?;
            (kind, method, stream) = (inside, Some(found), Box::new(unpacked));
        }
        self.check(kind, method)?;
        let limits = &policy.limits;
        // A decoder makes gigabytes of what was read before a signal.
        let mut stream =
            Blocks { stream: self.progress.watch(stream), position: 0, most: most_bytes(limits) };
        let scan = Tree::from_tar(&mut stream, policy)
            .map_err(|source| BakeError::Archive { input: self.input.clone(), source })?;
        if scan.members == 0 {
            return Err(BakeError::NoMembers { input: self.input.clone() });
        }
        self.end(&mut stream)?;
        Ok(scan)
    }

    fn open(&self) -> io::Result<File> {
        match self.input {
            // A pipe that nobody writes to would wait where no signal is heard.
            InputName::Path(path) => File::options()
                .read(true)
                .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
                .open(path),
            InputName::StandardInput if io::stdin().is_terminal() => {
                Err(io::Error::other("it is a terminal: a tar archive must come through a pipe"))
            }
            InputName::StandardInput => Ok(io::stdin().as_fd().try_clone_to_owned()?.into()),
        }
    }

    fn check(&self, kind: Content, method: Option<Method>) -> Result<(), BakeError> {
        let kind = match kind {
            Content::Tar => return Ok(()),
            Content::Compressed(again) => super::InputKind::Compressed(again.as_str()),
            Content::Other(kind) => kind,
        };
        Err(BakeError::NoTar { input: self.input.clone(), method, kind })
    }

    /// Reads what is behind the archive, so that what compresses it is checked to its end.
    fn end<R: Read>(&self, stream: &mut Blocks<R>) -> Result<(), BakeError> {
        let end = stream.position;
        let mut buffer = [0; BLOCK];
        loop {
            let at = stream.position;
            let length = match stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.unreadable(error)),
            };
            let rest = buffer.iter().take(length);
            if let Some(after) = rest.clone().position(|byte| *byte != 0) {
                let at = at + after as u64;
                return Err(BakeError::BehindArchive { input: self.input.clone(), at });
            }
            if stream.position - end > PADDING_MAX {
                let (input, most) = (self.input.clone(), PADDING_MAX);
                return Err(BakeError::Padding { input, most });
            }
        }
    }

    fn unreadable(&self, source: io::Error) -> BakeError {
        BakeError::Stream { input: self.input.clone(), source }
    }
}

/// What a stream is, and the stream from its beginning.
fn peeked<R: Read>(mut stream: BufReader<R>) -> io::Result<(Content, impl BufRead + use<R>)> {
    let mut head = Vec::new();
    stream.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok((Content::of(&head), Cursor::new(head).chain(stream)))
}

/// The longest archive that stays within these limits.
fn most_bytes(limits: &TarLimits) -> u64 {
    // A header, its extension's header, and what fills up the last block of each.
    let headers = limits.members.saturating_mul(4 * BLOCK as u64);
    limits.content.saturating_add(limits.metadata).saturating_add(headers)
}

/// A stream that is read block by block: whoever reads an archive from it stops where that ends.
struct Blocks<R> {
    stream: R,
    position: u64,
    most: u64,
}

impl<R: Read> Read for Blocks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position > self.most {
            return Err(io::Error::other(format!("it is longer than {} bytes", self.most)));
        }
        let left = BLOCK - usize::try_from(self.position % BLOCK as u64).unwrap_or_default();
        let length = left.min(buffer.len());
        let length = self.stream.read(buffer.get_mut(..length).unwrap_or_default())?;
        self.position += length as u64;
        Ok(length)
    }
}
