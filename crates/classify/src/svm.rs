#[cfg(test)]
pub(super) mod by_linfa;
mod descent;
mod gram;
mod primal;
mod rows;
mod smo;
mod subproblem;
#[cfg(test)]
mod tests;
mod working_set;

use ndarray::{ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use smo::{Problem, Solution};

use super::{
    ClassWeight, ClassifyError, Fitted, Kernel, KernelParams, LinearModel, Model, Solver, SvmModel,
    fitted::impl_fit,
    input::{check_positive, check_training},
};

/// Parameters of the support vector classifier (Cortes, Vapnik 1995) in its dual form
/// min ½αᵀQα − Σα, 0 ≤ αᵢ ≤ C·weightᵢ, yᵀα = 0, Qᵢⱼ = yᵢyⱼK(xᵢ, xⱼ).
///
/// Memory: one copy of the training matrix, the kernel rows kept, and a few numbers an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SvmParams {
    /// Kernel; default linear.
    pub kernel: KernelParams,
    /// Above 0; default 1.
    pub c: f64,
    /// The largest violation of the optimality conditions left, in (0, 1]; default 10⁻³, as LIBSVM.
    pub tolerance: f64,
    /// Weight of the classes; default none.
    pub class_weight: ClassWeight,
    /// Steps after which the solver gives up and the report says so, at least 1; default 10⁷, as LIBSVM. Each moves
    /// two α.
    pub max_iterations: u64,
    /// Whether items at a bound that seem to stay there are left out until the end; default yes. It changes the way,
    /// not where it ends.
    pub shrinking: bool,
    /// Room for rows of the kernel matrix, mebibytes, at least 1; default 400. The linear kernel needs none.
    pub cache_mib: usize,
    /// Whose solver; default this crate's, sequential minimal optimisation with second-order working sets.
    pub solver: Solver,
}

impl Default for SvmParams {
    fn default() -> Self {
        Self::new(KernelParams::Linear)
    }
}

impl SvmParams {
    /// This kernel, and otherwise the defaults.
    pub fn new(kernel: KernelParams) -> Self {
        Self {
            kernel,
            c: 1.0,
            tolerance: 1e-3,
            class_weight: ClassWeight::None,
            max_iterations: 10_000_000,
            shrinking: true,
            cache_mib: 400,
            solver: Solver::Native,
        }
    }

    /// Sets [`c`](Self::c).
    pub fn with_c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// Sets [`tolerance`](Self::tolerance).
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Sets [`class_weight`](Self::class_weight).
    pub fn with_class_weight(self, class_weight: ClassWeight) -> Self {
        Self { class_weight, ..self }
    }

    /// Sets [`max_iterations`](Self::max_iterations).
    pub fn with_max_iterations(self, max_iterations: u64) -> Self {
        Self {
            max_iterations,
            ..self
        }
    }

    /// Sets [`shrinking`](Self::shrinking).
    pub fn with_shrinking(self, shrinking: bool) -> Self {
        Self { shrinking, ..self }
    }

    /// Sets [`cache_mib`](Self::cache_mib).
    pub fn with_cache_mib(self, cache_mib: usize) -> Self {
        Self { cache_mib, ..self }
    }

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range, or another solver than this crate's.
    pub fn check(self) -> Result<SvmValidParams, ClassifyError> {
        let bad = |name, expected, found: String| {
            Err(ClassifyError::Parameter {
                name,
                expected,
                found,
            })
        };
        self.solver.check()?;
        self.kernel.check()?;
        check_positive("c", self.c)?;
        // At 2 the all-zero start would already count as solved.
        if !(self.tolerance > 0.0 && self.tolerance <= 1.0) {
            return bad("tolerance", "in (0, 1]", self.tolerance.to_string());
        }
        if self.max_iterations == 0 {
            return bad("max_iterations", "at least 1", self.max_iterations.to_string());
        }
        if self.cache_mib == 0 {
            return bad("cache_mib", "at least 1", self.cache_mib.to_string());
        }
        Ok(SvmValidParams(self))
    }
}

/// Checked [`SvmParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct SvmValidParams(SvmParams);

impl_fit!(SvmValidParams);

impl SvmValidParams {
    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        // In the thread pool from the start, or every product would wait to be handed over.
        self.solve_by(x, labels, |problem| rayon::scope(|_| problem.solve()))
    }

    /// What `solver` finds, as a model.
    fn solve_by(
        &self,
        x: ArrayView2<f64>,
        labels: &[bool],
        solver: impl FnOnce(&Problem) -> Solution,
    ) -> Result<Fitted, ClassifyError> {
        let counts = check_training(x, labels)?;
        let params = &self.0;
        let kernel = params.kernel.resolve(x);
        kernel.check()?;
        let (fake_weight, real_weight) = params.class_weight.weights(&counts);
        let bounds = (params.c * fake_weight, params.c * real_weight);

        // |K(x, y)| ≤ √(K(x, x) K(y, y)), so the diagonal bounds every sum the solver forms.
        let diagonal = x.outer_iter().map(|row| row.dot(&row));
        let largest = diagonal
            .map(|square| kernel.of_products(square, 2.0 * square))
            .fold(1.0, f64::max);
        let sum = largest * bounds.0.max(bounds.1).max(1.0) * x.nrows() as f64;
        if sum.is_nan() || sum > 1e300 {
            return Err(ClassifyError::Overflow {
                what: "the kernel matrix",
            });
        }
        let solution = solver(&Problem {
            x,
            labels,
            kernel,
            bounds,
            tolerance: params.tolerance,
            max_steps: params.max_iterations,
            shrinking: params.shrinking,
            cache_bytes: params.cache_mib.saturating_mul(1 << 20),
        });
        if !solution.intercept.is_finite() || solution.dual_coefficients.iter().any(|c| !c.is_finite()) {
            return Err(ClassifyError::Overflow {
                what: "the SVM's solution",
            });
        }
        Ok(Fitted {
            model: model(kernel, x, &solution),
            report: solution.report,
        })
    }
}

fn model(kernel: Kernel, x: ArrayView2<f64>, solution: &Solution) -> Model {
    let c = &solution.dual_coefficients;
    let intercept = solution.intercept;
    if kernel == Kernel::Linear {
        return Model::Linear(LinearModel {
            weights: x.t().dot(&ArrayView1::from(c)),
            intercept,
        });
    }
    let support: Vec<usize> = (0..c.len()).filter(|&i| c[i] != 0.0).collect();
    Model::Svm(SvmModel {
        kernel,
        support_vectors: x.select(Axis(0), &support).as_standard_layout().into_owned(),
        dual_coefficients: support.iter().map(|&i| c[i]).collect(),
        intercept,
    })
}
