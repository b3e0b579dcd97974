//! Files that are there whole or not at all: written beside their place, then renamed; and whether a place is taken.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

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

/// A regular file that stands where something is to be written.
///
/// It is the same as another path's by whatever name, symbolic or hard link, or mount that leads to it. What is no regular file
/// is never the same: a pipe or a device is written to, not over.
#[derive(Debug)]
pub struct Standing {
    path: PathBuf,
    length: u64,
}

impl Standing {
    /// The file at `path`, links followed; none where there is no regular file.
    pub fn at(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        Some(Self {
            path: path.canonicalize().ok()?,
            length: metadata.len(),
        })
    }

    /// Its length in bytes, which any other path to it has.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether `other` leads to the same file. Most others are told from it by their length, without being opened.
    pub fn is(&self, other: &Path) -> bool {
        let is_alike =
            std::fs::metadata(other).is_ok_and(|found| found.is_file() && found.len() == self.length);
        is_alike
            && (other.canonicalize().is_ok_and(|found| found == self.path)
                // A file that can't be opened is known by its path only.
                || same_file::is_same_file(other, &self.path).unwrap_or(false))
    }
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

    #[cfg(unix)]
    #[test]
    fn a_file_is_the_same_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["a", "alike"] {
            std::fs::write(at(name), "one").unwrap();
        }
        std::fs::write(at("other"), "other").unwrap();
        std::os::unix::fs::symlink("a", at("symbolic")).unwrap();
        std::fs::hard_link(at("a"), at("hard")).unwrap();
        for standing in ["a", "symbolic", "hard"] {
            let standing = Standing::at(&at(standing)).unwrap();
            for same in ["a", "./a", "symbolic", "hard"] {
                assert!(standing.is(&at(same)), "{same}");
            }
            for different in ["alike", "other", "none", ""] {
                assert!(!standing.is(&at(different)), "{different}");
            }
        }
        assert!(Standing::at(&at("none")).is_none());
        assert!(Standing::at(folder.path()).is_none());
        assert!(Standing::at(Path::new("/dev/null")).is_none());
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
