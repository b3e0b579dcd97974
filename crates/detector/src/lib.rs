//! A detector: features and classifier, or a network; calibration and reject thresholds; fitted together and kept as one file.

mod body;
mod by_quality;
mod conditions;
mod dataset;
mod detector_set;
mod error;
mod explain;
mod file;
mod judge;
mod network;
mod note;
mod summary;
mod train;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use dftective_classify::{Calibration, Params, RejectThresholds};
use dftective_decode::{Channels, Decoded, Plane};
use dftective_features::FeatureError;

pub use body::{Body, Classical, Inputs};
pub use by_quality::{ByQuality, HeldOutFigures};
pub use conditions::{Conditions, Range};
pub use dataset::Dataset;
pub use detector_set::DetectorSet;
pub use error::DetectorError;
pub use explain::Contributions;
pub use file::FORMAT_VERSION;
pub use judge::Judgement;
pub use network::{FittedNetwork, LOGIT_COLUMN};
pub use note::Note;
pub use train::{HeldOutResult, TrainOptions, Trained};

/// A trained detector.
///
/// It remembers what it reads of an image and how that is made, so no image can be judged by others; the conditions of its
/// training images, so that it can say when an image lies outside them; and how it was made.
///
/// [`Detector::train`] makes one, [`Detector::save`] and [`Detector::load`] keep it, [`Detector::judge`] uses
/// it.
pub struct Detector {
    body: Body,
    calibration: Calibration,
    thresholds: RejectThresholds,
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
    /// How it comes to a margin.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Its features and classifier; none where it is a network.
    pub fn classical(&self) -> Option<&Classical> {
        match &self.body {
            Body::Classical(classical) => Some(classical),
            Body::Network(_) => None,
        }
    }

    /// What is computed of an image before its margin is, for a table of it.
    pub fn inputs(&self) -> Inputs {
        match &self.body {
            Body::Classical(classical) => Inputs::Features(classical.families.clone()),
            Body::Network(network) => Inputs::Logit(network.clone()),
        }
    }

    /// Names of the columns of such a table, in order.
    pub fn columns(&self) -> Vec<String> {
        match &self.body {
            Body::Classical(classical) => classical.columns.clone(),
            Body::Network(_) => vec![LOGIT_COLUMN.to_owned()],
        }
    }

    /// What it reads of an image besides luma.
    pub fn channels(&self) -> Channels {
        match &self.body {
            Body::Classical(classical) => classical.families.channels(),
            Body::Network(network) => network.channels(),
        }
    }

    /// Where in the image a network's logit comes from: a plane of the image's size, at least 0, high where something speaks
    /// for fake. `None` of a classical detector.
    ///
    /// # Errors
    /// An image that the network can't see.
    pub fn attention(&self, image: &Decoded) -> Result<Option<Plane>, FeatureError> {
        match &self.body {
            Body::Classical(_) => Ok(None),
            Body::Network(network) => network.attention(image).map(Some),
        }
    }

    /// How its margins become scores.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The scores that decide.
    pub fn thresholds(&self) -> RejectThresholds {
        self.thresholds
    }

    /// How it was made.
    pub fn training(&self) -> &Training {
        &self.training
    }
}
