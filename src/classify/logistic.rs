use linfa::{DatasetBase, ParamGuard, traits::Fit};
use ndarray::{Array1, ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::{
    ClassWeight, ClassifyError, Fitted, LinearModel, Model, Report, Solver,
    design::Design,
    input::{check_positive, check_training},
    newton::Problem,
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

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis, array};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

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

    /// Both ways round: linfa's positive class is the more frequent one.
    #[test]
    fn agrees_with_linfa_where_linfa_can() {
        let (x, mut labels) = data(120, 7);
        for _ in 0..2 {
            let params = LogisticParams::default().with_c(2.5);
            let (ours, report) = solve(params.clone().with_tolerance(1e-12), &x, &labels);
            let (linfa, by_linfa) = solve(params.with_solver(Solver::Linfa), &x, &labels);
            assert!(report.converged && by_linfa.converged, "{by_linfa:?}");
            assert_eq!(by_linfa.iterations, None);
            // linfa's gradient is below 1e-8 of sums of 120 costs of 2.5 in 8 coordinates, 1e-5 in all. The
            // objective's curvature is at least 1 in w, and about C Σ p(1 − p) > 10 in the unpenalised b.
            for (a, b) in ours.weights.iter().zip(&linfa.weights) {
                assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
            assert!((ours.intercept - linfa.intercept).abs() < 1e-5);
            // ½ (1e-5)² is the most that linfa can be above the minimum.
            let excess = by_linfa.objective - report.objective;
            assert!(excess.abs() < 1e-10, "{excess}");
            labels.iter_mut().for_each(|label| *label = !*label);
        }
    }

    #[test]
    fn what_linfa_cannot_do_is_said() {
        let linfa = LogisticParams::default().with_solver(Solver::Linfa);
        for (params, text) in [
            (
                linfa.clone().with_class_weight(ClassWeight::Balanced),
                "class_weight must be none with linfa's solver, found balanced",
            ),
            (
                linfa.clone().with_penalize_intercept(true),
                "penalize_intercept must be false with linfa's solver, found true",
            ),
        ] {
            assert_eq!(params.check().err().map(|e| e.to_string()).as_deref(), Some(text));
        }
        // A budget that is too small is found out by the gradient.
        let (x, labels) = data(120, 7);
        let (_, report) = solve(linfa.with_max_iterations(2), &x, &labels);
        assert!(!report.converged && report.gap > Some(1e-8), "{report:?}");
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
        assert!(!report.converged && report.gap > Some(1e-8), "{report:?}");
        assert_eq!(report.iterations, Some(1));
    }

    /// More features than rows, and a Hessian that no memory would hold. Only the rows' scalar products matter:
    /// the same as those of four rows along four axes.
    #[test]
    fn features_may_outnumber_any_hessian() {
        let d = 200_000;
        let mut x = Array2::zeros((4, d));
        // Orthogonal rows of length 2, each spread over a quarter of the columns.
        for (j, mut column) in x.columns_mut().into_iter().enumerate() {
            column[j % 4] = 4.0 / (d as f64).sqrt();
        }
        let small = Array2::from_diag(&Array1::from_elem(4, 2.0));
        let labels = [true, false, true, true];
        let (wide, report) = solve(LogisticParams::default(), &x, &labels);
        assert!(report.converged);
        let (narrow, _) = solve(LogisticParams::default(), &small, &labels);
        let margins = |model: LinearModel, x: &Array2<f64>| Model::Linear(model).margins(x.view());
        // Gradients below 1e-8 of sums of at most 4 · 2; curvature at least 1 in w and 0.1 in b.
        for (a, b) in margins(wide, &x).into_iter().zip(margins(narrow, &small)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    /// Every column twice is the column times √2, and a column of ones has nothing to add to an intercept that
    /// costs nothing. H is singular but for the penalty, which at huge C is lost in the rounding.
    #[test]
    fn repeated_columns_change_nothing() {
        let (once, labels) = data(200, 3);
        let x = ndarray::concatenate![Axis(1), once, once, Array2::ones((200, 1))];
        for c in [1e-6, 1.0, 1e6, 1e12] {
            let params = LogisticParams::default().with_c(c);
            let (_, expected) = solve(params.clone(), &(&once * 2f64.sqrt()), &labels);
            let (_, report) = solve(params, &x, &labels);
            assert!(expected.converged && report.converged, "C = {c}: {report:?}");
            // A gradient of 1e-8 · 200 C leaves ½ g²/curvature, C (2e-6)²/20 where the curvature is 10 C, of an
            // objective near 100 C: less than its rounding, 200 times 1e-16.
            let excess = report.objective - expected.objective;
            assert!(excess.abs() < 1e-13 * expected.objective, "C = {c}: {excess}");
        }
    }

    #[test]
    fn the_number_of_threads_does_not_matter() -> Result<(), Box<dyn std::error::Error>> {
        // Several blocks of rows, several panels of columns, and enough work for the factor to be made.
        let (x, labels) = data(900, 110);
        let run = || solve(LogisticParams::default().with_c(100.0), &x, &labels);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        let five = rayon::ThreadPoolBuilder::new().num_threads(5).build()?;
        assert_eq!(one.install(run), five.install(run));
        Ok(())
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
        let x = array![[1e99], [-1e99]];
        // The gradient overflows, or only the Hessian.
        for c in [1e250, 1e150] {
            let error = LogisticParams::default()
                .with_c(c)
                .check()?
                .solve(x.view(), &[true, false]);
            assert!(matches!(error, Err(ClassifyError::Overflow { .. })), "C = {c}");
        }
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
