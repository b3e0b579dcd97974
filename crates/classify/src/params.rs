use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{
    Block, ClassifyError, FldEnsembleParams, KMeansParams, KernelParams, LogisticParams, Model,
    NetworkParams, RidgeParams, SvmParams, input::ClassCounts, input::class_counts,
};

/// How much an item's error counts in the training objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// Every item counts 1.
    #[default]
    None,
    /// An item of a class with m of the n items counts n/(2m), so that both classes weigh the same.
    Balanced,
}

impl ClassWeight {
    /// Weights of a fake and of a real item.
    pub(super) fn weights(self, counts: &ClassCounts) -> (f64, f64) {
        match self {
            Self::None => (1.0, 1.0),
            Self::Balanced => {
                let n = (counts.fake + counts.real) as f64;
                (n / (2.0 * counts.fake as f64), n / (2.0 * counts.real as f64))
            }
        }
    }

    /// Weights of a fake and of a real item of those with these labels.
    ///
    /// # Errors
    /// Labels of one class.
    pub fn weights_for(self, labels: &[bool]) -> Result<(f64, f64), ClassifyError> {
        Ok(self.weights(&class_counts(labels)?))
    }
}

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
    /// gradient, the SVM's largest violation m(α) − M(α). `None` where the solver does not tell (k-means, linfa's
    /// SVM) or has none (ridge regression, the Fisher ensemble).
    pub gap: Option<f64>,
    /// What was chosen on the way by the training items alone, where something was.
    pub choice: Option<Choice>,
}

/// What a classifier chose by the training items alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// A classifier and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Params {
    /// Support vector machine.
    Svm(SvmParams),
    /// Logistic regression.
    Logistic(LogisticParams),
    /// k-means, its clusters named by the labels.
    KMeans(KMeansParams),
    /// Kernel ridge regression.
    Ridge(RidgeParams),
    /// Ensemble of Fisher discriminants.
    FldEnsemble(FldEnsembleParams),
    /// Convolutional network, which learns from pictures instead of features.
    Network(NetworkParams),
}

impl Params {
    /// `svm-linear`, `svm-rbf`, `svm-polynomial`, `logistic`, `k-means`, `ridge-linear`, `ridge-rbf`,
    /// `ridge-polynomial`, `fld-ensemble` or a network's.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Svm(SvmParams {
                kernel: KernelParams::Linear,
                ..
            }) => "svm-linear",
            Self::Svm(SvmParams {
                kernel: KernelParams::Rbf { .. },
                ..
            }) => "svm-rbf",
            Self::Svm(SvmParams {
                kernel: KernelParams::Polynomial { .. },
                ..
            }) => "svm-polynomial",
            Self::Logistic(_) => "logistic",
            Self::KMeans(_) => "k-means",
            Self::Ridge(params) => match params.kernel {
                KernelParams::Linear => "ridge-linear",
                KernelParams::Rbf { .. } => "ridge-rbf",
                KernelParams::Polynomial { .. } => "ridge-polynomial",
            },
            Self::FldEnsemble(_) => "fld-ensemble",
            Self::Network(params) => params.architecture.as_str(),
        }
    }

    /// What [`Report::gap`] must come down to; `None` for k-means, which ends at a fixed point, and where there is no
    /// gap.
    pub fn tolerance(&self) -> Option<f64> {
        match self {
            Self::Svm(params) => Some(params.tolerance),
            Self::Logistic(params) => Some(params.tolerance),
            Self::KMeans(_) | Self::Ridge(_) | Self::FldEnsemble(_) | Self::Network(_) => None,
        }
    }

    /// Checks the parameters without fitting.
    ///
    /// # Errors
    /// A parameter out of range, or one that the solver does not know.
    pub fn check(&self) -> Result<(), ClassifyError> {
        match self {
            Self::Svm(params) => params.clone().check().map(drop),
            Self::Logistic(params) => params.clone().check().map(drop),
            Self::KMeans(params) => params.clone().check().map(drop),
            Self::Ridge(params) => params.clone().check().map(drop),
            Self::FldEnsemble(params) => params.clone().check().map(drop),
            Self::Network(params) => params.check(),
        }
    }

    /// The same for features of these names: ridge regression without blocks of its own gets one for each feature
    /// family, [`Block::by_prefix`], and the Fisher ensemble where families are to weigh differently. The other
    /// classifiers know no blocks.
    pub fn for_columns(self, columns: &[String]) -> Self {
        match self {
            Self::Ridge(params) if params.blocks.is_empty() => {
                Self::Ridge(params.with_blocks(Block::by_prefix(columns)))
            }
            Self::FldEnsemble(params) if params.weighs_blocks() && params.blocks.is_empty() => {
                Self::FldEnsemble(params.with_blocks(Block::by_prefix(columns)))
            }
            other => other,
        }
    }

    /// Fits on `x` (n × d) with one label a row, `true` = fake. `seed` matters to k-means and the Fisher ensemble; the
    /// result does not depend on the number of threads.
    ///
    /// # Errors
    /// A parameter out of range, labels that do not match the rows, a class without items, a value that is
    /// not finite, data beyond what the solver can hold, or a network, which can't learn from features.
    pub fn fit(&self, x: ArrayView2<f64>, labels: &[bool], seed: u64) -> Result<Fitted, ClassifyError> {
        match self {
            Self::Svm(params) => params.clone().check()?.solve(x, labels),
            Self::Logistic(params) => params.clone().check()?.solve(x, labels),
            Self::KMeans(params) => params.clone().check()?.with_seed(seed).solve(x, labels),
            Self::Ridge(params) => params.clone().check()?.solve(x, labels),
            Self::FldEnsemble(params) => params.clone().check()?.with_seed(seed).solve(x, labels),
            Self::Network(params) => Err(ClassifyError::NeedsPictures {
                network: params.architecture,
            }),
        }
    }
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
