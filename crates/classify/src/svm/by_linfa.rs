//! linfa-svm's solver, to hold ours to.

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array1, ArrayView2};

use super::SvmParams;
use super::smo::{Problem, Solution};
use crate::{ClassifyError, Fitted, Kernel, Report};

/// The model of linfa-svm's solution. Its solver neither shrinks nor takes another limit of its steps than ten
/// million, and holds the whole kernel matrix.
pub fn fit(params: SvmParams, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
    params.check()?.solve_by(x, labels, solve)
}

/// linfa-svm's solution of a problem.
pub(super) fn solve(problem: &Problem) -> Solution {
    let (fake_bound, real_bound) = problem.bounds;
    // Shrinking stays off: linfa-svm 0.8.1 panics with it.
    let params = linfa_svm::Svm::<f64, bool>::params()
        .pos_neg_weights(fake_bound, real_bound)
        .eps(problem.tolerance);
    let targets = Array1::from(problem.labels.to_vec());
    let (params, records) = match problem.kernel {
        Kernel::Linear => (params.linear_kernel(), problem.x.to_owned()),
        // linfa's kernel is exp(−‖x − y‖²/eps).
        Kernel::Rbf { gamma } => (params.gaussian_kernel(1.0 / gamma), problem.x.to_owned()),
        // linfa's kernel has no γ; √γ goes into both factors instead.
        Kernel::Polynomial { gamma, degree, coef0 } => (
            params.polynomial_kernel(coef0, f64::from(degree)),
            problem.x.mapv(|v| v * gamma.sqrt()),
        ),
    };
    let fitted = params
        .check()
        .and_then(|params| params.fit(&DatasetBase::new(records, targets)))
        .expect("a problem that linfa solves");
    Solution {
        report: ending(&fitted.to_string()).expect("how linfa's solver ended"),
        dual_coefficients: fitted.alpha,
        intercept: -fitted.rho,
    }
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
