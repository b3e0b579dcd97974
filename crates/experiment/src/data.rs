//! What a path holds of an experiment's data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ndarray::{Array2, Axis, concatenate};

use super::{Experiment, ExperimentError, Folder, Part, PickleFile, Pickles};
use dftective_datasets::{Input, Inputs, Search, Unreadable, is_labelled, source_below};
use dftective_decode::Limits;
use dftective_detector::Dataset;
use dftective_evaluate::HoldOut;
use dftective_features::Families;
use dftective_records::pickle::FeatureFile;
use dftective_sample::{Label, Origin, Sample, Split, path_text};

/// Labelled features for an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// What they are, in words.
    pub kind: String,
    /// The features.
    pub dataset: Dataset,
    /// The published parts, where the data come in them.
    pub parts: Option<HoldOut>,
    /// What a picture that is read again may cost.
    pub limits: Limits,
}

/// What was found.
#[derive(Debug)]
pub enum Found {
    /// Images in the published layout, still to be read.
    Images(Vec<Input>),
    /// Published feature files.
    Features(Box<Data>),
    /// None of both: a labelled folder, a manifest or a feature table perhaps.
    Elsewhere,
}

impl Data {
    /// Features that came from images, a manifest or a table.
    pub fn new(kind: impl Into<String>, dataset: Dataset) -> Self {
        Self {
            kind: kind.into(),
            dataset,
            parts: None,
            limits: Limits::default(),
        }
    }

    /// The same whose pictures are read again within `limits`.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Whether any images belong together.
    pub(super) fn has_groups(&self) -> bool {
        let different: BTreeSet<usize> = self.units().into_iter().collect();
        different.len() < self.dataset.samples.len()
    }
}

impl Experiment {
    /// Looks for the data below a folder, or in a file: the published folders of images if all are there, else the
    /// published feature files if any is. `words` say which folders are those of a class.
    ///
    /// # Errors
    /// Nothing there; a folder with neither, nor `real/` and `fake/`; feature files that can't be read, that have labels
    /// for other things than the two classes, or other features than the recipe gives.
    pub fn find(&self, path: &Path, search: Search<'_>) -> Result<Found, ExperimentError> {
        if path.is_dir() {
            let folders = &self.data.folders;
            if !folders.is_empty() && folders.iter().all(|folder| path.join(&folder.path).is_dir()) {
                let inputs = folders.iter().flat_map(|folder| folder.inputs(path, search));
                return Ok(Found::Images(inputs.collect()));
            }
            let files = self.data.pickles.iter().flat_map(|pickles| &pickles.files);
            let there: Vec<_> = files
                .map(|file| (path.join(&file.name), file.part))
                .filter(|(file, _)| file.is_file())
                .collect();
            return match &self.data.pickles {
                Some(pickles) if !there.is_empty() => self.features(pickles, &there),
                _ if is_labelled(path, search) => Ok(Found::Elsewhere),
                _ => Err(self.nothing_in(path)),
            };
        }
        if !path.exists() {
            return Err(ExperimentError::NotFound(path.to_owned()));
        }
        let is_pickle = path.extension().is_some_and(|extension| {
            ["pkl", "pickle"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        });
        if !is_pickle {
            return Ok(Found::Elsewhere);
        }
        let Some(pickles) = &self.data.pickles else {
            return Err(ExperimentError::NoPickles(path.to_owned()));
        };
        let known = |file: &&PickleFile| path.file_name().is_some_and(|name| name == file.name.as_str());
        let part = pickles.files.iter().find(known).and_then(|file| file.part);
        self.features(pickles, &[(path.to_owned(), part)])
    }

    fn nothing_in(&self, path: &Path) -> ExperimentError {
        let folders = self.data.folders.iter().map(|folder| format!("{}/", folder.path));
        let files = self.data.pickles.iter().flat_map(|pickles| &pickles.files);
        let files = files.map(|file| file.name.clone());
        let folders: Vec<String> = folders.collect();
        let mut expected = Vec::new();
        if !folders.is_empty() {
            expected.push(format!("the folders {}", folders.join(", ")));
        }
        expected.extend(files.map(|file| format!("the feature file {file}")));
        expected.push("the folders real/ and fake/".to_owned());
        let there: Vec<String> = folders
            .into_iter()
            .filter(|name| path.join(name).is_dir())
            .collect();
        ExperimentError::NoData {
            path: path.to_owned(),
            expected: expected.join(", or "),
            found: if there.is_empty() {
                "none of them".to_owned()
            } else {
                format!("only {}", there.join(", "))
            },
        }
    }

    fn features(
        &self,
        pickles: &Pickles,
        files: &[(PathBuf, Option<Part>)],
    ) -> Result<Found, ExperimentError> {
        let mut matrices: Vec<Array2<f64>> = Vec::new();
        let mut samples = Vec::new();
        let mut parts = HoldOut {
            train: vec![],
            test: vec![],
        };
        for (path, part) in files {
            let FeatureFile { features, labels } = FeatureFile::read(path)?;
            let expected = self.recipe.bins.or(matrices.first().map(Array2::ncols));
            if let Some(expected) = expected.filter(|&expected| expected != features.ncols()) {
                let (path, found) = (path.clone(), features.ncols());
                return Err(ExperimentError::Features {
                    path,
                    expected,
                    found,
                });
            }
            let name = path_text(path.file_name().unwrap_or_default().as_ref());
            for (row, label) in labels.into_iter().enumerate() {
                let split = match part {
                    Some(Part::Train) => {
                        parts.train.push(samples.len());
                        Some(Split::Train)
                    }
                    Some(Part::Test) => {
                        parts.test.push(samples.len());
                        Some(Split::Test)
                    }
                    None => None,
                };
                samples.push(Sample {
                    label: Some(pickles.label(path, row, label)?),
                    split,
                    ..Sample::new(Origin::Name(format!("{name}, row {row}")))
                });
            }
            matrices.push(features);
        }
        let views: Vec<_> = matrices.iter().map(Array2::view).collect();
        // All have rows of one length.
        let features = concatenate(Axis(0), &views).unwrap_or_default();
        let columns = Families::new(self.recipe.clone().into()).fixed_columns();
        let numbered = || {
            (1..=features.ncols())
                .map(|radial_bin| format!("radial_ring_{radial_bin}"))
                .collect()
        };
        let dataset = Dataset {
            columns: columns.unwrap_or_else(numbered),
            features,
            samples,
            ..Dataset::empty(self.recipe.clone().into())
        };
        let names: Vec<String> = files
            .iter()
            .map(|(path, _)| path_text(path.file_name().unwrap_or_default().as_ref()))
            .collect();
        let is_whole = !parts.train.is_empty() && !parts.test.is_empty();
        Ok(Found::Features(Box::new(Data {
            kind: format!("published features, {}", names.join(" and ")),
            dataset,
            limits: Limits::default(),
            parts: is_whole.then_some(parts),
        })))
    }
}

impl Pickles {
    fn label(&self, path: &Path, row: usize, found: f64) -> Result<Label, ExperimentError> {
        let &Self { fake, real, .. } = self;
        if found == f64::from(fake) {
            Ok(Label::Fake)
        } else if found == f64::from(real) {
            Ok(Label::Real)
        } else {
            let path = path.to_owned();
            Err(ExperimentError::Label {
                path,
                row,
                found,
                fake,
                real,
            })
        }
    }
}

impl Folder {
    /// Its images with label, source and, where they are a video's frames, group.
    fn inputs(&self, root: &Path, search: Search<'_>) -> Vec<Input> {
        let folder = root.join(&self.path);
        let named = |sample: Sample| {
            let group = source_below(&folder, &sample)
                .filter(|_| self.subfolders_are_videos)
                .map(|video| format!("{}/{video}", self.path));
            Sample {
                label: Some(self.label),
                source: Some(self.path.clone()),
                group,
                ..sample
            }
        };
        Inputs::new(std::iter::once(Ok(folder.clone())), search)
            .take(self.take.unwrap_or(usize::MAX))
            .map(|input| match input {
                Ok(sample) => Ok(named(sample)),
                Err(bad) => Err(Box::new(Unreadable {
                    sample: named(bad.sample),
                    cause: bad.cause,
                })),
            })
            .collect()
    }
}
