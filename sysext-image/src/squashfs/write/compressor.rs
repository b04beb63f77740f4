use std::io;

use crate::squashfs::Compression;

/// Compresses block after block and keeps its memory in between.
pub(crate) enum Compressor {
    None,
    #[cfg(feature = "zstd")]
    Zstd(zstd_safe::CCtx<'static>),
}

impl Compressor {
    #[cfg_attr(
        not(feature = "zstd"),
        expect(clippy::unnecessary_wraps, reason = "only compressors fail")
    )]
    pub(crate) fn new(compression: Compression) -> io::Result<Self> {
        match compression {
            Compression::None => Ok(Self::None),
            #[cfg(feature = "zstd")]
            Compression::Zstd(level) => {
                let mut context =
                    zstd_safe::CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
                let level = zstd_safe::CParameter::CompressionLevel(level.get().into());
                context.set_parameter(level).map_err(zstd_error)?;
                Ok(Self::Zstd(context))
            }
        }
    }

    /// Puts the block into `out` in its shorter form and says whether that is the compressed one.
    #[cfg_attr(
        not(feature = "zstd"),
        expect(clippy::unnecessary_wraps, reason = "only compressors fail")
    )]
    pub(crate) fn compress(&mut self, block: &[u8], out: &mut Vec<u8>) -> io::Result<bool> {
        out.clear();
        match self {
            Self::None => {}
            #[cfg(feature = "zstd")]
            Self::Zstd(context) => {
                out.reserve(zstd_safe::compress_bound(block.len()));
                let length = context.compress2(out, block).map_err(zstd_error)?;
                if length < block.len() {
                    return Ok(true);
                }
                out.clear();
            }
        }
        out.extend_from_slice(block);
        Ok(false)
    }
}

#[cfg(feature = "zstd")]
fn zstd_error(code: zstd_safe::ErrorCode) -> io::Error {
    io::Error::other(zstd_safe::get_error_name(code))
}
