use std::{fmt, os::unix::ffi::OsStrExt, path::Path};

use serde::Serialize;
use sysext_image::{EntryPath, Image, ImageError, ImageRelease, Node, ReleaseError, ReleaseFile};
use sysext_release::{
    Class, ExtensionName, FileKind, ImageEntry, NotAnImageError, Systemd,
    release_file::{CandidateKind, PREFIX, find},
};

use super::super::{
    InspectError,
    open::{file_name, kind, unread},
};

/// How many entries a directory of release files has at most, if it is looked at.
const MOST_FILES: usize = 1000;
/// How many of them are links, which are followed through other directories however large.
const MOST_LINKS: usize = 16;

/// What systemd makes of the release files of an image.
pub(in super::super) struct Lookup {
    pub(in super::super) class: Class,
    pub(in super::super) systemd: Systemd,
    /// The name that is looked up, or why the image has none.
    pub(in super::super) name: Result<Vec<u8>, NotAnImageError>,
    pub(in super::super) is_directory: bool,
    /// All that is in the directory of release files.
    pub(in super::super) files: Vec<ReleaseFile>,
    /// The name of the file that is taken.
    pub(in super::super) found: Option<Vec<u8>>,
    /// What is in it, unless the image has no name.
    pub(in super::super) verdict: Option<Result<ImageRelease, ReleaseError>>,
}

/// Whether a release file is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum Verdict {
    /// It would be, if it were the only one.
    Ambiguous,
    PassedOver,
    Taken,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ambiguous => "ambiguous",
            Self::PassedOver => "passed over",
            Self::Taken => "taken",
        })
    }
}

impl Lookup {
    /// Looks the release file up, by the name given, or else the one that systemd takes from the path of the image.
    pub(in super::super) fn of(
        image: &Image,
        path: &Path,
        class: Class,
        name: Option<&ExtensionName>,
        systemd: Systemd,
    ) -> Result<Self, InspectError> {
        let file_kind = kind(path)?;
        let name = match name {
            Some(name) => Ok(name.as_str().as_bytes().to_vec()),
            None => lookup_name(path, file_kind, class, systemd),
        };
        let count = Count::of(image, class).map_err(unread(path))?;
        let directory = class.release_directory();
        for (number, most, what) in
            [(count.entries, MOST_FILES, "entries"), (count.links, MOST_LINKS, "links")]
        {
            if number > most {
                return Err(InspectError::ReleaseFiles { directory, most, what });
            }
        }
        let files = image.release_files(class).map_err(unread(path))?;
        let (mut found, mut verdict) = (None, None);
        if let Ok(name) = &name {
            let candidates = files.iter().map(ReleaseFile::candidate).collect::<Vec<_>>();
            found = find(name, &candidates, systemd).ok().map(|found| found.name.to_vec());
            verdict = Some(match image.release(class, name, systemd) {
                Err(ReleaseError::Image(error)) => return Err(unread(path)(error)),
                verdict => verdict,
            });
        }
        let is_directory = file_kind == FileKind::Directory;
        Ok(Self { class, systemd, name, is_directory, files, found, verdict })
    }

    /// The names under which there would be a release file, if there is none.
    pub(in super::super) fn other_names(&self) -> impl Iterator<Item = ExtensionName> {
        let files = if self.found.is_some() { &[][..] } else { &self.files };
        files.iter().filter_map(|file| {
            let candidate = file.candidate();
            let name = candidate.name.strip_prefix(PREFIX.as_bytes())?;
            let is_file = matches!(
                candidate.kind,
                CandidateKind::File(FileKind::Regular)
                    | CandidateKind::Link(Some(FileKind::Regular))
            );
            if is_file { ExtensionName::from_bytes(name).ok() } else { None }
        })
    }
}

/// What is in the directory of release files of a class.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Count {
    pub(in super::super) entries: usize,
    /// How many of the entries are links.
    links: usize,
}

impl Count {
    pub(in super::super) fn of(image: &Image, class: Class) -> Result<Self, ImageError> {
        let mut count = Self::default();
        let Ok(directory) = class.release_directory().parse::<EntryPath>() else {
            return Ok(count);
        };
        let Some(directory) = image.resolve(&directory)? else { return Ok(count) };
        for entry in image.entries() {
            let entry = entry?;
            let rest = entry.path().as_bytes().strip_prefix(directory.path().as_bytes());
            match rest.and_then(|rest| rest.strip_prefix(b"/")) {
                Some(name) if name.contains(&b'/') => {}
                Some(_) => {
                    count.entries += 1;
                    count.links += usize::from(matches!(entry.node(), Node::Symlink(_)));
                }
                // What is in a directory comes in one piece.
                None if count.entries > 0 => break,
                None => {}
            }
        }
        Ok(count)
    }
}

/// The name by which systemd looks for the release file of what is at a path.
fn lookup_name(
    path: &Path,
    kind: FileKind,
    class: Class,
    systemd: Systemd,
) -> Result<Vec<u8>, NotAnImageError> {
    let file_name = file_name(path);
    let entry = ImageEntry::parse(file_name.as_bytes(), kind, class, systemd)?;
    Ok(entry.lookup_name(file_name.as_bytes()).to_vec())
}
