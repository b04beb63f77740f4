#[cfg(feature = "tar")]
use super::Tree;
use super::{EntryPath, PathPattern};

/// What patterns leave out of a source, and which of them have matched.
pub(crate) struct Excluder<'a> {
    patterns: Vec<(&'a PathPattern, bool)>,
    excluded: Vec<EntryPath>,
}

impl<'a> Excluder<'a> {
    pub(crate) fn new(patterns: &'a [PathPattern]) -> Self {
        let patterns = patterns.iter().map(|pattern| (pattern, false)).collect();
        Self { patterns, excluded: Vec::new() }
    }

    /// Whether the entry is left out. To be asked of nothing below what is.
    pub(crate) fn excludes(&mut self, path: &EntryPath) -> bool {
        let mut excluded = false;
        for (pattern, matched) in &mut self.patterns {
            if pattern.matches(path) {
                (excluded, *matched) = (true, true);
            }
        }
        if excluded {
            self.excluded.push(path.clone());
        }
        excluded
    }

    /// Takes out of a tree what is left out.
    #[cfg(feature = "tar")]
    pub(crate) fn prune(&mut self, tree: &mut Tree) {
        for entry in tree.entries() {
            // The entries of a directory come right behind it.
            let above = self.excluded.last();
            if above.is_none_or(|above| !entry.path().is_below(above)) {
                self.excludes(entry.path());
            }
        }
        for path in &self.excluded {
            tree.remove(path);
        }
    }

    /// What was left out, and the patterns that matched nothing.
    pub(crate) fn finish(self) -> (Vec<EntryPath>, Vec<PathPattern>) {
        let unmatched = self.patterns.into_iter().filter(|(_, matched)| !matched);
        (self.excluded, unmatched.map(|(pattern, _)| pattern.clone()).collect())
    }
}
