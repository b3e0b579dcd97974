//! Why a task could not be done.

use std::path::PathBuf;

use dftective_batch::FeatureTableError;
use dftective_classify::Architecture;
use dftective_datasets::DatasetError;
use dftective_detector::DetectorError;
use dftective_evaluate::MetricError;
use dftective_experiment::ExperimentError;
#[cfg(feature = "cnn")]
use dftective_networks::CnnError;
use dftective_records::table::TableError;
use dftective_sample::{SampleError, short, short_cause, short_path};
use dftective_synth::SynthError;

/// Why a task could not be done. An image that cannot be used is no such error: it is in the result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The images could not be listed or grouped.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The table of features cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table of features is of other features.
    #[error(transparent)]
    FeatureTable(Box<FeatureTableError>),
    /// A detector cannot be used.
    #[error(transparent)]
    Detector(#[from] DetectorError),
    /// There is nothing to measure.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// The file is neither a manifest nor a table of features.
    #[error(
        "expected a folder, an archive (.zip, .tar, .tar.gz), a CSV manifest, or a feature table (.csv, .jsonl, .parquet, .npz)"
    )]
    NoData,
    /// The header of a CSV file cannot be read.
    #[error("{}", short_cause(.0))]
    Csv(#[from] csv::Error),
    /// There is no image at all.
    #[error("no images found")]
    NoImages,
    /// A row of an unfinished table is not one of ours.
    #[error("row {row} of the unfinished table has no path")]
    KeptRowWithoutPath {
        /// The row, from 1.
        row: usize,
    },
    /// An unfinished table is of other images than are given now.
    #[error(
        "the inputs have changed: input {row} was {}, now it is {}; begin anew with --restart",
        short_path(expected),
        short_path(found)
    )]
    OtherInputs {
        /// The row, from 1.
        row: usize,
        /// The image of the table.
        expected: String,
        /// The image given.
        found: String,
    },
    /// A table would be written over one of its images.
    #[error("{path}: this input is the table that is to be written; nothing was written over it")]
    OverInput {
        /// The image.
        path: String,
    },
    /// None of the images gave features.
    #[error("no usable image")]
    NoImage,
    /// Copies were asked for, and there are but features.
    #[error("copies can be made of images, not of their features")]
    CopiesOfFeatures,
    /// Several detectors choose by the image, and there are but features.
    #[error("a file of several detectors judges images, not a table of their features")]
    FeaturesForSeveral,
    /// The table has other features than the detector reads.
    #[error(
        "{found} features ({} …), the detector was trained on {expected} ({} …)",
        short(first),
        short(first_expected)
    )]
    OtherFeatures {
        /// Features of the table.
        found: usize,
        /// The first of them.
        first: String,
        /// Features of the detector.
        expected: usize,
        /// The first of them.
        first_expected: String,
    },
    /// Features were asked for, and a network is to learn.
    #[error("{0} is a network, which reads pixels: families and recipes have no meaning for it")]
    FeaturesForNetwork(Architecture),
    /// A network is to learn, and this program was built without them.
    #[error("{0} is a network, and this program was built without the feature 'cnn'")]
    WithoutNetworks(Architecture),
    /// A network cannot be trained.
    #[cfg(feature = "cnn")]
    #[error(transparent)]
    Network(Box<CnnError>),
    /// A network is to learn, and there are but features.
    #[cfg(feature = "cnn")]
    #[error(
        "a network learns from pictures in files of their own, not from features, nor from inside archives"
    )]
    NeedsPictures,
    /// The images that a network is tested on are too few.
    #[cfg(feature = "cnn")]
    #[error(
        "--folds {folds}: the {images} images of one fold are too few to calibrate the detector by: {source}"
    )]
    SmallFold {
        /// Folds.
        folds: usize,
        /// Images of one.
        images: usize,
        /// What cannot be done with them.
        source: Box<DetectorError>,
    },
    /// A training is to go on that never began.
    #[cfg(feature = "cnn")]
    #[error("--resume: there is no checkpoint {}", .0.display())]
    NoCheckpoint(PathBuf),
    /// A training is to begin where another was interrupted.
    #[cfg(feature = "cnn")]
    #[error("{} is of a training that was interrupted: go on with --resume, or delete it to begin anew", .0.display())]
    UnfinishedTraining(PathBuf),
    /// A network's answers cannot be calibrated.
    #[cfg(feature = "cnn")]
    #[error("the network is trained, but no detector can be made of it: {0}")]
    NoDetectorOfNetwork(Box<DetectorError>),
    /// An experiment cannot be read or run.
    #[error(transparent)]
    Experiment(Box<ExperimentError>),
    /// Pictures cannot be made.
    #[error(transparent)]
    Synth(#[from] SynthError),
    /// An experiment's data are not given, and the program does not make them.
    #[error("{0} needs data that the program does not have")]
    NeedsData(String),
    /// There is no room for pictures that are made for a while.
    #[error("no temporary folder: {0}")]
    TemporaryFolder(std::io::Error),
    /// The image cannot be read.
    #[error(transparent)]
    Image(#[from] SampleError),
    /// The image has no pixels.
    #[error("the image has no pixels")]
    NoPixels,
    /// A step failed; which one.
    #[error("{}", told(what, source))]
    Of {
        /// A path, or an option.
        what: String,
        /// Why.
        source: Box<TaskError>,
    },
}

impl From<ExperimentError> for TaskError {
    fn from(error: ExperimentError) -> Self {
        Self::Experiment(Box::new(error))
    }
}

impl From<FeatureTableError> for TaskError {
    fn from(error: FeatureTableError) -> Self {
        Self::FeatureTable(Box::new(error))
    }
}

#[cfg(feature = "cnn")]
impl From<CnnError> for TaskError {
    fn from(error: CnnError) -> Self {
        Self::Network(Box::new(error))
    }
}

/// The error after what it is about, unless its words begin with that: readers of tables name their file themselves.
fn told(what: &str, source: &TaskError) -> String {
    let (what, text) = (short_path(what), source.to_string());
    let begins = text
        .strip_prefix("manifest ")
        .unwrap_or(&text)
        .strip_prefix(&what);
    match begins.is_some_and(|rest| rest.starts_with([':', ' '])) {
        true => text,
        false => format!("{what}: {text}"),
    }
}

impl TaskError {
    /// The same, with what it is about in front.
    pub fn of(self, what: impl Into<String>) -> Self {
        match self {
            Self::Cancelled => Self::Cancelled,
            source => Self::Of {
                what: what.into(),
                source: Box::new(source),
            },
        }
    }

    /// About a path.
    pub(crate) fn at(path: &std::path::Path) -> impl Fn(Self) -> Self + use<> {
        let path: PathBuf = path.to_owned();
        move |error| error.of(path.display().to_string())
    }
}
