//! A detector: features, scaler, classifier, calibration and reject thresholds, fitted together and kept as one file.

mod by_quality;
mod conditions;
mod dataset;
mod detector_set;
mod error;
mod explain;
mod file;
mod judge;
mod note;
mod summary;
mod train;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use dftective_classify::{Calibration, Model, Params, RejectThresholds, Scaler};
use dftective_features::{ClassMoments, Families, Selection};
use dftective_spectrum::Recipe;

pub use by_quality::{ByQuality, HeldOutFigures};
pub use conditions::{Conditions, Range};
pub use dataset::Dataset;
pub use detector_set::DetectorSet;
pub use error::DetectorError;
pub use explain::Contributions;
pub use file::FORMAT_VERSION;
pub use judge::Judgement;
pub use note::Note;
pub use train::{HeldOutResult, TrainOptions, Trained};

/// A trained detector.
///
/// It remembers which features it reads and how they are made, so no image can be judged by others; the conditions of its
/// training images, so that it can say when an image lies outside them; and how it was made.
///
/// [`Detector::train`] makes one, [`Detector::save`] and [`Detector::load`] keep it, [`Detector::judge`] uses
/// it.
pub struct Detector {
    families: Families,
    columns: Vec<String>,
    scaler: Scaler,
    model: Model,
    calibration: Calibration,
    thresholds: RejectThresholds,
    moments: ClassMoments,
    training: Training,
}

/// How a detector was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Version of this crate.
    pub crate_version: String,
    /// Classifier and its parameters.
    pub classifier: Params,
    /// Seed of folds and starts.
    pub seed: u64,
    /// Folds of the cross-validation behind calibration and thresholds.
    pub folds: usize,
    /// Images of the one fold held out, where only one was, as with networks; none where each was held out in turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out_images: Option<u64>,
    /// Real images.
    pub real: u64,
    /// Fake images.
    pub fake: u64,
    /// SHA-256 of the column names, features and labels, in hexadecimal.
    pub fingerprint: String,
    /// Sizes, formats, coding and enlargement of the training images, where known.
    pub conditions: Conditions,
    /// How well it did on held-out folds.
    pub held_out: HeldOutResult,
}

impl Detector {
    /// Which features it reads.
    pub fn selection(&self) -> &Selection {
        self.families.selection()
    }

    /// The recipe of its spectra; the default one where it reads none.
    pub fn recipe(&self) -> &Recipe {
        self.selection().recipe()
    }

    /// The families of its features.
    pub fn families(&self) -> &Families {
        &self.families
    }

    /// Names of the features, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The fitted classifier.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How its margins become scores.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The scores that decide.
    pub fn thresholds(&self) -> RejectThresholds {
        self.thresholds
    }

    /// Mean and deviation of each feature over the real and over the fake training images, before scaling.
    pub fn moments(&self) -> &ClassMoments {
        &self.moments
    }

    /// How it was made.
    pub fn training(&self) -> &Training {
        &self.training
    }
}
