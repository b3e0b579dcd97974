use ndarray::{Array2, ArrayView2};

use crate::{ClassifyError, arrays::with_slice, kernel::squared_distance};

/// Centroids, each named fake or real; at least one of either. A row's margin is its distance to the nearest
/// real centroid less that to the nearest fake one.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansModel {
    /// k × d, row-major
    pub(crate) centroids: Array2<f64>,
    pub(crate) fake: Vec<bool>,
}

impl KMeansModel {
    pub(crate) fn from_parts(centroids: Array2<f64>, fake: Vec<bool>) -> Result<Self, ClassifyError> {
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

    pub(super) fn margin(&self, row: &[f64]) -> f64 {
        let mut nearest = [f64::INFINITY; 2];
        for (centroid, &fake) in self.centroids.rows().into_iter().zip(&self.fake) {
            let d = with_slice(centroid, |c| squared_distance(c, row));
            nearest[usize::from(fake)] = nearest[usize::from(fake)].min(d);
        }
        let [real, fake] = nearest;
        real.sqrt() - fake.sqrt()
    }
}
