mod gram;
mod solution;
#[cfg(test)]
mod tests;
mod weights;

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use gram::{Part, add_part, gram};
use solution::best;
use weights::Weighed;

use super::{
    Block, BlockWeights, Choice, ClassifyError, Fitted, Kernel, KernelParams, LinearModel, Model, Report,
    RidgeModel, WeighBlocks,
    block::{check_blocks, weighted},
    fitted::impl_fit,
    input::{check_positive, check_training},
};

/// Parameters of kernel ridge regression (Saunders, Gammerman, Vovk 1998) on the targets tᵢ = 1 for fake and −1 for
/// real: margin = Σᵢ αᵢ K(xᵢ, x) with α = (K + λnI)⁻¹t over the n training rows.
///
/// K = 1 + Σ weight K_f / Σ weight over the blocks f of columns. With d_f the columns of a block that are not 0 in every
/// row, K_f(x, y) is x·y/d_f for the linear kernel (so a block of many columns counts no more than one of few); the
/// others take the γ of their block, where [`Gamma::OnePerFeature`](super::Gamma::OnePerFeature) is 1/d_f. Values of
/// a magnitude about 1 are expected: [`Scaling::Clipped`](super::Scaling::Clipped).
///
/// Memory beside the training matrix: 16 n² bytes, at most 20,000 rows; time about dn²/2 multiplications and ⅔ n³ for each λ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RidgeParams {
    /// Kernel of each block; default linear, whose model is one weight a column.
    pub kernel: KernelParams,
    /// The λ to choose from, above 0; default two a decade from 10⁻⁷ to 1. That of the least squared
    /// leave-one-out error is taken, found without leaving any out: the error of item i is αᵢ/(K + λnI)⁻¹ᵢᵢ.
    pub lambdas: Vec<f64>,
    /// Blocks that weigh alike however many columns they have; together they cover all columns. Default none: all
    /// columns are one block.
    pub blocks: Vec<Block>,
    /// How many times as much the blocks of these names count, above 0. Default: every block as its own weight says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    /// Whether the training rows choose the weights: from those given, each is doubled or halved in turn, in four rounds at
    /// most, as long as the leave-one-out error falls. Memory is then 8 n² bytes more for every block, and time about
    /// ⅔ n³ multiplications for each of up to 8 looks at a block.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub search_weights: bool,
}

impl Default for RidgeParams {
    fn default() -> Self {
        Self {
            kernel: KernelParams::Linear,
            lambdas: (-14..=0).map(|k| 10f64.powf(0.5 * f64::from(k))).collect(),
            blocks: Vec::new(),
            weights: BTreeMap::new(),
            search_weights: false,
        }
    }
}

/// K and the copy that is factored take 6.4 GB at this many.
const MAX_ROWS: usize = 20_000;

impl RidgeParams {
    /// Sets [`kernel`](Self::kernel).
    pub fn with_kernel(self, kernel: KernelParams) -> Self {
        Self { kernel, ..self }
    }

    /// Sets [`lambdas`](Self::lambdas).
    pub fn with_lambdas(self, lambdas: Vec<f64>) -> Self {
        Self { lambdas, ..self }
    }

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range, or no λ.
    pub fn check(self) -> Result<RidgeValidParams, ClassifyError> {
        self.kernel.check()?;
        if self.lambdas.is_empty() {
            return Err(ClassifyError::Parameter {
                name: "lambdas",
                expected: "at least one number",
                found: "none".to_owned(),
            });
        }
        self.lambdas
            .iter()
            .try_for_each(|&lambda| check_positive("lambda", lambda))?;
        check_blocks(&self.blocks, &self.weights)?;
        Ok(RidgeValidParams(self))
    }
}

impl WeighBlocks for RidgeParams {
    fn block_weights(&mut self) -> BlockWeights<'_> {
        (&mut self.blocks, &mut self.weights, &mut self.search_weights)
    }
}

/// Checked [`RidgeParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct RidgeValidParams(RidgeParams);

impl_fit!(RidgeValidParams);

impl RidgeValidParams {
    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        check_training(x, labels)?;
        let n = x.nrows();
        let params = &self.0;
        let mut blocks = weighted(&params.blocks, &params.weights, x.ncols())?;
        let is_searched = params.search_weights && blocks.len() > 1;
        // K and the copy that is factored, and where weights are searched for K of each block.
        let matrices = 2 + if is_searched { blocks.len() } else { 0 };
        if matrices * n * n > 2 * MAX_ROWS * MAX_ROWS {
            return Err(ClassifyError::TooManyRows {
                rows: n,
                bytes: 8 * matrices as u128 * (n as u128).pow(2),
                limit: (MAX_ROWS as f64 * (2.0 / matrices as f64).sqrt()) as usize,
            });
        }
        let mut parts = parts(params.kernel, x, &blocks)?;
        let targets: Array1<f64> = labels.iter().map(|&fake| if fake { 1.0 } else { -1.0 }).collect();
        // In the thread pool from the start, or every product would wait to be handed over.
        let best = rayon::scope(|_| {
            if !is_searched {
                return best(&gram(x, &parts), &params.lambdas, &targets);
            }
            let (factors, best) = weighed(x, &parts, &blocks, &targets).search(&params.lambdas)?;
            for ((part, block), factor) in parts.iter_mut().zip(&mut blocks).zip(factors) {
                part.weight *= factor;
                block.weight *= factor;
            }
            Ok(best)
        })?;
        let lambda = best.lambda;
        Ok(Fitted {
            report: Report {
                converged: true,
                iterations: None,
                objective: best.error,
                gap: None,
                choice: Some(if is_searched {
                    Choice::Weights { lambda, blocks }
                } else {
                    Choice::Lambda(lambda)
                }),
            },
            model: model(x, &parts, best.alpha)?,
        })
    }
}

/// The blocks' kernel matrices one by one.
fn weighed<'a>(
    x: ArrayView2<f64>,
    parts: &[Part],
    blocks: &[Block],
    targets: &'a Array1<f64>,
) -> Weighed<'a> {
    let total: f64 = blocks.iter().map(|block| block.weight).sum();
    let of_part = |part: &Part| {
        let mut kernel = Array2::zeros((x.nrows(), x.nrows()));
        add_part(&mut kernel, x, part);
        kernel
    };
    Weighed {
        kernels: parts.iter().map(of_part).collect(),
        shares: blocks.iter().map(|block| block.weight / total).collect(),
        targets,
    }
}

/// The blocks with their kernels. Blocks of zeros alone have none; where there is no other, none is left.
fn parts(kernel: KernelParams, x: ArrayView2<f64>, blocks: &[Block]) -> Result<Vec<Part>, ClassifyError> {
    let mut is_used = vec![false; x.ncols()];
    for row in x.outer_iter() {
        for (used, value) in is_used.iter_mut().zip(row) {
            *used |= *value != 0.0;
        }
    }
    let total: f64 = blocks.iter().map(|block| block.weight).sum();
    let mut first = 0;
    blocks
        .iter()
        .map(|block| {
            let columns = first..first + block.columns;
            first = columns.end;
            let used = is_used[columns.clone()]
                .iter()
                .filter(|used| **used)
                .count()
                .max(1) as f64;
            let share = block.weight / total;
            let slice = x.slice(s![.., columns.clone()]);
            let kernel = kernel.with_features(used).resolve(slice);
            kernel.check()?;
            let weight = if kernel == Kernel::Linear {
                share / used
            } else {
                share
            };
            Ok(Part {
                columns,
                weight,
                kernel,
            })
        })
        .collect()
}

fn model(x: ArrayView2<f64>, parts: &[Part], alpha: Array1<f64>) -> Result<Model, ClassifyError> {
    let intercept = alpha.sum();
    let is_linear = parts.iter().all(|part| part.kernel == Kernel::Linear);
    if !is_linear {
        return Ok(Model::Ridge(RidgeModel {
            blocks: parts.iter().map(Part::describe).collect(),
            vectors: x.as_standard_layout().into_owned(),
            coefficients: alpha,
            intercept,
        }));
    }
    let mut weights = x.t().dot(&alpha);
    for part in parts {
        let mut slice = weights.slice_mut(s![part.columns.clone()]);
        slice *= part.weight;
    }
    if !intercept.is_finite() || weights.iter().any(|weight| !weight.is_finite()) {
        return Err(ClassifyError::Overflow { what: "the weights" });
    }
    Ok(Model::Linear(LinearModel { weights, intercept }))
}
