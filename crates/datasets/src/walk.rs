//! From paths on a command line, or a list, to images in a stable order.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::listing::Order;
use super::tree::Tree;
use super::{DatasetError, Input, Unreadable};
use dftective_sample::Sample;

/// The images that a sequence of paths stands for, lazily.
///
/// A file is taken as it is, whatever its name. A folder is walked with all its subfolders, symbolic links
/// followed, in the byte order of the names; files without an image's extension are passed over and counted.
/// Nothing that was asked for is lost: what can't be read is an input with a cause. Memory is bounded by some
/// sixteen thousand names a folder on the way down, of huge ones a sixteenth, and sixteen bytes a path given.
pub struct Inputs<R> {
    roots: R,
    order: Order,
    current: Option<Tree>,
    folders_given: Vec<PathBuf>,
    folders_done: usize,
    files_given: HashSet<(u64, u64)>,
    hashers: (RandomState, RandomState),
    passed_over: u64,
}

impl<R: Iterator<Item = std::io::Result<PathBuf>>> Inputs<R> {
    /// The images below `roots`; an error among them becomes an unreadable input.
    pub fn new(roots: R) -> Self {
        Self {
            roots,
            order: Order::Names,
            current: None,
            folders_given: Vec::new(),
            folders_done: 0,
            files_given: HashSet::new(),
            hashers: Default::default(),
            passed_over: 0,
        }
    }

    /// How many inputs there are, found out in less time and memory, as their order does not matter.
    pub fn how_many(self) -> u64 {
        let order = Order::Any;
        Self { order, ..self }.count() as u64
    }

    /// Files so far that have no image's extension and were passed over.
    pub fn passed_over(&self) -> u64 {
        self.passed_over + self.current.as_ref().map_or(0, Tree::passed_over)
    }

    fn sample(&mut self, path: PathBuf) -> Sample {
        let repeated = self.is_repeated(&path);
        Sample {
            repeated,
            ..Sample::new(path)
        }
    }

    /// Whether the path was given by itself before, or lies in a folder given before. Two keyed hashes stand
    /// for a path, so that a list of millions stays small; that two paths share both is out of the question.
    fn is_repeated(&mut self, path: &Path) -> bool {
        let seen_in_folder = self.folders_given[..self.folders_done]
            .iter()
            .any(|folder| path.starts_with(folder));
        let key = (self.hashers.0.hash_one(path), self.hashers.1.hash_one(path));
        if self.current.is_some() {
            seen_in_folder || self.files_given.contains(&key)
        } else {
            !self.files_given.insert(key) || seen_in_folder
        }
    }

    fn enter(&mut self, root: PathBuf) -> Option<Input> {
        match std::fs::metadata(&root) {
            Ok(metadata) if metadata.is_dir() => {
                self.folders_done = self.folders_given.len();
                self.folders_given.push(root.clone());
                self.current = Some(Tree::new(root, self.order));
                None
            }
            Ok(_) => {
                self.folders_done = self.folders_given.len();
                Some(Ok(self.sample(root)))
            }
            Err(source) => Some(self.unreadable(root, DatasetError::unreadable(source))),
        }
    }

    fn unreadable(&mut self, path: PathBuf, cause: DatasetError) -> Input {
        let sample = self.sample(path);
        Err(Box::new(Unreadable { sample, cause }))
    }
}

impl<R: Iterator<Item = std::io::Result<PathBuf>>> Iterator for Inputs<R> {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        loop {
            let Some(tree) = &mut self.current else {
                match self.roots.next()? {
                    Ok(root) => match self.enter(root) {
                        Some(input) => return Some(input),
                        None => continue,
                    },
                    Err(source) => {
                        let sample = Sample::new(PathBuf::from("-"));
                        return Some(Err(Box::new(Unreadable {
                            sample,
                            cause: DatasetError::Unreadable { source },
                        })));
                    }
                }
            };
            match tree.next() {
                None => {
                    self.passed_over += tree.passed_over();
                    self.current = None;
                }
                Some(Ok(path)) => return Some(Ok(self.sample(path))),
                Some(Err((path, cause))) => return Some(self.unreadable(path, cause)),
            }
        }
    }
}

/// The paths of a list, one a line, or one before each NUL when `separator` is 0. Empty lines are passed over;
/// a carriage return before a line feed is not part of the name. An error ends the list, as it may come again for
/// ever.
pub fn path_list(reader: impl BufRead, separator: u8) -> impl Iterator<Item = std::io::Result<PathBuf>> {
    let mut failed = false;
    let lines = reader.split(separator).take_while(move |line| {
        let take = !failed;
        failed |= line.is_err();
        take
    });
    lines.filter_map(move |line| {
        line.map(|mut bytes| {
            if separator == b'\n' && bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            (!bytes.is_empty()).then(|| path_from_bytes(bytes))
        })
        .transpose()
    })
}

#[cfg(unix)]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(roots: &[&Path]) -> Vec<Input> {
        Inputs::new(roots.iter().map(|root| Ok(root.to_path_buf()))).collect()
    }

    fn names(inputs: &[Input], below: &Path) -> Vec<String> {
        let relative = |path: &Path| path.strip_prefix(below).unwrap_or(path).display().to_string();
        inputs
            .iter()
            .map(|input| match input {
                Ok(sample) => {
                    relative(sample.origin.file().unwrap()) + if sample.repeated { " again" } else { "" }
                }
                Err(bad) => format!("{}: {}", relative(bad.sample.origin.file().unwrap()), bad.cause),
            })
            .collect()
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        root
    }

    #[test]
    fn folders_are_walked_in_order() {
        let root = tree(&[
            "b/2.PNG",
            "b/10.jpg",
            "a.jpeg",
            "readme.txt",
            "c.jpg/inner.webp",
            "z",
        ]);
        let mut inputs = Inputs::new(std::iter::once(Ok(root.path().to_path_buf())));
        let found: Vec<Input> = inputs.by_ref().collect();
        assert_eq!(
            names(&found, root.path()),
            ["a.jpeg", "b/10.jpg", "b/2.PNG", "c.jpg/inner.webp"]
        );
        assert_eq!(inputs.passed_over(), 2);
        let again = Inputs::new(std::iter::once(Ok(root.path().to_path_buf())));
        assert_eq!(again.how_many(), 4);
    }

    #[test]
    fn repeats_are_marked() {
        let root = tree(&["a/1.jpg", "a/2.jpg", "b/3.jpg"]);
        let at = |name: &str| root.path().join(name);
        let found = listed(&[
            &at("b/3.jpg"),
            &at("a"),
            root.path(),
            &at("a/2.jpg"),
            &at("b/3.jpg"),
        ]);
        assert_eq!(
            names(&found, root.path()),
            [
                "b/3.jpg",
                "a/1.jpg",
                "a/2.jpg",
                "a/1.jpg again",
                "a/2.jpg again",
                "b/3.jpg again",
                "a/2.jpg again",
                "b/3.jpg again"
            ]
        );
    }

    #[test]
    fn missing_paths_stay_inputs() {
        let root = tree(&["1.jpg"]);
        let found = listed(&[&root.path().join("none.jpg"), &root.path().join("1.jpg")]);
        assert_eq!(
            names(&found, root.path()),
            ["none.jpg: no such file or folder", "1.jpg"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        use std::os::unix::fs::symlink;
        let root = tree(&["a/1.jpg"]);
        symlink(root.path(), root.path().join("a/loop")).unwrap();
        symlink("nowhere.jpg", root.path().join("broken.jpg")).unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        symlink("a/1.jpg", root.path().join("link.jpg")).unwrap();
        let found = names(&listed(&[root.path()]), root.path());
        assert_eq!(found[0], "a/1.jpg");
        assert!(
            found[1].starts_with("a/loop: symbolic link loops back to "),
            "{found:?}"
        );
        assert_eq!(found[2..], ["broken.jpg: no such file or folder", "link.jpg"]);
    }

    #[test]
    fn an_error_ends_a_list() {
        struct Broken;
        impl std::io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::IsADirectory.into())
            }
        }
        let list = std::io::Read::chain(&b"a.jpg\n"[..], std::io::BufReader::new(Broken));
        let found: Vec<Input> = Inputs::new(path_list(list, b'\n')).collect();
        assert_eq!(
            names(&found, Path::new(""))[..],
            [
                "a.jpg: no such file or folder",
                "-: cannot be read: is a directory"
            ]
        );
    }

    #[test]
    fn lists_keep_odd_names() {
        let paths = |text: &[u8], separator| -> Vec<String> {
            path_list(text, separator)
                .map(|path| dftective_sample::path_text(&path.unwrap()))
                .collect()
        };
        assert_eq!(paths(b"a.jpg\r\n\nb c.jpg", b'\n'), ["a.jpg", "b c.jpg"]);
        assert_eq!(paths(b"a\nb.jpg\0c.jpg\0", 0), ["a\nb.jpg", "c.jpg"]);
        #[cfg(unix)]
        assert_eq!(paths(b"\xff.jpg\n", b'\n'), ["\\xFF.jpg"]);
    }
}
