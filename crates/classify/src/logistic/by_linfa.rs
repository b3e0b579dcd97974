//! linfa-logistic's solver, to hold ours to.

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array1, ArrayView2};

use super::LogisticParams;
use crate::{ClassWeight, ClassifyError, Fitted};

/// The model of linfa's solution by L-BFGS, which knows neither class weights nor a penalised intercept.
pub fn fit(params: LogisticParams, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
    assert!(params.class_weight == ClassWeight::None && !params.penalize_intercept);
    let LogisticParams {
        c,
        max_iterations,
        tolerance,
        ..
    } = params;
    params.check()?.solve_by(x, labels, |problem| {
        // linfa's objective is ours over C, and its tolerance the length of that gradient.
        let magnitudes = problem.magnitudes()?;
        let smallest = magnitudes
            .iter()
            .copied()
            .filter(|m| *m > 0.0)
            .fold(f64::MAX, f64::min);
        let fitted = linfa_logistic::LogisticRegression::default()
            .alpha(1.0 / c)
            .max_iterations(max_iterations)
            .gradient_tolerance((tolerance * smallest / c).max(f64::MIN_POSITIVE))
            .check()
            .and_then(|params| params.fit(&DatasetBase::new(x, Array1::from(labels.to_vec()))))
            .expect("a problem that linfa solves");
        // linfa's positive class is the more frequent one.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let beta: Array1<f64> = fitted
            .params()
            .iter()
            .chain([&fitted.intercept()])
            .map(|v| sign * v)
            .collect();
        let report = problem.report_at(beta.clone(), tolerance)?;
        Ok((beta, report))
    })
}
