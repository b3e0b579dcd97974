//! Why an experiment can't be read or run.

use std::path::PathBuf;

use super::Protocol;
use dftective_classify::ClassifyError;
use dftective_detector::DetectorError;
use dftective_evaluate::{MetricError, SplitError};
use dftective_features::FamilyName;
use dftective_records::pickle::PickleError;
use dftective_sample::{quoted, short, short_cause, short_path};

/// Why an experiment can't be read or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// A description that can't be read.
    #[error("{}: {}", short_path(file), short_cause(cause))]
    File {
        /// The file.
        file: String,
        /// What the system said, or what it is not.
        cause: String,
    },
    /// A description that is wrong somewhere.
    #[error(
        "{}, line {line} ({}): {}",
        short_path(file),
        short(found),
        short_cause(message)
    )]
    Description {
        /// The file, or the name of an experiment that is part of the library.
        file: String,
        /// Line, from 1.
        line: usize,
        /// The beginning of that line, with the key that stands there.
        found: String,
        /// What is wrong with it.
        message: String,
    },
    /// A classifier of an experiment is to be given features that the experiment does not compute.
    #[error("{}: the family {family} is none of the experiment's", short(classifier))]
    ForeignFamily {
        /// The classifier's name.
        classifier: String,
        /// What it is to be given.
        family: FamilyName,
    },
    /// A classifier of an experiment has a weight for features that it is not given.
    #[error(
        "{}: a weight is given for {}, which is none of its families",
        short(classifier),
        quoted(name)
    )]
    ForeignWeight {
        /// The classifier's name.
        classifier: String,
        /// What the weight is for.
        name: String,
    },
    /// What the classifiers are to be compared with is none of them.
    #[error("compare_with: no classifier is called {}", quoted(.0))]
    UnknownClassifier(String),
    /// Every classifier is given families that were not chosen.
    #[error("none of the experiment's classifiers works on these families alone")]
    NoClassifierLeft,
    /// The data hold no feature of a family.
    #[error("{}: the data have no feature of the family {family}", short(classifier))]
    NoColumns {
        /// The classifier's name.
        classifier: String,
        /// What is missing.
        family: FamilyName,
    },
    /// Nothing is there.
    #[error("{}: no such file or folder", short_path(.0))]
    NotFound(PathBuf),
    /// A folder without the data.
    #[error(
        "{}: expected {}; found {}",
        short_path(path),
        short_cause(expected),
        short(found)
    )]
    NoData {
        /// The folder.
        path: PathBuf,
        /// What the experiment knows.
        expected: String,
        /// What of it is there.
        found: String,
    },
    /// The experiment knows no feature files.
    #[error("{}: the experiment knows no published feature files", short_path(.0))]
    NoPickles(PathBuf),
    /// A feature file that can't be read.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// A label that stands for neither class.
    #[error(
        "{}, row {row}: label {found}, expected {fake} for fake or {real} for real",
        short_path(path)
    )]
    Label {
        /// The file.
        path: PathBuf,
        /// Row, from 0.
        row: usize,
        /// The label.
        found: f64,
        /// What stands for fake.
        fake: i32,
        /// What stands for real.
        real: i32,
    },
    /// A feature file of another length of row.
    #[error("{}: rows of {found} features, expected {expected}", short_path(path))]
    Features {
        /// The file.
        path: PathBuf,
        /// What the recipe, or the first file, has.
        expected: usize,
        /// What this one has.
        found: usize,
    },
    /// The features do not fit the recipe.
    #[error(transparent)]
    Detector(#[from] DetectorError),
    /// The data can't be split as described.
    #[error("{samples} items can't be split: {source}")]
    Split {
        /// Items there are.
        samples: usize,
        /// What is wrong.
        source: SplitError,
    },
    /// Images that do not say where they come from.
    #[error(
        "leaving sources out needs the source of every image, but {without} of {images} have none: give it in a \
         manifest, path,label,source, or by folders, fake/SOURCE/ and real/SOURCE/"
    )]
    NoSources {
        /// Images without a source.
        without: usize,
        /// All of them.
        images: usize,
    },
    /// More sources than can be left out.
    #[error(
        "leaving sources out of these data takes {found} splits, expected at most {}",
        Protocol::MAX_SPLITS
    )]
    ManySources {
        /// Splits there would be.
        found: usize,
    },
    /// A classifier could not be fitted.
    #[error("{}, {samples} samples, split {split}: {source}", short(classifier))]
    Fit {
        /// The classifier's name.
        classifier: String,
        /// Number of samples.
        samples: usize,
        /// Which split, from 1.
        split: usize,
        /// What is wrong.
        source: ClassifyError,
    },
    /// A network that is given features.
    #[error("{} is a network, which reads pixels: it is given no families", short(.0))]
    FamiliesOfNetwork(String),
    /// A network, in a program that has none.
    #[error("{} is a network, and this program was built without the feature 'cnn'", short(.0))]
    NeedsNetworks(String),
    /// A network could not be trained.
    #[cfg(feature = "cnn")]
    #[error("{}, {samples} samples, split {split}: {source}", short(classifier))]
    Network {
        /// The classifier's name.
        classifier: String,
        /// Number of samples.
        samples: usize,
        /// Which split, from 1.
        split: usize,
        /// What is wrong.
        source: Box<dftective_networks::CnnError>,
    },
    /// What was measured has no metrics.
    #[error(transparent)]
    Metrics(#[from] MetricError),
}

/// Characters of a line shown in an error.
const SHOWN: usize = 60;

impl ExperimentError {
    /// With the line of what stands at byte `start` of the text.
    pub(super) fn description(file: &str, text: &str, start: usize, message: &str) -> Self {
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let whole = text.lines().nth(line - 1).unwrap_or_default().trim();
        let mut found: String = whole.chars().take(SHOWN).collect();
        if found.len() < whole.len() {
            found.push('…');
        }
        Self::Description {
            file: file.to_owned(),
            line,
            found,
            message: message.trim_end().replace('\n', "; "),
        }
    }
}
