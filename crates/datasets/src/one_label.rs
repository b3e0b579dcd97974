//! That no file has both labels.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{DatasetError, Input};
use dftective_sample::{Label, Sample};

/// What tells files apart, whatever paths lead to them.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    /// Device and number on it.
    #[cfg(unix)]
    Inode(u64, u64),
    /// Without links; as it stands where there is no such file.
    Path(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Self {
        use std::os::unix::fs::MetadataExt;
        let metadata = path.metadata();
        metadata.map_or_else(
            |_| Self::Path(path.to_path_buf()),
            |metadata| Self::Inode(metadata.dev(), metadata.ino()),
        )
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> Self {
        Self::Path(path.canonicalize().unwrap_or_else(|_| path.to_path_buf()))
    }
}

/// Checks that no file is labelled both real and fake, by one path or by two (links count).
///
/// # Errors
/// The first such file, with the paths of both labels.
pub(super) fn check_one_label(inputs: &[Input]) -> Result<(), DatasetError> {
    let mut seen: HashMap<Identity, (Label, &Sample)> = HashMap::new();
    for (sample, label) in inputs.iter().filter_map(|input| {
        input
            .as_ref()
            .ok()
            .and_then(|sample| Some((sample, sample.label?)))
    }) {
        let identity = match sample.origin.file() {
            Some(path) => Identity::of(path),
            None => Identity::Path(sample.name().into()),
        };
        let &mut (first_label, first) = seen.entry(identity).or_insert((label, sample));
        if first_label != label {
            return Err(DatasetError::BothLabels {
                path: first.name().into(),
                label: first_label,
                other: sample.name().into(),
            });
        }
    }
    Ok(())
}
