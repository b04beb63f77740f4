//! The texts of compressions, and what images show of them.

mod compressions;
mod noise;

use std::io::Cursor;

use compressions::compressions;
use noise::noise;
use sysext_image::{
    Metadata, Node, Tree,
    squashfs::{Compression, Writer},
};

fn write(tree: &Tree, compression: Compression, block_size: &str) -> Vec<u8> {
    let mut image = Cursor::new(Vec::new());
    let writer = Writer::new()
        .with_compression(compression)
        .with_block_size(block_size.parse().expect("a block size"));
    writer.write(tree, &mut image).expect("an image");
    image.into_inner()
}

#[test]
fn compressions_parse_and_display() {
    let built_in = [
        (true, &[("none", "none")][..]),
        (
            cfg!(feature = "zstd"),
            &[("zstd", "zstd:15"), ("zstd:1", "zstd:1"), ("zstd:22", "zstd:22")],
        ),
        (
            cfg!(feature = "gzip"),
            &[("gzip", "gzip:9"), ("gzip:1", "gzip:1"), ("gzip:12", "gzip:12")],
        ),
        (
            cfg!(feature = "xz"),
            &[
                ("xz", "xz:6"),
                ("xz:0", "xz:0"),
                ("xz:9", "xz:9"),
                ("xz:6:8K", "xz:6:8K"),
                ("xz:6:65536", "xz:6:64K"),
                ("xz:6:1M", "xz:6:1M"),
            ],
        ),
        (cfg!(feature = "lz4"), &[("lz4", "lz4")]),
    ];
    for (built_in, texts) in built_in {
        for (text, shown) in texts {
            let parsed = text.parse::<Compression>().map(|compression| compression.to_string());
            let Ok(parsed) = parsed else {
                assert!(!built_in, "{text}: {parsed:?}");
                continue;
            };
            assert_eq!((built_in, &*parsed), (true, *shown), "{text}");
        }
    }
}

#[test]
fn an_unknown_compression_is_an_error_that_names_what_is_built_in() {
    let built_in = [
        cfg!(feature = "zstd"),
        cfg!(feature = "gzip"),
        cfg!(feature = "xz"),
        cfg!(feature = "lz4"),
    ];
    // Some of the sixteen.
    let expected = match built_in {
        [false, false, false, false] => "none (zstd, gzip, xz and lz4 are not built in)",
        [true, false, false, false] => "zstd[:LEVEL] or none (gzip, xz and lz4 are not built in)",
        [false, true, false, false] => "gzip[:LEVEL] or none (zstd, xz and lz4 are not built in)",
        [false, false, true, false] => {
            "xz[:LEVEL[:DICTIONARY]] or none (zstd, gzip and lz4 are not built in)"
        }
        [false, false, false, true] => "lz4 or none (zstd, gzip and xz are not built in)",
        [true, true, true, false] => {
            "zstd[:LEVEL], gzip[:LEVEL], xz[:LEVEL[:DICTIONARY]] or none (lz4 is not built in)"
        }
        [true, true, true, true] => {
            "zstd[:LEVEL], gzip[:LEVEL], xz[:LEVEL[:DICTIONARY]], lz4 or none"
        }
        _ => return,
    };
    for text in ["", "brotli", "lzo", "none:1", "lz4:", "lz4:1", "ZSTD", " none"] {
        let error = text.parse::<Compression>().unwrap_err().to_string();
        assert_eq!(error, format!("unknown compression {text:?}: expected {expected}"));
    }
}

#[test]
fn a_level_that_the_compressor_does_not_have_is_an_error() {
    for (name, built_in, least, most) in [
        ("zstd", cfg!(feature = "zstd"), 1, 22),
        ("gzip", cfg!(feature = "gzip"), 1, 12),
        ("xz", cfg!(feature = "xz"), 0, 9),
    ] {
        let above = (most + 1).to_string();
        let below = if least == 0 { "-0" } else { "0" };
        for level in [&*above, below, "", "x", "300", "+3", "-1", " 3", "3 ", ":"] {
            let text = format!("{name}:{level}");
            let error = text.parse::<Compression>().unwrap_err().to_string();
            if built_in {
                let expected = format!("has no such level: expected {least} to {most}");
                assert_eq!(error, format!("compression {text:?} {expected}"));
            } else {
                assert!(error.starts_with("unknown compression "), "{text}: {error}");
            }
        }
    }
}

#[cfg(feature = "xz")]
#[test]
fn a_dictionary_that_an_image_cannot_have_is_an_error() {
    for size in ["", "4K", "12K", "2M", "x", "64K:", "+64K"] {
        let text = format!("xz:6:{size}");
        let error = text.parse::<Compression>().unwrap_err().to_string();
        let expected = "has no such dictionary: expected a power of two from 8K to 1M";
        assert_eq!(error, format!("compression {text:?} {expected}"));
    }
}

/// The compressor in the superblock, and the compressor-options block behind it, if the flags say that there is one.
fn compressor(image: &[u8]) -> (u16, Option<&[u8]>) {
    let half = |at| {
        let bytes = image.get(at..).and_then(<[u8]>::first_chunk);
        u16::from_le_bytes(*bytes.expect("two bytes"))
    };
    let end = 98 + usize::from(half(96) ^ 1 << 15);
    let options = (half(24) & 1 << 10 != 0).then(|| image.get(98..end).expect("a block"));
    (half(20), options)
}

#[test]
fn compressor_options_are_written_where_a_reader_would_assume_others() {
    let lz4: &[u8] = &[1, 0, 0, 0, 0, 0, 0, 0];
    let cases: [(&str, &str, u16, Option<&[u8]>); 20] = [
        ("none", "128K", 1, None),
        ("gzip:1", "128K", 1, Some(&[1, 0, 0, 0, 15, 0, 0, 0])),
        ("gzip:8", "128K", 1, Some(&[8, 0, 0, 0, 15, 0, 0, 0])),
        ("gzip:9", "128K", 1, None),
        ("gzip:12", "128K", 1, None),
        ("xz:0", "4K", 4, None),
        ("xz:9", "1M", 4, None),
        ("xz:6:8K", "4K", 4, None),
        ("xz:6:8K", "8K", 4, None),
        ("xz:6:1M", "128K", 4, None),
        ("xz:6:128K", "128K", 4, None),
        ("xz:6:8K", "128K", 4, Some(&[0, 32, 0, 0, 0, 0, 0, 0])),
        ("xz:6:64K", "128K", 4, Some(&[0, 0, 1, 0, 0, 0, 0, 0])),
        ("xz:6:512K", "1M", 4, Some(&[0, 0, 8, 0, 0, 0, 0, 0])),
        ("lz4", "4K", 5, Some(lz4)),
        ("lz4", "128K", 5, Some(lz4)),
        ("lz4", "1M", 5, Some(lz4)),
        ("zstd:1", "128K", 6, Some(&[1, 0, 0, 0])),
        ("zstd:15", "128K", 6, None),
        ("zstd:22", "128K", 6, Some(&[22, 0, 0, 0])),
    ];
    let tree = Tree::new();
    let mut compared = 0;
    for (text, block_size, id, options) in cases {
        // What is not built in does not parse, as another test has it.
        let Ok(compression) = text.parse() else { continue };
        let image = write(&tree, compression, block_size);
        assert_eq!(compressor(&image), (id, options), "{text} in blocks of {block_size}");
        compared += 1;
    }
    assert!(compared >= compressions().len(), "{compared} cases");
}

#[test]
fn a_block_that_does_not_get_shorter_is_stored() {
    let mut tree = Tree::new();
    tree.insert("a", Metadata::new(0o644), Node::file(noise(40_960, 1))).unwrap();
    for compression in compressions() {
        let image = write(&tree, compression, "4K");
        // Behind the superblock, and the block with the options.
        let start = 96 + compressor(&image).1.map_or(0, |options| 2 + options.len());
        assert!(image[start..start + 40_960] == noise(40_960, 1), "{compression}");
    }
}

#[test]
fn a_block_that_gets_shorter_is_compressed() {
    let content: Vec<_> = noise(1024, 1).into_iter().cycle().take(40_960).collect();
    let mut tree = Tree::new();
    tree.insert("a", Metadata::new(0o644), Node::file(content)).unwrap();
    for compression in compressions() {
        let length = write(&tree, compression, "4K").len();
        let (least, most) =
            if compression == Compression::None { (40_960, 49_152) } else { (8192, 16_384) };
        assert!((least..=most).contains(&length), "{compression}: {length} bytes");
    }
}

#[cfg(feature = "xz")]
#[test]
fn the_levels_of_xz_above_six_are_the_sixth() {
    let content: Vec<_> = (0..90_000_u32).flat_map(|n| (n % 601).pow(2).to_le_bytes()).collect();
    let mut tree = Tree::new();
    tree.insert("a", Metadata::new(0o644), Node::file(content)).unwrap();
    let [five, six, seven, eight, nine] = ["xz:5", "xz:6", "xz:7", "xz:8", "xz:9"]
        .map(|text| write(&tree, text.parse().unwrap(), "1M"));
    assert!(five != six, "a tree that shows no difference");
    assert!([seven, eight, nine].iter().all(|image| *image == six));
}
