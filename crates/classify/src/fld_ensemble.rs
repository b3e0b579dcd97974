mod fusion;
mod learner;
mod out_of_bag;
mod search;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use fusion::Fusion;
use learner::{Ensemble, Learner, Sampler};
use out_of_bag::OutOfBag;
use search::search;

use super::{
    Block, BlockWeights, Choice, ClassifyError, EnsembleModel, Fitted, LinearModel, Model, Report,
    WeighBlocks,
    block::{check_blocks, weighted},
    fitted::impl_fit,
    input::{check_positive, check_training},
    weight_search::{go_round, is_clearly_less},
};

/// Parameters of the ensemble of Fisher discriminants (Kodovský, Fridrich, Holub, "Ensemble classifiers for steganalysis
/// of digital media", 2012).
///
/// Each base learner sees a bootstrap sample of either class and a random subspace of columns. It projects on
/// (S + rI)⁻¹(μ_fake − μ_real), S being the covariance within the classes, and its threshold is where misses and false
/// alarms of its sample, weighed alike, are fewest. Rows that are not in a learner's sample make the out-of-bag error,
/// that of the fused learners that did not see the row, by which the number of learners and the size of the subspaces
/// are chosen. Both classes weigh the same however many items they have.
///
/// Memory beside the training matrix: for every thread a copy of a learner's columns and two matrices of its size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FldEnsembleParams {
    /// Columns of a subspace, at least 1; default none: searched for. The search goes up in equal steps while the
    /// out-of-bag error falls and then halves the step around its lowest place, up to a quarter as many columns as rows.
    pub subspace: Option<usize>,
    /// Base learners, at least 1; default none: as many as it takes until the out-of-bag error, averaged over 25 learners,
    /// has kept within 0.005 for 25 more, and at most 500.
    pub learners: Option<usize>,
    /// r as a share of S's mean variance, above 0; default 0.01. It is raised tenfold as long as S + rI is singular.
    pub shrinkage: f64,
    /// How learners are fused; default by their projections.
    pub fusion: Fusion,
    /// Blocks of columns that may have weights of their own; together they cover all columns. Default none: all columns
    /// are one block.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// How many times as much the blocks of these names count, above 0: a column of weight 2 is drawn for a subspace
    /// as if there were two of it. Default: every block as its own weight says, and so all columns alike, as in the paper.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    /// Whether the training rows choose the weights, once the size of subspaces is chosen: from those given, each is doubled
    /// or halved in turn, in four rounds at most, as long as the out-of-bag error falls. That is an ensemble for each
    /// of up to 8 looks at a block.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub search_weights: bool,
}

impl Default for FldEnsembleParams {
    fn default() -> Self {
        Self {
            subspace: None,
            learners: None,
            shrinkage: 0.01,
            fusion: Fusion::default(),
            blocks: Vec::new(),
            weights: BTreeMap::new(),
            search_weights: false,
        }
    }
}

impl FldEnsembleParams {
    /// Sets [`subspace`](Self::subspace).
    pub fn with_subspace(self, subspace: Option<usize>) -> Self {
        Self { subspace, ..self }
    }

    /// Sets [`learners`](Self::learners).
    pub fn with_learners(self, learners: Option<usize>) -> Self {
        Self { learners, ..self }
    }

    /// Sets [`shrinkage`](Self::shrinkage).
    pub fn with_shrinkage(self, shrinkage: f64) -> Self {
        Self { shrinkage, ..self }
    }

    /// Sets [`fusion`](Self::fusion).
    pub fn with_fusion(self, fusion: Fusion) -> Self {
        Self { fusion, ..self }
    }

    /// Whether blocks of columns may weigh differently.
    pub(super) fn weighs_blocks(&self) -> bool {
        self.search_weights || !self.weights.is_empty()
    }

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn check(self) -> Result<FldEnsembleValidParams, ClassifyError> {
        let bad = |name, expected, found: String| {
            Err(ClassifyError::Parameter {
                name,
                expected,
                found,
            })
        };
        if self.subspace == Some(0) {
            return bad("subspace", "at least 1", "0".to_owned());
        }
        if self
            .learners
            .is_some_and(|learners| !(1..=MAX_LEARNERS).contains(&learners))
        {
            return bad(
                "learners",
                "in 1..=10000",
                format!("{:?}", self.learners.unwrap_or_default()),
            );
        }
        check_positive("shrinkage", self.shrinkage)?;
        check_blocks(&self.blocks, &self.weights)?;
        Ok(FldEnsembleValidParams {
            params: self,
            seed: 0,
        })
    }
}

impl WeighBlocks for FldEnsembleParams {
    fn block_weights(&mut self) -> BlockWeights<'_> {
        (&mut self.blocks, &mut self.weights, &mut self.search_weights)
    }
}

/// More than any use has; keeps a file's number from asking for all memory.
const MAX_LEARNERS: usize = 10_000;
/// Learners at which growing ends at the latest.
const LAST_LEARNER: usize = 500;
/// Learners that are trained side by side, whatever the number of threads.
const BATCH: usize = 16;

/// Checked [`FldEnsembleParams`] and the seed of samples and subspaces, 0 unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct FldEnsembleValidParams {
    params: FldEnsembleParams,
    seed: u64,
}

impl_fit!(FldEnsembleValidParams);

impl FldEnsembleValidParams {
    /// Sets the seed of samples and subspaces; default 0.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        check_training(x, labels)?;
        // Gathering columns reads rows as slices.
        let x = x.as_standard_layout();
        let d = x.ncols();
        let mut blocks = weighted(&self.params.blocks, &self.params.weights, d)?;
        let sampler = Sampler::new(x.view(), labels, self.seed, self.params.shrinkage).with_blocks(&blocks);
        let (subspace, mut ensemble) = match self.params.subspace {
            Some(subspace) if subspace > d => {
                return Err(ClassifyError::Parameter {
                    name: "subspace",
                    expected: "at most the number of columns",
                    found: format!("{subspace} of {d}"),
                });
            }
            Some(subspace) => (subspace, self.grow(&sampler, labels, subspace)?),
            None => {
                let largest = (labels.len() / 4).clamp(1, d);
                search(largest, |subspace| self.grow(&sampler, labels, subspace))?
            }
        };
        let is_searched = self.params.search_weights && blocks.len() > 1;
        if is_searched {
            (blocks, ensemble) = self.weigh(&sampler, labels, subspace, (blocks, ensemble))?;
        }
        let report = Report {
            converged: ensemble.settled,
            iterations: None,
            objective: ensemble.error,
            gap: None,
            choice: Some(Choice::Ensemble {
                subspace,
                learners: ensemble.learners.len(),
                blocks: if is_searched { blocks } else { Vec::new() },
            }),
        };
        let model = match self.params.fusion {
            Fusion::Majority => Model::Ensemble(EnsembleModel::new(&ensemble.learners, d)),
            Fusion::Projection => Model::Linear(mean_projection(&ensemble.learners, d)),
        };
        Ok(Fitted { model, report })
    }

    /// The blocks with weights of a lower out-of-bag error, and the ensemble with these.
    fn weigh(
        &self,
        sampler: &Sampler,
        labels: &[bool],
        subspace: usize,
        start: (Vec<Block>, Ensemble),
    ) -> Result<(Vec<Block>, Ensemble), ClassifyError> {
        let mut place = start;
        go_round(
            place.0.len(),
            &mut place,
            |place, block, step| {
                let mut blocks = place.0.clone();
                blocks[block].weight *= step;
                let found = self.grow(&sampler.with_blocks(&blocks), labels, subspace)?;
                let is_better = is_clearly_less(found.error, place.1.error);
                if is_better {
                    *place = (blocks, found);
                }
                Ok(is_better)
            },
            |_| (),
        )?;
        Ok(place)
    }

    /// Trains learners until the out-of-bag error has settled, or as many as asked for.
    fn grow(&self, sampler: &Sampler, labels: &[bool], subspace: usize) -> Result<Ensemble, ClassifyError> {
        let asked = self.params.learners;
        let most = asked.unwrap_or(LAST_LEARNER);
        let mut out_of_bag = OutOfBag::new(labels);
        let mut learners: Vec<Learner> = Vec::new();
        while learners.len() < most {
            let numbers = learners.len()..most.min(learners.len() + BATCH);
            let batch: Vec<_> = numbers
                .into_par_iter()
                .map(|number| sampler.train(number as u64, subspace))
                .collect();
            for trained in batch {
                let (learner, unseen) = trained?;
                out_of_bag.add(&unseen, self.params.fusion);
                learners.push(learner);
                if asked.is_none() && out_of_bag.has_settled() {
                    return Ok(Ensemble {
                        learners,
                        error: out_of_bag.error(),
                        settled: true,
                    });
                }
            }
        }
        Ok(Ensemble {
            learners,
            error: out_of_bag.error(),
            settled: asked.is_some(),
        })
    }
}

/// [`Fusion::Projection`] of all learners at once.
fn mean_projection(learners: &[Learner], features: usize) -> LinearModel {
    let share = 1.0 / learners.len() as f64;
    let mut weights = ndarray::Array1::zeros(features);
    let mut intercept = 0.0;
    for learner in learners {
        for (&column, weight) in learner.columns.iter().zip(&learner.weights) {
            weights[column] += share * weight;
        }
        intercept -= share * learner.threshold;
    }
    LinearModel { weights, intercept }
}

impl EnsembleModel {
    fn new(learners: &[Learner], features: usize) -> Self {
        let subspace = learners.first().map_or(0, |learner| learner.columns.len());
        let weights: Vec<f64> = learners.iter().flat_map(|l| l.weights.iter().copied()).collect();
        Self {
            features,
            columns: learners.iter().flat_map(|l| l.columns.iter().copied()).collect(),
            weights: Array2::from_shape_vec((learners.len(), subspace), weights).unwrap_or_default(),
            thresholds: learners.iter().map(|learner| learner.threshold).collect(),
        }
    }
}
