//! The names in a folder, in order, without keeping them all.

use std::collections::BinaryHeap;
use std::ffi::OsStr;
use std::fs::{DirEntry, FileType, ReadDir};
use std::io;
use std::path::{Path, PathBuf};

/// Names kept: so many, and of a folder with more than sixteen times as many a sixteenth, so that the first pass over it
/// and sixteen more do.
const KEPT: usize = 1 << 14;

/// What is known of a name before its file is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A regular file.
    File,
    Folder,
    /// A pipe, a socket, a device.
    Other,
    /// A symbolic link, or any name on a file system that doesn't tell.
    Unknown,
}

impl From<FileType> for Kind {
    fn from(file_type: FileType) -> Self {
        if file_type.is_dir() {
            Self::Folder
        } else if file_type.is_symlink() {
            Self::Unknown
        } else if file_type.is_file() {
            Self::File
        } else {
            Self::Other
        }
    }
}

/// A name in a folder.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub name: Box<OsStr>,
    pub kind: Kind,
}

impl Name {
    fn of(entry: &DirEntry) -> Self {
        Self {
            name: entry.file_name().into_boxed_os_str(),
            kind: entry.file_type().map_or(Kind::Unknown, Kind::from),
        }
    }
}

/// Which way a folder's names are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// In the byte order of the names.
    Names,
    /// As the system gives them: enough to count them.
    Any,
}

/// The names in a folder.
///
/// A folder gives its names in any order. For another it is read as often as needed, each time for the least names above
/// the last one given out, so that memory does not grow with it. If it can't be read, or not to its end, that is an
/// error between the names.
pub(super) struct Listing {
    folder: PathBuf,
    order: Order,
    /// The folder as the system gives it, once asked for, where order does not matter.
    entries: Option<ReadDir>,
    kept: usize,
    /// The next names, the last of them first.
    ready: Vec<Name>,
    /// The greatest name given out or ready.
    reached: Option<Box<OsStr>>,
    /// Whether there are names above that.
    more: bool,
}

impl Listing {
    pub fn new(folder: PathBuf, order: Order) -> Self {
        Self {
            folder,
            order,
            entries: None,
            kept: KEPT,
            ready: Vec::new(),
            reached: None,
            more: true,
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the next names ready.
    fn read(&mut self) -> io::Result<()> {
        self.more = false;
        let mut least = BinaryHeap::new();
        let mut found = 0;
        let mut failure = None;
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            };
            found += 1;
            let name = Name::of(&entry);
            if self.reached.as_ref().is_some_and(|reached| name.name <= *reached) {
                continue;
            }
            if least.len() == self.kept {
                self.more = true;
                if least.peek().is_some_and(|greatest| name > *greatest) {
                    continue;
                }
                least.pop();
            }
            least.push(name);
        }
        self.kept = self.kept.max(found / 16);
        self.reached = least.peek().map(|greatest: &Name| greatest.name.clone());
        self.ready = least.into_sorted_vec();
        self.ready.reverse();
        failure.map_or(Ok(()), Err)
    }

    /// The next name as the system gives it.
    fn next_found(&mut self) -> Option<io::Result<Name>> {
        if std::mem::take(&mut self.more) {
            match std::fs::read_dir(&self.folder) {
                Ok(entries) => self.entries = Some(entries),
                Err(error) => return Some(Err(error)),
            }
        }
        Some(self.entries.as_mut()?.next()?.map(|entry| Name::of(&entry)))
    }
}

impl Iterator for Listing {
    type Item = io::Result<Name>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.order == Order::Any {
            return self.next_found();
        }
        if self.ready.is_empty()
            && self.more
            && let Err(error) = self.read()
        {
            return Some(Err(error));
        }
        self.ready.pop().map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            if let Some(name) = name.strip_suffix('/') {
                std::fs::create_dir(folder.path().join(name)).unwrap();
            } else {
                std::fs::write(folder.path().join(name), b"").unwrap();
            }
        }
        folder
    }

    #[test]
    fn any_number_kept_gives_the_same_order() {
        let names = [
            "9.png", "b.jpg", "a/", "10.jpg", "c.txt/", "B.JPG", "a.jpg", "é.webp", "a.txt", "z",
        ];
        let folder = folder(&names);
        let mut expected = names.map(|name| name.trim_end_matches('/'));
        expected.sort_unstable();
        for kept in 1..=names.len() + 1 {
            let mut listing = Listing {
                kept,
                ..Listing::new(folder.path().to_path_buf(), Order::Names)
            };
            let found: Vec<Name> = listing.by_ref().map(Result::unwrap).collect();
            let texts: Vec<&str> = found.iter().map(|found| found.name.to_str().unwrap()).collect();
            assert_eq!(texts, expected, "{kept} kept");
            for name in &found {
                let is_folder = folder.path().join(&*name.name).is_dir();
                assert_eq!(name.kind == Kind::Folder, is_folder, "{name:?}");
            }
        }
    }

    #[test]
    fn names_kept_stay_few() {
        let folder = folder(&[]);
        for number in 0..100 {
            std::fs::write(folder.path().join(format!("{number}.png")), b"").unwrap();
        }
        let mut listing = Listing {
            kept: 2,
            ..Listing::new(folder.path().to_path_buf(), Order::Names)
        };
        let mut found = 0;
        while let Some(name) = listing.next() {
            name.unwrap();
            found += 1;
            // A sixteenth of the hundred; the capacity is what memory holds.
            assert!(listing.ready.len() < 6 && listing.ready.capacity() <= 8);
        }
        assert_eq!(found, 100);
    }

    #[test]
    fn a_folder_that_goes_ends_with_an_error() {
        let root = folder(&["1.png", "2.png", "3.png"]);
        let mut listing = Listing {
            kept: 1,
            ..Listing::new(root.path().to_path_buf(), Order::Names)
        };
        assert_eq!(*listing.next().unwrap().unwrap().name, *"1.png");
        drop(root);
        assert_eq!(
            listing.next().unwrap().unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert!(listing.next().is_none());
    }
}
