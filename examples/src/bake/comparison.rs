use std::{fmt, fs::File, path::Path};

use sysext_image::{
    Extension,
    cross_check::{CrossCheck, CrossCheckError, Report, Unchecked},
};

use super::BakeError;
use crate::progress::WriteProgress;

/// How many disagreements a message has room for.
const SHOWN: usize = 8;

/// Reads an image again, with two readers, and compares it with what should be in it.
pub(super) fn compare(
    image: &Path,
    extension: &Extension,
    out: &Path,
    progress: &mut WriteProgress,
) -> Result<Agreement, BakeError> {
    let file =
        File::open(image).map_err(|source| BakeError::Input { path: image.to_owned(), source })?;
    let result = CrossCheck::new().run(extension.tree(), file, |state| {
        progress.show_bytes("comparing", state.done, state.total)
    });
    progress.finish();
    let Report { entries, disagreements, unchecked, .. } = result.map_err(|error| match error {
        CrossCheckError::Cancelled => BakeError::Interrupted { directory: out.to_owned() },
        error => error.into(),
    })?;
    if disagreements.is_empty() {
        return Ok(Agreement { entries, unchecked });
    }
    let left_out = disagreements.len().saturating_sub(SHOWN);
    let shown = disagreements.iter().take(SHOWN).map(ToString::to_string);
    Err(BakeError::Disagreement { shown: shown.collect(), left_out })
}

/// An image that is as it should be.
#[derive(Debug)]
pub(super) struct Agreement {
    /// None if one reader alone has read it.
    entries: u64,
    unchecked: Vec<Unchecked>,
}

/// One line.
impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entries {
            0 => f.write_str("the image is as it should be when sysext-image reads it")?,
            entries => write!(f, "{entries} entries are the same when backhand reads them")?,
        }
        self.unchecked.iter().try_for_each(|unchecked| write!(f, "; {unchecked}"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sysext_image::{Builder, Extension, Metadata, Node, Tree, squashfs::Writer};
    use sysext_release::{Class, ExtensionRelease};

    use super::compare;
    use crate::progress::WriteProgress;

    fn extension(nodes: impl IntoIterator<Item = Node>) -> Extension {
        let mut tree = Tree::new();
        for (number, node) in nodes.into_iter().enumerate() {
            let path = format!("usr/{number}");
            tree.insert(path, Metadata::new(0o644), node).expect("an entry");
        }
        let release = ExtensionRelease::builder().any_os().build().expect("a release");
        let builder = Builder::new(Class::Sysext, "n".parse().expect("a name"), release);
        builder.build(tree).expect("an extension")
    }

    /// What is said of an image of one extension that should be one of another.
    fn said(written: &Extension, wanted: &Extension) -> Result<String, String> {
        let directory = tempfile::tempdir().expect("a directory");
        let staged = written.stage(&Writer::new(), directory.path()).expect("an image");
        let mut progress = WriteProgress::new().expect("signals");
        let compared = compare(staged.path(), wanted, directory.path(), &mut progress);
        drop(staged);
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 0);
        compared.map(|agreement| agreement.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_image_that_differs_is_an_error_which_shows_some_of_it() {
        let files = |content: &str, count| extension(vec![Node::file(content); count]);
        let same = said(&files("a", 2), &files("a", 2));
        assert_eq!(same.as_deref(), Ok("6 entries are the same when backhand reads them"));

        let found = said(&files("a", 1), &files("b", 1)).expect_err("another content");
        assert_eq!(
            found,
            "the image is not as it should be, which is a mistake of bake's, so nothing was published: \
             \"usr/0\" as sysext-image reads it: the content differs from byte 0 on; \
             \"usr/0\" as backhand reads it: the content differs from byte 0 on"
        );
        let found = said(&files("a", 5), &files("b", 5)).expect_err("another content");
        assert_eq!(found.matches("differs").count(), 8, "{found}");
        assert!(found.ends_with("from byte 0 on; and 2 more"), "{found}");
    }

    #[test]
    fn what_one_reader_alone_has_read_is_said() {
        let extension = extension([Node::symlink("t".repeat(300))]);
        assert_eq!(
            said(&extension, &extension).as_deref(),
            Ok("the image is as it should be when sysext-image reads it; backhand cannot read an \
                image with a link target of 300 bytes, more than 255: \"usr/0\"")
        );
    }
}
