use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::fs::{Mode, OFlags};

use super::entry;

/// The unit in which file systems store.
const PAGE: u64 = 4096;

/// A file that is older and still no entry was left by a process that is gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How many bytes of a disk an entry takes.
pub(super) fn on_disk(length: u64) -> u64 {
    length.next_multiple_of(PAGE)
}

/// Removes what was not used for longest until the entries have at most this many bytes. Does nothing while another
/// process does it. Says how often the system refused something.
pub(super) fn trim(directory: &Path, limit: u64) -> u64 {
    // Whatever is there, a symlink must not be followed, and a pipe must not block.
    let flags =
        OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let lock = rustix::fs::open(directory.join("lock"), flags, Mode::RUSR | Mode::WUSR);
    match lock.map(File::from).map(|lock| lock.try_lock().map(|()| lock)) {
        Ok(Ok(_lock)) => trim_alone(directory, limit),
        Ok(Err(TryLockError::WouldBlock)) => 0,
        Ok(Err(TryLockError::Error(_))) | Err(_) => 1,
    }
}

fn trim_alone(directory: &Path, limit: u64) -> u64 {
    let mut faults = 0;
    let (mut entries, mut total) = (Vec::new(), 0_u64);
    for shard in 0..=u8::MAX {
        let shard = directory.join(format!("{shard:02x}"));
        match list(&shard) {
            Ok(found) => {
                let bytes = found.iter().map(|(_, _, length)| *length);
                total = bytes.fold(total, u64::saturating_add);
                entries.extend(found);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => faults += 1,
        }
    }
    if total <= limit {
        return faults;
    }
    entries.sort_unstable();
    for (_, path, length) in entries {
        if total <= limit {
            break;
        }
        match fs::remove_file(path) {
            Ok(()) => total -= length,
            Err(error) if error.kind() == io::ErrorKind::NotFound => total -= length,
            Err(_) => faults += 1,
        }
    }
    faults
}

/// The entries in one directory: when each was used, where it is, how much it takes.
fn list(shard: &Path) -> io::Result<Vec<(SystemTime, PathBuf, u64)>> {
    let mut entries = Vec::new();
    for found in fs::read_dir(shard)? {
        let found = found?;
        let name = found.file_name();
        let Some(name) = name.to_str() else { continue };
        let (is_entry, is_unfinished) = (entry::is_name(name), name.starts_with(entry::UNFINISHED));
        if !is_entry && !is_unfinished {
            continue;
        }
        let metadata = match found.metadata() {
            // Another process has replaced or removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata?,
        };
        let used = metadata.modified()?;
        if is_unfinished {
            if used.elapsed().is_ok_and(|age| age > ABANDONED_AFTER) {
                let _ = fs::remove_file(found.path());
            }
        } else if metadata.is_file() {
            entries.push((used, found.path(), on_disk(metadata.len())));
        }
    }
    Ok(entries)
}
