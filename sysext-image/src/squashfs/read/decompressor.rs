#[cfg(any(feature = "gzip", feature = "lz4", feature = "xz", feature = "zstd"))]
use std::io;

use super::{error::ReadErrorKind, superblock::Compressor};

/// Decompresses block after block and keeps its memory in between.
pub(in crate::squashfs) enum Decompressor {
    /// Images without compression name gzip; their blocks are all stored.
    #[cfg(not(feature = "gzip"))]
    None,
    #[cfg(feature = "gzip")]
    Gzip(libdeflater::Decompressor),
    #[cfg(feature = "lz4")]
    Lz4,
    #[cfg(feature = "xz")]
    Xz,
    #[cfg(feature = "zstd")]
    Zstd(zstd_safe::DCtx<'static>),
}

/// How much memory one block of xz may need: the dictionary is a block at most.
#[cfg(feature = "xz")]
const XZ_MEMORY: u64 = 64 << 20;

impl Decompressor {
    pub(in crate::squashfs) fn new(id: u16) -> Result<Self, ReadErrorKind> {
        match id {
            #[cfg(feature = "gzip")]
            1 => Ok(Self::Gzip(libdeflater::Decompressor::new())),
            #[cfg(not(feature = "gzip"))]
            1 => Ok(Self::None),
            #[cfg(feature = "xz")]
            4 => Ok(Self::Xz),
            #[cfg(feature = "lz4")]
            5 => Ok(Self::Lz4),
            #[cfg(feature = "zstd")]
            6 => {
                let context = zstd_safe::DCtx::try_create()
                    .ok_or_else(|| ReadErrorKind::Decompress(io::ErrorKind::OutOfMemory.into()))?;
                Ok(Self::Zstd(context))
            }
            id => Err(ReadErrorKind::Compressor { compressor: Compressor::of_id(id) }),
        }
    }

    /// Puts what a block holds into `out`, at most so many bytes.
    #[cfg_attr(
        not(any(feature = "gzip", feature = "lz4", feature = "xz", feature = "zstd")),
        expect(unused_variables, reason = "nothing is compressed without a compressor")
    )]
    pub(in crate::squashfs) fn decompress(
        &mut self,
        block: &[u8],
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ReadErrorKind> {
        out.clear();
        match self {
            #[cfg(not(feature = "gzip"))]
            Self::None => Err(ReadErrorKind::Compressor { compressor: Compressor::Gzip }),
            #[cfg(feature = "gzip")]
            Self::Gzip(context) => {
                out.resize(most, 0);
                let length = context.zlib_decompress(block, out).map_err(failed)?;
                out.truncate(length);
                Ok(())
            }
            #[cfg(feature = "lz4")]
            Self::Lz4 => {
                out.resize(most, 0);
                let length = lz4_flex::block::decompress_into(block, out).map_err(failed)?;
                out.truncate(length);
                Ok(())
            }
            #[cfg(feature = "xz")]
            Self::Xz => {
                use liblzma::stream::{Action, Status, Stream};

                let mut stream = Stream::new_stream_decoder(XZ_MEMORY, 0).map_err(failed)?;
                out.reserve_exact(most);
                let status = stream.process_vec(block, out, Action::Finish).map_err(failed)?;
                if status != Status::StreamEnd {
                    return Err(failed("it does not end in one block"));
                }
                limit(out.len(), most)
            }
            #[cfg(feature = "zstd")]
            Self::Zstd(context) => {
                out.reserve_exact(most);
                let length = context
                    .decompress(out, block)
                    .map_err(|code| failed(zstd_safe::get_error_name(code)))?;
                limit(length, most)
            }
        }
    }
}

#[cfg(any(feature = "gzip", feature = "lz4", feature = "xz", feature = "zstd"))]
fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadErrorKind {
    ReadErrorKind::Decompress(io::Error::other(error))
}

#[cfg(any(feature = "xz", feature = "zstd"))]
fn limit(length: usize, most: usize) -> Result<(), ReadErrorKind> {
    if length > most {
        return Err(ReadErrorKind::corrupt("a block of it holds more than a block"));
    }
    Ok(())
}
