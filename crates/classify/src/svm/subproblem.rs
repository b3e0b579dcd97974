//! SMO inside one working set.

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array2, ArrayView2};

/// Taken for a curvature that is not positive: of two equal items, or lost to rounding. As in LIBSVM.
const LEAST_CURVATURE: f64 = 1e-12;

/// Steps of SMO an item before one of Newton's: by then SMO is creeping along a narrow valley.
const NEWTON_PERIOD: u64 = 8;

/// Newton steps in a row.
const MOST_NEWTON_STEPS: usize = 64;

/// The dual problem restricted to the m items of a working set, the others held.
pub(super) struct Subproblem<'a> {
    /// K over the set, m × m, row-major.
    pub kernel: ArrayView2<'a, f64>,
    /// Lower bounds of β.
    pub lower: &'a [f64],
    /// Upper bounds of β.
    pub upper: &'a [f64],
}

impl Subproblem<'_> {
    /// Moves `beta` towards the optimum, and with it `gradient` = Kβ − y, until no pair of items violates
    /// optimality by more than `tolerance` or `max_steps` are taken. Returns the number of steps.
    pub fn solve(&self, beta: &mut [f64], gradient: &mut [f64], tolerance: f64, max_steps: u64) -> u64 {
        let diagonal = self.kernel.diag().to_vec();
        let period = NEWTON_PERIOD * beta.len() as u64;
        for step in 0..max_steps {
            if step % period == period - 1 {
                // Each bound met leaves fewer items; soon none is met, and the free ones are at their optimum.
                let mut steps = 0..MOST_NEWTON_STEPS;
                while steps.next().is_some() && self.newton_step(beta, gradient) {}
            }
            let Some((i, j)) = self.select(&diagonal, beta, gradient, tolerance) else {
                return step;
            };
            let (row_i, row_j) = (self.row(i), self.row(j));
            let curvature = (diagonal[i] + diagonal[j] - 2.0 * row_i[j]).max(LEAST_CURVATURE);
            let newton = (gradient[j] - gradient[i]) / curvature;
            let (room_i, room_j) = (self.upper[i] - beta[i], beta[j] - self.lower[j]);
            let length = newton.min(room_i).min(room_j);
            // A bound is reached exactly, or rounding would leave a sliver to be moved again and again.
            beta[i] = if length == room_i {
                self.upper[i]
            } else {
                beta[i] + length
            };
            beta[j] = if length == room_j {
                self.lower[j]
            } else {
                beta[j] - length
            };
            for ((g, a), b) in gradient.iter_mut().zip(row_i).zip(row_j) {
                *g += length * (a - b);
            }
        }
        max_steps
    }

    fn row(&self, i: usize) -> &[f64] {
        let m = self.lower.len();
        &self.kernel.to_slice().unwrap_or_default()[i * m..][..m]
    }

    /// The item that violates optimality most and may rise, and the one that may fall and lowers the objective
    /// most with it (Fan, Chen and Lin's WSS 2); none where no violation exceeds `tolerance`.
    fn select(
        &self,
        diagonal: &[f64],
        beta: &[f64],
        gradient: &[f64],
        tolerance: f64,
    ) -> Option<(usize, usize)> {
        let (mut least, mut i) = (f64::INFINITY, 0);
        for (k, ((&g, b), upper)) in gradient.iter().zip(beta).zip(self.upper).enumerate() {
            if b < upper && g < least {
                (least, i) = (g, k);
            }
        }
        let row = self.row(i);
        let (mut largest, mut best_gain, mut j) = (f64::NEG_INFINITY, 0.0, 0);
        for k in 0..gradient.len() {
            if beta[k] > self.lower[k] {
                let violation = gradient[k] - least;
                largest = largest.max(violation);
                if violation > 0.0 {
                    let curvature = (diagonal[i] + diagonal[k] - 2.0 * row[k]).max(LEAST_CURVATURE);
                    let gain = violation * violation / curvature;
                    if gain > best_gain {
                        (best_gain, j) = (gain, k);
                    }
                }
            }
        }
        (largest > tolerance && best_gain > 0.0).then_some((i, j))
    }

    /// Minimises over all items between their bounds at once, the others held, as far as the first bound on the way; whether
    /// there was one.
    fn newton_step(&self, beta: &mut [f64], gradient: &mut [f64]) -> bool {
        let free: Vec<usize> = (0..beta.len())
            .filter(|&k| beta[k] > self.lower[k] && beta[k] < self.upper[k])
            .collect();
        let Some(direction) = self.newton_direction(&free, gradient) else {
            return false;
        };
        let moves = || free.iter().copied().zip(direction.iter().copied());
        let mut along = vec![0.0; beta.len()];
        for (k, step) in moves() {
            for (a, value) in along.iter_mut().zip(self.row(k)) {
                *a += step * value;
            }
        }
        let slope: f64 = moves().map(|(k, step)| gradient[k] * step).sum();
        let curvature: f64 = moves().map(|(k, step)| along[k] * step).sum();
        let mut length = -slope / curvature;
        if !(length.is_finite() && length > 0.0) {
            return false;
        }
        let mut stopped_by = None;
        for (k, step) in moves() {
            let bound = if step > 0.0 { self.upper[k] } else { self.lower[k] };
            let room = (bound - beta[k]) / step;
            if room < length {
                (length, stopped_by) = (room, Some((k, bound)));
            }
        }
        for (k, step) in moves() {
            beta[k] = (beta[k] + length * step).clamp(self.lower[k], self.upper[k]);
        }
        if let Some((k, bound)) = stopped_by {
            beta[k] = bound;
        }
        for (g, change) in gradient.iter_mut().zip(along) {
            *g += length * change;
        }
        stopped_by.is_some()
    }

    /// Minimises ½dᵀKd + g·d over Σd = 0 for the `free` items; none where rounding denies it.
    fn newton_direction(&self, free: &[usize], gradient: &[f64]) -> Option<Vec<f64>> {
        let m = free.len();
        if m < 2 {
            return None;
        }
        let mut matrix = Array2::from_shape_fn((m, m), |(a, b)| self.row(free[a])[free[b]]);
        // More items than dimensions make K singular; with this it factors and the direction still leads down.
        let ridge = 1e-12 * matrix.diag().sum() / m as f64;
        matrix.diag_mut().map_inplace(|v| *v += ridge);
        let mut sides = Array2::ones((m, 2));
        for (side, &k) in sides.column_mut(0).iter_mut().zip(free) {
            *side = -gradient[k];
        }
        matrix.solvec_inplace(&mut sides).ok()?;
        let (steps, ones) = (sides.column(0), sides.column(1));
        let mut direction = (&steps - &(&ones * (steps.sum() / ones.sum()))).to_vec();
        // What rounding leaves of the sum would undo Σβ = 0.
        let mean = direction.iter().sum::<f64>() / m as f64;
        direction.iter_mut().for_each(|v| *v -= mean);
        direction.iter().all(|v| v.is_finite()).then_some(direction)
    }
}
