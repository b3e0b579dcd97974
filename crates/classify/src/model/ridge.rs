use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use crate::{ClassifyError, Kernel, input::check_positive};

/// The kernel of a block of columns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockKernel {
    /// Columns of the block, at least 1; it begins where the one before ends.
    pub columns: usize,
    /// What its kernel is multiplied by, above 0.
    pub weight: f64,
    /// Its kernel.
    pub kernel: Kernel,
}

/// margin = Σᵢ cᵢ Σ_f weight K_f(vᵢ, x) + b over blocks f of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct RidgeModel {
    pub(crate) blocks: Vec<BlockKernel>,
    /// n × d, row-major
    pub(crate) vectors: Array2<f64>,
    pub(crate) coefficients: Array1<f64>,
    pub(crate) intercept: f64,
}

impl RidgeModel {
    pub(crate) fn from_parts(
        blocks: Vec<BlockKernel>,
        vectors: Array2<f64>,
        coefficients: Array1<f64>,
        intercept: f64,
    ) -> Result<Self, ClassifyError> {
        for block in &blocks {
            block.kernel.check()?;
            check_positive("weight", block.weight)?;
        }
        let columns = blocks
            .iter()
            .map(|block| block.columns)
            .fold(0, usize::saturating_add);
        if columns != vectors.ncols() || blocks.iter().any(|block| block.columns == 0) {
            let features = vectors.ncols();
            return Err(ClassifyError::BlockColumns { columns, features });
        }
        Ok(Self {
            blocks,
            vectors,
            coefficients,
            intercept,
        })
    }

    /// The blocks' kernels, from the first column on.
    pub fn blocks(&self) -> &[BlockKernel] {
        &self.blocks
    }

    /// The training rows v, n × d.
    pub fn vectors(&self) -> ArrayView2<'_, f64> {
        self.vectors.view()
    }

    /// c, one number a training row.
    pub fn coefficients(&self) -> ArrayView1<'_, f64> {
        self.coefficients.view()
    }

    /// b.
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Of one row each. The training rows are read once for all of them, as they fill more than any cache.
    pub(crate) fn margins(&self, rows: &[&[f64]]) -> Vec<f64> {
        let mut sums = vec![0.0; rows.len()];
        for (vector, c) in self.vectors.axis_iter(Axis(0)).zip(&self.coefficients) {
            let Some(vector) = vector.as_slice() else { continue };
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum += c * self.kernel(vector, row);
            }
        }
        sums.iter().map(|sum| sum + self.intercept).collect()
    }

    fn kernel(&self, x: &[f64], y: &[f64]) -> f64 {
        let mut first = 0;
        let terms = self.blocks.iter().map(|block| {
            let columns = first..first + block.columns;
            first = columns.end;
            block.weight * block.kernel.evaluate(&x[columns.clone()], &y[columns])
        });
        terms.sum()
    }
}
