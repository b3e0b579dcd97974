use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::ClassifyError;

/// Fisher discriminants that vote: margin = (votes for fake − votes for real)/learners, in [−1, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleModel {
    /// d
    pub(crate) features: usize,
    /// Columns of each learner's subspace, one learner after the other.
    pub(crate) columns: Vec<usize>,
    /// A row a learner.
    pub(crate) weights: Array2<f64>,
    pub(crate) thresholds: Array1<f64>,
}

impl EnsembleModel {
    pub(crate) fn from_parts(
        features: usize,
        columns: Array2<f64>,
        weights: Array2<f64>,
        thresholds: Array1<f64>,
    ) -> Result<Self, ClassifyError> {
        let bad = |expected: String, found: String| ClassifyError::Array {
            name: "columns".to_owned(),
            expected,
            found,
        };
        if columns.dim() != weights.dim() {
            return Err(bad(
                format!("shape {:?}", weights.shape()),
                format!("shape {:?}", columns.shape()),
            ));
        }
        let places = columns.iter().map(|&column| {
            if column >= 0.0 && column < features as f64 && column.fract() == 0.0 {
                Ok(column as usize)
            } else {
                Err(bad(format!("whole numbers below {features}"), column.to_string()))
            }
        });
        Ok(Self {
            features,
            columns: places.collect::<Result<_, _>>()?,
            weights,
            thresholds,
        })
    }

    /// Base learners.
    pub fn learners(&self) -> usize {
        self.thresholds.len()
    }

    /// Columns that each learner reads, one learner after the other.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Weights of these columns, a row a learner.
    pub fn weights(&self) -> ArrayView2<'_, f64> {
        self.weights.view()
    }

    /// The projection from which on each learner votes for fake.
    pub fn thresholds(&self) -> ArrayView1<'_, f64> {
        self.thresholds.view()
    }

    pub(crate) fn columns_as_array(&self) -> Array2<f64> {
        let columns = self.columns.iter().map(|&column| column as f64).collect();
        Array2::from_shape_vec(self.weights.dim(), columns).unwrap_or_default()
    }

    pub(crate) fn margin(&self, row: &[f64]) -> f64 {
        let learners = self
            .columns
            .chunks_exact(self.weights.ncols())
            .zip(self.weights.outer_iter());
        let votes = learners
            .zip(&self.thresholds)
            .map(|((columns, weights), threshold)| {
                let projection: f64 = columns
                    .iter()
                    .zip(weights)
                    .map(|(&column, weight)| weight * row[column])
                    .sum();
                vote(projection - threshold)
            });
        votes.sum::<f64>() / self.learners() as f64
    }
}

/// 1 for fake and −1 for real.
pub(crate) fn vote(output: f64) -> f64 {
    if output >= 0.0 { 1.0 } else { -1.0 }
}
