#[cfg(feature = "zstd")]
use std::io;

use super::error::ReadErrorKind;

/// Decompresses block after block and keeps its memory in between.
pub(super) enum Decompressor {
    /// Images without compression name gzip; their blocks are all stored.
    None,
    #[cfg(feature = "zstd")]
    Zstd(zstd_safe::DCtx<'static>),
}

impl Decompressor {
    pub(super) fn new(id: u16) -> Result<Self, ReadErrorKind> {
        match id {
            1 => Ok(Self::None),
            #[cfg(feature = "zstd")]
            6 => {
                let context = zstd_safe::DCtx::try_create()
                    .ok_or_else(|| ReadErrorKind::Decompress(io::ErrorKind::OutOfMemory.into()))?;
                Ok(Self::Zstd(context))
            }
            id => Err(ReadErrorKind::Compressor { id }),
        }
    }

    /// Puts what a block holds into `out`, at most so many bytes.
    #[cfg_attr(
        not(feature = "zstd"),
        expect(unused_variables, reason = "nothing is compressed without a compressor")
    )]
    pub(super) fn decompress(
        &mut self,
        block: &[u8],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ReadErrorKind> {
        out.clear();
        match self {
            Self::None => Err(ReadErrorKind::Compressor { id: 1 }),
            #[cfg(feature = "zstd")]
            Self::Zstd(context) => {
                out.reserve_exact(most);
                let length = context.decompress(out, block).map_err(|code| {
                    let name = zstd_safe::get_error_name(code);
                    ReadErrorKind::Decompress(io::Error::other(name))
                })?;
                if length > most {
                    return Err(ReadErrorKind::corrupt("a block of it holds more than a block"));
                }
                Ok(())
            }
        }
    }
}
