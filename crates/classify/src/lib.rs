//! Feature vectors to margins, and margins to probabilities.
//!
//! A row is one item's feature vector, a matrix of them is n × d. Labels are `true` for fake. A [`Params`]
//! fits a [`Model`]; the model's *margin* is a raw decision value, at least 0 for fake; a [`Calibration`] turns
//! margins into a *score*, the probability of fake in \[0, 1\]; [`RejectThresholds`] says which scores decide at a
//! stated error rate. Margins for the calibration must come from items the model was not fitted on
//! ([`cross_validated_margins`]), and scores for the band from items the calibration was not fitted on
//! ([`cross_fitted_scores`]).
//!
//! Parameters are plain values; `check()` turns them into their `…ValidParams`, which implement
//! [`linfa::traits::Fit`]. The solvers are our own; the tests hold them to linfa's.

mod arrays;
mod block;
mod calibration;
mod class_weight;
mod cross_validation;
mod error;
mod fitted;
mod fld_ensemble;
mod input;
mod inverse_factor;
mod isotonic;
mod kernel;
mod kmeans;
mod logistic;
mod model;
mod network;
mod params;
mod platt;
mod reject;
mod ridge;
mod scaler;
mod solver;
mod svm;
#[cfg(test)]
mod svm_fixture_tests;
#[cfg(test)]
mod tests;
mod weight_search;

pub use block::{Block, BlockWeights, WeighBlocks};
pub use calibration::{Calibration, CalibrationKind, CalibrationMethod};
pub use class_weight::ClassWeight;
pub use cross_validation::{
    HeldOut, cross_fitted_scores, cross_validated_margins, cross_validated_margins_from,
};
pub use error::ClassifyError;
pub use fitted::{Choice, Fitted, Report};
pub use fld_ensemble::{FldEnsembleParams, FldEnsembleValidParams, Fusion};
pub use input::MAX_MAGNITUDE;
pub use isotonic::Isotonic;
pub use kernel::{Gamma, Kernel, KernelParams};
pub use kmeans::{KMeansParams, KMeansValidParams};
pub use logistic::{LogisticParams, LogisticValidParams};
pub use model::{
    BlockKernel, EnsembleModel, KMeansModel, LinearModel, Model, ModelKind, RidgeModel, SvmModel,
};
pub use network::{
    Architecture, Augmentation, AugmentationError, CropPlaces, EpochReport, InputKind, LossParams,
    NetworkEntry, NetworkParams,
};
pub use params::Params;
pub use platt::Platt;
pub use reject::{RejectThresholds, Verdict};
pub use ridge::{RidgeParams, RidgeValidParams};
pub use scaler::{Scaler, Scaling};
pub use solver::Solver;
pub use svm::{SvmParams, SvmValidParams};
