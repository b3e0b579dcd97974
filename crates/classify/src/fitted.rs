//! What fitting gives.

use serde::{Deserialize, Serialize};

use super::{Block, Model};

/// How a solver ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whether the stopping tolerance was met; if not, the model is the best the solver had.
    pub converged: bool,
    /// Epochs of a network. `None` where the solver does not tell (k-means) or has none (ridge regression, the Fisher
    /// ensemble).
    pub iterations: Option<u64>,
    /// The value of what was minimised: the SVM's dual objective ½αᵀQα − Σα, the penalised logistic loss, k-means' sum
    /// of squared distances, ridge regression's mean squared leave-one-out error, the Fisher ensemble's out-of-bag
    /// error, or a network's loss on the images set apart.
    pub objective: f64,
    /// What was left of the stopping criterion, to be compared with the tolerance: the logistic loss' largest relative
    /// gradient, the SVM's largest violation m(α) − M(α). `None` where the solver does not tell (k-means) or has none (ridge regression, the Fisher ensemble).
    pub gap: Option<f64>,
    /// What was chosen on the way by the training items alone, where something was.
    pub choice: Option<Choice>,
}

/// What a classifier chose by the training items alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Choice {
    /// Ridge regression's λ, of the least leave-one-out error.
    Lambda(f64),
    /// Ridge regression's λ and weights of blocks.
    Weights {
        /// λ.
        lambda: f64,
        /// The blocks, their weights found.
        blocks: Vec<Block>,
    },
    /// The Fisher ensemble's sizes, by the out-of-bag error.
    Ensemble {
        /// Columns of a subspace.
        subspace: usize,
        /// Base learners.
        learners: usize,
        /// The blocks, their weights found; none if weights were not searched for.
        blocks: Vec<Block>,
    },
}

/// A model and how its solver ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The model.
    pub model: Model,
    /// How its solver ended.
    pub report: Report,
}

/// `linfa::traits::Fit` over any matrix and any single target of labels, by way of `solve`.
macro_rules! impl_fit {
    ($params:ty) => {
        impl<D, T> linfa::traits::Fit<ndarray::ArrayBase<D, ndarray::Ix2>, T, $crate::ClassifyError>
            for $params
        where
            D: ndarray::Data<Elem = f64>,
            T: linfa::dataset::AsSingleTargets<Elem = bool>,
        {
            type Object = $crate::Fitted;

            fn fit(
                &self,
                dataset: &linfa::DatasetBase<ndarray::ArrayBase<D, ndarray::Ix2>, T>,
            ) -> Result<Self::Object, $crate::ClassifyError> {
                self.solve(
                    dataset.records.view(),
                    &dataset.targets.as_single_targets().to_vec(),
                )
            }
        }
    };
}
pub(super) use impl_fit;
