use std::io;

use crate::squashfs::Compression;
#[cfg(feature = "gzip")]
use crate::squashfs::GzipLevel;
#[cfg(feature = "xz")]
use crate::squashfs::XzOptions;
#[cfg(feature = "zstd")]
use crate::squashfs::ZstdLevel;

/// Compresses block after block and keeps its memory in between.
pub(crate) enum Compressor {
    None,
    #[cfg(feature = "gzip")]
    Gzip(libdeflater::Compressor),
    #[cfg(feature = "lz4")]
    Lz4(lz4_flex::block::CompressTable),
    #[cfg(feature = "xz")]
    Xz {
        options: XzOptions,
        largest: u32,
    },
    #[cfg(feature = "zstd")]
    Zstd(zstd_safe::CCtx<'static>),
}

impl Compressor {
    /// A compressor of blocks of at most this many bytes.
    #[cfg_attr(
        not(any(feature = "gzip", feature = "zstd")),
        expect(clippy::unnecessary_wraps, reason = "only these contexts fail")
    )]
    #[cfg_attr(not(feature = "xz"), expect(unused_variables, reason = "only xz looks at it"))]
    pub(crate) fn new(compression: Compression, largest: u32) -> io::Result<Self> {
        match compression {
            Compression::None => Ok(Self::None),
            #[cfg(feature = "gzip")]
            Compression::Gzip(level) => gzip_context(level).map(Self::Gzip),
            // A small table becomes a large one with the first block of 64 KiB and stays so, and finds other matches:
            // the bytes would depend on the blocks that the same thread had before.
            #[cfg(feature = "lz4")]
            Compression::Lz4 => Ok(Self::Lz4(lz4_flex::block::CompressTable::large())),
            #[cfg(feature = "xz")]
            Compression::Xz(options) => Ok(Self::Xz { options, largest }),
            #[cfg(feature = "zstd")]
            Compression::Zstd(level) => zstd_context(level).map(Self::Zstd),
        }
    }

    /// Puts the block into `out` in its shorter form and says whether that is the compressed one.
    #[cfg_attr(
        not(any(feature = "lz4", feature = "xz", feature = "zstd")),
        expect(clippy::unnecessary_wraps, reason = "only these compressors fail")
    )]
    pub(crate) fn compress(&mut self, block: &[u8], out: &mut Vec<u8>) -> io::Result<bool> {
        out.clear();
        let shorter = match self {
            Self::None => false,
            #[cfg(feature = "gzip")]
            Self::Gzip(context) => gzip(context, block, out),
            #[cfg(feature = "lz4")]
            Self::Lz4(table) => lz4(table, block, out)?,
            #[cfg(feature = "xz")]
            Self::Xz { options, largest } => xz(*options, *largest, block, out)?,
            #[cfg(feature = "zstd")]
            Self::Zstd(context) => zstd(context, block, out)?,
        };
        if !shorter {
            out.clear();
            out.extend_from_slice(block);
        }
        Ok(shorter)
    }
}

#[cfg(feature = "gzip")]
fn gzip_context(level: GzipLevel) -> io::Result<libdeflater::Compressor> {
    let level = libdeflater::CompressionLvl::new(level.get().into());
    let level = level.map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok(libdeflater::Compressor::new(level))
}

/// Whether `out` has the block in fewer bytes.
#[cfg(feature = "gzip")]
fn gzip(context: &mut libdeflater::Compressor, block: &[u8], out: &mut Vec<u8>) -> bool {
    // Room for what would be of use.
    out.resize(block.len().saturating_sub(1), 0);
    match context.zlib_compress(block, out) {
        Ok(length) => {
            out.truncate(length);
            true
        }
        Err(libdeflater::CompressionError::InsufficientSpace) => false,
    }
}

/// Whether `out` has the block in fewer bytes.
#[cfg(feature = "lz4")]
fn lz4(
    table: &mut lz4_flex::block::CompressTable,
    block: &[u8],
    out: &mut Vec<u8>,
) -> io::Result<bool> {
    out.resize(lz4_flex::block::get_maximum_output_size(block.len()), 0);
    let length = lz4_flex::block::compress_into_with_table(block, out, table);
    out.truncate(length.map_err(io::Error::other)?);
    Ok(out.len() < block.len())
}

/// Whether `out` has the block in fewer bytes.
#[cfg(feature = "xz")]
fn xz(options: XzOptions, largest: u32, block: &[u8], out: &mut Vec<u8>) -> io::Result<bool> {
    use liblzma::stream::{Action, Check, Filters, LzmaOptions, Status, Stream};

    let mut lzma = LzmaOptions::new_preset(options.level().get().into())?;
    lzma.dict_size(options.dictionary_bytes(largest));
    // The kernel reads this check only.
    let mut stream = Stream::new_stream_encoder(Filters::new().lzma2(&lzma), Check::Crc32)?;
    // Room for what would be of use.
    out.resize(block.len().saturating_sub(1), 0);
    match stream.process(block, out, Action::Finish)? {
        Status::StreamEnd => {
            // It fits into `out`.
            out.truncate(usize::try_from(stream.total_out()).unwrap_or(usize::MAX));
            Ok(true)
        }
        _ => Ok(false),
    }
}

#[cfg(feature = "zstd")]
fn zstd_context(level: ZstdLevel) -> io::Result<zstd_safe::CCtx<'static>> {
    let mut context = zstd_safe::CCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
    let level = zstd_safe::CParameter::CompressionLevel(level.get().into());
    context.set_parameter(level).map_err(zstd_error)?;
    Ok(context)
}

/// Whether `out` has the block in fewer bytes.
#[cfg(feature = "zstd")]
fn zstd(
    context: &mut zstd_safe::CCtx<'static>,
    block: &[u8],
    out: &mut Vec<u8>,
) -> io::Result<bool> {
    out.reserve(zstd_safe::compress_bound(block.len()));
    let length = context.compress2(out, block).map_err(zstd_error)?;
    Ok(length < block.len())
}

#[cfg(feature = "zstd")]
fn zstd_error(code: zstd_safe::ErrorCode) -> io::Error {
    io::Error::other(zstd_safe::get_error_name(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compressors that are built in, at levels that take different ways.
    fn compressions() -> impl Iterator<Item = Compression> {
        let levels =
            ["zstd", "gzip", "xz"].map(|name| (0..=22).map(move |n| format!("{name}:{n}")));
        let texts = levels.into_iter().flatten().chain(["none".into(), "lz4".into()]);
        texts.filter_map(|text| text.parse().ok())
    }

    #[test]
    fn what_was_compressed_before_does_not_change_a_byte() {
        let words: Vec<u8> =
            (0..100_000_u32).flat_map(|n| ((n % 7919).pow(2) % 5003).to_le_bytes()).collect();
        let blocks: Vec<_> = [100, 70_000, 3, 400_000, 60_000, 100, 1, 70_000]
            .into_iter()
            .filter_map(|length| words.get(..length))
            .collect();
        for compression in compressions() {
            let new = || Compressor::new(compression, 1 << 20).unwrap();
            let mut used = new();
            for (number, block) in blocks.iter().enumerate() {
                let (mut expected, mut found) = (Vec::new(), vec![1; 7]);
                let compressed = new().compress(block, &mut expected).unwrap();
                assert_eq!(used.compress(block, &mut found).unwrap(), compressed, "{compression}");
                assert!(found == expected, "{compression}, block {number}");
                assert_eq!(expected.len() < block.len(), compressed, "{compression}");
                assert!(compressed || expected == *block, "{compression}, block {number}");
            }
        }
    }
}
