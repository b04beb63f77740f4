//! Compressions to write images with.

use sysext_image::squashfs::Compression;

/// The compressors that are built in, at some of their levels.
pub(crate) fn compressions() -> Vec<Compression> {
    let built_in = [
        (true, &["none"][..]),
        (cfg!(feature = "zstd"), &["zstd:1", "zstd:15"]),
        (cfg!(feature = "gzip"), &["gzip:1", "gzip:9", "gzip:12"]),
        (cfg!(feature = "xz"), &["xz:0", "xz:6", "xz:1:8K"]),
        (cfg!(feature = "lz4"), &["lz4"]),
    ];
    let texts = built_in.into_iter().filter(|(built_in, _)| *built_in).flat_map(|(_, texts)| texts);
    texts.map(|text| text.parse().expect("a compression")).collect()
}
