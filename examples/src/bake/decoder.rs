use std::io::{self, BufRead, Read};

use liblzma::{
    bufread::XzDecoder,
    stream::{CONCATENATED, Stream},
};
use thiserror::Error;

use super::kind::Method;

/// What `xz -9` needs is 65 MiB; it can be told to need up to 1.5 GiB.
const XZ_MEMORY: u64 = 256 << 20;
/// What `zstd --long` uses and other programs take by themselves: 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;

/// What a compressed stream holds: all of its members, streams or frames, one after the other.
pub(super) fn decoder(
    method: Method,
    compressed: impl BufRead + 'static,
) -> io::Result<Box<dyn Read>> {
    let decoder: Box<dyn Read> = match method {
        Method::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(compressed)),
        Method::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
            Box::new(XzDecoder::new_stream(compressed, stream))
        }
        Method::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
    };
    Ok(Box::new(Explained { decoder, method }))
}

/// Says what the errors of a decoder are about.
struct Explained {
    decoder: Box<dyn Read>,
    method: Method,
}

impl Read for Explained {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let method = self.method;
        self.decoder.read(buffer).map_err(|source| match source.kind() {
            io::ErrorKind::Interrupted => source,
            io::ErrorKind::UnexpectedEof => io::Error::other(DecodeError::Cut { method }),
            // It is the input that cannot be read.
            _ if source.raw_os_error().is_some() => source,
            _ => io::Error::other(DecodeError::Damaged { method, source }),
        })
    }
}

#[derive(Debug, Error)]
enum DecodeError {
    #[error("the {method} stream is cut off, or has something else behind it")]
    Cut { method: Method },
    #[error(
        "the {method} stream is damaged, needs too much memory, or has something else behind it"
    )]
    Damaged { method: Method, source: io::Error },
}
