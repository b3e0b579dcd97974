use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};

use super::{ClassifyError, Report};

/// ½‖w‖² + ½ penalty b² + Σ costᵢ log(1 + exp(−yᵢ(w·xᵢ + b))) over β = (w, b).
pub(super) struct Problem<'a> {
    pub x: ArrayView2<'a, f64>,
    /// y, ±1
    pub signs: Array1<f64>,
    /// C · weight
    pub costs: Array1<f64>,
    pub intercept_penalty: f64,
}

impl Problem<'_> {
    /// Newton's method with step halving. The objective is strictly convex in w, so the steps lead to the one
    /// minimum from anywhere.
    pub fn minimise(
        &self,
        max_iterations: u64,
        tolerance: f64,
    ) -> Result<(Array1<f64>, Report), ClassifyError> {
        let overflow = || ClassifyError::Overflow {
            what: "the logistic loss",
        };
        let mut beta = Array1::zeros(self.x.ncols() + 1);
        let mut margins = self.margins(&beta);
        let mut objective = self.objective(&beta, &margins);
        // What each coordinate of the gradient is a sum of, in magnitude: it bounds its rounding error.
        let magnitude = with_intercept(self.x.mapv(f64::abs).t().dot(&self.costs), self.costs.sum());
        let mut iterations = 0;
        loop {
            let slopes = self.slopes(&margins);
            let gradient = self.gradient(&beta, &slopes);
            if !objective.is_finite() || gradient.iter().chain(&magnitude).any(|g| !g.is_finite()) {
                return Err(overflow());
            }
            // A coordinate that is a sum of nothing is 0, and solved.
            let gap = gradient
                .iter()
                .zip(&magnitude)
                .map(|(g, m)| g.abs() / m.max(f64::MIN_POSITIVE))
                .fold(0.0, f64::max);
            let converged = gap <= tolerance;
            let report = Report {
                converged,
                iterations: Some(iterations),
                objective,
                gap: Some(gap),
            };
            if converged || iterations == max_iterations {
                return Ok((beta, report));
            }
            let step = self.newton_step(&gradient, &slopes).ok_or_else(overflow)?;
            let decrease = gradient.dot(&step);
            let along = self.margins(&step);
            let mut length = 1.0;
            loop {
                let (next, next_margins) = (&beta - &(&step * length), &margins - &(&along * length));
                let value = self.objective(&next, &next_margins);
                // Armijo's condition; near the minimum the decrease drowns in the rounding of the objective.
                if value <= objective - 1e-4 * length * decrease + 8.0 * f64::EPSILON * objective {
                    (beta, margins, objective) = (next, next_margins, value);
                    break;
                }
                length *= 0.5;
                if length < 1e-15 {
                    return Ok((beta, report));
                }
            }
            iterations += 1;
        }
    }

    /// yᵢ(w·xᵢ + b)
    fn margins(&self, beta: &Array1<f64>) -> Array1<f64> {
        let d = self.x.ncols();
        (self.x.dot(&beta.slice(s![..d])) + beta[d]) * &self.signs
    }

    fn objective(&self, beta: &Array1<f64>, margins: &Array1<f64>) -> f64 {
        let d = self.x.ncols();
        let weights = beta.slice(s![..d]);
        // log(1 + e^−m) with an exponent that is never above 0.
        let losses = margins.mapv(|m| (-m.abs()).exp().ln_1p() + (-m).max(0.0));
        0.5 * (weights.dot(&weights) + self.intercept_penalty * beta[d] * beta[d]) + self.costs.dot(&losses)
    }

    /// Each item's probability of the other class, 1/(1 + e^m).
    fn slopes(&self, margins: &Array1<f64>) -> Array1<f64> {
        margins.mapv(|m| 1.0 / (1.0 + m.exp()))
    }

    fn gradient(&self, beta: &Array1<f64>, slopes: &Array1<f64>) -> Array1<f64> {
        let d = self.x.ncols();
        let pulls = slopes * &self.costs * &self.signs;
        let weights = &beta.slice(s![..d]) - &self.x.t().dot(&pulls);
        with_intercept(weights, self.intercept_penalty * beta[d] - pulls.sum())
    }

    /// H⁻¹g with H = diag(1, …, 1, intercept penalty) + Σ costᵢ pᵢ(1 − pᵢ) (xᵢ, 1)(xᵢ, 1)ᵀ.
    fn newton_step(&self, gradient: &Array1<f64>, slopes: &Array1<f64>) -> Option<Array1<f64>> {
        let d = self.x.ncols();
        let roots = Array1::from_shape_fn(slopes.len(), |i| {
            (self.costs[i] * slopes[i] * (1.0 - slopes[i])).sqrt()
        });
        let mut rows = Array2::ones((self.x.nrows(), d + 1));
        rows.slice_mut(s![.., ..d]).assign(&self.x);
        rows *= &roots.view().insert_axis(Axis(1));
        let mut hessian = rows.t().dot(&rows);
        hessian.diag_mut().slice_mut(s![..d]).map_inplace(|h| *h += 1.0);
        hessian[[d, d]] += self.intercept_penalty;
        solve_positive(hessian, gradient.view())
    }
}

fn with_intercept(weights: Array1<f64>, intercept: f64) -> Array1<f64> {
    weights.into_iter().chain([intercept]).collect()
}

/// Solves Hx = g. Where rounding has made H indefinite, its diagonal is raised until it factors: the step is
/// then shorter than Newton's, and still downhill.
fn solve_positive(hessian: Array2<f64>, gradient: ArrayView1<f64>) -> Option<Array1<f64>> {
    let mut raise = 0.0;
    // 10⁻¹⁶ · 10¹⁷ of the diagonal dominates any rounding.
    for _ in 0..18 {
        let mut raised = hessian.clone();
        raised
            .diag_mut()
            .map_inplace(|h| *h += raise * h.max(f64::EPSILON));
        let mut step = gradient.to_owned().insert_axis(Axis(1));
        if raised.solvec_inplace(&mut step).is_ok() && step.iter().all(|v| v.is_finite()) {
            return Some(step.remove_axis(Axis(1)));
        }
        raise = if raise == 0.0 { 1e-16 } else { raise * 10.0 };
    }
    None
}
