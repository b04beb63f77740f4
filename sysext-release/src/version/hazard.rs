use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use super::compare;

/// What stands between a release and the name of its pre-release.
const SEPARATORS: [char; 5] = ['-', '.', '_', '+', ','];

/// The words that announce a release, in lower case.
const WORDS: [&str; 16] = [
    "alpha",
    "beta",
    "canary",
    "dev",
    "devel",
    "experimental",
    "milestone",
    "nightly",
    "pre",
    "prerelease",
    "preview",
    "rc",
    "snapshot",
    "test",
    "testing",
    "unstable",
];

/// A pre-release that systemd takes for newer than the release it leads to.
///
/// `1.0.0-rc1` is such a one: it is older than `1.0.0` in [SemVer](https://semver.org) and its kin,
/// but newer for systemd, so a fleet that has it never gets the release.
///
/// A pre-release is told by a word right after the release, in any case, with or without a
/// separator (`-`, `.`, `_`, `+`, `,`): alpha, beta, canary, dev, devel, experimental, milestone,
/// nightly, pre, prerelease, preview, rc, snapshot, test, testing and unstable. The letters `a`,
/// `b` and `m` count where they stand between numbers as in `1.0a1` and `1.0-b2`; `1.0-1+b1`,
/// Debian's mark of a rebuild, and OpenSSL's `1.0.2a` come after their release, rightly. Build
/// metadata belongs to the release too: `1.31.4-rc1+k3s1` leads to `1.31.4+k3s1`, and is older than
/// that for systemd as well. What follows a `~` or `^` has been put in order on purpose.
///
/// ```
/// use sysext_release::version::{Hazard, compare};
///
/// let hazard = Hazard::find("1.31.0-rc.1").unwrap();
/// assert_eq!(hazard.release(), "1.31.0");
/// assert_eq!(hazard.pre_release(), "rc.1");
/// assert_eq!(hazard.remedy(), "1.31.0~rc.1");
/// assert_eq!(
///     hazard.to_string(),
///     "1.31.0-rc.1 is newer than its release 1.31.0; 1.31.0~rc.1 would be older",
/// );
/// assert!(compare(&hazard.remedy(), hazard.release()).is_lt());
///
/// assert_eq!(Hazard::find("1.31.4+k3s1"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard<'a> {
    version: &'a str,
    release: Cow<'a, str>,
    number: &'a str,
    pre_release: &'a str,
}

impl<'a> Hazard<'a> {
    /// The hazard of any text that is compared as a version, if it is one.
    pub fn find(text: &'a str) -> Option<Self> {
        let (number, pre_release) = split(text)?;
        let release = match build(pre_release) {
            Some(build) => Cow::Owned(format!("{number}{build}")),
            None => Cow::Borrowed(number),
        };
        compare(text, &release).is_gt().then_some(Self {
            version: text,
            release,
            number,
            pre_release,
        })
    }

    /// The pre-release as it was given.
    pub fn version(&self) -> &'a str {
        self.version
    }

    /// The release that this version leads to, and wrongly comes after.
    pub fn release(&self) -> &str {
        &self.release
    }

    /// What makes it a pre-release, with all that follows.
    pub fn pre_release(&self) -> &'a str {
        self.pre_release
    }

    /// A spelling that sorts right: `1.0.0~rc1`.
    ///
    /// The order knows it everywhere, but systemd 257 takes no `~` in the versions of
    /// systemd-sysupdate and of `.v` directories, and there is no other spelling that sorts right.
    /// A fleet that has such hosts needs another place for its pre-releases.
    pub fn remedy(&self) -> String {
        format!("{}~{}", self.number, self.pre_release)
    }
}

impl fmt::Display for Hazard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remedy = self.remedy();
        let [version, release, remedy] = [self.version, &self.release, &remedy].map(Shown);
        write!(f, "{version} is newer than its release {release}; {remedy} would be older")
    }
}

/// Somebody else's text on one line: what a terminal would obey is escaped.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_debug())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// The text before and from the first word that announces a release.
fn split(text: &str) -> Option<(&str, &str)> {
    let unordered = text.split(['~', '^']).next()?;
    // What each run would look for before it, once for all of them: the text may be long.
    let first_digit = text.bytes().position(|byte| byte.is_ascii_digit())?;
    let letters = text.len() - text.strip_prefix(['v', 'V']).unwrap_or(text).len();
    let is_dotted = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let dotted = letters + text.bytes().skip(letters).take_while(is_dotted).count();
    let mut start = 0;
    for run in unordered
        .as_bytes()
        .chunk_by(|left, right| left.is_ascii_alphabetic() == right.is_ascii_alphabetic())
    {
        if let Some((before, after)) = text.split_at_checked(start)
            && let number = before.trim_end_matches(SEPARATORS)
            && first_digit < number.len()
            && (is_word(run)
                || before.strip_suffix(['-', '_']).unwrap_or(before).len() <= dotted
                    && is_letter_before_number(run, after))
        {
            return Some((number, after));
        }
        start += run.len();
    }
    None
}

/// The build metadata of a pre-release, which its release has too.
fn build(pre_release: &str) -> Option<&str> {
    let (_, build) = pre_release.split_at_checked(pre_release.find('+')?)?;
    build.chars().nth(1)?.is_ascii_alphanumeric().then_some(build)
}

fn is_word(run: &[u8]) -> bool {
    WORDS.iter().any(|word| run.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether this is the letter of `1.0a1`, which has a whole number behind it. Before it there are only numbers with dots,
/// lest every commit hash be one.
fn is_letter_before_number(letter: &[u8], after: &str) -> bool {
    let digits = after.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    let rest = digits.trim_start_matches(|character: char| character.is_ascii_digit());
    [b"a", b"b", b"m"].iter().any(|known| letter.eq_ignore_ascii_case(*known))
        && rest.len() < digits.len()
        && (rest.is_empty() || rest.starts_with(SEPARATORS))
}
