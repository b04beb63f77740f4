//! The nasty tree as the cross-check sees it.

use std::{
    fs::{self, File},
    ops::ControlFlow,
};

use sysext_image::cross_check::CrossCheck;

use crate::{keep, nasty, nasty_source, scan, tools::Image, writer};

#[test]
#[ignore = "needs root"]
fn the_nasty_tree_agrees_once_the_links_are_gone_that_backhand_cannot_read() {
    let source = nasty_source();
    let check = |case: &str| {
        let tree = scan(source.path(), &keep());
        let (compression, block_size) = case.split_once(' ').expect("two words");
        let image = Image::write(&tree, &writer(compression, block_size));
        let image = File::open(image.path()).expect("the image");
        let report = CrossCheck::new().run(&tree, image, |_| ControlFlow::Continue(()));
        let report = report.unwrap_or_else(|error| panic!("{case}: {error}"));
        let found: Vec<_> = report.disagreements.iter().map(ToString::to_string).collect();
        assert_eq!(found, [""; 0], "{case}");
        let unchecked: Vec<_> = report.unchecked.iter().map(ToString::to_string).collect();
        (report.entries == tree.entries().count() as u64, unchecked)
    };
    let long = "backhand cannot read an image with a link target of 256 bytes, more than 255: \
                \"usr/links/target-256\"";
    assert_eq!(check("zstd:1 128K"), (false, vec![long.to_owned()]));

    for link in nasty::LONG_LINKS {
        fs::remove_file(source.path().join(link)).expect("a link");
    }
    for case in ["zstd:1 4K", "zstd:1 1M", "gzip:1 128K", "xz:0 128K", "lz4 128K", "none 128K"] {
        let (all, unchecked) = check(case);
        assert!(all, "{case}");
        let expected = [
            "backhand does not show hard links (here 11)",
            "backhand does not show extended attributes (here of 616 entries)",
        ];
        assert_eq!(unchecked, expected, "{case}");
    }
}
