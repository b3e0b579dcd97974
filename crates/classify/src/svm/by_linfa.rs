//! linfa-svm's solver.

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array1, ArrayView2};

use super::Solution;
use crate::{ClassifyError, Kernel, Report};

/// Most training rows: linfa-svm holds the whole kernel matrix, 3.2 GB at this size.
const MAX_ROWS: usize = 20_000;

/// linfa-svm gives up after as many steps; it takes no other number.
pub(super) const MAX_STEPS: u64 = 10_000_000;

/// `bounds`: the largest α of a fake and of a real item.
pub(super) fn solve(
    kernel: &Kernel,
    x: ArrayView2<f64>,
    labels: &[bool],
    bounds: (f64, f64),
    tolerance: f64,
) -> Result<Solution, ClassifyError> {
    if x.nrows() > MAX_ROWS {
        let bytes = 8 * (x.nrows() as u128).pow(2);
        return Err(ClassifyError::TooManyRows {
            rows: x.nrows(),
            bytes,
            limit: MAX_ROWS,
        });
    }
    let failed = |message: String| ClassifyError::Solver {
        solver: "linfa's SVM",
        message,
    };
    // Shrinking stays off: linfa-svm 0.8.1 panics with it.
    let params = linfa_svm::Svm::<f64, bool>::params()
        .pos_neg_weights(bounds.0, bounds.1)
        .eps(tolerance);
    let targets = Array1::from(labels.to_vec());
    let (params, records) = match *kernel {
        Kernel::Linear => (params.linear_kernel(), x.to_owned()),
        // linfa's kernel is exp(−‖x − y‖²/eps).
        Kernel::Rbf { gamma } => (params.gaussian_kernel(1.0 / gamma), x.to_owned()),
        // linfa's kernel has no γ; √γ goes into both factors instead.
        Kernel::Polynomial { gamma, degree, coef0 } => (
            params.polynomial_kernel(coef0, f64::from(degree)),
            x.mapv(|v| v * gamma.sqrt()),
        ),
    };
    let params = params.check().map_err(|e| failed(e.to_string()))?;
    let fitted = params
        .fit(&DatasetBase::new(records, targets))
        .map_err(|e| failed(e.to_string()))?;
    let account = fitted.to_string();
    let report = ending(&account).ok_or_else(|| failed(format!("unexpected account {account:?}")))?;
    Ok(Solution {
        dual_coefficients: fitted.alpha,
        intercept: -fitted.rho,
        report,
    })
}

/// linfa-svm keeps how it ended in private fields; its `Display` is the only account of them.
fn ending(account: &str) -> Option<Report> {
    let converged = match account.split_whitespace().next()? {
        "Exited" => true,
        "Reached" => false,
        _ => return None,
    };
    let mut words = account.split_whitespace();
    let iterations = words.by_ref().find_map(|word| word.parse().ok())?;
    let objective = words
        .find_map(|word| word.parse::<f64>().ok())
        .filter(|v| v.is_finite())?;
    Some(Report {
        converged,
        iterations: Some(iterations),
        objective,
        gap: None,
        choice: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_endings_are_told_apart() {
        let exited = ending("Exited after 12 iterations with obj = -3.25 and 7 support vectors");
        assert_eq!(
            exited,
            Some(Report {
                converged: true,
                iterations: Some(12),
                objective: -3.25,
                gap: None,
                choice: None,
            })
        );
        let reached = ending("Reached maximal iterations 10000000 with obj = -1e-3 and 7 support vectors");
        assert_eq!(
            reached,
            Some(Report {
                converged: false,
                iterations: Some(10_000_000),
                objective: -1e-3,
                gap: None,
                choice: None,
            })
        );
        assert_eq!(
            ending("Exited after 12 iterations with obj = NaN and 7 support vectors"),
            None
        );
        assert_eq!(ending("Stopped"), None);
        assert_eq!(ending(""), None);
    }
}
