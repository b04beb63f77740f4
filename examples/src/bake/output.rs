use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use sysext_image::Extension;
use sysext_verify::{FileName, Manifest, Sha256Digest};

use super::{BakeError, Published, Recipe, sidecar, transfer};
use crate::progress::WriteProgress;

/// Writes the image and what belongs beside it.
pub(super) fn publish(recipe: &Recipe<'_>, extension: &Extension) -> Result<Published, BakeError> {
    let directory = &recipe.args.out;
    // Before the work, so that a name or URL that cannot be written does not cost minutes.
    let file_name = recipe.file_name().parse::<FileName>()?;
    let transfer = transfer::text(recipe)?;
    let output = |path: &Path, source| BakeError::Output { path: path.to_owned(), source };
    fs::create_dir_all(directory).map_err(|error| output(directory, error))?;

    let mut progress = WriteProgress::new().map_err(BakeError::Signals)?;
    let staged = extension.stage(&recipe.writer(), directory, |state| progress.show(state))?;
    drop(progress);
    let digest = digest_of(staged.path())?;

    // One bake at a time changes the directory; the others wait here. The lock goes with the process.
    let lock = File::open(directory).map_err(|error| output(directory, error))?;
    lock.lock().map_err(|error| output(directory, error))?;
    let path = directory.join(file_name.as_str());
    let sums = directory.join("SHA256SUMS");
    let mut manifest = read_manifest(&sums)?;
    if recipe.args.replace {
        manifest.replace(file_name, digest);
    } else {
        manifest
            .insert(file_name, digest)
            .map_err(|source| BakeError::Listed { path: sums.clone(), source })?;
        check_existing(&path, digest)?;
    }
    let summary = staged.summary();
    staged.persist(&path)?;
    write_atomically(&sums, manifest.to_string().as_bytes())
        .map_err(|error| output(&sums, error))?;
    let sidecar = sidecar::json(recipe, extension, digest, summary.image_bytes);
    let sidecar_path = path.with_extension("json");
    write_atomically(&sidecar_path, sidecar.as_bytes())
        .map_err(|error| output(&sidecar_path, error))?;
    let transfer_path = directory.join(transfer::file_name(&recipe.name));
    let kept_transfer = !recipe.args.replace && differs(&transfer_path, transfer.as_bytes())?;
    if !kept_transfer {
        write_atomically(&transfer_path, transfer.as_bytes())
            .map_err(|error| output(&transfer_path, error))?;
    }
    Ok(Published {
        digest,
        content_bytes: summary.content_bytes,
        image_bytes: summary.image_bytes,
        inodes: summary.inodes,
        kept_transfer,
    })
}

/// An image of this name that no manifest lists is not overwritten either.
fn check_existing(path: &Path, digest: Sha256Digest) -> Result<(), BakeError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let found = digest_of(path)?;
    if found == digest {
        Ok(())
    } else {
        Err(BakeError::Different { path: path.to_owned(), found })
    }
}

fn digest_of(path: &Path) -> Result<Sha256Digest, BakeError> {
    let read = || Sha256Digest::of_reader(File::open(path)?);
    read().map_err(|source| BakeError::Input { path: path.to_owned(), source })
}

fn read_manifest(path: &Path) -> Result<Manifest, BakeError> {
    match fs::read(path) {
        Ok(bytes) => Manifest::parse(&bytes)
            .map_err(|source| BakeError::Manifest { path: path.to_owned(), source: source.into() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Manifest::default()),
        Err(source) => Err(BakeError::Input { path: path.to_owned(), source }),
    }
}

/// Whether a file is there with other content.
fn differs(path: &Path, content: &[u8]) -> Result<bool, BakeError> {
    match fs::read(path) {
        Ok(found) => Ok(found != content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(BakeError::Input { path: path.to_owned(), source }),
    }
}

/// Writes a file beside its path, then renames it: after a crash the old content is there or the new.
fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".bake.")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(directory)?.sync_all()
}
