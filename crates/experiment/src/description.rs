//! What an experiment is, as its TOML file says it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{ExperimentError, Protocol, fields};
use dftective_classify::{Params, Scaling};
use dftective_features::{FamilyName, Selection, Tiles};
use dftective_sample::Label;
use dftective_spectrum::Recipe;
use dftective_synth::SynthParams;

/// The experiments that are part of the library, by name.
const BUILT_IN: [(&str, &str); 6] = [
    ("baselines", include_str!("../experiments/baselines.toml")),
    ("celeba", include_str!("../experiments/celeba.toml")),
    (
        "deepfake-detection",
        include_str!("../experiments/deepfake-detection.toml"),
    ),
    ("faces-hq", include_str!("../experiments/faces-hq.toml")),
    ("honest-faces", include_str!("../experiments/honest-faces.toml")),
    ("synthetic", include_str!("../experiments/synthetic.toml")),
];

/// An experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// What it is about, on one line.
    #[serde(deserialize_with = "fields::one_line")]
    pub title: String,
    /// Where the published numbers stand, in lines of text; `[1]`, `[2]`, … explain [`Published::origin`].
    pub source: String,
    /// How the spectra are made.
    pub recipe: Recipe,
    /// Feature families computed, as a list of names or in one text with commas, named sets included; the radial
    /// spectrum where none is named.
    #[serde(
        default,
        deserialize_with = "fields::families",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub families: Vec<FamilyName>,
    /// What is done to each feature first.
    pub scaling: Scaling,
    /// Seed of splits, subsets, random starts and bootstrap.
    pub seed: u64,
    /// What is known to tell the classes apart besides a generator's traces, in lines of text.
    #[serde(default)]
    pub known_leaks: Vec<String>,
    /// Where the data come from and how they are laid out.
    pub data: DataDescription,
    /// How they are parted.
    pub protocol: Protocol,
    /// Squares read instead of whole pictures, as `256:4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop: Option<Tiles>,
    /// Whether times and sizes are measured, too; they differ from run to run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cost: bool,
    /// Name of the classifier that the others are compared with, item by item on the same splits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare_with: Option<String>,
    /// What is trained, at least one.
    #[serde(deserialize_with = "fields::classifiers")]
    pub classifiers: Vec<Classifier>,
}

/// Where the data come from and how they are laid out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataDescription {
    /// Where they come from, in lines of text.
    pub origin: String,
    /// Folders of images.
    #[serde(default)]
    pub folders: Vec<Folder>,
    /// Published feature files.
    pub pickles: Option<Pickles>,
    /// Pictures the program makes itself.
    #[serde(default, deserialize_with = "fields::synthetic")]
    pub synthetic: Option<SynthParams>,
}

/// A folder of images of one class and source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Its name below the folder of the data, which is also the images' source.
    #[serde(deserialize_with = "fields::one_line")]
    pub path: String,
    /// Class of its images.
    pub label: Label,
    /// Images taken, the first in the byte order of their names; all of them if not given.
    pub take: Option<usize>,
    /// Whether each folder below holds the frames of one video.
    #[serde(default)]
    pub subfolders_are_videos: bool,
}

/// Published feature files: dictionaries of `data` and `label`, see [`dftective_records::pickle::FeatureFile`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pickles {
    /// The number that stands for fake in `label`.
    pub fake: i32,
    /// The number that stands for real.
    pub real: i32,
    /// The files.
    pub files: Vec<PickleFile>,
}

/// A feature file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PickleFile {
    /// Its name.
    #[serde(deserialize_with = "fields::one_line")]
    pub name: String,
    /// Its part of the published split, where there is one.
    pub part: Option<Part>,
}

/// A side of a fixed split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// To learn from.
    Train,
    /// To measure on.
    Test,
}

/// A classifier and what was published of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classifier {
    /// Its name in tables.
    #[serde(deserialize_with = "fields::one_line")]
    pub name: String,
    /// What it is.
    #[serde(deserialize_with = "fields::parameters")]
    pub parameters: Params,
    /// Families it is given; all of the experiment's where none is named.
    #[serde(
        default,
        deserialize_with = "fields::families",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub families: Vec<FamilyName>,
    /// The published numbers.
    #[serde(default)]
    pub published: Vec<Published>,
}

/// A published accuracy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Number of samples it belongs to; all of the data if not given.
    pub samples: Option<usize>,
    /// The accuracy, 0 to 100 %.
    #[serde(deserialize_with = "fields::percentage")]
    pub percent: f64,
    /// Decimals it was published with, at most 6.
    #[serde(deserialize_with = "fields::decimals")]
    pub decimals: u8,
    /// Which of the sources it comes from, see [`Experiment::source`].
    pub origin: u8,
    /// What was counted.
    #[serde(default)]
    pub of: Unit,
}

/// What an accuracy counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unit {
    /// Images, frames among them.
    #[default]
    Images,
    /// Videos, each called by the majority of its frames.
    Videos,
}

impl Experiment {
    /// Takes a description apart; `file` names it in errors.
    ///
    /// # Errors
    /// [`ExperimentError::Description`] with file, line and key: what is no TOML, an unknown or missing key, a
    /// value of another kind or out of its range, a key that the kind of split does not take, an
    /// [origin](Published::origin) that the source does not explain.
    pub fn parse(text: &str, file: &str) -> Result<Self, ExperimentError> {
        let no_toml = |error: toml::de::Error| {
            let start = error.span().map_or(0, |span| span.start);
            ExperimentError::description(file, text, start, error.message())
        };
        let experiment: Self = toml::from_str(text).map_err(no_toml)?;
        match fields::unexplained(text, &experiment.source).map_err(no_toml)? {
            Some((start, message)) => Err(ExperimentError::description(file, text, start, &message)),
            None => experiment.check().map(|()| experiment),
        }
    }

    /// Whether its parts fit each other.
    fn check(&self) -> Result<(), ExperimentError> {
        let computed = self.selection();
        for each in &self.classifiers {
            let Classifier {
                name,
                families,
                parameters,
                ..
            } = each;
            if matches!(parameters, Params::Network(_)) && !families.is_empty() {
                return Err(ExperimentError::FamiliesOfNetwork(name.clone()));
            }
            if let Some(weighed) = each.foreign_weight(computed.families()) {
                return Err(ExperimentError::ForeignWeight {
                    classifier: name.clone(),
                    name: weighed.to_owned(),
                });
            }
            let foreign = families
                .iter()
                .find(|family| !computed.families().contains(family));
            if let Some(&family) = foreign {
                let classifier = name.clone();
                return Err(ExperimentError::ForeignFamily { classifier, family });
            }
        }
        let is_known = |name: &String| self.classifiers.iter().any(|each| each.name == *name);
        match &self.compare_with {
            Some(name) if !is_known(name) => Err(ExperimentError::UnknownClassifier(name.clone())),
            _ => Ok(()),
        }
    }

    /// The features computed.
    pub fn selection(&self) -> Selection {
        let radial = |_| Selection::from(self.recipe.clone());
        let whole = Selection::new(&self.families, self.recipe.clone()).unwrap_or_else(radial);
        whole.with_tiles(self.crop)
    }

    /// The same with these families. Classifiers that are given others in part are dropped, and published numbers, as they
    /// were measured on other features, which [`Self::source`] says.
    ///
    /// # Errors
    /// No classifier is left.
    pub fn with_families(mut self, families: &[FamilyName]) -> Result<Self, ExperimentError> {
        let asked = Selection::new(families, self.recipe.clone());
        if asked.is_ok_and(|asked| asked.families() == self.selection().families()) {
            return Ok(self);
        }
        self.families = families.to_vec();
        self.classifiers.retain(|each| {
            each.families.iter().all(|family| families.contains(family))
                && each.foreign_weight(families).is_none()
        });
        if self.classifiers.is_empty() {
            return Err(ExperimentError::NoClassifierLeft);
        }
        let is_left = |name: &String| self.classifiers.iter().any(|each| each.name == *name);
        self.compare_with = self.compare_with.take().filter(is_left);
        self.drop_published("features");
        Ok(self)
    }

    fn drop_published(&mut self, other: &str) {
        let published = self.classifiers.iter_mut().map(|each| &mut each.published);
        let dropped: usize = published.map(|numbers| numbers.drain(..).count()).sum();
        if dropped > 0 {
            self.source += &format!("\nThese numbers were measured on other {other} and are not shown.");
        }
    }

    /// The same with each source left out in turn, [`Protocol::LeaveOneSourceOut`]. Published numbers were measured on
    /// other splits, so they are dropped, and [`Self::source`] says so.
    pub fn leaving_sources_out(mut self) -> Self {
        self.protocol = Protocol::LeaveOneSourceOut;
        self.drop_published("splits");
        self
    }

    /// Reads a file of at most 1 MiB.
    ///
    /// # Errors
    /// [`ExperimentError::File`] for what can't be read, and what [`Self::parse`] says.
    pub fn read(path: &Path) -> Result<Self, ExperimentError> {
        let file = dftective_sample::path_text(path);
        let text = fields::small_text(path).map_err(|cause| ExperimentError::File {
            file: file.clone(),
            cause: cause.to_string(),
        })?;
        Self::parse(&text, &file)
    }

    /// Names of the experiments that are part of the library.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The text of an experiment that is part of the library; `None` for any other name.
    pub fn built_in_text(name: &str) -> Option<&'static str> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Some(found.1)
    }

    /// An experiment that is part of the library; `None` for any other name.
    ///
    /// # Errors
    /// None: the tests read them all.
    pub fn built_in(name: &str) -> Result<Option<Self>, ExperimentError> {
        Self::built_in_text(name)
            .map(|text| Self::parse(text, name))
            .transpose()
    }
}

impl Classifier {
    /// A name that it has a weight for and that is none of its families, or of those computed where it has none of its
    /// own.
    fn foreign_weight(&self, computed: &[FamilyName]) -> Option<&str> {
        let Params::Ridge(params) = &self.parameters else {
            return None;
        };
        let given = if self.families.is_empty() {
            computed
        } else {
            &self.families
        };
        let mut names = params.weights.keys().map(String::as_str);
        names.find(|name| given.iter().all(|family| family.as_str() != *name))
    }
}
