//! The random starts of k-means and the way from them down to where the centroids hardly move.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, linalg::general_mat_mul};
use rand::{Rng, SeedableRng, distributions::WeightedIndex, prelude::Distribution};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::kernel::squared_distance;

#[cfg(test)]
mod tests;

/// A start ends when its centroids move by less than this part of the data's spread.
const TOLERANCE: f64 = 1e-4;

/// Centroids that one matrix product compares the rows with, so that a row is read once for several starts.
const CENTROIDS: usize = 32;

/// Distances that a task holds.
const DISTANCES: usize = 1 << 14;

/// The data, n × d, and what its distances have in common.
///
/// With μ the mean and c′ = c − μ, ‖x − c‖² = ‖x − μ‖² + c′·(c + μ) − 2x·c′. The product's rounding error is that of
/// moving x by a few units in its last place, however far from 0 the data lie.
pub(super) struct Starts<'a> {
    x: ArrayView2<'a, f64>,
    mean: Array1<f64>,
    /// ‖x − μ‖² of each row.
    squares: Vec<f64>,
}

/// One start of Lloyd's algorithm.
struct Run {
    /// k × d
    centroids: Array2<f64>,
    /// Sums of the members, k × d.
    sums: Array2<f64>,
    sizes: Vec<usize>,
    members: Vec<usize>,
    objective: f64,
    ended: bool,
}

impl<'a> Starts<'a> {
    /// `x`: n × d, neither 0, row-major.
    pub fn new(x: ArrayView2<'a, f64>) -> Self {
        let mean = x.sum_axis(Axis(0)) / x.nrows() as f64;
        let center = mean.as_slice().unwrap_or_default();
        let rows = x.as_slice().unwrap_or_default().par_chunks_exact(x.ncols());
        let squares = rows.map(|row| squared_distance(row, center)).collect();
        Self { x, mean, squares }
    }

    /// The centroids, k × d, of the best of the `runs`; the first of several equally good.
    pub fn best(&self, clusters: usize, runs: usize, max_iterations: u64, seed: u64) -> Array2<f64> {
        let together = (CENTROIDS / clusters).max(1);
        let mut best = (f64::INFINITY, Array2::zeros((clusters, self.x.ncols())));
        for first in (0..runs).step_by(together) {
            let numbers = first..runs.min(first + together);
            let mut group: Vec<Run> = self.seed(clusters, numbers, seed);
            self.descend(&mut group, max_iterations);
            for run in group {
                if run.objective < best.0 {
                    best = (run.objective, run.centroids);
                }
            }
        }
        best.1
    }

    /// k-means++ (Arthur, Vassilvitskii 2007): each next centroid is a row drawn with probability proportional to its
    /// squared distance from the nearest so far; of a few drawn, the one that leaves the least sum of them.
    fn seed(&self, clusters: usize, numbers: Range<usize>, seed: u64) -> Vec<Run> {
        let (n, d) = self.x.dim();
        let runs = numbers.len();
        let mut rngs: Vec<ChaCha8Rng> = numbers.map(|number| stream(seed, number)).collect();
        let trials = 2 + clusters.ilog2() as usize;
        let mut nearest = vec![vec![f64::INFINITY; n]; runs];
        let mut chosen = vec![Vec::with_capacity(clusters); runs];
        for round in 0..clusters {
            let trials = if round == 0 { 1 } else { trials };
            let sources = rngs.iter_mut().zip(&nearest);
            let drawn: Vec<usize> = sources
                .flat_map(|(rng, nearest)| draw(rng, nearest, trials))
                .collect();
            let closer = self.distances(&self.x.select(Axis(0), &drawn), |first, mut distances| {
                for ((row, column), distance) in distances.indexed_iter_mut() {
                    *distance = distance.max(0.0).min(nearest[column / trials][first + row]);
                }
                distances
            });
            let mut left = Array1::<f64>::zeros(drawn.len());
            closer.iter().for_each(|block| left += &block.sum_axis(Axis(0)));
            for (run, (nearest, chosen)) in nearest.iter_mut().zip(&mut chosen).enumerate() {
                let candidates = run * trials..(run + 1) * trials;
                let Some(least) = candidates.min_by(|&a, &b| left[a].total_cmp(&left[b])) else {
                    continue;
                };
                chosen.push(drawn[least]);
                let columns = closer.iter().map(|block| block.column(least));
                *nearest = columns.flatten().copied().collect();
            }
        }
        let run = |rows: Vec<usize>| {
            // All rows in the first cluster: the first step moves those that belong elsewhere.
            let mut sums = Array2::zeros((clusters, d));
            sums.row_mut(0).assign(&(&self.mean * n as f64));
            let mut sizes = vec![0; clusters];
            sizes[0] = n;
            Run {
                centroids: self.x.select(Axis(0), &rows),
                sums,
                sizes,
                members: vec![0; n],
                objective: f64::INFINITY,
                ended: false,
            }
        };
        chosen.into_iter().map(run).collect()
    }

    /// Lloyd's algorithm, all runs in step.
    fn descend(&self, runs: &mut [Run], max_iterations: u64) {
        let spread = self.squares.iter().sum::<f64>() / self.x.nrows() as f64;
        let tolerance = TOLERANCE * TOLERANCE * spread;
        for _ in 0..max_iterations {
            let mut active: Vec<&mut Run> = runs.iter_mut().filter(|run| !run.ended).collect();
            let Some(first) = active.first() else { break };
            let k = first.centroids.nrows();
            let centroids = Array2::from_shape_fn((active.len() * k, self.x.ncols()), |(row, column)| {
                active[row / k].centroids[[row % k, column]]
            });
            let blocks = self.distances(&centroids, |first, distances| {
                let mut steps = vec![(0.0, Vec::new()); active.len()];
                let distances = distances.as_slice().unwrap_or_default();
                for (row, distances) in (first..).zip(distances.chunks_exact(active.len() * k)) {
                    for ((distances, run), step) in distances.chunks_exact(k).zip(&active).zip(&mut steps) {
                        let (distance, cluster) = least(distances.iter().copied());
                        step.0 += distance;
                        if cluster != run.members[row] {
                            step.1.push((row, cluster));
                        }
                    }
                }
                steps
            });
            active.par_iter_mut().enumerate().for_each(|(i, run)| {
                run.objective = blocks.iter().map(|block| block[i].0).sum();
                for &(row, cluster) in blocks.iter().flat_map(|block| &block[i].1) {
                    run.assign(row, cluster, self.x.row(row));
                }
                run.ended = run.move_to_means() <= tolerance;
            });
        }
    }

    /// Calls `f` with the squared distances between some rows and all `points`, row-major, and the number of the
    /// first row; the blocks of rows are always the same.
    fn distances<T: Send>(&self, points: &Array2<f64>, f: impl Fn(usize, Array2<f64>) -> T + Sync) -> Vec<T> {
        let from_mean = points - &self.mean;
        let offsets = (&from_mean * &(points + &self.mean)).sum_axis(Axis(1));
        let rows = (DISTANCES / points.nrows()).clamp(16, 512);
        self.x
            .axis_chunks_iter(Axis(0), rows)
            .into_par_iter()
            .zip(self.squares.par_chunks(rows))
            .enumerate()
            .map(|(block, (x, squares))| {
                let sums = |(row, point): (usize, usize)| squares[row] + offsets[point];
                let mut distances = Array2::from_shape_fn((x.nrows(), points.nrows()), sums);
                general_mat_mul(-2.0, &x, &from_mean.t(), 1.0, &mut distances);
                f(block * rows, distances)
            })
            .collect()
    }
}

impl Run {
    fn assign(&mut self, row: usize, cluster: usize, x: ArrayView1<f64>) {
        let before = std::mem::replace(&mut self.members[row], cluster);
        self.sizes[before] -= 1;
        self.sizes[cluster] += 1;
        let mut sum = self.sums.row_mut(before);
        sum -= &x;
        let mut sum = self.sums.row_mut(cluster);
        sum += &x;
    }

    /// Centroids without members stay where they are. Returns the sum of the squared ways.
    fn move_to_means(&mut self) -> f64 {
        let mut way = 0.0;
        let clusters = self.centroids.outer_iter_mut().zip(self.sums.outer_iter());
        for ((mut centroid, sum), &size) in clusters.zip(&self.sizes).filter(|(_, size)| **size > 0) {
            centroid.zip_mut_with(&sum, |centroid, sum| {
                let mean = sum / size as f64;
                way += (mean - *centroid).powi(2);
                *centroid = mean;
            });
        }
        way
    }
}

/// The random numbers of one run, whatever runs beside it.
fn stream(seed: u64, run: usize) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(run as u64);
    rng
}

/// Rows drawn with probability proportional to `weights`; all alike where none is above 0, or before any is known.
fn draw(rng: &mut ChaCha8Rng, weights: &[f64], count: usize) -> Vec<usize> {
    let known = weights.iter().all(|weight| weight.is_finite());
    let by_weight = known.then(|| WeightedIndex::new(weights).ok()).flatten();
    let row = |_| match &by_weight {
        Some(by_weight) => by_weight.sample(rng),
        None => rng.gen_range(0..weights.len()),
    };
    (0..count).map(row).collect()
}

/// The least of the values and its place; the first of several.
pub(super) fn least(values: impl Iterator<Item = f64>) -> (f64, usize) {
    let lesser = |best: (f64, usize), value: (f64, usize)| if value.0 < best.0 { value } else { best };
    values.zip(0..).fold((f64::INFINITY, 0), lesser)
}
