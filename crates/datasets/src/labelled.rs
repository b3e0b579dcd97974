//! Labelled data: a folder or an archive whose folders tell the class, or a manifest.

use std::path::Path;

use super::archive::is_archive;
use super::one_label::check_one_label;
use super::{DatasetError, Input, Inputs, Layout, Search, read_manifest, sample_of};
use dftective_sample::Label;

/// The images of a labelled data set.
#[derive(Debug, Default)]
pub struct Labelled {
    /// Those with a label, reals first, each class in the order of [`Inputs`]; of a manifest all rows, in their order. Also
    /// what is wrong with an archive as a whole, without a label.
    pub inputs: Vec<Input>,
    /// Those in folders of no class, in the same order.
    pub unlabelled: Vec<Input>,
}

/// Whether [`labelled`] takes the path for labelled images by what lies there: a folder, or an archive, with class folders of
/// both classes in it, see [`Layout`].
pub fn is_labelled(path: &Path, search: Search<'_>) -> bool {
    (path.is_dir() || is_archive(path)) && Layout::new(path, search.words).classes().len() == Label::ALL.len()
}

/// The images of a labelled folder or archive, with what its folders tell of them ([`Layout`]), or of a CSV manifest.
///
/// # Errors
/// [`DatasetError::NotLabelled`] for a folder or an archive without class folders of both classes; an image with both labels;
/// and what [`read_manifest`] says.
pub fn labelled(path: &Path, search: Search<'_>) -> Result<Labelled, DatasetError> {
    if path.is_file() && !is_archive(path) {
        return Ok(Labelled {
            inputs: read_manifest(path, search.words)?,
            ..Labelled::default()
        });
    }
    if !path.exists() {
        return Err(DatasetError::Manifest {
            path: path.to_path_buf(),
            cause: DatasetError::NotFound.to_string(),
        });
    }
    let layout = Layout::new(path, search.words);
    let classes = layout.classes();
    if classes.len() < Label::ALL.len() {
        return Err(DatasetError::NotLabelled {
            path: path.to_path_buf(),
            only: classes.into_iter().next(),
        });
    }
    let (mut reals, mut fakes, mut of_archives, mut unlabelled) = (vec![], vec![], vec![], vec![]);
    for input in Inputs::new(std::iter::once(Ok(path.to_path_buf())), search) {
        let input = layout.tell(input);
        match sample_of(&input).label {
            Some(Label::Real) => reals.push(input),
            Some(Label::Fake) => fakes.push(input),
            None => match input {
                Err(bad) if matches!(bad.cause, DatasetError::BothFolders { .. }) => return Err(bad.cause),
                Err(bad) if bad.sample.origin.file().is_some_and(is_archive) => of_archives.push(Err(bad)),
                other => unlabelled.push(other),
            },
        }
    }
    let mut inputs = reals;
    inputs.append(&mut fakes);
    inputs.append(&mut of_archives);
    check_one_label(&inputs)?;
    Ok(Labelled { inputs, unlabelled })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        root
    }

    fn found(root: &Path) -> Result<Labelled, String> {
        labelled(root, Search::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn folders_give_labels_and_sources() {
        let root = tree(&[
            "real/1.jpg",
            "real/ffhq/2.jpg",
            "fake/stylegan/deep/3.png",
            "other/4.jpg",
            "real/5.txt",
        ]);
        let found = found(root.path()).unwrap();
        let told: Vec<_> = found
            .inputs
            .iter()
            .map(|input| {
                (
                    sample_of(input).label.unwrap(),
                    sample_of(input).source.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (Label::Real, None),
                (Label::Real, Some("ffhq")),
                (Label::Fake, Some("stylegan"))
            ]
        );
        assert!(sample_of(&found.unlabelled[0]).name().ends_with("other/4.jpg"));
        assert_eq!(found.unlabelled.len(), 1);
    }

    #[test]
    fn nested_class_folders_come_reals_first() {
        let root = tree(&[
            "a/0_real/1.jpg",
            "a/1_fake/2.jpg",
            "b/c/0_real/3.jpg",
            "b/c/1_fake/4.jpg",
        ]);
        let names: Vec<_> = found(root.path())
            .unwrap()
            .inputs
            .iter()
            .map(|input| sample_of(input).source.clone().unwrap())
            .collect();
        assert_eq!(names, ["a", "b/c", "a", "b/c"]);
    }

    #[test]
    fn anything_else_is_refused() {
        let root = tree(&["live/1.jpg", "spoof/2.jpg"]);
        let message = found(root.path()).unwrap_err();
        assert!(
            message.contains("no folder of a class") && message.contains("--labels"),
            "{message}"
        );
        let words = "real=live,fake=spoof".parse().unwrap();
        let search = Search {
            words: &words,
            ..Search::default()
        };
        assert!(is_labelled(root.path(), search) && !is_labelled(root.path(), Search::default()));
        let root = tree(&["x/real/1.jpg"]);
        let message = found(root.path()).unwrap_err();
        assert!(message.contains("folders of real, but none of fake"), "{message}");
        let message = found(&root.path().join("none")).unwrap_err();
        assert!(message.ends_with("no such file or folder"), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_with_both_labels_is_named_on_both_sides() {
        let root = tree(&["real/1.jpg", "fake/2.jpg"]);
        let (file, other) = (root.path().join("real/1.jpg"), root.path().join("fake/9.jpg"));
        for is_symbolic in [true, false] {
            if is_symbolic {
                std::os::unix::fs::symlink(&file, &other).unwrap();
            } else {
                std::fs::hard_link(&file, &other).unwrap();
            }
            let message = found(root.path()).unwrap_err();
            assert!(
                message.contains("real/1.jpg is real") && message.contains("fake/9.jpg is fake"),
                "{message}"
            );
            std::fs::remove_file(&other).unwrap();
            found(root.path()).unwrap();
        }
        let root = tree(&["real/1.jpg", "fake/real/2.jpg"]);
        let message = found(root.path()).unwrap_err();
        assert!(
            message.contains("'fake'") && message.contains("'real'") && message.contains("2.jpg"),
            "{message}"
        );
    }
}
