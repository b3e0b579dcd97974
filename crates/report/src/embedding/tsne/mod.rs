//! t-distributed stochastic neighbour embedding (t-SNE), exact.
//!
//! After van der Maaten and Hinton, "Visualizing data using t-SNE" (2008), with the start, learning rate and
//! exaggeration that Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics" (2019), recommend. All
//! pairs are summed, each row by itself and the rows in their order, so that the result does not depend on the number of
//! threads. Crates that have t-SNE add up in the order their threads end in.

use multiversion::multiversion;
use ndarray::ArrayView2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Neighbours each point looks at, about; of few points a third.
const PERPLEXITY: f64 = 30.0;
/// Entropies, in nats, are met within this.
const ENTROPY_TOLERANCE: f64 = 1e-5;
/// Enough halvings for that, after doublings up to any ratio of distances that matters.
const ENTROPY_STEPS: usize = 100;
/// Steps in which neighbours attract each other more, so that groups find together, …
const EARLY_STEPS: usize = 250;
/// … how much more, …
const EXAGGERATION: f64 = 12.0;
/// … and steps after them.
const LATE_STEPS: usize = 500;
/// By early and by late steps.
const MOMENTUM: [f64; 2] = [0.5, 0.8];
/// Of the gradient with its factor of 4.
const LEARNING_RATE: f64 = 50.0;
/// Deviation of the start along its first axis.
const START: f64 = 1e-4;
/// Equal points start this far apart at most.
const JITTER: f64 = 0.01 * START;

/// Points in a plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// The perplexity it was made with.
    pub perplexity: f64,
    /// Kullback-Leibler divergence of the neighbourhoods in the plane from those of the points, nats.
    pub divergence: f64,
}

/// Lays n points of d numbers each out in a plane, from a start n × 2. `None` for points or a start that are not finite,
/// and for fewer than two points.
pub fn tsne(points: ArrayView2<f64>, start: ArrayView2<f64>, seed: u64) -> Option<Layout> {
    let n = points.nrows();
    let is_finite = points.iter().chain(&start).all(|value| value.is_finite());
    if n < 2 || start.dim() != (n, 2) || !is_finite {
        return None;
    }
    let perplexity = PERPLEXITY.min((n - 1) as f64 / 3.0).max(1.0);
    let affinities = affinities(points, perplexity);
    let mut map = Descent::new(start, seed);
    for step in 0..EARLY_STEPS + LATE_STEPS {
        let (exaggeration, momentum) = if step < EARLY_STEPS {
            (EXAGGERATION, MOMENTUM[0])
        } else {
            (1.0, MOMENTUM[1])
        };
        map.step(&affinities, exaggeration, momentum);
    }
    let divergence = divergence(&affinities, &map.at);
    let [x, y] = map.at;
    let is_finite = divergence.is_finite() && x.iter().chain(&y).all(|value| value.is_finite());
    is_finite.then_some(Layout {
        x,
        y,
        perplexity,
        divergence,
    })
}

/// p_ij = (p_{j|i} + p_{i|j}) / 2n in rows, with sum 1 and a diagonal of 0; equation 1 of the paper.
fn affinities(points: ArrayView2<f64>, perplexity: f64) -> Vec<Vec<f64>> {
    let points = points.as_standard_layout();
    let n = points.nrows();
    let rows = (0..n).into_par_iter();
    let conditional: Vec<Vec<f64>> = rows
        .map(|i| {
            let own = points.row(i);
            let others = points.outer_iter().enumerate().filter(|(j, _)| *j != i);
            // By differences, so that equal points have a distance of exactly 0.
            let squared =
                others.map(|(_, other)| own.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum());
            let mut row = probabilities(squared.collect(), perplexity);
            row.insert(i, 0.0);
            row
        })
        .collect();
    let joint = |i: usize, j: usize| (conditional[i][j] + conditional[j][i]) / (2.0 * n as f64);
    (0..n).map(|i| (0..n).map(|j| joint(i, j)).collect()).collect()
}

/// Probabilities proportional to exp(−β d) whose entropy is the logarithm of `perplexity`, or as near to it as ties
/// of the smallest distances let it come.
fn probabilities(mut squared_distances: Vec<f64>, perplexity: f64) -> Vec<f64> {
    // Only differences matter, and in units of their mean the search starts from the right end.
    let nearest = squared_distances.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = squared_distances.iter().map(|d| d - nearest).sum::<f64>() / squared_distances.len() as f64;
    let unit = if mean > 0.0 { mean } else { 1.0 };
    for distance in &mut squared_distances {
        *distance = (*distance - nearest) / unit;
    }
    let (mut beta, mut low, mut high) = (1.0, 0.0, f64::INFINITY);
    let mut weights = vec![0.0; squared_distances.len()];
    let mut sum = 0.0;
    for _ in 0..ENTROPY_STEPS {
        let mut weighted = 0.0;
        sum = 0.0;
        for (weight, distance) in weights.iter_mut().zip(&squared_distances) {
            *weight = (-beta * distance).exp();
            sum += *weight;
            weighted += *weight * distance;
        }
        let excess = sum.ln() + beta * weighted / sum - perplexity.ln();
        if excess.abs() < ENTROPY_TOLERANCE {
            break;
        }
        if excess > 0.0 {
            low = beta;
        } else {
            high = beta;
        }
        beta = if high.is_finite() {
            f64::midpoint(low, high)
        } else {
            2.0 * beta
        };
    }
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

/// Gradient descent with momentum and a gain for each coordinate (Jacobs 1988), as in the paper's own program.
struct Descent {
    /// Along x and along y.
    at: [Vec<f64>; 2],
    update: [Vec<f64>; 2],
    gain: [Vec<f64>; 2],
}

impl Descent {
    fn new(start: ArrayView2<f64>, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let deviation = start.column(0).std(0.0);
        let scale = if deviation > 0.0 { START / deviation } else { 0.0 };
        let mut along = |axis: usize| -> Vec<f64> {
            let places = start.column(axis).into_iter();
            places
                .map(|place| scale * place + rng.gen_range(-JITTER..JITTER))
                .collect()
        };
        let n = start.nrows();
        Self {
            at: [along(0), along(1)],
            update: [vec![0.0; n], vec![0.0; n]],
            gain: [vec![1.0; n], vec![1.0; n]],
        }
    }

    fn step(&mut self, affinities: &[Vec<f64>], exaggeration: f64, momentum: f64) {
        let gradient = gradient(affinities, &self.at, exaggeration);
        for (axis, gradient) in gradient.iter().enumerate() {
            let (at, update, gain) = (&mut self.at[axis], &mut self.update[axis], &mut self.gain[axis]);
            for (((at, update), gain), slope) in at.iter_mut().zip(update).zip(gain).zip(gradient) {
                // A coordinate that keeps its direction goes faster, one that turns slower.
                let keeps = (*slope > 0.0) != (*update > 0.0);
                *gain = if keeps {
                    *gain + 0.2
                } else {
                    (*gain * 0.8).max(0.01)
                };
                *update = momentum * *update - LEARNING_RATE * *gain * slope;
                *at += *update;
            }
            let mean = at.iter().sum::<f64>() / at.len() as f64;
            at.iter_mut().for_each(|at| *at -= mean);
        }
    }
}

/// Σ_j over one point's pairs: w, p w dx, p w dy, w² dx, w² dy with w = 1/(1 + dx² + dy²).
type Sums<const N: usize> = [[f64; N]; 5];

/// Values summed beside each other.
const LANES: usize = 8;
/// Rows that are worth another thread.
const ROWS: usize = 32;

/// ∂C/∂x_i = 4 Σ_j (p_ij − q_ij) w_ij (x_i − x_j) with q = w/Σw, the p times `exaggeration` (equation 5 of the paper).
fn gradient(affinities: &[Vec<f64>], at: &[Vec<f64>; 2], exaggeration: f64) -> [Vec<f64>; 2] {
    let sums = row_sums(affinities, at);
    let all = normaliser(&sums);
    let slope = |pull: f64, push: f64| 4.0 * (exaggeration * pull - push / all);
    [
        sums.iter().map(|row| slope(row[1], row[3])).collect(),
        sums.iter().map(|row| slope(row[2], row[4])).collect(),
    ]
}

/// Σ w over all pairs of different points.
fn normaliser(sums: &[[f64; 5]]) -> f64 {
    sums.iter().map(|row| row[0]).sum()
}

fn row_sums(affinities: &[Vec<f64>], [x, y]: &[Vec<f64>; 2]) -> Vec<[f64; 5]> {
    let rows = affinities.par_iter().enumerate().with_min_len(ROWS);
    rows.map(|(i, row)| {
        let mut sums = sums_of_row(row, x, y, (x[i], y[i]));
        // The point itself.
        sums[0] -= 1.0;
        sums
    })
    .collect()
}

#[multiversion(targets = "simd")]
fn sums_of_row(p: &[f64], x: &[f64], y: &[f64], at: (f64, f64)) -> [f64; 5] {
    let ((p, p_rest), (x, x_rest), (y, y_rest)) = (
        p.as_chunks::<LANES>(),
        x.as_chunks::<LANES>(),
        y.as_chunks::<LANES>(),
    );
    let mut sums: Sums<LANES> = [[0.0; LANES]; 5];
    for ((p, x), y) in p.iter().zip(x).zip(y) {
        add(&mut sums, p, x, y, at);
    }
    let mut sums = sums.map(|lanes| [lanes.iter().sum::<f64>()]);
    for ((&p, &x), &y) in p_rest.iter().zip(x_rest).zip(y_rest) {
        add(&mut sums, &[p], &[x], &[y], at);
    }
    sums.map(|[sum]| sum)
}

#[inline(always)]
fn add<const N: usize>(sums: &mut Sums<N>, p: &[f64; N], x: &[f64; N], y: &[f64; N], at: (f64, f64)) {
    let [all, pull_x, pull_y, push_x, push_y] = sums;
    for lane in 0..N {
        let (dx, dy) = (at.0 - x[lane], at.1 - y[lane]);
        let near = 1.0 / (1.0 + dx * dx + dy * dy);
        let (pull, push) = (p[lane] * near, near * near);
        all[lane] += near;
        pull_x[lane] += pull * dx;
        pull_y[lane] += pull * dy;
        push_x[lane] += push * dx;
        push_y[lane] += push * dy;
    }
}

/// Σ p ln(p/q) over all pairs.
fn divergence(affinities: &[Vec<f64>], at: &[Vec<f64>; 2]) -> f64 {
    let [x, y] = at;
    let near = |i: usize, j: usize| 1.0 / (1.0 + (x[i] - x[j]).powi(2) + (y[i] - y[j]).powi(2));
    // Pair by pair: where few points lie far apart, little would be left of sums less each point's nearness to itself.
    let rows = (0..x.len()).map(|i| (0..x.len()).filter(|&j| j != i).map(|j| near(i, j)).sum::<f64>());
    let all: f64 = rows.sum();
    let of_pair = |i: usize, j: usize, p: f64| p * (p * all / near(i, j)).ln();
    let rows = affinities.iter().enumerate();
    rows.map(|(i, row)| {
        let others = row.iter().enumerate().filter(|(_, p)| **p > 0.0);
        others.map(|(j, p)| of_pair(i, j, *p)).sum::<f64>()
    })
    .sum()
}

#[cfg(test)]
mod tests;
