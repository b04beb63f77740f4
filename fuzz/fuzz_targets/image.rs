//! Whatever an image says, looking into it ends soon, and no path leads out of it.
#![no_main]

use std::io::{Cursor, Read, copy, sink};

use libfuzzer_sys::fuzz_target;
use sysext_image::{Check, EntryPath, Image, ImageEntry, ImageOptions, Node};
use sysext_release::{Class, Systemd};

/// How many entries, and bytes of content, of one image are looked at.
const ENTRIES: u64 = 500;
const BYTES: u64 = 1 << 20;

fuzz_target!(|image: &[u8]| {
    let options = ImageOptions::default().with_entries(ENTRIES).with_xattr_bytes(BYTES);
    let Ok(image) = Image::open_with(Cursor::new(image.to_vec()), &options) else { return };
    let _ = image.root();

    let mut bytes = BYTES;
    let mut last: Option<EntryPath> = None;
    let mut count = 0;
    for entry in image.entries() {
        let Ok(entry) = entry else { break };
        count += 1;
        check_path(&entry);
        if let Some(last) = last.replace(entry.path().clone()) {
            let names = |path: &EntryPath| {
                path.as_bytes().split(|byte| *byte == b'/').map(<[u8]>::to_vec).collect::<Vec<_>>()
            };
            assert!(names(&last) < names(entry.path()), "{last:?} before {:?}", entry.path());
        }
        if let Node::File(content) = entry.node()
            && let Ok(length) = copy(&mut content.reader().take(bytes), &mut sink())
        {
            assert!(length == bytes || length == content.len(), "{:?}", entry.path());
            bytes -= length;
        }
        if count < 50 {
            let again = image.get(entry.path()).expect("it was listed").expect("it was listed");
            assert_eq!(again.inode_number(), entry.inode_number(), "{:?}", entry.path());
            if let Ok(Some(end)) = image.resolve(entry.path()) {
                check_path(&end);
                assert!(!matches!(end.node(), Node::Symlink(_)), "{:?}", end.path());
            }
        }
    }
    assert!(count <= ENTRIES, "{count} entries");

    for class in [Class::Sysext, Class::Confext] {
        let _ = image.release_files(class);
        let _ = image.release(class, b"t", Systemd::V262);
        let _ = image.check(&Check::new().with_class(class));
    }
    if let Ok(findings) = image.check(&Check::new().with_file_name("t.raw")) {
        assert!(findings.iter().all(|finding| !finding.to_string().is_empty()), "{findings:?}");
    }
});

fn check_path(entry: &ImageEntry) {
    let again = EntryPath::try_from(entry.path().as_bytes());
    assert_eq!(again.as_ref(), Ok(entry.path()));
}
