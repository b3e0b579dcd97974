use ndarray::{Array1, Array2};

use super::{design::Design, preconditioner::Preconditioner};
use crate::{ClassifyError, Report};

/// ½‖w‖² + ½ penalty b² + Σ costᵢ log(1 + exp(−yᵢ(w·xᵢ + b))) over β = (w, b).
pub(super) struct Problem<'a> {
    pub design: Design<'a>,
    /// y, ±1
    pub signs: Vec<f64>,
    /// C · weight
    pub costs: Vec<f64>,
    pub intercept_penalty: f64,
}

const OVERFLOW: ClassifyError = ClassifyError::Overflow {
    what: "the logistic loss",
};

/// A Hessian of so many rows may be factored (32 MB) even where it is larger than the features.
const SMALL_HESSIAN: usize = 2048;

/// A β, and the objective and its derivatives there.
struct Point {
    beta: Array1<f64>,
    objective: f64,
    gradient: Array1<f64>,
    /// Second derivative of each item's loss by its margin, costᵢ pᵢ(1 − pᵢ).
    curvatures: Vec<f64>,
}

impl Problem<'_> {
    /// Truncated Newton iteration with step halving (Dembo, Steihaug 1983; Lin, Weng, Keerthi 2008): conjugate
    /// gradients find each step only as exactly as it is worth. The objective is strictly convex in w, so the
    /// steps lead to the one minimum from anywhere.
    pub fn minimise(
        &self,
        max_iterations: u64,
        tolerance: f64,
    ) -> Result<(Array1<f64>, Report), ClassifyError> {
        let magnitudes = self.magnitudes()?;
        let mut preconditioner = Preconditioner::Diagonal(self.diagonal_bound()?);
        let mut point = self.at(Array1::zeros(self.design.ncols()));
        let start = preconditioner.squared_norm(&point.gradient).sqrt();
        let price = self.price_of_factor();
        let mut products = 0;
        let mut iterations = 0;
        loop {
            let report = point.report(&magnitudes, tolerance, Some(iterations))?;
            if report.converged || iterations == max_iterations {
                return Ok((point.beta, report));
            }
            // What would have bought a better preconditioner is spent.
            if products > price {
                if let Some(factor) = Preconditioner::factor(self.hessian(&point)) {
                    preconditioner = factor;
                }
                products = 0;
            }
            let norm = preconditioner.squared_norm(&point.gradient).sqrt();
            // Superlinear convergence, but no more exact than the tolerance asks for.
            let exactness = (norm / start).sqrt().min(0.1) * norm;
            let good = |residual: &Array1<f64>, norm: f64| {
                norm <= exactness || largest_ratio(residual, &magnitudes) <= 0.5 * tolerance
            };
            let (step, used) = self.newton_step(&point, &preconditioner, good);
            products += used;
            let decrease = -point.gradient.dot(&step);
            if !decrease.is_finite() {
                return Err(OVERFLOW);
            }
            let mut length = 1.0;
            point = loop {
                let next = self.at(&point.beta + &(&step * length));
                // Armijo's condition; near the minimum the decrease drowns in the rounding of the objective.
                let slack = 8.0 * f64::EPSILON * point.objective;
                if next.objective <= point.objective - 1e-4 * length * decrease + slack {
                    break next;
                }
                length *= 0.5;
                if length < 1e-15 {
                    return Ok((point.beta, report));
                }
            };
            iterations += 1;
        }
    }

    /// How a solver that tells no more than its β ended.
    #[cfg(test)]
    pub fn report_at(&self, beta: Array1<f64>, tolerance: f64) -> Result<Report, ClassifyError> {
        self.at(beta).report(&self.magnitudes()?, tolerance, None)
    }

    /// Σ costᵢ |xᵢⱼ|: what each coordinate of the gradient is a sum of. It bounds its rounding error.
    pub fn magnitudes(&self) -> Result<Array1<f64>, ClassifyError> {
        finite(self.design.column_sums(&self.costs, f64::abs))
    }

    /// The diagonal of the Hessian at β = 0, where every item's curvature is at its largest.
    fn diagonal_bound(&self) -> Result<Array1<f64>, ClassifyError> {
        let squares = self.design.column_sums(&self.costs, |x| 0.25 * x * x);
        finite(squares + self.penalty_times(&Array1::ones(self.design.ncols())))
    }

    fn at(&self, beta: Array1<f64>) -> Point {
        let (products, gradient) = self.design.sweep(&beta, |i, product| {
            -self.costs[i] * self.signs[i] / (1.0 + (self.signs[i] * product).exp())
        });
        let penalty = self.penalty_times(&beta);
        let mut objective = 0.5 * beta.dot(&penalty);
        let mut curvatures = products;
        for ((value, sign), cost) in curvatures.iter_mut().zip(&self.signs).zip(&self.costs) {
            let margin = sign * *value;
            // An exponent that is never above 0.
            let e = (-margin.abs()).exp();
            objective += cost * (e.ln_1p() + (-margin).max(0.0));
            *value = cost * e / (1.0 + e).powi(2);
        }
        Point {
            objective,
            gradient: gradient + penalty,
            curvatures,
            beta,
        }
    }

    /// diag(1, …, 1, intercept penalty) v
    fn penalty_times(&self, v: &Array1<f64>) -> Array1<f64> {
        let mut product = v.clone();
        if let Some(intercept) = product.last_mut() {
            *intercept *= self.intercept_penalty;
        }
        product
    }

    /// The Hessian's lower triangle.
    fn hessian(&self, point: &Point) -> Array2<f64> {
        let mut hessian = self.design.gram(&point.curvatures);
        let penalty = self.penalty_times(&Array1::ones(self.design.ncols()));
        hessian.diag_mut().scaled_add(1.0, &penalty);
        hessian
    }

    /// How many products with the Hessian cost about what forming and factoring it does, on one core; more than
    /// there will be where it has no place in memory.
    fn price_of_factor(&self) -> usize {
        let (n, d) = (self.design.nrows(), self.design.ncols());
        if d > n.max(SMALL_HESSIAN) {
            usize::MAX
        } else {
            d / 32 + d * d / (4 * n)
        }
    }

    /// Solves Hs = −g by preconditioned conjugate gradients until `good(residual, its norm)`; s and how many
    /// products with H it took.
    fn newton_step(
        &self,
        point: &Point,
        preconditioner: &Preconditioner,
        good: impl Fn(&Array1<f64>, f64) -> bool,
    ) -> (Array1<f64>, usize) {
        let mut step = Array1::zeros(point.beta.len());
        let mut residual = -&point.gradient;
        let mut direction = preconditioner.apply(&residual);
        let mut square = residual.dot(&direction);
        for used in 0..point.beta.len() {
            let (_, losses) = self
                .design
                .sweep(&direction, |i, product| point.curvatures[i] * product);
            let product = losses + self.penalty_times(&direction);
            let curvature = direction.dot(&product);
            // Not above 0 by rounding only: what there is of the step still leads downhill.
            if curvature.is_nan() || curvature <= 0.0 {
                return (step, used + 1);
            }
            step.scaled_add(square / curvature, &direction);
            residual.scaled_add(-square / curvature, &product);
            let next = preconditioner.apply(&residual);
            let next_square = residual.dot(&next);
            if good(&residual, next_square.sqrt()) {
                return (step, used + 1);
            }
            direction = next + direction * (next_square / square);
            square = next_square;
        }
        (step, point.beta.len())
    }
}

impl Point {
    fn report(
        &self,
        magnitudes: &Array1<f64>,
        tolerance: f64,
        iterations: Option<u64>,
    ) -> Result<Report, ClassifyError> {
        if !(self.objective.is_finite() && self.gradient.iter().all(|g| g.is_finite())) {
            return Err(OVERFLOW);
        }
        let gap = largest_ratio(&self.gradient, magnitudes);
        Ok(Report {
            converged: gap <= tolerance,
            iterations,
            objective: self.objective,
            gap: Some(gap),
            choice: None,
        })
    }
}

/// The largest |gⱼ|/mⱼ; a coordinate that is a sum of nothing is 0 and solved.
fn largest_ratio(gradient: &Array1<f64>, magnitudes: &Array1<f64>) -> f64 {
    gradient
        .iter()
        .zip(magnitudes)
        .map(|(g, m)| g.abs() / m.max(f64::MIN_POSITIVE))
        .fold(0.0, f64::max)
}

fn finite(values: Array1<f64>) -> Result<Array1<f64>, ClassifyError> {
    if values.iter().all(|v| v.is_finite()) {
        Ok(values)
    } else {
        Err(OVERFLOW)
    }
}
