use std::io::{self, BufReader, Read};

use super::{
    TarError, TarErrorKind, TarLimits,
    header::{BLOCK, Header, sparse_extension, until_nul},
    pax::Extended,
    sparse::SparseMap,
};
use crate::Device;

/// The members of an archive, one after the other.
pub(super) struct Members<'a, R> {
    reader: BufReader<R>,
    limits: &'a TarLimits,
    /// How many bytes were read.
    position: u64,
    /// How many bytes of the current content are not read yet, and how many follow up to the next block.
    left: u64,
    padding: u64,
    /// What holds for all members that follow.
    global: Extended,
    /// Where the current header is, and the name of its member once it is known.
    offset: u64,
    name: Option<Box<[u8]>>,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    HardLink,
    Symlink,
    CharDevice(Device),
    BlockDevice(Device),
    Directory,
    Fifo,
}

/// A member, whose content is still to be read.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Box<[u8]>,
    pub(super) link: Box<[u8]>,
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) uid: i64,
    pub(super) gid: i64,
    pub(super) mtime: i64,
    pub(super) sparse: Option<SparseMap>,
    pub(super) extended: Extended,
}

/// What headers said that come before the one of a member.
#[derive(Default)]
struct Before {
    extended: Option<Extended>,
    name: Option<Box<[u8]>>,
    link: Option<Box<[u8]>>,
}

impl<'a, R: Read> Members<'a, R> {
    pub(super) fn new(reader: R, limits: &'a TarLimits) -> Self {
        Self {
            reader: BufReader::with_capacity(1 << 16, reader),
            limits,
            position: 0,
            left: 0,
            padding: 0,
            global: Extended::default(),
            offset: 0,
            name: None,
        }
    }

    pub(super) fn limits(&self) -> &'a TarLimits {
        self.limits
    }

    /// How many bytes of content are still to be read.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Where the header of the current member is.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn error(self, kind: TarErrorKind) -> TarError {
        TarError::new(self.name, self.offset, kind)
    }

    /// Lets an error be about this member.
    pub(super) fn blame(&mut self, name: &[u8], offset: u64) {
        (self.name, self.offset) = (Some(name.into()), offset);
    }

    /// The next member; what is left of the content of the one before is skipped.
    pub(super) fn next(&mut self) -> Result<Option<Member>, TarErrorKind> {
        let mut before = Before::default();
        loop {
            self.skip_content()?;
            (self.name, self.offset) = (None, self.position);
            let Some(block) = self.block()? else {
                return self.end(&before);
            };
            if block == [0; BLOCK] {
                return match self.block()? {
                    Some(next) if next != [0; BLOCK] => Err(TarErrorKind::LoneZeroBlock),
                    _ => self.end(&before),
                };
            }
            let header = Header::new(&block)?;
            match header.typeflag() {
                b'x' | b'X' => {
                    let extended = Extended::local(&self.extension(&header)?)?;
                    once(&mut before.extended, extended)?;
                }
                b'g' => {
                    let content = self.extension(&header)?;
                    self.global.global(&content)?;
                }
                b'L' => once(&mut before.name, until_nul(&self.extension(&header)?).into())?,
                b'K' => once(&mut before.link, until_nul(&self.extension(&header)?).into())?,
                // The label of the whole archive.
                b'V' => self.begin_content(header.size()?),
                _ => return self.member(&header, before).map(Some),
            }
        }
    }

    /// Reads a part of the content of the current member.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TarErrorKind> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.fill(buffer.get_mut(..most).unwrap_or_default())?;
        if read < most {
            return Err(TarErrorKind::Truncated);
        }
        self.left -= read as u64;
        Ok(read)
    }

    /// Fills the buffer with content; it is an error if there is less.
    pub(super) fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), TarErrorKind> {
        if self.read(buffer)? < buffer.len() { Err(TarErrorKind::SparseMap) } else { Ok(()) }
    }

    fn member(&mut self, header: &Header<'_>, before: Before) -> Result<Member, TarErrorKind> {
        let mut extended = before.extended.unwrap_or_default();
        let name = one_of(extended.path.take(), before.name)?;
        let name = extended.sparse.name.take().or(name);
        let name = name.unwrap_or_else(|| header.name().into());
        self.name = Some(name.clone());
        let link = one_of(extended.link_path.take(), before.link)?;
        let link = link.unwrap_or_else(|| header.link_name().into());
        let size = extended.size.map_or_else(|| header.size(), Ok)?;
        let typeflag = header.typeflag();
        let kind = match typeflag {
            // Before there was a type for directories, a slash said it.
            b'0' | b'\0' if name.ends_with(b"/") => Kind::Directory,
            b'0' | b'\0' | b'7' | b'S' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'3' => Kind::CharDevice(device(header)?),
            b'4' => Kind::BlockDevice(device(header)?),
            // The content of the second is a list of names.
            b'5' | b'D' => Kind::Directory,
            b'6' => Kind::Fifo,
            _ => return Err(TarErrorKind::Type { typeflag }),
        };
        if size > 0 && kind != Kind::File && typeflag != b'D' {
            return Err(TarErrorKind::Content { size });
        }
        let records = std::mem::take(&mut extended.sparse);
        let sparse = if typeflag == b'S' {
            let map = self.sparse_of_header(header, size)?;
            self.begin_content(size);
            Some(map)
        } else {
            self.begin_content(size);
            if kind == Kind::File { SparseMap::of_records(records, self)? } else { None }
        };
        let global = &self.global;
        Ok(Member {
            name,
            link,
            kind,
            mode: header.mode()?,
            uid: extended.uid.or(global.uid).map_or_else(|| header.uid(), Ok)?,
            gid: extended.gid.or(global.gid).map_or_else(|| header.gid(), Ok)?,
            mtime: extended.mtime.or(global.mtime).map_or_else(|| header.mtime(), Ok)?,
            sparse,
            extended,
        })
    }

    /// The map of holes of a GNU header, which may go on in the blocks behind it.
    fn sparse_of_header(
        &mut self,
        header: &Header<'_>,
        size: u64,
    ) -> Result<SparseMap, TarErrorKind> {
        let (mut parts, mut more, length) = header.sparse()?;
        let mut read = 0;
        while more {
            read += BLOCK as u64;
            self.check_extension(read)?;
            let block = self.block()?.ok_or(TarErrorKind::Truncated)?;
            let (next, has_more) = sparse_extension(&block)?;
            parts.extend(next);
            more = has_more;
        }
        SparseMap::new(length, parts, size)
    }

    /// The content of a header that extends another one.
    fn extension(&mut self, header: &Header<'_>) -> Result<Vec<u8>, TarErrorKind> {
        let size = header.size()?;
        self.check_extension(size)?;
        self.begin_content(size);
        let mut content = vec![0; usize::try_from(size).unwrap_or_default()];
        self.read(&mut content)?;
        Ok(content)
    }

    fn check_extension(&self, size: u64) -> Result<(), TarErrorKind> {
        let most = self.limits.extension;
        if size > most { Err(TarErrorKind::ExtensionLimit { most }) } else { Ok(()) }
    }

    fn begin_content(&mut self, size: u64) {
        let over = size % BLOCK as u64;
        self.left = size;
        self.padding = if over == 0 { 0 } else { BLOCK as u64 - over };
    }

    fn skip_content(&mut self) -> Result<(), TarErrorKind> {
        let mut buffer = [0; 8192];
        while self.left > 0 {
            self.read(&mut buffer)?;
        }
        // Some programs leave the padding out at the end of the archive.
        let padding = usize::try_from(std::mem::take(&mut self.padding)).unwrap_or_default();
        self.fill(buffer.get_mut(..padding).unwrap_or_default())?;
        Ok(())
    }

    /// The next block; none at the end.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, TarErrorKind> {
        let mut block = [0; BLOCK];
        match self.fill(&mut block)? {
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            _ => Err(TarErrorKind::Truncated),
        }
    }

    /// Reads until the buffer is full or the archive ends.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, TarErrorKind> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.reader.read(rest) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(TarErrorKind::Read(error)),
            }
        }
        self.position = self.position.saturating_add(filled as u64);
        Ok(filled)
    }

    fn end(&self, before: &Before) -> Result<Option<Member>, TarErrorKind> {
        if self.position == 0 {
            return Err(TarErrorKind::Empty);
        }
        if before.extended.is_some() || before.name.is_some() || before.link.is_some() {
            return Err(TarErrorKind::NoMember);
        }
        Ok(None)
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), TarErrorKind> {
    if slot.is_some() {
        return Err(TarErrorKind::Repeated);
    }
    *slot = Some(value);
    Ok(())
}

fn one_of(
    pax: Option<Box<[u8]>>,
    gnu: Option<Box<[u8]>>,
) -> Result<Option<Box<[u8]>>, TarErrorKind> {
    match (pax, gnu) {
        (Some(pax), Some(gnu)) if pax != gnu => Err(TarErrorKind::TwoNames),
        (pax, gnu) => Ok(pax.or(gnu)),
    }
}

fn device(header: &Header<'_>) -> Result<Device, TarErrorKind> {
    let (major, minor) = header.device()?;
    let number =
        |number| u32::try_from(number).map_err(|_| TarErrorKind::Number { field: "device" });
    Ok(Device { major: number(major)?, minor: number(minor)? })
}
