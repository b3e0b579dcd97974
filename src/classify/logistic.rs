use ndarray::{ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::{
    ClassWeight, ClassifyError, Fitted, LinearModel, Model,
    input::{check_positive, check_training},
    newton::Problem,
    params::impl_fit,
};

/// Most features: the solver holds the Hessian, 0.8 GB at this size.
pub const MAX_FEATURES: usize = 10_000;

/// Parameters of L2-penalised logistic regression:
/// min ½‖w‖² + C Σ weightᵢ log(1 + exp(−yᵢ(w·xᵢ + b))), y = 1 for fake and −1 for real.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogisticParams {
    /// C, above 0; default 1.
    pub c: f64,
    /// Newton steps, at least 1; default 100.
    pub max_iterations: u64,
    /// The gradient left, in each coordinate relative to the sum of the magnitudes it is made of; default 10⁻⁸.
    pub tolerance: f64,
    /// Weight of the classes; default none.
    pub class_weight: ClassWeight,
    /// Whether ½b² is added, as LIBLINEAR does; default no.
    pub penalize_intercept: bool,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            c: 1.0,
            max_iterations: 100,
            tolerance: 1e-8,
            class_weight: ClassWeight::None,
            penalize_intercept: false,
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
    /// A parameter out of range.
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
        if x.ncols() > MAX_FEATURES {
            let bytes = 8 * (x.ncols() as u128 + 1).pow(2);
            return Err(ClassifyError::TooManyFeatures {
                features: x.ncols(),
                bytes,
                limit: MAX_FEATURES,
            });
        }
        let (fake, real) = self.0.class_weight.weights(&counts);
        let c = self.0.c;
        let problem = Problem {
            x,
            signs: labels.iter().map(|&l| if l { 1.0 } else { -1.0 }).collect(),
            costs: labels.iter().map(|&l| c * if l { fake } else { real }).collect(),
            intercept_penalty: f64::from(u8::from(self.0.penalize_intercept)),
        };
        let (beta, report) = problem.minimise(self.0.max_iterations, self.0.tolerance)?;
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

#[cfg(test)]
mod tests {
    use linfa::{DatasetBase, traits::Fit};
    use ndarray::{Array1, Array2, Axis, array};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::classify::Report;

    fn data(n: usize, d: usize) -> (Array2<f64>, Vec<bool>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let labels: Vec<bool> = (0..n).map(|i| i % 3 == 0).collect();
        let x = Array2::from_shape_fn((n, d), |(i, j)| {
            rng.gen_range(-1.0..1.0) + if labels[i] { 0.4 / (j + 1) as f64 } else { 0.0 }
        });
        (x, labels)
    }

    fn solve(params: LogisticParams, x: &Array2<f64>, labels: &[bool]) -> (LinearModel, Report) {
        let fitted = params
            .check()
            .and_then(|p| p.solve(x.view(), labels))
            .expect("a solvable problem");
        let Model::Linear(model) = fitted.model else {
            panic!("logistic regression is linear")
        };
        (model, fitted.report)
    }

    #[test]
    fn agrees_with_linfa_where_linfa_can() -> Result<(), Box<dyn std::error::Error>> {
        let (x, labels) = data(120, 7);
        let (ours, report) = solve(LogisticParams::default().with_c(2.5), &x, &labels);
        assert!(report.converged);
        let linfa = linfa_logistic::LogisticRegression::default()
            .alpha(1.0 / 2.5)
            .max_iterations(1000)
            .gradient_tolerance(1e-8)
            .fit(&DatasetBase::new(x, Array1::from(labels)))?;
        // linfa's positive class is the more frequent one.
        let sign = if linfa.labels().pos.class { 1.0 } else { -1.0 };
        // The objective's curvature is at least 1 in w, and about C Σ p(1 − p) > 10 in the unpenalised b.
        // Gradients: linfa's below 1e-8, ours below 1e-8 of a sum of 120 costs, in practice far less.
        for (a, b) in ours.weights.iter().zip(linfa.params()) {
            assert!((a - sign * b).abs() < 1e-7, "{a} {b}");
        }
        assert!((ours.intercept - sign * linfa.intercept()).abs() < 1e-7);
        Ok(())
    }

    /// Weighing an item 2 is the same as having it twice.
    #[test]
    fn balanced_weights_equal_repeated_rows() {
        let (x, labels) = data(90, 4);
        // 30 fakes and 60 reals: weights 1.5 and 0.75, that is C · 0.75 with each fake twice.
        let (weighted, _) = solve(
            LogisticParams::default().with_class_weight(ClassWeight::Balanced),
            &x,
            &labels,
        );
        let rows: Vec<usize> = (0..90).chain((0..90).filter(|&i| labels[i])).collect();
        let repeated = x.select(Axis(0), &rows);
        let names: Vec<bool> = rows.iter().map(|&i| labels[i]).collect();
        let (twice, _) = solve(LogisticParams::default().with_c(0.75), &repeated, &names);
        // Both gradients are below 1e-8 of sums of 120 costs, 1e-6 in all; curvature at least 1.
        for (a, b) in weighted.weights.iter().zip(&twice.weights) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn an_exhausted_budget_is_reported() {
        let (x, labels) = data(60, 3);
        let (_, report) = solve(LogisticParams::default().with_max_iterations(1), &x, &labels);
        assert!(!report.converged);
        assert_eq!(report.iterations, Some(1));
    }

    /// Separable data, huge C, columns 12 orders of magnitude apart.
    #[test]
    fn badly_scaled_separable_data_converge() {
        let x = array![
            [1e6, 1e-6, 1.0],
            [2e6, 2e-6, 1.0],
            [-1e6, -1e-6, 1.0],
            [-3e6, 0.0, 1.0]
        ];
        let labels = [true, true, false, false];
        for c in [1e-6, 1.0, 1e6] {
            let (model, report) = solve(LogisticParams::default().with_c(c), &x, &labels);
            assert!(report.converged, "C = {c}: {report:?}");
            let model = Model::Linear(model);
            for (margin, label) in model.margins(x.view()).into_iter().zip(labels) {
                assert_eq!(margin > 0.0, label);
            }
        }
    }

    #[test]
    fn what_cannot_be_solved_is_refused() -> Result<(), ClassifyError> {
        let x = Array2::zeros((2, MAX_FEATURES + 1));
        let error = LogisticParams::default().check()?.solve(x.view(), &[true, false]);
        assert!(matches!(
            error,
            Err(ClassifyError::TooManyFeatures { features: 10_001, .. })
        ));
        let x = array![[1e99], [-1e99]];
        let error = LogisticParams::default()
            .with_c(1e250)
            .check()?
            .solve(x.view(), &[true, false]);
        assert!(matches!(error, Err(ClassifyError::Overflow { .. })));
        assert!(LogisticParams::default().with_c(0.0).check().is_err());
        assert!(
            LogisticParams::default()
                .with_tolerance(f64::NAN)
                .check()
                .is_err()
        );
        assert!(LogisticParams::default().with_max_iterations(0).check().is_err());
        Ok(())
    }
}
