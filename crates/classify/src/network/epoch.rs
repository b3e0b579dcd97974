//! How a network's training goes.

use serde::{Deserialize, Serialize};

/// What an epoch gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochReport {
    /// From 1.
    pub epoch: usize,
    /// Epochs planned.
    pub epochs: usize,
    /// Learning rate of its last step.
    pub learning_rate: f64,
    /// Mean loss of its steps.
    pub loss: f64,
    /// Loss on the validation images, seen in their middle.
    pub validation_loss: f64,
    /// Area under the ROC curve there.
    pub validation_auc: f64,
    /// Whether it is the best so far, by that area.
    pub is_best: bool,
    /// Wall-clock seconds it took.
    pub seconds: f64,
}
