//! Learning a detector from labelled images.

#[cfg(feature = "cnn")]
mod network;

use std::path::PathBuf;

use dftective_batch::{Extractor, Recompression};
use dftective_classify::{NetworkParams, Params};
use dftective_datasets::GroupBy;
use dftective_decode::Limits;
use dftective_detector::{Dataset, Detector, TrainOptions, Trained};
use dftective_features::Selection;
use dftective_report::Evaluation;
use dftective_sample::LabelWords;
use dftective_spectrum::Recipe;

use crate::data::read_dataset;
use crate::{Context, Extras, TaskError, evaluate_held_out};

/// What is to be learnt, and from what.
#[derive(Clone, Debug)]
pub struct TrainRequest {
    /// Labelled data, see [`read_dataset`].
    pub data: PathBuf,
    /// Which labels mean what.
    pub labels: LabelWords,
    /// Which features; none for those of a table, and of images for the radial spectrum of the default recipe. A network
    /// reads pixels and has none.
    pub selection: Option<Selection>,
    /// Copies of each image at other JPEG qualities, which are learnt from, too.
    pub copies: Option<Recompression>,
    /// Which images belong together; without it, what the data say.
    pub group_by: Option<GroupBy>,
    /// What an image may cost.
    pub limits: Limits,
    /// Classifier, scaling, calibration, folds.
    pub options: TrainOptions,
    /// Files of a network's training.
    pub network: NetworkFiles,
}

/// Files that a network's training reads and writes.
#[derive(Clone, Debug, Default)]
pub struct NetworkFiles {
    /// Weights to start from instead of random ones: a PyTorch state dict or `.safetensors` of the same network.
    pub init: Option<PathBuf>,
    /// Where each whole epoch is kept, so that a later training can go on from it. It stays there when training has ended:
    /// who has saved the detector may delete it.
    pub checkpoint: Option<PathBuf>,
    /// Whether training goes on from the checkpoint, which must be there; without it, there must be none.
    pub resume: bool,
}

/// A detector, and what it learnt from.
pub struct TrainResult {
    /// The detector and its held-out scores.
    pub trained: Trained,
    /// The labelled images, and those that could not be used.
    pub dataset: Dataset,
    /// The images that the held-out scores are of, indices into the dataset; none for all of them. A network is tested on one
    /// fold only.
    pub held_out: Option<Vec<usize>>,
    folds: usize,
}

impl TrainResult {
    /// How good the detector was on images held out in turn.
    ///
    /// # Errors
    /// As [`evaluate_held_out`].
    pub fn evaluation(&self, names: (String, String), extras: &Extras) -> Result<Evaluation, TaskError> {
        let part = self.held_out.as_ref().map(|images| self.dataset.part(images));
        let scores = (self.trained.held_out_scores.as_slice(), self.folds);
        let dataset = part.as_ref().unwrap_or(&self.dataset);
        evaluate_held_out(&self.trained.detector, dataset, scores, names, extras)
    }
}

/// Learns a detector.
///
/// # Errors
/// Nothing usable at the data; features that do not fit; groups that cannot be made; a classifier that cannot be fitted, see
/// [`Detector::train`]; a network where there are none, or whose checkpoint or first weights cannot be read; cancelled.
pub fn train(request: &TrainRequest, context: &Context<'_>) -> Result<TrainResult, TaskError> {
    let network = match &request.options.classifier {
        Params::Network(params) => Some(params),
        _ => None,
    };
    let selection = match (network, &request.selection) {
        (None, given) => given.clone().unwrap_or_else(|| Recipe::default().into()),
        (Some(_), None) => Selection::none(),
        (Some(params), Some(_)) => return Err(TaskError::FeaturesForNetwork(params.architecture)),
    };
    let extractor = Extractor::new(selection, request.limits)
        .with_copies(request.copies.clone())
        .with_accelerator(context.accelerator.clone());
    let mut dataset = read_dataset(
        &request.data,
        &request.labels,
        &extractor,
        request.selection.is_some(),
        context,
    )?;
    if let Some(by) = &request.group_by {
        by.apply(&mut dataset.samples)
            .map_err(|error| TaskError::at(&request.data)(error.into()))?;
    }
    let (trained, held_out) = match network {
        Some(params) => {
            let (trained, held_out) = of_network(params, request, &dataset, context)?;
            (trained, Some(held_out))
        }
        None => (Detector::train(&dataset, &request.options)?, None),
    };
    Ok(TrainResult {
        trained,
        dataset,
        held_out,
        folds: request.options.folds,
    })
}

#[cfg(feature = "cnn")]
fn of_network(
    params: &NetworkParams,
    request: &TrainRequest,
    dataset: &Dataset,
    context: &Context<'_>,
) -> Result<(Trained, Vec<usize>), TaskError> {
    network::trained(params, request, dataset, context)
}

#[cfg(not(feature = "cnn"))]
fn of_network(
    params: &NetworkParams,
    _: &TrainRequest,
    _: &Dataset,
    _: &Context<'_>,
) -> Result<(Trained, Vec<usize>), TaskError> {
    Err(TaskError::WithoutNetworks(params.architecture))
}
