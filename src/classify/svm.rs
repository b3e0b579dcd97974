use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array1, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::{
    ClassWeight, ClassifyError, Fitted, Kernel, KernelParams, LinearModel, Model, Report, SvmModel,
    input::{check_positive, check_training},
    params::impl_fit,
};

/// Most training rows: the solver holds the whole kernel matrix, 3.2 GB at this size.
pub const MAX_ROWS: usize = 20_000;

/// Parameters of the support vector classifier (Cortes, Vapnik 1995) in its dual form
/// min ½αᵀQα − Σα, 0 ≤ αᵢ ≤ C·weightᵢ, yᵀα = 0, Qᵢⱼ = yᵢyⱼK(xᵢ, xⱼ). The solver gives up after 10⁷ steps, which
/// the report then says; each takes O(n).
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

    /// The parameters, ready to fit.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn check(self) -> Result<SvmValidParams, ClassifyError> {
        self.kernel.check()?;
        check_positive("c", self.c)?;
        // At 2 the all-zero start would already count as solved.
        if !(self.tolerance > 0.0 && self.tolerance <= 1.0) {
            let found = self.tolerance.to_string();
            return Err(ClassifyError::Parameter {
                name: "tolerance",
                expected: "in (0, 1]",
                found,
            });
        }
        Ok(SvmValidParams(self))
    }
}

/// Checked [`SvmParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct SvmValidParams(SvmParams);

impl_fit!(SvmValidParams);

/// What a solver finds: αᵢyᵢ of every training row, and b.
struct Solution {
    dual_coefficients: Vec<f64>,
    intercept: f64,
    report: Report,
}

impl SvmValidParams {
    pub(super) fn solve(&self, x: ArrayView2<f64>, labels: &[bool]) -> Result<Fitted, ClassifyError> {
        let counts = check_training(x, labels)?;
        if x.nrows() > MAX_ROWS {
            let bytes = 8 * (x.nrows() as u128).pow(2);
            return Err(ClassifyError::TooManyRows {
                rows: x.nrows(),
                bytes,
                limit: MAX_ROWS,
            });
        }
        let kernel = self.0.kernel.resolve(x);
        kernel.check()?;
        let (fake_weight, real_weight) = self.0.class_weight.weights(&counts);
        let bounds = (self.0.c * fake_weight, self.0.c * real_weight);

        // |K(x, y)| ≤ √(K(x, x) K(y, y)), so the diagonal bounds every sum the solver forms.
        let largest = x
            .outer_iter()
            .map(|row| kernel.evaluate(&row.to_vec(), &row.to_vec()))
            .fold(1.0, f64::max);
        let sum = largest * bounds.0.max(bounds.1).max(1.0) * x.nrows() as f64;
        if sum.is_nan() || sum > 1e300 {
            return Err(ClassifyError::Overflow {
                what: "the kernel matrix",
            });
        }
        let solution = solve_with_linfa(&kernel, x, labels, bounds, self.0.tolerance)?;
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

/// `bounds`: the largest α of a fake and of a real item.
fn solve_with_linfa(
    kernel: &Kernel,
    x: ArrayView2<f64>,
    labels: &[bool],
    bounds: (f64, f64),
    tolerance: f64,
) -> Result<Solution, ClassifyError> {
    let failed = |message: String| ClassifyError::Solver {
        solver: "SVM",
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
    })
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::classify::Gamma;

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
            })
        );
        assert_eq!(
            ending("Exited after 12 iterations with obj = NaN and 7 support vectors"),
            None
        );
        assert_eq!(ending("Stopped"), None);
        assert_eq!(ending(""), None);
    }

    /// Two points at distance 2 along one axis: w = 1, b = 0, α = ½ each, objective −½.
    #[test]
    fn two_points_have_the_known_solution() -> Result<(), ClassifyError> {
        let x = array![[1.0, 0.0], [-1.0, 0.0]];
        let fitted = SvmParams::default().check()?.solve(x.view(), &[true, false])?;
        let Model::Linear(model) = &fitted.model else {
            panic!("a linear kernel gives a linear model")
        };
        assert_eq!(model.weights, array![1.0, 0.0]);
        assert_eq!(model.intercept, 0.0);
        assert!(fitted.report.converged);
        assert_eq!(fitted.report.objective, -0.5);
        Ok(())
    }

    /// Contradicting copies of one point leave every α at its bound, C times the class weight.
    #[test]
    fn balanced_weights_scale_the_bounds() -> Result<(), ClassifyError> {
        let x = array![[1.0], [1.0], [1.0], [1.0]];
        let labels = [true, false, false, false];
        let params = SvmParams::new(KernelParams::Rbf {
            gamma: Gamma::Value(1.0),
        })
        .with_c(3.0);
        let fitted = params
            .with_class_weight(ClassWeight::Balanced)
            .check()?
            .solve(x.view(), &labels)?;
        let Model::Svm(model) = &fitted.model else {
            panic!("an RBF kernel gives a kernel model")
        };
        // n/(2m): 4/2 = 2 for the fake item, 4/6 for each real one.
        for (c, label) in model.dual_coefficients.iter().zip(labels) {
            let expected = if label { 6.0 } else { -2.0 };
            // One division and a few sums of values below 10.
            assert!((c - expected).abs() < 1e-13, "{c} {expected}");
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_solved_is_refused() -> Result<(), ClassifyError> {
        let n = MAX_ROWS + 1;
        let x = Array2::zeros((n, 1));
        let labels: Vec<bool> = (0..n).map(|i| i == 0).collect();
        let error = SvmParams::default().check()?.solve(x.view(), &labels);
        assert!(matches!(
            error,
            Err(ClassifyError::TooManyRows {
                rows: 20_001,
                bytes: 3_200_320_008,
                ..
            })
        ));

        let x = array![[1e99], [-1e99]];
        let cubic = KernelParams::Polynomial {
            gamma: Gamma::Value(1.0),
            degree: 3,
            coef0: 0.0,
        };
        let error = SvmParams::new(cubic).check()?.solve(x.view(), &[true, false]);
        assert!(matches!(error, Err(ClassifyError::Overflow { .. })));

        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(SvmParams::default().with_c(bad).check().is_err());
            assert!(SvmParams::default().with_tolerance(bad).check().is_err());
        }
        Ok(())
    }
}
