#[cfg(test)]
mod by_linfa;
mod design;
mod newton;
mod preconditioner;
#[cfg(test)]
mod tests;

use ndarray::{Array1, ArrayView2, s};
use serde::{Deserialize, Serialize};

use design::Design;
use newton::Problem;

use super::{
    ClassWeight, ClassifyError, Fitted, LinearModel, Model, Report, Solver,
    fitted::impl_fit,
    input::{check_positive, check_training},
};

/// Parameters of L2-penalised logistic regression:
/// min ½‖w‖² + C Σ weightᵢ log(1 + exp(−yᵢ(w·xᵢ + b))), y = 1 for fake and −1 for real.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticParams {
    /// C, above 0; default 1.
    pub c: f64,
    /// Newton steps, at least 1; default 100.
    pub max_iterations: u64,
    /// The gradient left, in each coordinate j relative to mⱼ = C Σ weightᵢ |xᵢⱼ|, the sum of the magnitudes it is
    /// made of (mⱼ = C Σ weightᵢ for b); default 10⁻⁸. With the intercept penalised the objective is then within
    /// ½ tolerance² Σ mⱼ² of the minimum, and w and b within tolerance √Σ mⱼ² of its place.
    pub tolerance: f64,
    /// Weight of the classes; default none.
    pub class_weight: ClassWeight,
    /// Whether ½b² is added, as LIBLINEAR does; default no.
    pub penalize_intercept: bool,
    /// Whose solver; default this crate's, a truncated Newton method with preconditioned conjugate gradients.
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

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range, or another solver than this crate's.
    pub fn check(self) -> Result<LogisticValidParams, ClassifyError> {
        self.solver.check()?;
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
        Ok(LogisticValidParams(self))
    }
}

/// Checked [`LogisticParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticValidParams(LogisticParams);

impl_fit!(LogisticValidParams);

impl LogisticValidParams {
    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        self.solve_by(x, labels, |problem| {
            // In the thread pool from the start, or every product would wait to be handed over.
            rayon::scope(|_| problem.minimise(self.0.max_iterations, self.0.tolerance))
        })
    }

    /// What `solver` finds, as a model.
    fn solve_by(
        &self,
        x: ArrayView2<f64>,
        labels: &[bool],
        solver: impl FnOnce(&Problem) -> Result<(Array1<f64>, Report), ClassifyError>,
    ) -> Result<Fitted, ClassifyError> {
        let counts = check_training(x, labels)?;
        let (fake, real) = self.0.class_weight.weights(&counts);
        let c = self.0.c;
        let (beta, report) = solver(&Problem {
            design: Design::new(x),
            signs: labels.iter().map(|&l| if l { 1.0 } else { -1.0 }).collect(),
            costs: labels.iter().map(|&l| c * if l { fake } else { real }).collect(),
            intercept_penalty: f64::from(u8::from(self.0.penalize_intercept)),
        })?;
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
}
