//! Why a network could not be trained, kept or used.

use super::weights::WeightsError;
use dftective_classify::ClassifyError;
use dftective_evaluate::{MetricError, SplitError};
use dftective_features::FeatureError;
use dftective_sample::{short_cause, short_path};

/// Why a network could not be trained, kept or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CnnError {
    /// A parameter out of range.
    #[error(transparent)]
    Parameters(#[from] ClassifyError),
    /// Too few images, or of one class, to set some apart for validation.
    #[error("no images can be set apart for validation: {0}")]
    Validation(#[from] SplitError),
    /// The validation images can't be ranked.
    #[error(transparent)]
    Metrics(#[from] MetricError),
    /// A picture could be read before, and now it can't, or not by a network.
    #[error("{}: {}", short_path(path), short_cause(cause))]
    Picture {
        /// Which.
        path: String,
        /// Why.
        cause: String,
    },
    /// Too few images to learn from.
    #[error("{found} images to learn from, a step takes {expected}")]
    TooFew {
        /// Images there are.
        found: usize,
        /// Images a step.
        expected: usize,
    },
    /// The loss is not a number any more: a learning rate too high, most often.
    #[error(
        "the loss is {loss} in step {step} of epoch {epoch}, so training was stopped; a lower learning rate may help. The \
         images of that step: {}",
        short_cause(images.join(", "))
    )]
    Loss {
        /// The value.
        loss: f32,
        /// Epoch, from 1.
        epoch: usize,
        /// Step within it, from 1.
        step: usize,
        /// Paths of the images of the step.
        images: Vec<String>,
    },
    /// Weights that do not fit.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A checkpoint that can't be read, or of another training.
    #[error("checkpoint {}: {}", short_path(path), short_cause(cause))]
    Checkpoint {
        /// The file.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// The squares of a picture are none there can be.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// A detector's file asks its network to see what it can't.
    #[error("input of the network: {}", short_cause(.0))]
    InputRule(String),
    /// Weights or moments that burn can't write or read.
    #[error("record of the network: {}", short_cause(.0))]
    Record(String),
}
