use linfa::{DatasetBase, ParamGuard, traits::Fit};
use linfa_clustering::KMeans;
use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    ClassifyError, Fitted, Model, Report, input::check_training, kernel::squared_distance, params::impl_fit,
};

/// Parameters of k-means (Lloyd 1982, seeded by k-means++) used as a detector: the clusters are found without
/// the labels and then named by them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KMeansParams {
    /// At least 2; default 2.
    pub clusters: usize,
    /// Starts, of which the best is kept; at least 1, default 10.
    pub runs: usize,
    /// Of each run; at least 1, default 300.
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
        let mut centroids = self.start_with_linfa(x)?;

        // linfa stops short of a fixed point and counts each old centroid as one more member, so Lloyd's own
        // steps finish the work: the centroids become the exact means of their members.
        let mut members = nearest(x, &centroids);
        let mut converged = false;
        for _ in 0..self.params.max_iterations {
            move_to_means(x, &members, &mut centroids);
            let moved = nearest(x, &centroids);
            converged = moved == members;
            members = moved;
            if converged {
                break;
            }
        }
        let objective = x
            .outer_iter()
            .zip(&members)
            .map(|(row, &m)| squared_distance(&row.to_vec(), &centroids.row(m).to_vec()))
            .sum();
        let model = named(&centroids, &members, labels)?;
        Ok(Fitted {
            model: Model::KMeans(model),
            report: Report {
                converged,
                iterations: None,
                objective,
                gap: None,
            },
        })
    }

    fn start_with_linfa(&self, x: ArrayView2<f64>) -> Result<Array2<f64>, ClassifyError> {
        let failed = |message: String| ClassifyError::Solver {
            solver: "k-means",
            message,
        };
        // linfa's tolerance is a distance, so it is measured in the spread of the data.
        let spread = x.var_axis(Axis(0), 0.0).sum().sqrt();
        let fitted = KMeans::params_with_rng(self.params.clusters, ChaCha8Rng::seed_from_u64(self.seed))
            .n_runs(self.params.runs)
            .max_n_iterations(self.params.max_iterations)
            .tolerance((1e-6 * spread).max(f64::MIN_POSITIVE))
            .check()
            .map_err(|e| failed(e.to_string()))?
            .fit(&DatasetBase::from(x))
            .map_err(|e| failed(e.to_string()))?;
        Ok(fitted.centroids().as_standard_layout().into_owned())
    }
}

/// The nearest centroid of each row; the first of several equally near.
fn nearest(x: ArrayView2<f64>, centroids: &Array2<f64>) -> Vec<usize> {
    let closest = |row: Vec<f64>| {
        let mut best = (f64::INFINITY, 0);
        for (i, centroid) in centroids.outer_iter().enumerate() {
            let distance = squared_distance(&row, &centroid.to_vec());
            if distance < best.0 {
                best = (distance, i);
            }
        }
        best.1
    };
    x.outer_iter().map(|row| closest(row.to_vec())).collect()
}

/// Centroids without members stay where they are.
fn move_to_means(x: ArrayView2<f64>, members: &[usize], centroids: &mut Array2<f64>) {
    for (i, mut centroid) in centroids.outer_iter_mut().enumerate() {
        let rows: Vec<usize> = (0..members.len()).filter(|&row| members[row] == i).collect();
        if let Some(mean) = x.select(Axis(0), &rows).mean_axis(Axis(0)) {
            centroid.assign(&mean);
        }
    }
}

/// Each cluster is named by the majority of its training items, real on a tie: a fake is only called with
/// evidence. Clusters without items are dropped.
fn named(centroids: &Array2<f64>, members: &[usize], labels: &[bool]) -> Result<KMeansModel, ClassifyError> {
    let mut fakes = vec![0usize; centroids.nrows()];
    let mut sizes = fakes.clone();
    for (&m, &fake) in members.iter().zip(labels) {
        sizes[m] += 1;
        fakes[m] += usize::from(fake);
    }
    let kept: Vec<usize> = (0..sizes.len()).filter(|&i| sizes[i] > 0).collect();
    let fake = kept.iter().map(|&i| 2 * fakes[i] > sizes[i]).collect();
    KMeansModel::from_parts(centroids.select(Axis(0), &kept), fake)
}

/// Centroids, each named fake or real; at least one of either. A row's margin is its distance to the nearest
/// real centroid less that to the nearest fake one.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansModel {
    /// k × d, row-major
    pub(super) centroids: Array2<f64>,
    pub(super) fake: Vec<bool>,
}

impl KMeansModel {
    pub(super) fn from_parts(centroids: Array2<f64>, fake: Vec<bool>) -> Result<Self, ClassifyError> {
        if fake.len() != centroids.nrows() {
            return Err(ClassifyError::Array {
                name: "centroids".to_owned(),
                expected: format!("{} rows, one a cluster name", fake.len()),
                found: format!("{} rows", centroids.nrows()),
            });
        }
        for (only, name) in [(true, "fake"), (false, "real")] {
            if fake.iter().all(|&f| f == only) {
                return Err(ClassifyError::OneNameForAllClusters {
                    clusters: fake.len(),
                    name,
                });
            }
        }
        Ok(Self { centroids, fake })
    }

    /// One row a cluster, k × d.
    pub fn centroids(&self) -> ArrayView2<'_, f64> {
        self.centroids.view()
    }

    /// Whether each cluster is named fake.
    pub fn fake(&self) -> &[bool] {
        &self.fake
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::classify::Params;

    fn solve(x: &Array2<f64>, labels: &[bool], params: KMeansParams) -> Result<Fitted, ClassifyError> {
        Params::KMeans(params).fit(x.view(), labels, 7)
    }

    #[test]
    fn centroids_are_the_exact_means() -> Result<(), ClassifyError> {
        let x = array![[0.0, 0.0], [0.0, 2.0], [10.0, 10.0], [12.0, 10.0], [11.0, 13.0]];
        // The last label disagrees with its cluster and is outvoted.
        let labels = [false, false, true, true, false];
        let fitted = solve(&x, &labels, KMeansParams::default())?;
        let Model::KMeans(model) = &fitted.model else {
            panic!("k-means gives a k-means model")
        };
        let (real, fake) = if model.fake[0] { (1, 0) } else { (0, 1) };
        assert_eq!(model.centroids.row(real), array![0.0, 1.0]);
        assert_eq!(model.centroids.row(fake), array![11.0, 11.0]);
        // 1 + 1, then 1 + 1 twice and 4.
        assert_eq!(fitted.report.objective, 10.0);
        assert!(fitted.report.converged);
        assert_eq!(fitted.model.margin(&[11.0, 11.0]), 221f64.sqrt());
        Ok(())
    }

    #[test]
    fn ties_are_real_and_one_name_is_an_error() {
        let x = array![[0.0], [0.0], [9.0], [9.0]];
        let error = solve(&x, &[true, false, true, false], KMeansParams::default());
        let expected = matches!(
            error,
            Err(ClassifyError::OneNameForAllClusters {
                clusters: 2,
                name: "real"
            })
        );
        assert!(expected, "{error:?}");
    }

    #[test]
    fn empty_clusters_are_dropped() -> Result<(), ClassifyError> {
        let x = array![[0.0], [0.0], [9.0], [9.0]];
        let fitted = solve(
            &x,
            &[true, true, false, false],
            KMeansParams::default().with_clusters(4),
        )?;
        let Model::KMeans(model) = &fitted.model else {
            panic!("k-means gives a k-means model")
        };
        assert_eq!(model.centroids.nrows(), 2);
        assert_eq!(fitted.report.objective, 0.0);
        Ok(())
    }

    #[test]
    fn bad_parameters_are_refused() {
        let x = array![[0.0], [1.0]];
        assert!(solve(&x, &[true, false], KMeansParams::default().with_clusters(1)).is_err());
        assert!(solve(&x, &[true, false], KMeansParams::default().with_clusters(3)).is_err());
        assert!(solve(&x, &[true, false], KMeansParams::default().with_runs(0)).is_err());
        assert!(solve(&x, &[true, false], KMeansParams::default().with_max_iterations(0)).is_err());
    }
}
