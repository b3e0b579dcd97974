//! Dual coordinate descent for the linear kernel.

use ndarray::Array2;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::kernel::dot;

/// Rounds over the items. More would do the work that SMO does faster once the items at their bounds are known.
const ROUNDS: usize = 30;

/// A β near the optimum, between its bounds and of sum 0, for items `x` (n × d).
///
/// Coordinate descent after Hsieh, Chang, Lin, Keerthi and Sundararajan, "A Dual Coordinate Descent Method for
/// Large-scale Linear SVM" (2008), with its shrinking. It moves one β at a time and so can't keep Σβ = 0; the method
/// of multipliers stands in for the constraint: ½ρ(Σβ)² + λΣβ is added, and λ raised by ρΣβ after each round. The
/// order of the items is drawn from a seed that is always the same.
pub(super) fn descend(x: &Array2<f64>, targets: &[f64], lower: &[f64], upper: &[f64]) -> Vec<f64> {
    let (n, d) = x.dim();
    let values = x.as_slice().unwrap_or_default();
    let squares: Vec<f64> = x.outer_iter().map(|row| row.dot(&row)).collect();
    // ρ weighs the constraint like a feature of the items' typical size; above 0 even where all items are equal.
    let rho = (squares.iter().sum::<f64>() / n as f64).max(f64::MIN_POSITIVE);
    let mut beta = vec![0.0; n];
    let mut w = vec![0.0; d];
    let (mut sum, mut lambda) = (0.0, 0.0);
    let mut order: Vec<usize> = (0..n).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    // Gradients beyond which an item at its bound is expected to stay there, from the round before.
    let (mut stays_above, mut stays_below) = (f64::INFINITY, f64::NEG_INFINITY);
    for _ in 0..ROUNDS {
        order.shuffle(&mut rng);
        let (mut least, mut largest) = (0.0f64, 0.0f64);
        order.retain(|&i| {
            let row = &values[i * d..][..d];
            let gradient = dot(&w, row) + rho * sum + lambda - targets[i];
            let (at_upper, at_lower) = (beta[i] >= upper[i], beta[i] <= lower[i]);
            if (at_upper && gradient < stays_below) || (at_lower && gradient > stays_above) {
                return false;
            }
            if !(at_upper && gradient < 0.0 || at_lower && gradient > 0.0) {
                (least, largest) = (least.min(gradient), largest.max(gradient));
                let moved = (beta[i] - gradient / (squares[i] + rho)).clamp(lower[i], upper[i]);
                let change = moved - beta[i];
                beta[i] = moved;
                sum += change;
                for (w, value) in w.iter_mut().zip(row) {
                    *w += change * value;
                }
            }
            true
        });
        lambda += rho * sum;
        stays_above = if largest > 0.0 { largest } else { f64::INFINITY };
        stays_below = if least < 0.0 { least } else { f64::NEG_INFINITY };
    }
    for i in 0..n {
        let moved = (beta[i] - sum).clamp(lower[i], upper[i]);
        sum += moved - beta[i];
        beta[i] = moved;
    }
    beta
}
