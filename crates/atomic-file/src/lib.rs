//! Files that are there whole or not at all: written beside their place, then renamed.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes beside `path` and renames when whole and on the disk, so that a crash, a power cut or a full disk
/// leaves what was there before. A path that is no regular file (a device, a pipe) is written to as it is.
///
/// # Errors
/// What the system says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return std::fs::write(path, bytes);
    }
    let file = written_beside(path, bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// As [`write_whole`], without waiting for the disk: for files by the hundred that can be made again.
///
/// # Errors
/// What the system says.
pub fn write_whole_unsynced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    written_beside(path, bytes)?
        .persist(path)
        .map_err(|error| error.error)?;
    Ok(())
}

/// Whether [`write_whole`] can begin, so that hours of work don't end at a mistyped folder.
///
/// # Errors
/// What the system says when it can't.
pub fn check_place(path: &Path) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if path.exists() && !path.is_file() {
        return Ok(());
    }
    written_beside(path, b"").map(drop)
}

fn written_beside(path: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // A temporary file's own 0600 would lock colleagues out; this leaves it to the process's mask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".partial-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for text in [&b"one"[..], b"two"] {
            for write in [write_whole, write_whole_unsynced] {
                write(&path, text).unwrap();
                assert_eq!(std::fs::read(&path).unwrap(), text);
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_whole(&folder.path().join("none/a"), b"x").is_err());
        assert!(check_place(&folder.path().join("none/a")).is_err());
        assert!(check_place(folder.path()).is_err());
        check_place(&folder.path().join("a")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_an_error() {
        assert!(write_whole(Path::new("/dev/full"), b"x").is_err());
    }
}
