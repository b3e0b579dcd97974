use ndarray::{Array2, Axis, array};
use proptest::prelude::*;
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
    linear(params.check().and_then(|p| p.solve(x.view(), labels)))
}

fn by_linfa(params: LogisticParams, x: &Array2<f64>, labels: &[bool]) -> (LinearModel, Report) {
    linear(by_linfa::fit(params, x.view(), labels))
}

fn linear(fitted: Result<Fitted, ClassifyError>) -> (LinearModel, Report) {
    let fitted = fitted.expect("a solvable problem");
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
        let (linfa, by_linfa) = by_linfa(params, &x, &labels);
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
fn a_budget_too_small_for_linfa_is_found_out_by_the_gradient() {
    let (x, labels) = data(120, 7);
    let (_, report) = by_linfa(LogisticParams::default().with_max_iterations(2), &x, &labels);
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
    let linfa = LogisticParams {
        solver: Solver::Linfa,
        ..LogisticParams::default()
    };
    assert!(matches!(
        linfa.check(),
        Err(ClassifyError::Parameter { name: "solver", .. })
    ));
    Ok(())
}

proptest! {
    /// Whatever the shape, the scales, C and the weights: the gradient at the solution, summed up plainly, is as
    /// small as promised.
    #[test]
    fn the_gradient_left_is_within_the_tolerance(
        seed in any::<u64>(), n in 2usize..40, d in 1usize..30,
        spread in 0.0f64..6.0, exponent in -6.0f64..8.0, balanced in any::<bool>(), penalize in any::<bool>(),
    ) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let scales: Vec<f64> = (0..d).map(|_| 10f64.powf(rng.gen_range(-spread..=spread))).collect();
        let (offset, shift) = (rng.gen_range(-10.0..10.0), rng.gen_range(0.0..3.0));
        let labels: Vec<bool> = (0..n).map(|i| i % 3 == 0).collect();
        let x = Array2::from_shape_fn((n, d), |(i, j)| {
            scales[j] * (rng.gen_range(-1.0..1.0) + offset + if labels[i] { shift } else { 0.0 })
        });
        let c = 10f64.powf(exponent);
        let class_weight = if balanced { ClassWeight::Balanced } else { ClassWeight::None };
        let params = LogisticParams::default()
            .with_c(c)
            .with_class_weight(class_weight)
            .with_penalize_intercept(penalize);
        let (model, report) = solve(params, &x, &labels);
        prop_assert!(report.converged, "{report:?}");

        let fakes = n.div_ceil(3) as f64;
        let mut gradient = model.weights.to_vec();
        gradient.push(if penalize { model.intercept } else { 0.0 });
        let mut magnitudes = vec![0.0; d + 1];
        for (row, label) in x.outer_iter().zip(&labels) {
            let members = if *label { fakes } else { n as f64 - fakes };
            let cost = c * if balanced { n as f64 / (2.0 * members) } else { 1.0 };
            let y = if *label { 1.0 } else { -1.0 };
            let margin = y * (row.dot(&model.weights) + model.intercept);
            for (j, value) in row.iter().chain([&1.0]).enumerate() {
                gradient[j] -= cost * y * value / (1.0 + margin.exp());
                magnitudes[j] += cost * value.abs();
            }
        }
        for (g, m) in gradient.iter().zip(&magnitudes) {
            // Another order of the sums moves margins made of terms below 10⁶ by less than another 10⁻⁸.
            prop_assert!(g.abs() <= 2e-8 * m, "{g} {m} {report:?}");
        }
    }
}
