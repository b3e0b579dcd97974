//! From paths on a command line, or a list, to images in a stable order.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use super::archive::{Kind, Members, Named};
use super::listing::Order;
use super::search::{PassedOver, Search};
use super::tree::{Found, Tree};
use super::{DatasetError, Input, Unreadable};
use dftective_sample::{Sample, path_text};

/// The images that a sequence of paths stands for, lazily.
///
/// A file is taken as it is, whatever its name; a path like `photos.zip!/holiday/1.jpg` is the file of that name in the archive.
/// A folder is walked with all its subfolders, symbolic links followed, in the byte order of the names; an archive, given or
/// found in a folder, is looked into in its own order. Of what is found there, a file with an image's extension is taken, and
/// any other that begins as an image does, whether or not it can be decoded; the rest is passed over, and the [`Search`] says
/// who hears of it. Nothing that was asked for is lost: what can't be read is an input with a cause.
///
/// Memory is bounded by some sixteen thousand names a folder on the way down, of huge ones a sixteenth, and sixteen bytes a path
/// given or a file in an archive.
pub struct Inputs<'a, R> {
    roots: R,
    search: Search<'a>,
    order: Order,
    current: Option<Tree>,
    archive: Option<Members<'a>>,
    named: Named,
    folders_given: Vec<PathBuf>,
    folders_done: usize,
    files_given: HashSet<(u64, u64)>,
    hashers: (RandomState, RandomState),
}

impl<'a, R: Iterator<Item = std::io::Result<PathBuf>>> Inputs<'a, R> {
    /// The images below `roots`; an error among them becomes an unreadable input.
    pub fn new(roots: R, search: Search<'a>) -> Self {
        Self {
            roots,
            search,
            order: Order::Names,
            current: None,
            archive: None,
            named: Named::default(),
            folders_given: Vec::new(),
            folders_done: 0,
            files_given: HashSet::new(),
            hashers: Default::default(),
        }
    }

    /// How many inputs there are, found out in less time and memory, as their order does not matter.
    pub fn how_many(self) -> u64 {
        let order = Order::Any;
        Self { order, ..self }.count() as u64
    }

    fn marked(&mut self, sample: Sample) -> Sample {
        let repeated = match sample.origin.file() {
            Some(path) => self.is_repeated(path, self.current.is_none()),
            // Members of an archive are few beside the files of a folder.
            None => self.is_repeated(Path::new(&sample.name()), true),
        };
        Sample { repeated, ..sample }
    }

    /// Whether the path was given by itself before, or lies in a folder given before; it is remembered as given where
    /// `given` says so. Two keyed hashes stand for a path, so that a list of millions stays small; that two paths share
    /// both is out of the question.
    fn is_repeated(&mut self, path: &Path, given: bool) -> bool {
        let seen_in_folder = self.folders_given[..self.folders_done]
            .iter()
            .any(|folder| path.starts_with(folder));
        let key = (self.hashers.0.hash_one(path), self.hashers.1.hash_one(path));
        let seen = if given {
            !self.files_given.insert(key)
        } else {
            self.files_given.contains(&key)
        };
        seen || seen_in_folder
    }

    fn enter(&mut self, root: PathBuf) -> Option<Input> {
        self.folders_done = self.folders_given.len();
        match std::fs::metadata(&root) {
            Ok(metadata) if metadata.is_dir() => {
                self.folders_given.push(root.clone());
                self.current = Some(Tree::new(root, self.order, self.search));
                None
            }
            Ok(metadata) => match Kind::of(&root) {
                Some(kind) if metadata.is_file() && !self.search.closed_archives => {
                    self.archive = Some(Members::new(root, kind, self.search));
                    None
                }
                _ => Some(Ok(self.marked(Sample::new(root)))),
            },
            Err(source) => Some(match self.named.find(&root) {
                Some(member) => self.input(member),
                None => self.unreadable(root, DatasetError::unreadable(source)),
            }),
        }
    }

    fn input(&mut self, input: Input) -> Input {
        match input {
            Ok(sample) => Ok(self.marked(sample)),
            Err(unreadable) => {
                let Unreadable { sample, cause } = *unreadable;
                let sample = self.marked(sample);
                Err(Box::new(Unreadable { sample, cause }))
            }
        }
    }

    fn unreadable(&mut self, path: PathBuf, cause: DatasetError) -> Input {
        let sample = Sample::new(path);
        self.input(Err(Box::new(Unreadable { sample, cause })))
    }
}

impl<R: Iterator<Item = std::io::Result<PathBuf>>> Iterator for Inputs<'_, R> {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        loop {
            if let Some(archive) = &mut self.archive {
                match archive.next() {
                    Some(input) => return Some(self.input(input)),
                    None => self.archive = None,
                }
            } else if let Some(tree) = &mut self.current {
                match tree.next() {
                    None => self.current = None,
                    Some(Found::File(path)) => return Some(Ok(self.marked(Sample::new(path)))),
                    Some(Found::Archive(path, kind)) => {
                        self.archive = Some(Members::new(path, kind, self.search));
                    }
                    Some(Found::PassedOver(path, why)) => (self.search.on_passed_over)(&PassedOver {
                        name: path_text(&path),
                        why,
                    }),
                    Some(Found::Unreadable(path, cause)) => return Some(self.unreadable(path, cause)),
                }
            } else {
                match self.roots.next()? {
                    Ok(root) => {
                        if let Some(input) = self.enter(root) {
                            return Some(input);
                        }
                    }
                    Err(source) => {
                        let sample = Sample::new(PathBuf::from("-"));
                        let cause = DatasetError::Unreadable { source };
                        return Some(Err(Box::new(Unreadable { sample, cause })));
                    }
                }
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
        Inputs::new(roots.iter().map(|root| Ok(root.to_path_buf())), Search::default()).collect()
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
        let passed_over = std::sync::Mutex::new(Vec::new());
        let hear = |file: &PassedOver| passed_over.lock().unwrap().push(file.name.clone());
        let search = Search {
            on_passed_over: &hear,
            ..Search::default()
        };
        let roots = || std::iter::once(Ok(root.path().to_path_buf()));
        let found: Vec<Input> = Inputs::new(roots(), search).collect();
        assert_eq!(
            names(&found, root.path()),
            ["a.jpeg", "b/10.jpg", "b/2.PNG", "c.jpg/inner.webp"]
        );
        let named = |name: &str| path_text(&root.path().join(name));
        assert_eq!(*passed_over.lock().unwrap(), [named("readme.txt"), named("z")]);
        assert_eq!(Inputs::new(roots(), Search::default()).how_many(), 4);
        let search = Search {
            all_files: true,
            ..Search::default()
        };
        assert_eq!(Inputs::new(roots(), search).how_many(), 6);
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
        let found: Vec<Input> = Inputs::new(path_list(list, b'\n'), Search::default()).collect();
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
