//! Labelled data: a folder whose folders tell the class, or a manifest.

use std::path::Path;

use super::one_label::check_one_label;
use super::{DatasetError, Input, Inputs, Layout, read_manifest, sample_of};
use dftective_sample::{Label, LabelWords};

/// The images of a labelled data set.
#[derive(Debug, Default)]
pub struct Labelled {
    /// Those with a label, reals first, each class in the order of [`Inputs`]; of a manifest all rows, in their order.
    pub inputs: Vec<Input>,
    /// Those in folders of no class, in the same order.
    pub unlabelled: Vec<Input>,
    /// Files without an image's extension.
    pub passed_over: u64,
}

/// Whether below the folder are class folders of both classes, see [`Layout`].
pub fn is_labelled_folder(path: &Path, words: &LabelWords) -> bool {
    Layout { root: path, words }.classes().len() == Label::ALL.len()
}

/// The images of a labelled folder, with what its folders tell of them ([`Layout`]), or of a CSV manifest.
///
/// # Errors
/// [`DatasetError::NotLabelled`] for a folder without class folders of both classes; an image with both labels; and what
/// [`read_manifest`] says.
pub fn labelled(path: &Path, words: &LabelWords) -> Result<Labelled, DatasetError> {
    if path.is_file() {
        return Ok(Labelled {
            inputs: read_manifest(path, words)?,
            ..Labelled::default()
        });
    }
    if !path.exists() {
        return Err(DatasetError::Manifest {
            path: path.to_path_buf(),
            cause: DatasetError::NotFound.to_string(),
        });
    }
    let layout = Layout { root: path, words };
    let classes = layout.classes();
    if classes.len() < Label::ALL.len() {
        return Err(DatasetError::NotLabelled {
            path: path.to_path_buf(),
            only: classes.into_iter().next(),
        });
    }
    let mut walk = Inputs::new(std::iter::once(Ok(path.to_path_buf())));
    let (mut reals, mut fakes, mut unlabelled) = (Vec::new(), Vec::new(), Vec::new());
    for input in walk.by_ref() {
        let input = layout.tell(input);
        match sample_of(&input).label {
            Some(Label::Real) => reals.push(input),
            Some(Label::Fake) => fakes.push(input),
            None => match input {
                Err(bad) if matches!(bad.cause, DatasetError::BothFolders { .. }) => return Err(bad.cause),
                other => unlabelled.push(other),
            },
        }
    }
    let mut inputs = reals;
    inputs.append(&mut fakes);
    check_one_label(&inputs)?;
    Ok(Labelled {
        inputs,
        unlabelled,
        passed_over: walk.passed_over(),
    })
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
        labelled(root, &LabelWords::default()).map_err(|error| error.to_string())
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
        assert_eq!((found.unlabelled.len(), found.passed_over), (1, 1));
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
        assert!(is_labelled_folder(
            root.path(),
            &"real=live,fake=spoof".parse().unwrap()
        ));
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
        let symbolic = |file: &Path, other: &Path| std::os::unix::fs::symlink(file, other);
        let hard = |file: &Path, other: &Path| std::fs::hard_link(file, other);
        let links: [&dyn Fn(&Path, &Path) -> std::io::Result<()>; 2] = [&symbolic, &hard];
        for link in links {
            link(&file, &other).unwrap();
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
