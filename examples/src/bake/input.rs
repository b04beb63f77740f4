use std::{
    env, fmt, fs,
    path::{Component, Path, PathBuf},
};

use sysext_release::ExtensionName;

use super::{BakeError, InputKind};

/// What is baked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A tar archive, or what is taken for one until it is read.
    Archive(InputName),
    Directory(PathBuf),
    Sample,
}

impl Input {
    pub(super) fn of(argument: Option<&Path>) -> Result<Self, BakeError> {
        let Some(path) = argument else { return Ok(Self::Sample) };
        if path.as_os_str() == "-" {
            return Ok(Self::Archive(InputName::StandardInput));
        }
        let metadata = fs::metadata(path)
            .map_err(|source| BakeError::Input { path: path.to_owned(), source })?;
        if metadata.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        let input = InputName::Path(path.to_owned());
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
            return Err(BakeError::NoTar { input, method: None, kind: InputKind::Recipe });
        }
        Ok(Self::Archive(input))
    }

    /// What an extension is called that is given no name.
    pub(super) fn name(&self) -> Result<ExtensionName, BakeError> {
        match self {
            Self::Sample => super::sample::name(),
            Self::Directory(path) => {
                // `.` and `dir/..` have a name as well.
                let canonical = fs::canonicalize(path)
                    .map_err(|source| BakeError::Input { path: path.clone(), source })?;
                let name = canonical.file_name().ok_or(BakeError::NoName)?;
                ExtensionName::from_bytes(name.as_encoded_bytes()).map_err(BakeError::DirectoryName)
            }
            Self::Archive(InputName::Path(path)) if path.is_file() => {
                let name = path.file_name().ok_or(BakeError::NoName)?.as_encoded_bytes();
                ExtensionName::from_bytes(without_suffix(name)).map_err(BakeError::ArchiveName)
            }
            // The names of pipes say nothing of what comes out of them.
            Self::Archive(_) => Err(BakeError::NoName),
        }
    }
}

/// An input, as a message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputName {
    /// What is at this path.
    Path(PathBuf),
    /// What comes through a pipe.
    StandardInput,
}

impl fmt::Display for InputName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Quoted as in all messages.
            Self::Path(path) => fmt::Debug::fmt(path, f),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}

/// Refuses a directory that the output would become a part of.
pub(super) fn check(input: &Path, out: &Path) -> Result<(), BakeError> {
    let canonical = fs::canonicalize(input)
        .map_err(|source| BakeError::Input { path: input.to_owned(), source })?;
    if destination(out).starts_with(&canonical) {
        return Err(BakeError::OutputInInput { out: out.to_owned(), input: input.to_owned() });
    }
    Ok(())
}

/// Where a path leads once the directories on it that are not there are made.
fn destination(path: &Path) -> PathBuf {
    let mut reached = env::current_dir().unwrap_or_default();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                reached.pop();
            }
            component => reached.push(component),
        }
        if let Ok(canonical) = reached.canonicalize() {
            reached = canonical;
        }
    }
    reached
}

/// The name of an archive without what says that it is one.
fn without_suffix(name: &[u8]) -> &[u8] {
    let suffixes =
        [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tar.zstd", ".tzst", ".tzstd"];
    let without = |suffix: &str| {
        let (stem, end) = name.split_at_checked(name.len().checked_sub(suffix.len())?)?;
        end.eq_ignore_ascii_case(suffix.as_bytes()).then_some(stem)
    };
    suffixes.into_iter().find_map(without).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::without_suffix;

    #[test]
    fn the_suffix_of_an_archive_is_no_part_of_its_name() {
        let cases = [
            ("a.tar", "a"),
            ("a.TAR.GZ", "a"),
            ("a.tgz", "a"),
            ("a.tar.xz", "a"),
            ("a.txz", "a"),
            ("a.tar.zst", "a"),
            ("a.tzst", "a"),
            ("a-1.2.tar.zstd", "a-1.2"),
            ("a.gz", "a.gz"),
            ("tar", "tar"),
            (".tar", ""),
            ("a.tar.tar", "a.tar"),
        ];
        for (name, expected) in cases {
            let found = String::from_utf8_lossy(without_suffix(name.as_bytes()));
            assert_eq!(found, expected, "{name}");
        }
    }
}
