use sysext_release::{
    Architecture, Class, ExtensionName, ExtensionRelease, FileKind, Host, ImageEntry as FileEntry,
    ImageForm, OsRelease, Systemd, Warning,
    release_file::{self, Candidate, NoReleaseFileError, Reason, find},
    version,
};

use super::{Check, FindingKind, findings::Findings};
use crate::{
    image::{Image, ImageEntry, ImageError, ImageFormat, ImageRelease, ReleaseError, ReleaseFile},
    tree::{EntryPath, Node},
};

/// How many files in the directory of release files are looked at.
const MOST_FILES: u64 = 1000;
/// How many of them may be links: to follow one may take long.
const MOST_LINKS: u64 = 16;
/// How many of them are read where the name of the image is not known.
const MOST_READ: usize = 16;

/// What is said of the release file, and of the name of the image, which belong together.
#[derive(Debug)]
pub(super) struct ReleaseCheck<'a> {
    image: &'a Image,
    class: Class,
    check: &'a Check,
    directory: Option<EntryPath>,
    count: u64,
    links: u64,
}

/// The directory of release files of a class, its links followed.
pub(super) fn directory(image: &Image, class: Class) -> Result<Option<EntryPath>, ImageError> {
    let path = EntryPath::of_names(class.release_directory().as_bytes());
    let entry = image.resolve(&path)?;
    Ok(entry.filter(|entry| *entry.node() == Node::Directory).map(|entry| entry.path().clone()))
}

impl<'a> ReleaseCheck<'a> {
    pub(super) fn new(
        image: &'a Image,
        class: Class,
        check: &'a Check,
    ) -> Result<Self, ImageError> {
        Ok(Self { image, class, check, directory: directory(image, class)?, count: 0, links: 0 })
    }

    /// Counts the entries of the directory, since all of them are held in memory later.
    pub(super) fn count(&mut self, entry: &ImageEntry) {
        let Some(directory) = &self.directory else { return };
        let below = entry.path().as_bytes().strip_prefix(directory.as_bytes());
        if below.is_some_and(|rest| rest.starts_with(b"/")) {
            self.count += 1;
            self.links += u64::from(matches!(entry.node(), Node::Symlink(_)));
        }
    }

    /// What the release file says, if there is one.
    pub(super) fn check(
        &self,
        findings: &mut Findings,
    ) -> Result<Option<ExtensionRelease>, ImageError> {
        let entry = self.check_file_name(findings);
        if self.count > MOST_FILES || self.links > MOST_LINKS {
            findings.of_image(FindingKind::TooManyReleaseFiles { count: self.count });
            return Ok(None);
        }
        let files = self.image.release_files(self.class)?;
        let names: Vec<_> = files.iter().filter_map(name_in).collect();
        if names.is_empty() {
            findings.of_image(FindingKind::NoReleaseFile { class: self.class });
            return Ok(None);
        }
        let Some(file_name) = &self.check.file_name else {
            return self.check_without_name(&files, &names, findings);
        };
        // Of a file that is no image nothing is looked up.
        let Some(entry) = entry else { return Ok(None) };
        let lookup_name = entry.lookup_name(file_name);
        let Some(found) = self.look_up(lookup_name, &entry, &files, &names, findings)? else {
            return Ok(None);
        };
        for file in &files {
            if name_in(file).is_some() && *file.path() != found.path {
                let used = lossy(last_name(&found.path));
                findings.at(file.path(), FindingKind::UnusedReleaseFile { used });
            }
        }
        self.check_release(&found, &files, findings);
        self.compare_names(lookup_name, &found, findings);
        Ok(Some(found.release))
    }

    /// The image that systemd sees in a file of this name.
    fn check_file_name(&self, findings: &mut Findings) -> Option<FileEntry> {
        let file_name = self.check.file_name.as_ref()?;
        // What is a tree now will be a file, if its name is that of one.
        let directory =
            self.image.format() == ImageFormat::Directory && !file_name.ends_with(b".raw");
        let kind = if directory { FileKind::Directory } else { FileKind::Regular };
        match FileEntry::parse(file_name, kind, self.class, self.check.systemd) {
            Ok(entry) => {
                check_name(entry.name(), findings);
                Some(entry)
            }
            Err(error) => {
                findings.of_image(FindingKind::NoImage { error });
                None
            }
        }
    }

    /// The name of the image is that of its release file.
    fn check_without_name(
        &self,
        files: &[ReleaseFile],
        names: &[&[u8]],
        findings: &mut Findings,
    ) -> Result<Option<ExtensionRelease>, ImageError> {
        if names.len() > 1 {
            let names = names.iter().take(MOST_READ).map(|name| lossy(name)).collect();
            findings.of_image(FindingKind::ReleaseFileByName { names });
        }
        let mut release = None;
        for name in names.iter().take(MOST_READ) {
            if let Ok(name) = ExtensionName::from_bytes(name) {
                check_name(&name, findings);
            }
            if let Some(found) = self.read(name, findings)? {
                self.check_release(&found, files, findings);
                release.get_or_insert(found.release);
            }
        }
        Ok(release)
    }

    fn look_up(
        &self,
        lookup_name: &[u8],
        entry: &FileEntry,
        files: &[ReleaseFile],
        names: &[&[u8]],
        findings: &mut Findings,
    ) -> Result<Option<ImageRelease>, ImageError> {
        let candidates: Vec<_> = files.iter().map(ReleaseFile::candidate).collect();
        let Err(error) = find(lookup_name, &candidates, self.check.systemd) else {
            return self.read(lookup_name, findings);
        };
        let raw = *entry.form() == ImageForm::Raw;
        let kind = match error {
            NoReleaseFileError::NameTooLong { length, .. } => FindingKind::NameTooLong { length },
            NoReleaseFileError::NotUnique { names, .. } => {
                FindingKind::SeveralReleaseFiles { names }
            }
            // `read` says it.
            NoReleaseFileError::ExactIsNoFile { .. } => return self.read(lookup_name, findings),
            _ => {
                let fitting = |name: &[u8]| {
                    let name = lossy(name);
                    if raw { format!("{name}.raw").into() } else { name }
                };
                let published = names.iter().find(|name| {
                    let rest = lookup_name.strip_prefix(**name);
                    rest.is_some_and(|rest| rest.starts_with(b"-"))
                });
                if let (Some(name), true) = (published, raw) {
                    findings.of_image(FindingKind::NeedsLink { link: fitting(name) });
                    return self.read(name, findings);
                }
                let fitting = match names {
                    [name] => Some(fitting(name)),
                    _ => None,
                };
                FindingKind::MisnamedReleaseFile { lookup_name: lossy(lookup_name), fitting }
            }
        };
        findings.of_image(kind);
        Ok(None)
    }

    fn read(
        &self,
        lookup_name: &[u8],
        findings: &mut Findings,
    ) -> Result<Option<ImageRelease>, ImageError> {
        match self.image.release(self.class, lookup_name, self.check.systemd) {
            Ok(found) => return Ok(Some(found)),
            Err(ReleaseError::Image(error)) => return Err(error),
            Err(ReleaseError::Parse { path, source: error }) => {
                findings.at(&path, FindingKind::UnparsableReleaseFile { error });
            }
            Err(ReleaseError::TooLarge { path, length }) => {
                findings.at(&path, FindingKind::ReleaseFileTooLarge { length });
            }
            Err(ReleaseError::None(NoReleaseFileError::ExactIsNoFile { name, kind, .. })) => {
                let directory = self.class.release_directory();
                let path = EntryPath::of_names(format!("{directory}/{name}").as_bytes());
                findings.at(&path, FindingKind::ReleaseFileIsNoFile { kind });
            }
            // Only a link to nowhere has the name then, or no name of an image.
            Err(ReleaseError::None(_)) => {
                let lookup_name = lossy(lookup_name);
                let kind = FindingKind::MisnamedReleaseFile { lookup_name, fitting: None };
                findings.of_image(kind);
            }
        }
        Ok(None)
    }

    fn check_release(&self, found: &ImageRelease, files: &[ReleaseFile], findings: &mut Findings) {
        let (path, release, systemd) = (&found.path, &found.release, self.check.systemd);
        if release.id().is_none() {
            findings.at(path, FindingKind::NoId);
        }
        let file = files.iter().find(|file| file.path() == path).map(ReleaseFile::candidate);
        if file.is_some_and(|file| fits_any_name(&file, systemd)) {
            findings.at(path, FindingKind::AnyName);
        }
        for warning in warnings(release, self.class, systemd) {
            findings.at(path, FindingKind::ReleaseField { warning });
        }
        if systemd >= Systemd::V262 {
            let kubelet = |unit: &str| matches!(unit, "kubelet" | "kubelet.service");
            if release.restart_units().any(kubelet) {
                let key = "EXTENSION_RESTART_UNITS";
                findings.at(path, FindingKind::RestartsKubelet { key });
            }
            if release.reload_or_restart_units().any(kubelet) {
                let key = "EXTENSION_RELOAD_OR_RESTART_UNITS";
                findings.at(path, FindingKind::RestartsKubelet { key });
            }
        }
    }

    /// What the name of the file says besides that of the image, against what the release file says.
    fn compare_names(&self, lookup_name: &[u8], found: &ImageRelease, findings: &mut Findings) {
        let name = last_name(&found.path).strip_prefix(release_file::PREFIX.as_bytes());
        let rest = name.and_then(|name| lookup_name.strip_prefix(name));
        let Some(rest) = rest.and_then(|rest| str::from_utf8(rest).ok()) else { return };
        let (rest, architecture) = without_architecture(rest);
        let release = &found.release;
        if let (Some(file_name), Some(release)) = (architecture, release.architecture())
            && !matches!(release, "_any")
            && release != file_name.as_str()
        {
            let release = release.into();
            findings.at(&found.path, FindingKind::ArchitectureDiffers { file_name, release });
        }
        let Some(version) = rest.strip_prefix(['-', '_']).filter(|version| !version.is_empty())
        else {
            return;
        };
        let key = match self.class {
            Class::Confext => "CONFEXT_VERSION_ID",
            Class::Sysext => "SYSEXT_VERSION_ID",
        };
        let plain = |version: &str| version.strip_prefix('v').unwrap_or(version).to_owned();
        if let Some(release) = release.extension_version_id(self.class)
            && version::compare(&plain(version), &plain(release)).is_ne()
        {
            let (file_name, release) = (version.into(), release.into());
            findings.at(&found.path, FindingKind::VersionDiffers { file_name, key, release });
        }
    }
}

fn check_name(name: &ExtensionName, findings: &mut Findings) {
    if let Some(character) = name.unmountable() {
        let name = name.clone();
        findings.of_image(FindingKind::UnmountableName { name, character });
    }
}

/// What is after `extension-release.` in the name of a file.
fn name_in(file: &ReleaseFile) -> Option<&[u8]> {
    last_name(file.path()).strip_prefix(release_file::PREFIX.as_bytes())
}

fn last_name(path: &EntryPath) -> &[u8] {
    super::entry::names(path).last().unwrap_or_default()
}

/// Whether the file would be taken for an image of another name.
fn fits_any_name(file: &Candidate<'_>, systemd: Systemd) -> bool {
    let other: &[u8] = if file.name.ends_with(b".a") { b"b" } else { b"a" };
    find(other, &[*file], systemd).is_ok_and(|found| found.reason == Reason::NotStrict)
}

/// What can be said of the fields without a host: what a host that the extension is not for has to say of them.
fn warnings(release: &ExtensionRelease, class: Class, systemd: Systemd) -> Vec<Warning> {
    let id: &[u8] = if release.id() == Some("a") { b"ID=b" } else { b"ID=a" };
    let os = OsRelease::parse(id).ok();
    let host = os.and_then(|os| Host::new(os, Architecture::X86_64).ok());
    match host.map(|host| host.with_systemd(systemd).accept(release, class)) {
        Some(Ok(fit)) => fit.warnings,
        Some(Err(misfit)) => misfit.warnings,
        None => Vec::new(),
    }
}

/// What is before the architecture at the end of a file's name, and which one that is.
fn without_architecture(rest: &str) -> (&str, Option<Architecture>) {
    let found = Architecture::ALL.iter().find_map(|architecture| {
        let rest = rest.strip_suffix(architecture.as_str())?;
        Some((rest.strip_suffix(['-', '_'])?, *architecture))
    });
    match found {
        Some((rest, architecture)) => (rest, Some(architecture)),
        None => (rest, None),
    }
}

fn lossy(name: &[u8]) -> Box<str> {
    String::from_utf8_lossy(name).into()
}
