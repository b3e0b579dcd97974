mod design;
mod newton;
mod preconditioner;
#[cfg(test)]
mod tests;

use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array1, ArrayView2, s};
use serde::{Deserialize, Serialize};

use design::Design;
use newton::Problem;

use super::{
    ClassWeight, ClassifyError, Fitted, LinearModel, Model, Report, Solver,
    input::{check_positive, check_training},
    params::impl_fit,
};

/// Parameters of L2-penalised logistic regression:
/// min ½‖w‖² + C Σ weightᵢ log(1 + exp(−yᵢ(w·xᵢ + b))), y = 1 for fake and −1 for real.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticParams {
    /// C, above 0; default 1.
    pub c: f64,
    /// Newton steps (linfa: L-BFGS steps), at least 1; default 100.
    pub max_iterations: u64,
    /// The gradient left, in each coordinate j relative to mⱼ = C Σ weightᵢ |xᵢⱼ|, the sum of the magnitudes it is
    /// made of (mⱼ = C Σ weightᵢ for b); default 10⁻⁸. With the intercept penalised the objective is then within
    /// ½ tolerance² Σ mⱼ² of the minimum, and w and b within tolerance √Σ mⱼ² of its place.
    pub tolerance: f64,
    /// Weight of the classes; default none.
    pub class_weight: ClassWeight,
    /// Whether ½b² is added, as LIBLINEAR does; default no.
    pub penalize_intercept: bool,
    /// Whose solver; default this crate's, a truncated Newton method with preconditioned conjugate gradients. linfa's
    /// (L-BFGS) knows neither class weights nor a penalised intercept, nor does it count its steps.
    pub solver: Solver,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            max_iterations: 100,
            tolerance: 1e-8,
            class_weight: ClassWeight::None,
            penalize_intercept: false,
            solver: Solver::Native,
        }
    }
}

impl LogisticParams {
    /// Sets [`c`](Self::c).
    pub fn with_c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// Sets [`max_iterations`](Self::max_iterations).
    pub fn with_max_iterations(self, max_iterations: u64) -> Self {
        Self {
            max_iterations,
            ..self
        }
    }

    /// Sets [`tolerance`](Self::tolerance).
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets [`class_weight`](Self::class_weight).
    pub fn with_class_weight(self, class_weight: ClassWeight) -> Self {
        Self { class_weight, ..self }
    }

    /// Sets [`penalize_intercept`](Self::penalize_intercept).
    pub fn with_penalize_intercept(self, penalize_intercept: bool) -> Self {
        Self {
            penalize_intercept,
            ..self
        }
    }

    /// Sets [`solver`](Self::solver).
    pub fn with_solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range, or one that the solver does not know.
    pub fn check(self) -> Result<LogisticValidParams, ClassifyError> {
        check_positive("c", self.c)?;
        check_positive("tolerance", self.tolerance)?;
        if self.max_iterations == 0 {
            let found = self.max_iterations.to_string();
            return Err(ClassifyError::Parameter {
                name: "max_iterations",
                expected: "at least 1",
                found,
            });
        }
        if self.solver == Solver::Linfa {
            let unknown = |name, expected, found: &str| {
                Err(ClassifyError::Parameter {
                    name,
                    expected,
                    found: found.to_owned(),
                })
            };
            if self.class_weight != ClassWeight::None {
                return unknown("class_weight", "none with linfa's solver", "balanced");
            }
            if self.penalize_intercept {
                return unknown("penalize_intercept", "false with linfa's solver", "true");
            }
        }
        Ok(LogisticValidParams(self))
    }
}

/// Checked [`LogisticParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticValidParams(LogisticParams);

impl_fit!(LogisticValidParams);

impl LogisticValidParams {
    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        let counts = check_training(x, labels)?;
        let (fake, real) = self.0.class_weight.weights(&counts);
        let c = self.0.c;
        let problem = Problem {
            design: Design::new(x),
            signs: labels.iter().map(|&l| if l { 1.0 } else { -1.0 }).collect(),
            costs: labels.iter().map(|&l| c * if l { fake } else { real }).collect(),
            intercept_penalty: f64::from(u8::from(self.0.penalize_intercept)),
        };
        let (beta, report) = match self.0.solver {
            // In the thread pool from the start, or every product would wait to be handed over.
            Solver::Native => rayon::scope(|_| problem.minimise(self.0.max_iterations, self.0.tolerance))?,
            Solver::Linfa => self.solve_with_linfa(&problem, x, labels)?,
        };
        let d = x.ncols();
        let model = LinearModel {
            weights: beta.slice(s![..d]).to_owned(),
            intercept: beta[d],
        };
        Ok(Fitted {
            model: Model::Linear(model),
            report,
        })
    }

    fn solve_with_linfa(
        &self,
        problem: &Problem,
        x: ArrayView2<f64>,
        labels: &[bool],
    ) -> Result<(Array1<f64>, Report), ClassifyError> {
        let failed = |e: linfa_logistic::error::Error| ClassifyError::Solver {
            solver: "linfa's logistic",
            message: e.to_string(),
        };
        // linfa's objective is ours over C, and its tolerance the length of that gradient.
        let magnitudes = problem.magnitudes()?;
        let smallest = magnitudes
            .iter()
            .copied()
            .filter(|m| *m > 0.0)
            .fold(f64::MAX, f64::min);
        let fitted = linfa_logistic::LogisticRegression::default()
            .alpha(1.0 / self.0.c)
            .max_iterations(self.0.max_iterations)
            .gradient_tolerance((self.0.tolerance * smallest / self.0.c).max(f64::MIN_POSITIVE))
            .check()
            .map_err(failed)?
            .fit(&DatasetBase::new(x, Array1::from(labels.to_vec())))
            .map_err(failed)?;
        // linfa's positive class is the more frequent one.
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let beta: Array1<f64> = fitted
            .params()
            .iter()
            .chain([&fitted.intercept()])
            .map(|v| sign * v)
            .collect();
        let report = problem.report_at(beta.clone(), self.0.tolerance)?;
        Ok((beta, report))
    }
}
