//! Labelled data: a folder or an archive with `real/` and `fake/`, or a manifest.

use std::collections::HashMap;
use std::path::Path;

use super::archive::{Kind, Members, names, place};
use super::{DatasetError, Input, Inputs, Search, Unreadable, read_manifest};
use dftective_sample::{Label, Sample, path_text};

/// Whether the folder has the subfolders `real` and `fake`.
pub fn is_labelled_folder(path: &Path) -> bool {
    Label::ALL
        .iter()
        .all(|label| path.join(label.to_string()).is_dir())
}

/// Whether [`labelled`] takes the path for labelled images by what lies there: a folder, or an archive, with `real` and `fake`
/// in it.
pub fn is_labelled(path: &Path) -> bool {
    is_labelled_folder(path) || archive(path).is_some_and(|kind| top(path, kind).is_some())
}

/// The images of a labelled folder or archive (reals first, each class in the order of [`Inputs`]), or of a CSV manifest.
/// An image's source is the name of the folder below the class folder, if it lies in one. In an archive the class folders may
/// lie at its top, or together in one folder of it.
///
/// # Errors
/// [`DatasetError::NotLabelled`] for anything else, and what [`read_manifest`] says.
pub fn labelled(path: &Path, search: Search<'_>) -> Result<Vec<Input>, DatasetError> {
    if let Some(kind) = archive(path) {
        let top = top(path, kind).ok_or_else(|| DatasetError::NotLabelled(path.to_path_buf()))?;
        return Ok(class_members(path, kind, &top, search));
    }
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
        .flat_map(|label| class_folder(&path.join(label.to_string()), label, search))
        .collect())
}

fn archive(path: &Path) -> Option<Kind> {
    Kind::of(path).filter(|_| path.is_file())
}

fn class_folder(folder: &Path, label: Label, search: Search<'_>) -> Vec<Input> {
    Inputs::new(std::iter::once(Ok(folder.to_path_buf())), search)
        .map(move |input| named(input, folder, label))
        .collect()
}

/// The input with its label and the source that it has below the class folder.
fn named(input: Input, folder: &Path, label: Label) -> Input {
    let name = |sample: Sample| Sample {
        label: Some(label),
        source: source_below(folder, &sample),
        ..sample
    };
    match input {
        Ok(sample) => Ok(name(sample)),
        Err(bad) => Err(Box::new(Unreadable {
            sample: name(bad.sample),
            cause: bad.cause,
        })),
    }
}

/// The folder in which an archive has `real/` and `fake/`, with a slash behind it or empty: the first that has both.
fn top(path: &Path, kind: Kind) -> Option<String> {
    let mut seen: HashMap<String, [bool; 2]> = HashMap::new();
    for name in names(path, kind) {
        let classes = Label::ALL.map(|label| format!("{label}/"));
        let below_first = name.find('/').map_or(0, |at| at + 1);
        for at in [0, below_first] {
            let (top, rest) = name.split_at(at);
            let Some(class) = classes.iter().position(|class| rest.starts_with(class.as_str())) else {
                continue;
            };
            let both = seen.entry(top.to_owned()).or_default();
            both[class] = true;
            if *both == [true; 2] {
                return Some(top.to_owned());
            }
        }
    }
    None
}

/// The members below the class folders. What is wrong with the archive as a whole stays, without a label.
fn class_members(path: &Path, kind: Kind, top: &str, search: Search<'_>) -> Vec<Input> {
    let mut classes = Label::ALL.map(|_| Vec::new());
    let mut of_archive = Vec::new();
    let whole = Sample::new(path.to_path_buf());
    let folders = Label::ALL.map(|label| place(path, format!("{top}{label}")));
    for input in Members::new(path.to_path_buf(), kind, search) {
        let sample = input.as_ref().unwrap_or_else(|bad| &bad.sample);
        let place = sample.origin.as_in_folders().unwrap_or_default();
        match folders.iter().position(|folder| place.starts_with(folder)) {
            Some(class) => classes[class].push(named(input, &folders[class], Label::ALL[class])),
            None if input.as_ref().is_err_and(|bad| bad.sample == whole) => of_archive.push(input),
            None => (),
        }
    }
    classes.into_iter().flatten().chain(of_archive).collect()
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
        let found: Vec<_> = labelled(root.path(), Search::default())
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
        assert!(matches!(
            labelled(root.path(), Search::default()),
            Err(DatasetError::NotLabelled(_))
        ));
        let message = labelled(&root.path().join("none"), Search::default())
            .unwrap_err()
            .to_string();
        assert!(message.ends_with("no such file or folder"), "{message}");
    }
}
