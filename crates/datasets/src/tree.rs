//! The files in a folder and all its subfolders.

use std::path::PathBuf;

use super::DatasetError;
use super::archive::Kind as Archive;
use super::listing::{Kind, Listing, Order};
use super::search::{MAC_FOLDER, Search, Why, left_out};
use dftective_decode::{has_image_extension, read_start};

/// What is found below a folder.
#[derive(Debug)]
pub(super) enum Found {
    /// A file that is taken.
    File(PathBuf),
    /// An archive to look into.
    Archive(PathBuf, Archive),
    /// A file or folder that is not taken.
    PassedOver(PathBuf, Why),
    /// What can't be read.
    Unreadable(PathBuf, DatasetError),
}

/// What lies below a folder, symbolic links followed, folder by folder in the given order. A file whose name is not that of an
/// image or an archive is opened for its first bytes; others are not. Memory is that of one [`Listing`] a folder on the way
/// down.
pub(super) struct Tree {
    /// Folders that are being listed, each within the one before.
    open: Vec<Listing>,
    order: Order,
    all_files: bool,
    closed_archives: bool,
}

impl Tree {
    pub fn new(root: PathBuf, order: Order, search: Search<'_>) -> Self {
        Self {
            open: vec![Listing::new(root, order)],
            order,
            all_files: search.all_files,
            closed_archives: search.closed_archives,
        }
    }

    /// What a path is whose folder does not tell.
    fn asked(&self, path: &PathBuf) -> Result<Kind, Found> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let same = |above: &&Listing| same_file::is_same_file(above.folder(), path).unwrap_or(false);
                match self.open.iter().rev().find(same) {
                    None => Ok(Kind::Folder),
                    Some(above) => {
                        let ancestor = above.folder().to_path_buf();
                        Err(Found::Unreadable(
                            path.clone(),
                            DatasetError::LinkLoop { ancestor },
                        ))
                    }
                }
            }
            Ok(metadata) => Ok(Kind::from(metadata.file_type())),
            Err(_) if path.is_symlink() && !self.all_files && !has_image_extension(path) => {
                Err(Found::PassedOver(path.clone(), Why::LeadsNowhere))
            }
            Err(source) => Err(Found::Unreadable(path.clone(), DatasetError::unreadable(source))),
        }
    }

    /// A file, by its name or what it holds.
    fn file(&self, path: PathBuf) -> Found {
        if !has_image_extension(&path)
            && let Some(kind) = Archive::of(&path)
        {
            return match self.closed_archives {
                true => Found::File(path),
                false => Found::Archive(path, kind),
            };
        }
        match left_out(&path, self.all_files, || read_start(&path)) {
            Ok(None) => Found::File(path),
            Ok(Some(why)) => Found::PassedOver(path, why),
            // It may be an image as well as not.
            Err(source) => Found::Unreadable(path, DatasetError::unreadable(source)),
        }
    }
}

impl Iterator for Tree {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let folder = self.open.last_mut()?;
            let name = match folder.next() {
                None => {
                    self.open.pop();
                    continue;
                }
                Some(Err(source)) => {
                    let path = folder.folder().to_path_buf();
                    return Some(Found::Unreadable(path, DatasetError::unreadable(source)));
                }
                Some(Ok(name)) => name,
            };
            let path = folder.folder().join(&*name.name);
            let kind = match name.kind {
                Kind::Unknown => match self.asked(&path) {
                    Ok(kind) => kind,
                    Err(found) => return Some(found),
                },
                known => known,
            };
            return Some(match kind {
                Kind::Folder if *name.name == *MAC_FOLDER && !self.all_files => {
                    Found::PassedOver(path, Why::MacFolder)
                }
                Kind::Folder => {
                    self.open.push(Listing::new(path, self.order));
                    continue;
                }
                Kind::File => self.file(path),
                _ if self.all_files || has_image_extension(&path) => Found::File(path),
                _ => Found::PassedOver(path, Why::NotAFile),
            });
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
        let found = |order| {
            let (mut files, mut passed_over) = (Vec::new(), Vec::new());
            for found in Tree::new(root.path().to_path_buf(), order, Search::default()) {
                match found {
                    Found::File(path) => files.push(path),
                    Found::PassedOver(path, Why::NoImage) => passed_over.push(path),
                    other => panic!("{other:?}"),
                }
            }
            (files, passed_over)
        };
        assert_eq!(found(Order::Names), (images.clone(), others));
        let (mut files, _) = found(Order::Any);
        files.sort_unstable();
        images.sort_unstable();
        assert_eq!(files, images);
    }
}
