use sysext_release::{Class, Systemd};

use self::{
    entry::EntryCheck, findings::Findings, links::Links, release::ReleaseCheck, units::Units,
};
pub use self::{
    finding::{Finding, Severity},
    kind::FindingKind,
};
use crate::image::{Image, ImageError};

mod entry;
mod finding;
mod findings;
mod kind;
mod links;
mod places;
mod release;
mod text;
mod unit;
mod units;

/// What an image is checked for: for which class and under which name it is merged, and by which systemd.
///
/// ```
/// use sysext_image::{Check, Image, Metadata, Node, Severity, Tree};
///
/// let mut tree = Tree::new();
/// let path = "usr/lib/extension-release.d/extension-release.tools";
/// tree.insert(path, Metadata::new(0o644), Node::file("ID=_any\n"))?;
/// tree.insert("usr/lib/os-release", Metadata::new(0o644), Node::file("ID=mine\n"))?;
///
/// let findings = Image::from(tree).check(&Check::new().with_file_name("tools.raw"))?;
/// let [finding] = findings.as_slice() else { panic!("{findings:?}") };
/// assert_eq!((finding.severity, finding.code()), (Severity::Error, "os-release"));
/// assert_eq!(
///     finding.to_string(),
///     r#""usr/lib/os-release": systemd takes the image for an operating system: it passes over a raw image, and with a directory the merge of all extensions fails"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    class: Option<Class>,
    file_name: Option<Box<[u8]>>,
    systemd: Systemd,
    most: usize,
}

impl Check {
    /// A check for the newest systemd, of an image whose class is that of its directory of release files (a sysext, if it
    /// has both), and whose name is that of its release file.
    pub fn new() -> Self {
        Self { class: None, file_name: None, systemd: Systemd::default(), most: 100 }
    }

    /// The same for an image that is used as one of this class.
    #[must_use]
    pub fn with_class(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// The same for an image whose file, or directory, has this name in a directory that systemd searches.
    #[must_use]
    pub fn with_file_name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.file_name = Some(name.as_ref().into());
        self
    }

    /// The same for hosts with this systemd.
    #[must_use]
    pub fn with_systemd(mut self, systemd: Systemd) -> Self {
        self.systemd = systemd;
        self
    }

    /// The same with so many findings of each kind at most, 100 unless told otherwise. How many there are more is a finding of
    /// its own, [`FindingKind::More`].
    #[must_use]
    pub fn with_most_of_a_kind(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The classes that the image is merged as, the first of which is the one that it is checked for.
    fn classes(&self, image: &Image) -> Result<Vec<Class>, ImageError> {
        if let Some(class) = self.class {
            return Ok(vec![class]);
        }
        let mut classes = Vec::new();
        for class in [Class::Sysext, Class::Confext] {
            if release::directory(image, class)?.is_some() {
                classes.push(class);
            }
        }
        if classes.is_empty() {
            classes.push(Class::Sysext);
        }
        Ok(classes)
    }
}

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}

impl Image {
    /// What will go wrong with the image at run time: those of the image as a whole first, then in path order.
    ///
    /// No host is looked at, so that this says what happens on most of them. To say which hosts take the image, see
    /// [`Host`](sysext_release::Host).
    ///
    /// A [`Tree`](crate::Tree) is checked before it is written: `Image::from(tree).check(…)`. Of the
    /// entries it holds no more in memory than eight bytes each, some mebibytes of links, and what
    /// [`with_most_of_a_kind`](Check::with_most_of_a_kind) allows. What cannot be read is an error.
    pub fn check(&self, check: &Check) -> Result<Vec<Finding>, ImageError> {
        let classes = check.classes(self)?;
        let class = classes.first().copied().unwrap_or(Class::Sysext);
        let mut findings = Findings::new(check.most);
        let mut release = ReleaseCheck::new(self, class, check)?;
        let entries = EntryCheck::new(self, &classes)?;
        let (mut links, mut units) = (Links::default(), Units::new(class));
        for entry in self.entries() {
            let entry = entry?;
            release.count(&entry);
            let merged = entries.check(&entry, &mut findings)?;
            links.take(&entry, merged);
            if merged {
                units.take(self, &entry)?;
            }
        }
        links.finish(&mut findings);
        let release = release.check(&mut findings)?;
        units.finish(release.as_ref(), check.systemd, &mut findings);
        Ok(findings.finish())
    }
}
