//! Kernel ridge regression of one kernel matrix.

use ndarray::{Array1, Array2};

use crate::{ClassifyError, inverse_factor::InverseFactor};

/// α for one λ and what leaving each item out would do.
pub(super) struct Solution {
    pub lambda: f64,
    pub alpha: Array1<f64>,
    /// Mean squared error of the items left out.
    pub error: f64,
}

/// The solution of the λ with the least leave-one-out error; the largest of several.
pub(super) fn best(
    gram: &Array2<f64>,
    lambdas: &[f64],
    targets: &Array1<f64>,
) -> Result<Solution, ClassifyError> {
    let overflow = || ClassifyError::Overflow {
        what: "the kernel matrix",
    };
    let mut best: Option<Solution> = None;
    for &lambda in lambdas {
        // A λ so small that rounding makes the matrix indefinite is none to choose.
        let Some(Solution { alpha, error, .. }) = solution(gram, lambda, targets) else {
            continue;
        };
        let is_better = match &best {
            Some(best) => error < best.error || (error == best.error && lambda > best.lambda),
            None => error.is_finite(),
        };
        if is_better {
            best = Some(Solution { lambda, alpha, error });
        }
    }
    best.ok_or_else(overflow)
}

/// That of one λ; `None` where K + λnI is not positive definite.
pub(super) fn solution(gram: &Array2<f64>, lambda: f64, targets: &Array1<f64>) -> Option<Solution> {
    let mut a = gram.clone();
    a.diag_mut()
        .mapv_inplace(|value| value + lambda * gram.nrows() as f64);
    let inverse = InverseFactor::of(a)?;
    let alpha = inverse.solve(targets.view());
    let residuals = &alpha / &inverse.inverse_diagonal();
    let error = residuals.mapv(|r| r * r).mean().unwrap_or(f64::NAN);
    Some(Solution { lambda, alpha, error })
}
