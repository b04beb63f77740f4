//! Everything can be sent to another thread and shared between threads.

use sysext_image::{
    BuildError, Builder, Content, Device, Entries, Entry, EntryPath, Extension, InsertError,
    Metadata, Node, Tree,
    squashfs::{
        BlockSize, Compression, InvalidBlockSizeError, ParseCompressionError, Progress, Summary,
        WriteError, Writer,
    },
};

fn send_and_sync<T: Send + Sync>() {}

#[test]
fn all_types_are_send_and_sync() {
    send_and_sync::<(Builder, BuildError, Extension)>();
    send_and_sync::<(Tree, Entries<'_>, Entry<'_>, EntryPath, InsertError)>();
    send_and_sync::<(Content, Device, Metadata, Node)>();
    send_and_sync::<(Writer, BlockSize, Compression, Progress, Summary)>();
    send_and_sync::<(WriteError, InvalidBlockSizeError, ParseCompressionError)>();
}

#[cfg(feature = "fs")]
#[test]
fn all_types_of_the_file_system_are_send_and_sync() {
    use sysext_image::{Loss, Policy, Scan, ScanError, StageError, StagedImage};

    send_and_sync::<(Policy, Scan, Loss, ScanError)>();
    send_and_sync::<(StagedImage, StageError)>();
}
