use std::{
    env, fmt, fs,
    path::{Component, Path, PathBuf},
};

use sysext_release::ExtensionName;

use super::BakeError;

/// What is given in place of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputKind {
    /// Some file.
    File,
    /// A recipe, by its name.
    Recipe,
    /// A tar archive, by its name.
    Tar,
}

impl InputKind {
    fn of(path: &Path) -> Self {
        let name = path.to_string_lossy().to_ascii_lowercase();
        let ends_with = |suffixes: &[&str]| suffixes.iter().any(|suffix| name.ends_with(suffix));
        if name == "-"
            || ends_with(&[".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst"])
        {
            Self::Tar
        } else if ends_with(&[".toml"]) {
            Self::Recipe
        } else {
            Self::File
        }
    }
}

/// What to do instead.
impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "bake takes a directory with usr/, opt/ or etc/",
            Self::Recipe => "recipes are not supported, give the directory and options",
            Self::Tar => "tar archives are not supported, unpack it and give the directory",
        })
    }
}

/// Refuses what is no directory, and one that the output would become a part of.
pub(super) fn check(input: &Path, out: &Path) -> Result<(), BakeError> {
    let not_a_directory = || {
        let kind = InputKind::of(input);
        BakeError::NotADirectory { path: input.to_owned(), kind }
    };
    if input.as_os_str() == "-" {
        return Err(not_a_directory());
    }
    let canonical = canonicalize(input)?;
    if !canonical.is_dir() {
        return Err(not_a_directory());
    }
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

/// The name of the directory; `.` and `dir/..` have one as well.
pub(super) fn name(input: &Path) -> Result<ExtensionName, BakeError> {
    let canonical = canonicalize(input)?;
    let name = canonical.file_name().ok_or(BakeError::NoName)?;
    ExtensionName::from_bytes(name.as_encoded_bytes()).map_err(BakeError::DirectoryName)
}

fn canonicalize(input: &Path) -> Result<PathBuf, BakeError> {
    fs::canonicalize(input).map_err(|source| BakeError::Input { path: input.to_owned(), source })
}
