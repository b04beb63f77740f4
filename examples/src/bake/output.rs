use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use sysext_image::{Extension, StageError, squashfs::WriteError};
use sysext_verify::{FileName, Manifest, Sha256Digest};
use tempfile::NamedTempFile;

use super::{BakeError, Published, Recipe, comparison, sidecar, transfer};
use crate::{bounded, progress::WriteProgress};

/// Where everything goes, and what the transfer file says.
struct Outputs {
    image_name: FileName,
    image: PathBuf,
    sidecar: PathBuf,
    transfer: PathBuf,
    sums: PathBuf,
    transfer_text: String,
    /// The transfer file without the URL.
    placeholder: String,
}

/// Finds out what cannot be written or read, before the work, so that it does not cost minutes.
pub(super) fn check(recipe: &Recipe<'_>) -> Result<(), BakeError> {
    Outputs::new(recipe).map(drop)
}

impl Outputs {
    fn new(recipe: &Recipe<'_>) -> Result<Self, BakeError> {
        let directory = &recipe.args.out;
        let image_name = file_name(recipe.file_name())?;
        let outputs = Self {
            image: directory.join(image_name.as_str()),
            image_name,
            sidecar: directory.join(file_name(recipe.sidecar_name())?.as_str()),
            transfer: directory.join(transfer::file_name(&recipe.name)),
            sums: directory.join("SHA256SUMS"),
            transfer_text: transfer::text(recipe, recipe.args.url.as_ref())?,
            placeholder: transfer::text(recipe, None)?,
        };
        read_manifest(&outputs.sums)?;
        for replaced in [&outputs.image, &outputs.sidecar] {
            check_replaced(replaced)?;
        }
        Ok(outputs)
    }
}

/// Writes the image and what belongs beside it.
pub(super) fn publish(
    recipe: &Recipe<'_>,
    extension: &Extension,
    progress: &mut WriteProgress,
) -> Result<Published, BakeError> {
    let directory = &recipe.args.out;
    let outputs = Outputs::new(recipe)?;
    fs::create_dir_all(directory).map_err(|error| unwritten(directory, error))?;

    let staged = extension
        .stage_with_progress(&recipe.writer(), directory, |state| progress.show(state))
        .map_err(|error| match error {
            StageError::Write(WriteError::Cancelled) => interrupted(recipe),
            error => error.into(),
        })?;
    progress.finish();
    let agreement = if recipe.args.no_cross_check {
        None
    } else {
        Some(comparison::compare(staged.path(), extension, directory, progress)?)
    };
    let digest = digest_of(staged.path(), recipe, progress)?;
    let summary = staged.summary();
    let sidecar = sidecar::json(recipe, extension, digest, summary.image_bytes)?;

    let _lock = lock(recipe, progress)?;
    let Outputs { image_name, sums, transfer_text, .. } = &outputs;
    let mut manifest = read_manifest(sums)?;
    if recipe.args.replace {
        manifest.replace(image_name.clone(), digest);
    } else {
        manifest
            .insert(image_name.clone(), digest)
            .map_err(|conflict| BakeError::Listed { path: sums.clone(), conflict })?;
        check_existing(&outputs.image, digest, recipe, progress)?;
    }
    // The placeholder is to be filled in, so that such a file is as good as none.
    let kept_transfer =
        !recipe.args.replace && differs(&outputs.transfer, &[transfer_text, &outputs.placeholder])?;
    // Everything is on the disk before anything has its name: a full disk leaves all as it was.
    let mut prepared = vec![
        Prepared::new(sums, manifest.to_string().as_bytes())?,
        Prepared::new(&outputs.sidecar, sidecar.as_bytes())?,
    ];
    if !kept_transfer {
        prepared.push(Prepared::new(&outputs.transfer, transfer_text.as_bytes())?);
    }
    staged.persist(image_name.as_str())?;
    prepared.into_iter().try_for_each(Prepared::persist)?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| unwritten(directory, error))?;
    Ok(Published { digest, summary, agreement, kept_transfer })
}

/// One bake at a time changes the directory; the others wait here. The lock goes with the file that is returned, or
/// with the process.
fn lock(recipe: &Recipe<'_>, progress: &WriteProgress) -> Result<File, BakeError> {
    let directory = &recipe.args.out;
    let file = File::open(directory).map_err(|error| unwritten(directory, error))?;
    loop {
        if progress.is_stopped() {
            return Err(interrupted(recipe));
        }
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // Not `lock`, which a signal does not end.
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::Error(error)) => return Err(unwritten(directory, error)),
        }
    }
}

fn file_name(name: String) -> Result<FileName, BakeError> {
    name.parse().map_err(|source| BakeError::FileName { name: name.into(), source })
}

fn interrupted(recipe: &Recipe<'_>) -> BakeError {
    BakeError::Interrupted { directory: recipe.args.out.clone() }
}

fn unwritten(path: &Path, source: io::Error) -> BakeError {
    BakeError::Output { path: path.to_owned(), source }
}

/// An image of this name that no manifest lists is not overwritten either.
fn check_existing(
    path: &Path,
    digest: Sha256Digest,
    recipe: &Recipe<'_>,
    progress: &WriteProgress,
) -> Result<(), BakeError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let found = digest_of(path, recipe, progress)?;
    if found == digest {
        Ok(())
    } else {
        Err(BakeError::Different { path: path.to_owned(), found })
    }
}

fn digest_of(
    path: &Path,
    recipe: &Recipe<'_>,
    progress: &WriteProgress,
) -> Result<Sha256Digest, BakeError> {
    let read = || {
        check_regular(path)?;
        Sha256Digest::of_reader(progress.watch(File::open(path)?))
    };
    read().map_err(|source| {
        if progress.is_stopped() {
            interrupted(recipe)
        } else {
            BakeError::Input { path: path.to_owned(), source }
        }
    })
}

/// A pipe would let the bake wait for ever, a device such as `/dev/zero` never ends, and of a symlink only the link
/// would be replaced.
fn check_regular(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    // Reading a directory fails by itself, with a better word.
    if metadata.is_symlink() {
        Err(io::Error::other("a symlink, not a regular file"))
    } else if metadata.is_file() || metadata.is_dir() {
        Ok(())
    } else {
        Err(io::Error::other("not a regular file"))
    }
}

/// A file that will be replaced, if it is there.
fn check_replaced(path: &Path) -> Result<(), BakeError> {
    match check_regular(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BakeError::Input { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, BakeError> {
    match check_regular(path).and_then(|()| bounded::read(path, Manifest::MAX_BYTES)) {
        Ok(bytes) => Manifest::parse(&bytes)
            .map_err(|source| BakeError::Manifest { path: path.to_owned(), source: source.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Manifest::default()),
        Err(source) => Err(BakeError::Input { path: path.to_owned(), source }),
    }
}

/// Whether a file is there with other content than each of these.
fn differs(path: &Path, contents: &[&str]) -> Result<bool, BakeError> {
    let longest = contents.iter().map(|content| content.len()).max().unwrap_or_default();
    match check_regular(path).and_then(|()| bounded::read(path, longest)) {
        Ok(found) => Ok(contents.iter().all(|content| found != content.as_bytes())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BakeError::Input { path: path.to_owned(), source }),
    }
}

/// A file that is whole and on the disk, beside the path that it will have.
struct Prepared<'a> {
    file: NamedTempFile,
    path: &'a Path,
}

impl<'a> Prepared<'a> {
    fn new(path: &'a Path, content: &[u8]) -> Result<Self, BakeError> {
        let write = || {
            if path.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            // Not private, as tempfile would make it.
            let create = |path: &Path| File::options().write(true).create_new(true).open(path);
            let file = tempfile::Builder::new()
                .prefix(".bake.")
                .make_in(directory.unwrap_or(Path::new(".")), create)?;
            file.as_file().write_all(content)?;
            file.as_file().sync_all()?;
            Ok(Self { file, path })
        };
        write().map_err(|error| unwritten(path, error))
    }

    /// After a crash the path leads to the old content or to the new.
    fn persist(self) -> Result<(), BakeError> {
        let path = self.path;
        self.file.persist(path).map(drop).map_err(|error| unwritten(path, error.error))
    }
}
