use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use super::{
    BlockCache, CacheUse,
    entry::{self, Form, Key},
    trim,
};
use crate::squashfs::{BlockSize, Compression, read::Decompressor, write::compressor::Compressor};

/// The use of a cache for one image.
pub(in super::super) struct Run<'a> {
    cache: &'a BlockCache,
    compression: Compression,
    /// The digest of everything but the content that the compressed bytes depend on; nothing if the cache is of no use.
    options: Option<Key>,
    stored_bytes: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
    faults: AtomicU64,
}

impl<'a> Run<'a> {
    pub(in super::super) fn new(
        cache: &'a BlockCache,
        compression: Compression,
        block_size: BlockSize,
    ) -> io::Result<Self> {
        Ok(Self {
            cache,
            compression,
            options: options(compression, block_size)?,
            stored_bytes: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            faults: AtomicU64::new(0),
        })
    }

    /// Keeps the limit, and says how it went.
    pub(in super::super) fn finish(self) -> CacheUse {
        self.keep_limit();
        let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let [hits, misses, faults] = [&self.hits, &self.misses, &self.faults].map(count);
        CacheUse { hits, misses, faults }
    }

    fn keep_limit(&self) {
        if self.stored_bytes.swap(0, Ordering::Relaxed) > 0 {
            let faults = trim::trim(self.cache.directory(), self.cache.limit());
            self.faults.fetch_add(faults, Ordering::Relaxed);
        }
    }

    fn note_fault<T>(&self, result: io::Result<T>) -> Option<T> {
        result.inspect_err(|_| _ = self.faults.fetch_add(1, Ordering::Relaxed)).ok()
    }
}

/// Also when the image could not be written: many of these would fill the disk.
impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.keep_limit();
    }
}

/// What one thread needs to compress by way of the cache.
pub(in super::super) struct CachedCompressor<'a> {
    run: &'a Run<'a>,
    options: Key,
    decompressor: Decompressor,
    entry: Vec<u8>,
}

impl<'a> CachedCompressor<'a> {
    /// None if blocks are better compressed without it.
    pub(in super::super) fn new(run: &'a Run<'a>) -> Option<Self> {
        let options = run.options?;
        let decompressor = Decompressor::new(run.compression.id()).map_err(io::Error::other);
        let decompressor = run.note_fault(decompressor)?;
        Some(Self { run, options, decompressor, entry: Vec::new() })
    }

    /// Does what [`Compressor::compress`] does.
    pub(in super::super) fn compress(
        &mut self,
        compressor: &mut Compressor,
        block: &[u8],
        out: &mut Vec<u8>,
    ) -> io::Result<bool> {
        // Not the digest of an earlier look for equal files: what is stored must be of the very bytes that are compressed.
        let key = blake3::keyed_hash(&self.options, block).into();
        if let Some(compressed) = self.find(&key, block, out) {
            self.run.hits.fetch_add(1, Ordering::Relaxed);
            return Ok(compressed);
        }
        self.run.misses.fetch_add(1, Ordering::Relaxed);
        let compressed = compressor.compress(block, out)?;
        self.store(&key, if compressed { Form::Compressed(out) } else { Form::Stored });
        Ok(compressed)
    }

    fn find(&mut self, key: &Key, block: &[u8], out: &mut Vec<u8>) -> Option<bool> {
        // Nothing is stored that is not shorter.
        let most = entry::HEADER + block.len() as u64;
        let loaded = self.run.cache.load(key, most, &mut self.entry);
        if matches!(loaded, Ok(false)) {
            return None;
        }
        let found = self.run.note_fault(loaded.and_then(|_| {
            let found = self.check(key, block, out);
            found.ok_or_else(|| io::ErrorKind::InvalidData.into())
        }));
        if found.is_none() {
            // It may be another process that has removed it.
            let _ = self.run.cache.remove(key);
        }
        found
    }

    /// Puts what the entry says into `out`, if it is of this block.
    fn check(&mut self, key: &Key, block: &[u8], out: &mut Vec<u8>) -> Option<bool> {
        let form = entry::decode(key, &self.entry)?;
        let shorter = match form {
            Form::Stored => block,
            Form::Compressed(compressed) if compressed.len() < block.len() => {
                self.decompressor.decompress(compressed, block.len(), out).ok()?;
                if out != block {
                    return None;
                }
                compressed
            }
            Form::Compressed(_) => return None,
        };
        out.clear();
        out.extend_from_slice(shorter);
        Some(matches!(form, Form::Compressed(_)))
    }

    fn store(&mut self, key: &Key, form: Form<'_>) {
        entry::encode(key, form, &mut self.entry);
        // More would be removed in the end.
        let length = trim::on_disk(self.entry.len() as u64);
        let stored = &self.run.stored_bytes;
        let limit = self.run.cache.limit();
        let fits = |bytes: u64| bytes.checked_add(length).filter(|bytes| *bytes <= limit);
        if stored.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok() {
            self.run.note_fault(self.run.cache.store(key, &self.entry));
        }
    }
}

/// The version of the library, 0 for one that does not say; none if the cache takes as long as compressing.
fn library(compression: Compression) -> Option<u32> {
    match compression {
        Compression::None => None,
        #[cfg(feature = "gzip")]
        Compression::Gzip(_) => Some(0),
        #[cfg(feature = "lz4")]
        Compression::Lz4 => None,
        #[cfg(feature = "xz")]
        Compression::Xz(_) => Some(0),
        #[cfg(feature = "zstd")]
        Compression::Zstd(_) => Some(zstd_safe::version_number()),
    }
}

/// A digest of what the compressed form of a block depends on besides the block.
fn options(compression: Compression, block_size: BlockSize) -> io::Result<Option<Key>> {
    let Some(library) = library(compression) else { return Ok(None) };
    // Tells libraries apart that do not say which they are.
    let mut compressor = Compressor::new(compression, block_size.bytes())?;
    let mut sample = Vec::new();
    compressor.compress(&text(), &mut sample)?;
    let parts = [
        env!("CARGO_PKG_VERSION").as_bytes(),
        compression.to_string().as_bytes(),
        &block_size.bytes().to_le_bytes(),
        &library.to_le_bytes(),
        &sample,
    ]
    .map(blake3::hash);
    let parts: Vec<u8> = parts.iter().flat_map(blake3::Hash::as_bytes).copied().collect();
    Ok(Some(blake3::derive_key("sysext-image squashfs block cache 1", &parts)))
}

/// Something in which a compressor has many ways to go.
fn text() -> Vec<u8> {
    let words = (0..16_384_u32).map(|number| number.wrapping_mul(number) % 5003 / 7);
    words.flat_map(|word| word.to_string().into_bytes()).collect()
}
