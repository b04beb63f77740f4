use std::{cmp::Ordering, iter};

use sysext_release::{ExtensionName, version::compare};

/// Active extensions in the order in which systemd stacks them, the uppermost first.
///
/// Where two extensions ship one file, the upper one wins. The upper one is the one whose image
/// name, not the version in its release file, is the higher in the [version
/// order](https://uapi-group.org/specifications/specs/version_format_specification/). Names that
/// are equal there though they differ, like `1` and `01`, have no order: systemd stacks them one
/// way in one run and the other way in the next. Their precedence is [`Precedence::Random`], and
/// here they always lie in the order of their bytes. Of two images of the very same name systemd takes
/// one only; here they keep the order in which they were given, and are [`Precedence::Random`] too.
///
/// ```
/// use sysext_merge::{Precedence, Stack};
/// use sysext_release::ExtensionName;
///
/// let mut names: Vec<ExtensionName> = Vec::new();
/// for name in ["c9", "c10", "a_", "a"] {
///     names.push(name.parse()?);
/// }
/// let stack = Stack::new(names, |name| name);
/// let layers: Vec<_> = stack.layers().iter().map(ExtensionName::as_str).collect();
/// assert_eq!(layers, ["c10", "c9", "a", "a_"]);
///
/// let random: Vec<_> = stack
///     .neighbours()
///     .filter(|pair| pair.precedence == Precedence::Random)
///     .map(|pair| (pair.upper.as_str(), pair.lower.as_str()))
///     .collect();
/// assert_eq!(random, [("a", "a_")]);
/// # Ok::<(), sysext_release::InvalidNameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack<T> {
    layers: Vec<T>,
    /// How each layer but the lowest stands to the one below it.
    precedences: Vec<Precedence>,
}

impl<T> Stack<T> {
    /// The stack of these extensions, whatever their order.
    ///
    /// `name` gives the name of an item's image.
    pub fn new(
        extensions: impl IntoIterator<Item = T>,
        name: impl Fn(&T) -> &ExtensionName,
    ) -> Self {
        let mut layers: Vec<T> = extensions.into_iter().collect();
        layers.sort_by(|left, right| {
            let (left, right) = (name(left), name(right));
            compare(right.as_str(), left.as_str()).then_with(|| left.cmp(right))
        });
        let below = layers.iter().skip(1);
        let precedences = iter::zip(&layers, below)
            .map(|(upper, lower)| match compare(name(upper).as_str(), name(lower).as_str()) {
                Ordering::Equal => Precedence::Random,
                Ordering::Less | Ordering::Greater => Precedence::Decided,
            })
            .collect();
        Self { layers, precedences }
    }

    /// The extensions, the uppermost first.
    pub fn layers(&self) -> &[T] {
        &self.layers
    }

    /// The extensions, the uppermost first, to keep.
    pub fn into_layers(self) -> Vec<T> {
        self.layers
    }

    /// Each two extensions that lie on each other, from the top down.
    ///
    /// Where several pairs in a row are random, the order of all their extensions is.
    pub fn neighbours(&self) -> impl Iterator<Item = Pair<'_, T>> {
        let pairs = iter::zip(&self.layers, self.layers.iter().skip(1));
        iter::zip(pairs, &self.precedences).map(|((upper, lower), precedence)| Pair {
            upper,
            lower,
            precedence: *precedence,
        })
    }
}

/// Two extensions that lie on each other in a [`Stack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pair<'a, T> {
    /// The upper one, whose files win.
    pub upper: &'a T,
    /// The lower one.
    pub lower: &'a T,
    /// Whether that is so in each run of systemd.
    pub precedence: Precedence,
}

/// Whether the order of two extensions is decided by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a decision is made or not")]
pub enum Precedence {
    /// The names differ in the version order: systemd always stacks the two like this.
    Decided,
    /// The names are equal in the version order: systemd stacks the two either way.
    Random,
}
