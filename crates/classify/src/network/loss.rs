//! What a network's training minimises.

use serde::{Deserialize, Serialize};

use crate::ClassifyError;

/// (1 − a)·C + a·A over a batch of logits zᵢ, probabilities pᵢ = 1/(1 + exp(−zᵢ)) and labels.
///
/// C is the mean of wᵢ(1 − qᵢ)^γ·(−ln qᵢ), qᵢ being the probability given to the right class: cross-entropy for γ = 0,
/// the focal loss of Lin, Goyal, Girshick, He and Dollár (2017) above. A is the loss of Pu et al. ("Learning a deep
/// dual-level network for robust deepfake detection", Pattern Recognition 2022) for the area under the ROC curve: the
/// mean of (m − (p⁺ − p⁻))ᵏ over the pairs of a fake and a real image with p⁺ − p⁻ < m; 0 where there is no such pair.
/// There p⁺ is the fake one's; the authors' program takes the other class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossParams {
    /// γ, 0 to 10; default 0.
    pub focal: f64,
    /// a, 0 to 1; default 0.
    pub auc: f64,
    /// m, above 0 and at most 1; default 0.15.
    pub auc_margin: f64,
    /// k, 1 to 4; default 2.
    pub auc_power: f64,
}

impl Default for LossParams {
    fn default() -> Self {
        Self {
            focal: 0.0,
            auc: 0.0,
            auc_margin: 0.15,
            auc_power: 2.0,
        }
    }
}

impl LossParams {
    pub(super) fn check(&self) -> Result<(), ClassifyError> {
        let checks = [
            (
                (0.0..=10.0).contains(&self.focal),
                "focal exponent",
                "from 0 to 10",
                self.focal,
            ),
            (
                (0.0..=1.0).contains(&self.auc),
                "share of the AUC loss",
                "from 0 to 1",
                self.auc,
            ),
            (
                self.auc_margin > 0.0 && self.auc_margin <= 1.0,
                "margin of the AUC loss",
                "above 0 and at most 1",
                self.auc_margin,
            ),
            (
                (1.0..=4.0).contains(&self.auc_power),
                "power of the AUC loss",
                "from 1 to 4",
                self.auc_power,
            ),
        ];
        match checks.into_iter().find(|(is_right, ..)| !is_right) {
            None => Ok(()),
            Some((_, name, expected, found)) => Err(ClassifyError::Parameter {
                name,
                expected,
                found: found.to_string(),
            }),
        }
    }
}
