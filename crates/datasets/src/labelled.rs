//! Labelled data: a folder with `real/` and `fake/`, or a manifest.

use std::path::{Path, PathBuf};

use super::{DatasetError, Input, Inputs, Unreadable, read_manifest};
use dftective_sample::{Label, Sample, path_text};

/// Whether the folder has the subfolders `real` and `fake`.
pub fn is_labelled_folder(path: &Path) -> bool {
    Label::ALL
        .iter()
        .all(|label| path.join(label.to_string()).is_dir())
}

/// The images of a labelled folder (reals first, each class in the order of [`Inputs`]), or of a CSV manifest.
/// An image's source is the name of the folder below the class folder, if it lies in one.
///
/// # Errors
/// [`DatasetError::NotLabelled`] for anything else, and what [`read_manifest`] says.
pub fn labelled(path: &Path) -> Result<Vec<Input>, DatasetError> {
    if path.is_file() {
        return read_manifest(path);
    }
    if !path.exists() {
        return Err(DatasetError::Manifest {
            path: path.to_path_buf(),
            cause: DatasetError::NotFound.to_string(),
        });
    }
    if !is_labelled_folder(path) {
        return Err(DatasetError::NotLabelled(path.to_path_buf()));
    }
    Ok(Label::ALL
        .into_iter()
        .flat_map(|label| class_folder(&path.join(label.to_string()), label))
        .collect())
}

fn class_folder(folder: &Path, label: Label) -> Vec<Input> {
    let name = |sample: Sample| {
        let source = sample.origin.file().and_then(|path| source_below(folder, path));
        Sample {
            label: Some(label),
            source,
            ..sample
        }
    };
    Inputs::new(std::iter::once(Ok(folder.to_path_buf())))
        .map(|input| match input {
            Ok(sample) => Ok(name(sample)),
            Err(bad) => Err(Box::new(Unreadable {
                sample: name(bad.sample),
                cause: bad.cause,
            })),
        })
        .collect()
}

fn source_below(folder: &Path, path: &Path) -> Option<String> {
    let below: PathBuf = path.strip_prefix(folder).ok()?.parent()?.to_path_buf();
    below
        .components()
        .next()
        .map(|first| path_text(first.as_os_str().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_labels_and_sources() {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "real/1.jpg",
            "real/ffhq/2.jpg",
            "fake/stylegan/deep/3.png",
            "other/4.jpg",
        ] {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let found: Vec<_> = labelled(root.path())
            .unwrap()
            .into_iter()
            .map(|input| {
                input
                    .map(|sample| (sample.label.unwrap(), sample.source))
                    .unwrap()
            })
            .collect();
        assert_eq!(
            found,
            [
                (Label::Real, None),
                (Label::Real, Some("ffhq".to_owned())),
                (Label::Fake, Some("stylegan".to_owned()))
            ]
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(labelled(root.path()), Err(DatasetError::NotLabelled(_))));
        let message = labelled(&root.path().join("none")).unwrap_err().to_string();
        assert!(message.ends_with("no such file or folder"), "{message}");
    }
}
