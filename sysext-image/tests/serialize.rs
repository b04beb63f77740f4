//! What is data for others, as JSON.

#![cfg(feature = "serde")]

use serde_json::json;
use sysext_image::{
    Tree,
    squashfs::{BlockSize, Compression, Writer},
};

#[test]
fn options_are_their_text_both_ways() {
    let size: BlockSize = serde_json::from_value(json!("64K")).unwrap();
    assert_eq!((size.bytes(), json!(size)), (65_536, json!("64K")));
    let compression: Compression = serde_json::from_value(json!("none")).unwrap();
    assert_eq!((compression, json!(compression)), (Compression::None, json!("none")));

    let error = serde_json::from_value::<BlockSize>(json!("3K")).unwrap_err().to_string();
    assert_eq!(error, "invalid block size \"3K\": expected a power of two from 4K to 1M");
    let error = serde_json::from_value::<Compression>(json!(15)).unwrap_err().to_string();
    assert_eq!(error, "invalid type: integer `15`, expected a compression such as none");
}

#[test]
fn a_summary_is_an_object() {
    let image = std::io::Cursor::new(Vec::new());
    let summary = Writer::new().with_compression(Compression::None).write(&Tree::new(), image);
    let expected = json!({"image_bytes": 4096, "content_bytes": 0, "inodes": 1, "duplicates": 0, "cache": null});
    assert_eq!(json!(summary.unwrap()), expected);
}

#[cfg(feature = "fs")]
#[test]
fn a_loss_is_an_object_with_a_sentence() {
    use std::{
        fs,
        time::{Duration, UNIX_EPOCH},
    };
    use sysext_image::{MtimePolicy, ScanPolicy};

    let source = tempfile::tempdir().unwrap();
    let file = fs::File::create(source.path().join("file")).unwrap();
    file.set_modified(UNIX_EPOCH - Duration::from_secs(5)).unwrap();
    let policy = ScanPolicy::default().with_mtime(MtimePolicy::Keep);
    let scan = Tree::scan(source.path(), &policy).unwrap();
    let expected = json!([{
        "code": "mtime",
        "path": "file",
        "seconds": -5,
        "text": "\"file\": the time -5 is out of range, the nearest one was stored",
    }]);
    assert_eq!(json!(scan.losses), expected);
}
