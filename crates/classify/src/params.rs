use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{
    Block, ClassifyError, Fitted, FldEnsembleParams, KMeansParams, KernelParams, LogisticParams,
    NetworkParams, RidgeParams, SvmParams, WeighBlocks,
};

/// A classifier and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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

    /// What [`Report::gap`](crate::Report::gap) must come down to; `None` for k-means, which ends at a fixed point, and where there is no
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
