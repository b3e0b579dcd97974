//! What the folders on the way to an image say of it: label, source and part of a split.
//!
//! A *class folder* is named after a class: `real` or `fake`, a word that [`LabelWords`] gives a meaning, or one of them
//! after a number and an underscore (`0_real`, `1_fake`), in any case. It may lie at any depth below the root, as the
//! field's benchmarks have it: `fake/stylegan/1.png`, `progan/0_real/1.png`, `stylegan/cat/1_fake/1.png`,
//! `train/real/1.png`.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::path::{Component, Path};

use super::archive::{Kind, names, place};
use super::search::MAC_FOLDER;
use super::{DatasetError, Input, Unreadable};
use dftective_sample::{Label, LabelWords, Sample, Split, path_text};

/// A folder or an archive below which the names of folders tell the class of images.
#[derive(Clone, Debug)]
pub struct Layout<'a> {
    root: &'a Path,
    /// Of an archive, the folder that stands for it, see [`Origin::as_in_folders`](dftective_sample::Origin::as_in_folders).
    folder: Cow<'a, Path>,
    words: &'a LabelWords,
}

/// What folders say of an image.
#[derive(Debug, Default, PartialEq)]
struct Told {
    label: Option<Label>,
    source: Option<String>,
    split: Option<Split>,
}

impl<'a> Layout<'a> {
    /// The layout below `root`; `words` mean a class.
    pub fn new(root: &'a Path, words: &'a LabelWords) -> Self {
        let folder = match Kind::of_file(root) {
            Some(kind) => place(root, common_top(root, kind, words).unwrap_or_default()).into(),
            None => root.into(),
        };
        Self { root, folder, words }
    }

    /// Whether an image lies below it.
    pub fn holds(&self, sample: &Sample) -> bool {
        let place = sample.origin.as_in_folders();
        place.is_some_and(|place| place.starts_with(&self.folder))
    }

    /// The input with what the folders say of it.
    ///
    /// The source is the path between the root and the class folder, or else the folder below the class folder. A folder
    /// above the class folder, or directly below it, that is called `train`, `test` or the like tells the part of a split and
    /// is no source. Where no folder tells the label, nothing is told. A path with folders of both classes becomes an
    /// unreadable input.
    pub fn tell(&self, input: Input) -> Input {
        let (mut sample, mut cause) = match input {
            Ok(sample) => (sample, None),
            Err(bad) => (bad.sample, Some(bad.cause)),
        };
        match sample.origin.as_in_folders().map(|place| self.told(&place)) {
            None => {}
            Some(Ok(told)) => {
                (sample.label, sample.source, sample.split) = (told.label, told.source, told.split)
            }
            Some(Err(both)) => cause = Some(both),
        }
        match cause {
            None => Ok(sample),
            Some(cause) => Err(Box::new(Unreadable { sample, cause })),
        }
    }

    fn told(&self, path: &Path) -> Result<Told, DatasetError> {
        let below = path.strip_prefix(&self.folder).unwrap_or(path);
        let folders: Vec<String> = below
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .filter_map(|component| match component {
                Component::Normal(name) => Some(path_text(name.as_ref())),
                _ => None,
            })
            .collect();
        let classes = || folders.iter().map(|name| class_of(name, self.words));
        let Some((class, label)) = classes().enumerate().find_map(|(at, label)| Some((at, label?))) else {
            return Ok(Told::default());
        };
        if let Some(other) = classes().position(|found| found.is_some_and(|found| found != label)) {
            return Err(DatasetError::BothFolders {
                path: path.to_path_buf(),
                folder: folders[class].clone(),
                label,
                other: folders[other].clone(),
            });
        }
        let (above, below) = (&folders[..class], &folders[class + 1..]);
        let part = |name: &String| name.parse::<Split>().ok();
        let split_above = above.iter().position(|name| part(name).is_some());
        let split = split_above.map(|at| &above[at]).or(below.first()).and_then(part);
        let generator: Vec<&str> = above
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != split_above)
            .map(|(_, name)| name.as_str())
            .collect();
        let below = match (split, split_above) {
            (Some(_), None) => below.get(1),
            _ => below.first(),
        };
        Ok(Told {
            label: Some(label),
            source: if generator.is_empty() {
                below.cloned()
            } else {
                Some(generator.join("/"))
            },
            split,
        })
    }

    /// Which classes have a folder below the root. The folders nearest to the root are looked at first, the members of an
    /// archive in their order, and no further ones once both classes are found.
    pub fn classes(&self) -> HashSet<Label> {
        match Kind::of_file(self.root) {
            Some(kind) => self.classes_in_archive(kind),
            None => self.classes_in_folder(),
        }
    }

    fn classes_in_archive(&self, kind: Kind) -> HashSet<Label> {
        let mut found = HashSet::new();
        for name in names(self.root, kind) {
            let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders);
            found.extend(
                folders
                    .split('/')
                    .filter_map(|folder| class_of(folder, self.words)),
            );
            if found.len() == Label::ALL.len() {
                break;
            }
        }
        found
    }

    fn classes_in_folder(&self) -> HashSet<Label> {
        let mut found = HashSet::new();
        let mut seen = HashSet::new();
        let mut folders = VecDeque::from([self.root.to_path_buf()]);
        while let Some(folder) = folders.pop_front() {
            // A link may lead back to where the search came from.
            if !folder.canonicalize().is_ok_and(|real| seen.insert(real)) {
                continue;
            }
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let is_folder = entry
                    .file_type()
                    .is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()));
                if !is_folder {
                    continue;
                }
                match class_of(&path_text(entry.file_name().as_ref()), self.words) {
                    Some(label) => {
                        found.insert(label);
                    }
                    None => folders.push_back(entry.path()),
                }
                if found.len() == Label::ALL.len() {
                    return found;
                }
            }
        }
        found
    }
}

/// The one folder in which everything in an archive lies, if it lies in one that is named after no class: many archives are of
/// a folder, whose name is no source.
fn common_top(path: &Path, kind: Kind, words: &LabelWords) -> Option<String> {
    let mut tops = names(path, kind)
        .filter(|name| !name.split('/').any(|part| part == MAC_FOLDER))
        .map(|name| name.split_once('/').map(|(top, _)| top.to_owned()));
    let first = tops.next()??;
    let is_common = class_of(&first, words).is_none() && tops.all(|top| top.as_ref() == Some(&first));
    is_common.then_some(first)
}

/// The name of the first folder below `folder` that an image lies in; an archive counts as a folder of its name without its
/// ending.
pub fn source_below(folder: &Path, sample: &Sample) -> Option<String> {
    let place = sample.origin.as_in_folders()?;
    let below = place.strip_prefix(folder).ok()?.parent()?;
    below
        .components()
        .next()
        .map(|first| path_text(first.as_os_str().as_ref()))
}

/// The class that a folder is named after.
fn class_of(name: &str, words: &LabelWords) -> Option<Label> {
    let after_number = || {
        let (number, word) = name.split_once('_')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        words.get(word).filter(|_| is_number)
    };
    words.get(name).or_else(after_number)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn told(words: &str, path: &str) -> Result<Told, DatasetError> {
        let words = match words {
            "" => LabelWords::default(),
            words => words.parse().unwrap(),
        };
        let root = Path::new("data/fake/root");
        Layout::new(root, &words).told(&root.join(path))
    }

    #[test]
    fn published_layouts_tell_label_source_and_split() {
        use Label::{Fake, Real};
        use Split::{Test, Train, Validation};
        for (path, label, source, split) in [
            ("real/1.jpg", Real, None, None),
            ("REAL/1.jpg", Real, None, None),
            ("Fake/stylegan/deep/1.jpg", Fake, Some("stylegan"), None),
            ("0_real/1.jpg", Real, None, None),
            ("progan/1_Fake/1.png", Fake, Some("progan"), None),
            ("stylegan/cat/0_real/1.png", Real, Some("stylegan/cat"), None),
            ("stylegan/cat/0_real/more/1.png", Real, Some("stylegan/cat"), None),
            ("train/fake/1.jpg", Fake, None, Some(Train)),
            ("set/Valid/real/1.jpg", Real, Some("set"), Some(Validation)),
            ("test/gan/fake/1.jpg", Fake, Some("gan"), Some(Test)),
            ("gan/val/fake/x/1.jpg", Fake, Some("gan"), Some(Validation)),
            ("real/train/ffhq/1.jpg", Real, Some("ffhq"), Some(Train)),
            ("real/ffhq/test/1.jpg", Real, Some("ffhq"), None),
            ("fake/x/fake/1.jpg", Fake, Some("x"), None),
        ] {
            let expected = Told {
                label: Some(label),
                source: source.map(str::to_owned),
                split,
            };
            assert_eq!(told("", path).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn other_names_tell_nothing_unless_they_are_given_a_meaning() {
        for path in [
            "1.jpg",
            "live/1.jpg",
            "train/1.jpg",
            "real.jpg",
            "realistic/1.jpg",
            "_real/1.jpg",
            "a_real/1.jpg",
        ] {
            assert_eq!(told("", path).unwrap(), Told::default(), "{path}");
        }
        let label = |path| told("real=live,fake=1", path).unwrap().label;
        assert_eq!(label("Live/1.jpg"), Some(Label::Real));
        assert_eq!(label("a/1/1.jpg"), Some(Label::Fake));
        assert_eq!(label("07_live/1.jpg"), Some(Label::Real));
        assert_eq!(label("fake/1.jpg"), Some(Label::Fake));
    }

    #[test]
    fn folders_of_both_classes_are_named() {
        let error = told("", "0_real/a/1_fake/1.jpg").unwrap_err().to_string();
        assert!(
            error.contains("'0_real'") && error.contains("'1_fake'") && error.contains("1.jpg"),
            "{error}"
        );
        let input = Ok(Sample::new(PathBuf::from("r/fake/real/1.jpg")));
        let words = LabelWords::default();
        let layout = Layout::new(Path::new("r"), &words);
        assert!(matches!(layout.tell(input), Err(bad) if bad.sample.label.is_none()));
    }

    #[test]
    fn class_folders_are_found_at_any_depth() {
        let root = tempfile::tempdir().unwrap();
        let words = LabelWords::default();
        let classes = || Layout::new(root.path(), &words).classes().len();
        assert_eq!(classes(), 0);
        for (folder, found) in [("a/b", 0), ("a/b/0_real/fake", 1), ("c/d/e/1_fake", 2)] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
            assert_eq!(classes(), found, "{folder}");
        }
        std::fs::write(root.path().join("fake"), "").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(root.path(), root.path().join("loop")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("fake")).unwrap();
        let words = LabelWords::default();
        let layout = Layout::new(root.path(), &words);
        assert_eq!(layout.classes(), HashSet::from([Label::Fake]));
    }
}
