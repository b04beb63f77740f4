use std::{cmp::Ordering, collections::BTreeMap};

use super::{Finding, FindingKind, Severity};
use crate::{diff::path_order, tree::EntryPath};

/// What was found so far: of each kind no more than so many.
#[derive(Debug)]
pub(super) struct Findings {
    most: usize,
    listed: Vec<Finding>,
    counts: BTreeMap<&'static str, Count>,
}

#[derive(Debug)]
struct Count {
    listed: usize,
    more: u64,
    /// The worst that is not listed.
    severity: Severity,
}

impl Findings {
    pub(super) fn new(most: usize) -> Self {
        Self { most, listed: Vec::new(), counts: BTreeMap::new() }
    }

    pub(super) fn of_image(&mut self, kind: FindingKind) {
        self.push(None, kind);
    }

    pub(super) fn at(&mut self, path: &EntryPath, kind: FindingKind) {
        self.push(Some(path), kind);
    }

    fn push(&mut self, path: Option<&EntryPath>, kind: FindingKind) {
        let none = || Count { listed: 0, more: 0, severity: Severity::Info };
        let count = self.counts.entry(kind.code()).or_insert_with(none);
        if count.listed < self.most {
            count.listed += 1;
            self.listed.push(Finding::new(path.cloned(), kind));
        } else {
            count.more += 1;
            count.severity = count.severity.max(kind.severity());
        }
    }

    /// All of them: those of the image first, then in path order, at last how many there are more.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.listed.sort_by(|left, right| match (&left.path, &right.path) {
            (Some(left), Some(right)) => path_order(left, right),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
        for (code, count) in self.counts {
            if count.more > 0 {
                let (severity, count) = (count.severity, count.more);
                self.listed.push(Finding::new(None, FindingKind::More { code, severity, count }));
            }
        }
        self.listed
    }
}
