//! The images in a folder and all its subfolders.

use std::path::PathBuf;

use super::DatasetError;
use super::listing::{Kind, Listing, Order};
use dftective_decode::has_image_extension;

/// Paths of the images below a folder, symbolic links followed, folder by folder in the given order; what can't be read
/// is a path with a cause. Memory is that of one [`Listing`] a folder on the way down.
pub(super) struct Tree {
    /// Folders that are being listed, each within the one before.
    open: Vec<Listing>,
    order: Order,
    passed_over: u64,
}

impl Tree {
    pub fn new(root: PathBuf, order: Order) -> Self {
        Self {
            open: vec![Listing::new(root, order)],
            order,
            passed_over: 0,
        }
    }

    /// Files without an image's extension in the folders read so far.
    pub fn passed_over(&self) -> u64 {
        self.passed_over + self.open.iter().map(Listing::passed_over).sum::<u64>()
    }

    /// What a path is whose name does not tell: a folder, or a file. None if it leads nowhere and has no image's
    /// extension.
    fn asked(&self, path: &PathBuf) -> Option<Result<Kind, DatasetError>> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let same = |above: &&Listing| same_file::is_same_file(above.folder(), path).unwrap_or(false);
                Some(match self.open.iter().rev().find(same) {
                    None => Ok(Kind::Folder),
                    Some(above) => Err(DatasetError::LinkLoop {
                        ancestor: above.folder().to_path_buf(),
                    }),
                })
            }
            Ok(_) => Some(Ok(Kind::File)),
            Err(_) if path.is_symlink() && !has_image_extension(path) => None,
            Err(source) => Some(Err(DatasetError::unreadable(source))),
        }
    }
}

impl Iterator for Tree {
    type Item = Result<PathBuf, (PathBuf, DatasetError)>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let folder = self.open.last_mut()?;
            let name = match folder.next() {
                None => {
                    self.passed_over += folder.passed_over();
                    self.open.pop();
                    continue;
                }
                Some(Err(source)) => {
                    let path = folder.folder().to_path_buf();
                    return Some(Err((path, DatasetError::unreadable(source))));
                }
                Some(Ok(name)) => name,
            };
            let path = folder.folder().join(&*name.name);
            let kind = match name.kind {
                Kind::Unknown => self.asked(&path),
                known => Some(Ok(known)),
            };
            match kind {
                Some(Ok(Kind::Folder)) => self.open.push(Listing::new(path, self.order)),
                Some(Err(cause)) => return Some(Err((path, cause))),
                Some(Ok(_)) if has_image_extension(&path) => return Some(Ok(path)),
                _ => self.passed_over += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_with_everything_kept_finds_the_same() {
        let root = tempfile::tempdir().unwrap();
        for (folder, files) in [("", 5), ("b", 7), ("a.jpg", 3), ("a.jpg/c", 2), ("B/d/e", 4)] {
            let folder = root.path().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            for file in 0..files {
                let name = format!("{}.{}", 7 * file % 13, ["png", "txt", "JPG"][file % 3]);
                std::fs::write(folder.join(name), b"").unwrap();
            }
        }
        let walk = walkdir::WalkDir::new(root.path()).sort_by_file_name();
        let (mut images, others): (Vec<PathBuf>, Vec<PathBuf>) = walk
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(walkdir::DirEntry::into_path)
            .partition(|path| has_image_extension(path));
        let mut tree = Tree::new(root.path().to_path_buf(), Order::Names);
        let found: Vec<PathBuf> = tree.by_ref().map(Result::unwrap).collect();
        assert_eq!(found, images);
        assert_eq!(tree.passed_over(), others.len() as u64);
        let tree = Tree::new(root.path().to_path_buf(), Order::Any);
        let mut found: Vec<PathBuf> = tree.map(Result::unwrap).collect();
        found.sort_unstable();
        images.sort_unstable();
        assert_eq!(found, images);
    }
}
