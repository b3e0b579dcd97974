//! Weights of blocks by the leave-one-out error.

use ndarray::{Array1, Array2, Axis, s};
use rayon::prelude::*;

use super::solution::{Solution, best, solution};
use crate::ClassifyError;
use crate::weight_search::{go_round, is_clearly_less};

/// Rows of a sum that are one task.
const ROWS: usize = 128;

/// The kernel matrices of blocks, of which only the lower triangles are meant, each times its share in their sum.
pub(super) struct Weighed<'a> {
    pub kernels: Vec<Array2<f64>>,
    /// Their sum is 1.
    pub shares: Vec<f64>,
    pub targets: &'a Array1<f64>,
}

/// What has been found so far.
struct Place {
    /// Of each block's weight.
    factors: Vec<f64>,
    lambda: f64,
    error: f64,
}

impl Weighed<'_> {
    /// What to multiply the shares by, their sum remaining 1, and the solution with that: one block's weight after the
    /// other is doubled or halved as long as the leave-one-out error falls. λ stays meanwhile, moves to a neighbour if
    /// that is better after every round, and is chosen from all of them in the end.
    pub fn search(&self, lambdas: &[f64]) -> Result<(Vec<f64>, Solution), ClassifyError> {
        let mut lambdas = lambdas.to_vec();
        lambdas.sort_unstable_by(f64::total_cmp);
        let even = vec![1.0; self.kernels.len()];
        let start = best(&self.sum(&even), &lambdas, self.targets)?;
        let mut place = Place {
            factors: even,
            lambda: start.lambda,
            error: start.error,
        };
        go_round(
            self.kernels.len(),
            &mut place,
            |place, block, step| {
                let mut factors = place.factors.clone();
                factors[block] *= step;
                Ok(self.moves(place, factors, None))
            },
            |place| {
                let at = lambdas.iter().position(|each| *each == place.lambda).unwrap_or(0);
                for near in [at.checked_sub(1), Some(at + 1)].into_iter().flatten() {
                    if let Some(&lambda) = lambdas.get(near) {
                        let factors = place.factors.clone();
                        self.moves(place, factors, Some(lambda));
                    }
                }
            },
        )?;
        let factors = self.normalised(&place.factors);
        let found = best(&self.sum(&factors), &lambdas, self.targets)?;
        Ok((factors, found))
    }

    /// Goes to these factors, or to another λ, if the error there is clearly less; says whether it did.
    fn moves(&self, place: &mut Place, factors: Vec<f64>, lambda: Option<f64>) -> bool {
        let lambda = lambda.unwrap_or(place.lambda);
        let found = solution(&self.sum(&self.normalised(&factors)), lambda, self.targets);
        let error = found.map_or(f64::INFINITY, |found| found.error);
        let is_better = is_clearly_less(error, place.error);
        if is_better {
            *place = Place {
                factors,
                lambda,
                error,
            };
        }
        is_better
    }

    fn normalised(&self, factors: &[f64]) -> Vec<f64> {
        let total: f64 = factors
            .iter()
            .zip(&self.shares)
            .map(|(factor, share)| factor * share)
            .sum();
        factors.iter().map(|factor| factor / total).collect()
    }

    /// 1 + Σ factor K
    fn sum(&self, factors: &[f64]) -> Array2<f64> {
        let n = self.targets.len();
        let mut sum = Array2::ones((n, n));
        let strips: Vec<_> = sum.axis_chunks_iter_mut(Axis(0), ROWS).collect();
        strips.into_par_iter().enumerate().for_each(|(strip, mut rows)| {
            let first = strip * ROWS;
            let end = first + rows.nrows();
            for (kernel, factor) in self.kernels.iter().zip(factors) {
                rows.scaled_add(*factor, &kernel.slice(s![first..end, ..]));
            }
        });
        sum
    }
}
