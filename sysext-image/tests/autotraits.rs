//! What may cross threads: everything.

use sysext_image::{
    BuildError, Builder, Content, Device, Entries, Entry, EntryPath, Extension, InsertError,
    InsertErrorKind, InvalidPathError, InvalidPathErrorKind, Metadata, Node, Tree, XattrName,
    squashfs::{
        BlockSize, CacheUse, Compression, InvalidBlockSizeError, InvalidCompressionError, Phase,
        Progress, Summary, WriteError, Writer,
    },
};

fn check<T: Send + Sync>() {}

#[test]
fn trees_are_send_and_sync() {
    check::<(Content, Device, Entries<'_>, Entry<'_>, EntryPath, Metadata, Node, Tree, XattrName)>(
    );
    check::<(InsertError, InsertErrorKind, InvalidPathError, InvalidPathErrorKind)>();
}

#[test]
fn extensions_are_send_and_sync() {
    check::<(BuildError, Builder, Extension)>();
    #[cfg(feature = "fs")]
    check::<(sysext_image::PersistError, sysext_image::StageError, sysext_image::StagedImage)>();
}

#[test]
fn findings_and_differences_are_send_and_sync() {
    use sysext_image::{
        Change, Check, Diff, DiffOptions, Difference, DifferenceKind, Finding, FindingKind,
        Severity,
    };

    check::<(Check, Finding, FindingKind, Severity)>();
    check::<(Change, Diff<'_>, DiffOptions, Difference, DifferenceKind)>();
}

#[test]
fn writers_are_send_and_sync() {
    check::<(BlockSize, CacheUse, Compression, Phase, Progress, Summary, Writer)>();
    check::<(InvalidBlockSizeError, InvalidCompressionError, WriteError)>();
    #[cfg(feature = "fs")]
    check::<(sysext_image::squashfs::BlockCache, sysext_image::squashfs::BlockCacheError)>();
    #[cfg(feature = "gzip")]
    check::<sysext_image::squashfs::GzipLevel>();
    #[cfg(feature = "xz")]
    {
        use sysext_image::squashfs::{XzDictionary, XzLevel, XzOptions};
        check::<(XzDictionary, XzLevel, XzOptions)>();
    }
    #[cfg(feature = "zstd")]
    check::<sysext_image::squashfs::ZstdLevel>();
}

#[test]
fn readers_are_send_and_sync() {
    use std::fs::File;

    use sysext_image::squashfs::{
        Compressor, ReadError, ReadErrorKind, ReadLimits, Reader, ReaderEntries, ReaderEntry,
        Superblock,
    };

    check::<(Reader<File>, ReaderEntries<File>, ReaderEntry)>();
    check::<(Compressor, ReadError, ReadErrorKind, ReadLimits, Superblock)>();
}

#[cfg(feature = "fs")]
#[test]
fn scans_are_send_and_sync() {
    use sysext_image::{Loss, Scan, ScanError, ScanPolicy};

    check::<(Loss, Scan, ScanError, ScanPolicy)>();
}

#[cfg(any(feature = "fs", feature = "tar"))]
#[test]
fn policies_are_send_and_sync() {
    use sysext_image::{
        InvalidPatternError, InvalidPatternErrorKind, ModePolicy, MtimePolicy, OwnerPolicy,
        PathPattern, XattrPolicy,
    };

    check::<(ModePolicy, MtimePolicy, OwnerPolicy, PathPattern, XattrPolicy)>();
    check::<(InvalidPatternError, InvalidPatternErrorKind)>();
}

#[cfg(feature = "tar")]
#[test]
fn archives_are_send_and_sync() {
    use sysext_image::{TarError, TarErrorKind, TarLimits, TarPolicy, TarScan, Whiteouts};

    check::<(TarError, TarErrorKind, TarLimits, TarPolicy, TarScan, Whiteouts)>();
}
