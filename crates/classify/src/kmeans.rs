mod starts;
#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use starts::{Starts, least};

use super::{
    ClassifyError, Fitted, KMeansModel, Model, Report, fitted::impl_fit, input::check_training,
    kernel::squared_distance,
};

/// A row's squared distance from its nearest centroid, and which that is.
type Nearest = (f64, usize);

/// Columns of the matrix that a task sums up.
const COLUMNS: usize = 64;

/// Parameters of k-means (Lloyd 1982, seeded by k-means++) used as a detector: the clusters are found without
/// the labels and then named by them.
///
/// Memory beside the training matrix: up to about 600 bytes a row, and a few times the centroids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansParams {
    /// At least 2; default 2.
    pub clusters: usize,
    /// Starts, of which the best is kept; at least 1, default 10.
    pub runs: usize,
    /// Of each run, and again of the best one's way to a fixed point; at least 1, default 300.
    pub max_iterations: u64,
}

impl Default for KMeansParams {
    fn default() -> Self {
        Self {
            clusters: 2,
            runs: 10,
            max_iterations: 300,
        }
    }
}

impl KMeansParams {
    /// Sets [`clusters`](Self::clusters).
    pub fn with_clusters(self, clusters: usize) -> Self {
        Self { clusters, ..self }
    }

    /// Sets [`runs`](Self::runs).
    pub fn with_runs(self, runs: usize) -> Self {
        Self { runs, ..self }
    }

    /// Sets [`max_iterations`](Self::max_iterations).
    pub fn with_max_iterations(self, max_iterations: u64) -> Self {
        Self {
            max_iterations,
            ..self
        }
    }

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn check(self) -> Result<KMeansValidParams, ClassifyError> {
        let bad = |name, expected, found: u64| {
            Err(ClassifyError::Parameter {
                name,
                expected,
                found: found.to_string(),
            })
        };
        if self.clusters < 2 {
            return bad("clusters", "at least 2", self.clusters as u64);
        }
        if self.runs == 0 {
            return bad("runs", "at least 1", 0);
        }
        if self.max_iterations == 0 {
            return bad("max_iterations", "at least 1", 0);
        }
        Ok(KMeansValidParams {
            params: self,
            seed: 0,
        })
    }
}

/// Checked [`KMeansParams`] and the seed of the random starts, 0 unless set.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansValidParams {
    params: KMeansParams,
    seed: u64,
}

impl_fit!(KMeansValidParams);

impl KMeansValidParams {
    /// Sets the seed of the starts; default 0.
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        check_training(x, labels)?;
        let k = self.params.clusters;
        if k > x.nrows() {
            let found = format!("{k} for {} rows", x.nrows());
            return Err(ClassifyError::Parameter {
                name: "clusters",
                expected: "at most one a row",
                found,
            });
        }
        let x = x.as_standard_layout();
        let x = x.view();
        let (runs, max_iterations) = (self.params.runs, self.params.max_iterations);
        let mut centroids = Starts::new(x).best(k, runs, max_iterations, self.seed);
        let (members, converged) = settle(x, &mut centroids, max_iterations);
        let objective = members.iter().map(|&(distance, _)| distance).sum();
        let model = named(&centroids, &members, labels)?;
        Ok(Fitted {
            model: Model::KMeans(model),
            report: Report {
                converged,
                iterations: None,
                objective,
                gap: None,
                choice: None,
            },
        })
    }
}

/// Lloyd's algorithm with exact distances: the starts end short of a fixed point, and round. Here the centroids become
/// the exact means of their members, unless the steps run out first.
fn settle(x: ArrayView2<f64>, centroids: &mut Array2<f64>, max_iterations: u64) -> (Vec<Nearest>, bool) {
    let mut members = nearest(x, centroids);
    for _ in 0..max_iterations {
        move_to_means(x, &members, centroids);
        let moved = nearest(x, centroids);
        let same = moved.iter().zip(&members).all(|(new, old)| new.1 == old.1);
        members = moved;
        if same {
            return (members, true);
        }
    }
    (members, false)
}

/// The squared distance centroid of each row, and which; the first of several equally near.
fn nearest(x: ArrayView2<f64>, centroids: &Array2<f64>) -> Vec<Nearest> {
    let d = x.ncols();
    let rows = x.as_slice().unwrap_or_default().par_chunks_exact(d);
    let centroids = centroids.as_standard_layout();
    let centroids = centroids.as_slice().unwrap_or_default();
    let distances = |row| centroids.chunks_exact(d).map(move |c| squared_distance(row, c));
    rows.map(|row| least(distances(row))).collect()
}

/// Centroids without members stay where they are.
fn move_to_means(x: ArrayView2<f64>, members: &[Nearest], centroids: &mut Array2<f64>) {
    let mut sizes = vec![0usize; centroids.nrows()];
    for &(_, m) in members {
        sizes[m] += 1;
    }
    // A task takes some of the columns, so that every sum runs over the rows in their order.
    let columns = centroids.axis_chunks_iter_mut(Axis(1), COLUMNS).into_par_iter();
    columns
        .zip(x.axis_chunks_iter(Axis(1), COLUMNS))
        .for_each(|(mut centroids, x)| {
            let mut sums = Array2::<f64>::zeros(centroids.dim());
            for (row, &(_, m)) in x.outer_iter().zip(members) {
                let mut sum = sums.row_mut(m);
                sum += &row;
            }
            for (i, &size) in sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
                centroids.row_mut(i).assign(&(&sums.row(i) / size as f64));
            }
        });
}

/// Each cluster is named by the majority of its training items, real on a tie: a fake is only called with
/// evidence. Clusters without items are dropped.
fn named(
    centroids: &Array2<f64>,
    members: &[Nearest],
    labels: &[bool],
) -> Result<KMeansModel, ClassifyError> {
    let mut fakes = vec![0usize; centroids.nrows()];
    let mut sizes = fakes.clone();
    for (&(_, m), &fake) in members.iter().zip(labels) {
        sizes[m] += 1;
        fakes[m] += usize::from(fake);
    }
    let kept: Vec<usize> = (0..sizes.len()).filter(|&i| sizes[i] > 0).collect();
    let fake = kept.iter().map(|&i| 2 * fakes[i] > sizes[i]).collect();
    KMeansModel::from_parts(centroids.select(Axis(0), &kept), fake)
}
