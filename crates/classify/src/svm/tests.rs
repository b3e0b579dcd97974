use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Gamma;

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
    assert!(SvmParams::default().with_max_iterations(0).check().is_err());
    assert!(SvmParams::default().with_cache_mib(0).check().is_err());
    let linfa = SvmParams {
        solver: Solver::Linfa,
        ..SvmParams::default()
    };
    assert_eq!(
        linfa.check().map_err(|error| error.to_string()).err().as_deref(),
        Some("solver must be native (linfa's solvers can't be asked for any more), found linfa")
    );
    Ok(())
}

/// Two overlapping clouds; the columns' scales differ `spread` times.
fn clouds(n: usize, d: usize, spread: f64, seed: u64) -> (Array2<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let labels: Vec<bool> = (0..n).map(|i| i % 3 == 0).collect();
    let x = Array2::from_shape_fn((n, d), |(i, j)| {
        let scale = spread.powf(j as f64 / d as f64);
        scale * (rng.gen_range(-1.0..1.0) + if labels[i] { 0.3 } else { 0.0 })
    });
    (x, labels)
}

fn problem<'a>(x: &'a Array2<f64>, labels: &'a [bool], kernel: Kernel, c: f64) -> smo::Problem<'a, 'a> {
    smo::Problem {
        x: x.view(),
        labels,
        kernel,
        bounds: (c, 2.0 * c),
        tolerance: 1e-3,
        max_steps: 10_000_000,
        shrinking: true,
        cache_bytes: 1 << 20,
    }
}

const KERNELS: [Kernel; 4] = [
    Kernel::Linear,
    Kernel::Rbf { gamma: 0.7 },
    Kernel::Polynomial {
        gamma: 0.5,
        degree: 3,
        coef0: 1.0,
    },
    Kernel::Polynomial {
        gamma: 0.2,
        degree: 2,
        coef0: 0.0,
    },
];

/// Objective and gap of a solution, from the whole kernel matrix by its definition.
fn by_definition(problem: &smo::Problem, solution: &Solution) -> (f64, f64) {
    let rows: Vec<Vec<f64>> = problem.x.outer_iter().map(|row| row.to_vec()).collect();
    let beta = &solution.dual_coefficients;
    let (mut objective, mut least, mut largest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
    for (i, (row, &fake)) in rows.iter().zip(problem.labels).enumerate() {
        let y = if fake { 1.0 } else { -1.0 };
        let (lower, upper) = if fake {
            (0.0, problem.bounds.0)
        } else {
            (-problem.bounds.1, 0.0)
        };
        assert!(
            (lower..=upper).contains(&beta[i]),
            "{} outside [{lower}, {upper}]",
            beta[i]
        );
        let sum: f64 = rows
            .iter()
            .zip(beta)
            .map(|(other, b)| b * problem.kernel.evaluate(row, other))
            .sum();
        objective += beta[i] * (0.5 * sum - y);
        if beta[i] < upper {
            least = least.min(sum - y);
        }
        if beta[i] > lower {
            largest = largest.max(sum - y);
        }
    }
    (objective, largest - least)
}

/// Whatever the room for rows, and with and without shrinking: feasible, and as near to the optimum as said.
#[test]
fn solutions_are_what_they_claim_to_be() {
    for (seed, kernel) in KERNELS.into_iter().enumerate() {
        let (x, labels) = clouds(260, 6, 1.0, seed as u64);
        for (cache_bytes, shrinking) in [
            (1 << 20, true),
            (1 << 20, false),
            (8 * 260 * 12, true),
            (1, true),
            (1, false),
        ] {
            let problem = smo::Problem {
                cache_bytes,
                shrinking,
                ..problem(&x, &labels, kernel, 3.0)
            };
            let solution = problem.solve();
            let (objective, gap) = by_definition(&problem, &solution);
            let report = &solution.report;
            let what =
                format!("{kernel:?}, {cache_bytes} bytes, shrinking {shrinking}: {report:?}, gap {gap}");
            assert!(report.converged && gap <= 1e-3 + 1e-9, "{what}");
            // Sums of 260² terms below 100 in both, each rounded at 1e-16 of it.
            assert!((objective - report.objective).abs() < 1e-8, "{what}: {objective}");
            assert!(
                report.gap.is_some_and(|g| (g - gap.max(0.0)).abs() < 1e-9),
                "{what}"
            );
            assert!(
                solution.dual_coefficients.iter().sum::<f64>().abs() < 1e-10,
                "{what}"
            );
        }
    }
}

#[test]
fn linfa_agrees() {
    let (x, labels) = clouds(120, 4, 1.0, 9);
    for kernel in KERNELS {
        let ours = problem(&x, &labels, kernel, 2.0).solve();
        let theirs = by_linfa::solve(&problem(&x, &labels, kernel, 2.0));
        // Either objective is above the least by at most its gap times Σα ≤ 120 · 4.
        let difference = ours.report.objective - theirs.report.objective;
        assert!(difference.abs() < 0.48, "{kernel:?}: {difference}");
        // That bound is loose: near the optimum the excess of an item is about gap²/curvature, 120 · 1e-6 in all, of
        // objectives of some tens to hundreds.
        assert!(
            difference.abs() < 1e-4 * theirs.report.objective.abs(),
            "{kernel:?}: {difference}"
        );
    }
}

#[test]
fn linfas_models_give_the_same_margins() -> Result<(), ClassifyError> {
    let (x, labels) = clouds(120, 4, 1.0, 9);
    for kernel in [KernelParams::Linear, KernelParams::Rbf { gamma: Gamma::Scale }] {
        let params = SvmParams::new(kernel);
        let ours = params.clone().check()?.solve(x.view(), &labels)?.model;
        let theirs = by_linfa::fit(params, x.view(), &labels)?.model;
        for (ours, theirs) in ours.margins(x.view()).into_iter().zip(theirs.margins(x.view())) {
            // The solvers stop within 1e-3 of optimality, and a margin is made of some dozens of α.
            assert!((ours - theirs).abs() < 0.02, "{kernel:?}: {ours} {theirs}");
        }
    }
    Ok(())
}

#[test]
fn the_number_of_threads_does_not_matter() -> Result<(), Box<dyn std::error::Error>> {
    let (x, labels) = clouds(1500, 5, 1.0, 4);
    for kernel in KERNELS {
        let run = |threads| -> Result<_, rayon::ThreadPoolBuildError> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            let solution = pool.install(|| problem(&x, &labels, kernel, 0.5).solve());
            Ok((solution.dual_coefficients, solution.intercept, solution.report))
        };
        assert_eq!(run(1)?, run(5)?, "{kernel:?}");
    }
    Ok(())
}

#[test]
fn an_exhausted_budget_is_reported_with_the_gap() -> Result<(), ClassifyError> {
    let (x, labels) = clouds(300, 4, 1.0, 2);
    for kernel in [KernelParams::Linear, KernelParams::Rbf { gamma: Gamma::Scale }] {
        let params = SvmParams::new(kernel).with_tolerance(1e-9).with_max_iterations(3);
        let fitted = params.check()?.solve(x.view(), &labels)?;
        assert!(!fitted.report.converged);
        assert_eq!(fitted.report.iterations, Some(3));
        assert!(
            fitted.report.gap.is_some_and(|gap| gap > 1e-9),
            "{:?}",
            fitted.report
        );
    }
    Ok(())
}

/// Plain SMO creeps here: LIBSVM gives up on such data after its ten million steps.
#[test]
fn badly_scaled_columns_converge() {
    let (x, labels) = clouds(200, 12, 1e3, 6);
    let problem = problem(&x, &labels, Kernel::Linear, 1.0);
    let solution = problem.solve();
    assert!(solution.report.converged, "{:?}", solution.report);
    assert!(
        solution.report.iterations < Some(3_000_000),
        "{:?}",
        solution.report
    );
    let (_, gap) = by_definition(&problem, &solution);
    // Kβ sums 200 products up to 12e6, each rounded at 1e-16 of it, times α up to 2.
    assert!(gap < 1e-3 + 1e-6, "{gap}");
}

/// No double is within the tolerance of the optimum: the solver must say so and stop.
#[test]
fn rounding_ends_the_search() {
    let (x, labels) = clouds(60, 3, 1.0, 8);
    let x = x * 1e9;
    let solution = problem(&x, &labels, Kernel::Linear, 1e3).solve();
    assert!(!solution.report.converged, "{:?}", solution.report);
    assert!(
        solution
            .report
            .gap
            .is_some_and(|gap| gap > 1e-3 && gap.is_finite())
    );
}

#[test]
fn equal_rows_have_a_solution() {
    let x = Array2::from_elem((40, 3), 7.0);
    let labels: Vec<bool> = (0..40).map(|i| i < 5).collect();
    for kernel in KERNELS {
        let problem = problem(&x, &labels, kernel, 1.0);
        let solution = problem.solve();
        // Five fakes at their bound C against as much of the reals: −Σα = −10.
        assert!(
            (solution.report.objective + 10.0).abs() < 1e-9,
            "{kernel:?} {:?}",
            solution.report
        );
        assert!(solution.report.converged, "{kernel:?} {:?}", solution.report);
    }
}

#[test]
fn one_column_and_any_layout_will_do() {
    let (x, labels) = clouds(90, 1, 1.0, 5);
    let (wide, _) = clouds(90, 4, 1.0, 5);
    let mut columns_first = Array2::zeros((4, 90));
    columns_first.assign(&wide.t());
    for kernel in KERNELS {
        let solution = problem(&x, &labels, kernel, 1.0).solve();
        assert!(solution.report.converged, "{kernel:?} {:?}", solution.report);

        let rows_first = problem(&wide, &labels, kernel, 1.0);
        let transposed = smo::Problem {
            x: columns_first.t(),
            ..problem(&wide, &labels, kernel, 1.0)
        };
        let (a, b) = (rows_first.solve(), transposed.solve());
        // The means may be summed in another order.
        let difference = (a.report.objective - b.report.objective).abs();
        assert!(difference < 1e-3, "{kernel:?} {difference}");
        assert!(b.report.converged);
    }
}
