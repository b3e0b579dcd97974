use std::error::Error;

use linfa_linalg::cholesky::SolveC;
use ndarray::{Array1, Array2, Axis, array, concatenate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Gamma, Params, Scaler, Scaling, svm_fixture_tests};

/// Values of −1 to 1, fakes a little higher; the fourth column is 0.
fn data(n: usize) -> (Array2<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let labels: Vec<bool> = (0..n).map(|i| i % 3 == 0).collect();
    let x = Array2::from_shape_fn((n, 7), |(i, j)| {
        let value = rng.gen_range(-1.0..1.0) + 0.3 * f64::from(u8::from(labels[i]));
        if j == 3 { 0.0 } else { value }
    });
    (x, labels)
}

fn blocks() -> Vec<Block> {
    vec![
        Block::new("a", 4),
        Block {
            weight: 2.5,
            ..Block::new("b", 3)
        },
    ]
}

fn kernels() -> [KernelParams; 4] {
    let gamma = Gamma::OnePerFeature;
    [
        KernelParams::Linear,
        KernelParams::Rbf { gamma },
        KernelParams::Rbf {
            gamma: Gamma::Value(0.7),
        },
        KernelParams::Polynomial {
            gamma,
            degree: 2,
            coef0: 1.0,
        },
    ]
}

fn fit(params: &RidgeParams, x: &Array2<f64>, labels: &[bool]) -> Fitted {
    let valid = params.clone().check().expect("parameters in range");
    valid.solve(x.view(), labels).expect("a solvable problem")
}

/// K by its definition, pair by pair.
fn plain_kernel(kernel: KernelParams, x: &[f64], y: &[f64]) -> f64 {
    let of = |x: &[f64], y: &[f64], used: f64| {
        let product: f64 = x.iter().zip(y).map(|(a, b)| a * b).sum();
        let distance: f64 = x.iter().zip(y).map(|(a, b)| (a - b).powi(2)).sum();
        match kernel {
            KernelParams::Linear => product / used,
            KernelParams::Rbf {
                gamma: Gamma::Value(gamma),
            } => (-gamma * distance).exp(),
            KernelParams::Rbf { .. } => (-distance / used).exp(),
            KernelParams::Polynomial { .. } => (product / used + 1.0).powi(2),
        }
    };
    1.0 + (of(&x[..4], &y[..4], 3.0) + 2.5 * of(&x[4..], &y[4..], 3.0)) / 3.5
}

/// α of the rows of `items`, by another solver.
fn plain_alpha(
    kernel: KernelParams,
    x: &Array2<f64>,
    targets: &[f64],
    items: &[usize],
    penalty: f64,
) -> Array1<f64> {
    let mut k = Array2::from_shape_fn((items.len(), items.len()), |(i, j)| {
        let (a, b) = (x.row(items[i]).to_vec(), x.row(items[j]).to_vec());
        plain_kernel(kernel, &a, &b) + if i == j { penalty } else { 0.0 }
    });
    let targets: Array2<f64> = items
        .iter()
        .map(|&item| [targets[item]])
        .collect::<Vec<_>>()
        .into();
    k.solvec(&targets)
        .expect("positive definite")
        .column(0)
        .to_owned()
}

/// Every item left out in turn, the others fitted anew with the penalty of all.
#[test]
fn leave_one_out_errors_are_those_of_leaving_out() {
    let (x, labels) = data(40);
    let targets: Vec<f64> = labels.iter().map(|&l| if l { 1.0 } else { -1.0 }).collect();
    for kernel in kernels() {
        for lambda in [1e-4, 1e-2, 1.0] {
            let params = RidgeParams::default()
                .with_kernel(kernel)
                .with_lambdas(vec![lambda])
                .with_blocks(blocks());
            let fitted = fit(&params, &x, &labels);
            let errors = (0..40).map(|left_out| {
                let others: Vec<usize> = (0..40).filter(|&i| i != left_out).collect();
                let alpha = plain_alpha(kernel, &x, &targets, &others, lambda * 40.0);
                let margin: f64 = others
                    .iter()
                    .zip(&alpha)
                    .map(|(&i, a)| a * plain_kernel(kernel, &x.row(i).to_vec(), &x.row(left_out).to_vec()))
                    .sum();
                (targets[left_out] - margin).powi(2)
            });
            let plain = errors.sum::<f64>() / 40.0;
            // Condition at most 40 · 10/(40 λ) = 1e5, times sums of 40 terms.
            let excess = fitted.report.objective - plain;
            assert!(excess.abs() < 1e-9 * plain, "{kernel:?} {lambda}: {excess}");
            assert_eq!(fitted.report.choice, Some(Choice::Lambda(lambda)));
        }
    }
}

#[test]
fn margins_follow_the_definition() {
    let (x, labels) = data(40);
    let targets: Vec<f64> = labels.iter().map(|&l| if l { 1.0 } else { -1.0 }).collect();
    let all: Vec<usize> = (0..40).collect();
    let row = [0.3, -0.8, 0.1, 0.0, 0.9, -0.2, 0.4];
    for kernel in kernels() {
        let params = RidgeParams::default()
            .with_kernel(kernel)
            .with_lambdas(vec![1e-3])
            .with_blocks(blocks());
        let fitted = fit(&params, &x, &labels);
        let alpha = plain_alpha(kernel, &x, &targets, &all, 0.04);
        let plain: f64 = alpha
            .iter()
            .enumerate()
            .map(|(i, a)| a * plain_kernel(kernel, &x.row(i).to_vec(), &row))
            .sum();
        // Condition 1e4, sums of 40 terms.
        assert!((fitted.model.margin(&row) - plain).abs() < 1e-10, "{kernel:?}");
        assert_eq!(
            matches!(fitted.model, Model::Linear(_)),
            kernel == KernelParams::Linear
        );
        if let (Some(parts), Model::Linear(model)) = (fitted.model.contributions(&row), &fitted.model) {
            let sum = parts.iter().sum::<f64>() + model.intercept();
            assert!((sum - plain).abs() < 1e-10);
        }
    }
}

#[test]
fn the_least_error_is_chosen() {
    let (x, labels) = data(60);
    let params = RidgeParams::default();
    let chosen = fit(&params, &x, &labels);
    let errors: Vec<f64> = params
        .lambdas
        .iter()
        .map(|&lambda| {
            fit(&params.clone().with_lambdas(vec![lambda]), &x, &labels)
                .report
                .objective
        })
        .collect();
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(chosen.report.objective, least);
    // Neither end of the grid, or the test would not tell anything.
    assert!(least < errors[0] && least < errors[14], "{errors:?}");
    let at = errors.iter().position(|&e| e == least).unwrap_or_default();
    assert_eq!(chosen.report.choice, Some(Choice::Lambda(params.lambdas[at])));
    assert!((params.lambdas[0] - 1e-7).abs() < 1e-20 && params.lambdas[14] == 1.0);
}

/// A block three times as wide, its columns repeated, counts no more than before; one of zeros counts nothing in itself.
#[test]
fn blocks_weigh_alike_however_wide() {
    let (x, labels) = data(50);
    for kernel in [
        KernelParams::Linear,
        KernelParams::Rbf {
            gamma: Gamma::OnePerFeature,
        },
    ] {
        let params = RidgeParams::default().with_kernel(kernel);
        let once = fit(&params.clone().with_blocks(blocks()), &x, &labels);
        let (a, b) = x.view().split_at(Axis(1), 4);
        let wide = concatenate![Axis(1), a, a, a, b];
        let mut wider = blocks();
        wider[0].columns = 12;
        let thrice = fit(&params.with_blocks(wider), &wide, &labels);
        let margins = once
            .model
            .margins(x.view())
            .into_iter()
            .zip(thrice.model.margins(wide.view()));
        for (a, b) in margins {
            // The same kernel but for rounding, and a condition below 1e7.
            assert!((a - b).abs() < 1e-8, "{a} {b}");
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() -> Result<(), Box<dyn Error>> {
    let (x, labels) = data(400);
    for kernel in kernels() {
        let params = RidgeParams::default().with_kernel(kernel).with_blocks(blocks());
        let run = || fit(&params, &x, &labels);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        let five = rayon::ThreadPoolBuilder::new().num_threads(5).build()?;
        assert_eq!(one.install(run), five.install(run));
    }
    Ok(())
}

/// [`data`] of which the last four columns are noise.
fn with_noise(n: usize) -> (Array2<f64>, Vec<bool>, RidgeParams) {
    let (x, labels) = data(n);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let noise = Array2::from_shape_fn((n, 4), |_| rng.gen_range(-1.0..1.0));
    let mut blocks = blocks();
    blocks.push(Block::new("noise", 4));
    let params = RidgeParams::default().with_blocks(blocks);
    (concatenate![Axis(1), x, noise], labels, params)
}

#[test]
fn a_search_finds_the_blocks_that_tell() {
    let (x, labels, params) = with_noise(300);
    for kernel in kernels() {
        let params = params.clone().with_kernel(kernel);
        let even = fit(&params, &x, &labels);
        let searched = fit(&params.clone().with_search_weights(true), &x, &labels);
        let Some(Choice::Weights { lambda, blocks }) = &searched.report.choice else {
            panic!("{:?}", searched.report.choice);
        };
        assert!(searched.report.objective < even.report.objective, "{kernel:?}");
        let total = |blocks: &[Block]| blocks.iter().map(|block| block.weight).sum::<f64>();
        // Sums of three.
        assert!((total(blocks) - total(&params.blocks)).abs() < 1e-12);
        let gain = |block: usize| blocks[block].weight / params.blocks[block].weight;
        assert!(gain(2) < 0.5 * gain(0).max(gain(1)), "{blocks:?}");

        // The same as given.
        let given = params.with_blocks(blocks.clone()).with_lambdas(vec![*lambda]);
        let given = fit(&given, &x, &labels);
        let margins = given.model.margins(x.view()).into_iter();
        for (a, b) in margins.zip(searched.model.margins(x.view())) {
            // The same kernel but for rounding, and a condition below 1e7.
            assert!((a - b).abs() < 1e-8, "{a} {b}");
        }
    }
}

#[test]
fn a_search_does_not_depend_on_threads_and_needs_two_blocks() -> Result<(), Box<dyn Error>> {
    let (x, labels, params) = with_noise(300);
    let params = params.with_search_weights(true);
    let run = || fit(&params, &x, &labels);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let five = rayon::ThreadPoolBuilder::new().num_threads(5).build()?;
    assert_eq!(one.install(run), five.install(run));

    let alone = RidgeParams::default().with_search_weights(true);
    assert_eq!(
        fit(&alone, &x, &labels),
        fit(&RidgeParams::default(), &x, &labels)
    );
    // Two matrices, and one a block.
    let rows = Array2::zeros((12_700, 3));
    let labels: Vec<bool> = (0..12_700).map(|i| i % 2 == 0).collect();
    let three = ["a", "b", "c"].map(|name| Block::new(name, 1)).to_vec();
    let many = alone.with_blocks(three).check()?.solve(rows.view(), &labels);
    assert!(matches!(
        many,
        Err(ClassifyError::TooManyRows {
            rows: 12_700,
            limit: 12_649,
            ..
        })
    ));
    Ok(())
}

#[test]
fn what_cannot_be_fitted_is_an_error() {
    let none = RidgeParams::default().with_lambdas(Vec::new()).check();
    assert!(matches!(
        none,
        Err(ClassifyError::Parameter { name: "lambdas", .. })
    ));
    for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            RidgeParams::default()
                .with_lambdas(vec![1.0, lambda])
                .check()
                .is_err()
        );
    }
    let x = array![[1.0, 2.0], [0.0, -1.0]];
    let solve = |params: RidgeParams, x: &Array2<f64>| params.check()?.solve(x.view(), &[true, false]);
    let short = RidgeParams::default().with_blocks(vec![Block::new("a", 1)]);
    assert!(matches!(
        solve(short, &x),
        Err(ClassifyError::BlockColumns {
            columns: 1,
            features: 2
        })
    ));
    let cubic = KernelParams::Polynomial {
        gamma: Gamma::Value(1.0),
        degree: 20,
        coef0: 0.0,
    };
    let huge = solve(RidgeParams::default().with_kernel(cubic), &(x.clone() * 1e90));
    assert!(matches!(huge, Err(ClassifyError::Overflow { .. })), "{huge:?}");
    // Rows of zeros alone are all the same, which is no error.
    let fitted = solve(RidgeParams::default(), &Array2::zeros((2, 2)));
    assert!(fitted.is_ok_and(|fitted| fitted.model.margin(&[1.0, 1.0]).abs() < 1e-12));
    let rows = Array2::zeros((MAX_ROWS + 1, 1));
    let labels: Vec<bool> = (0..=MAX_ROWS).map(|i| i % 2 == 0).collect();
    let many = Params::Ridge(RidgeParams::default()).fit(rows.view(), &labels, 0);
    assert!(matches!(many, Err(ClassifyError::TooManyRows { .. })));
}

#[derive(Deserialize)]
struct Fixture {
    lambdas: Vec<f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Mean squared leave-one-out error of each λ.
    errors: Vec<f64>,
    lambda: f64,
    /// Of the test rows, with the λ chosen.
    margins: Vec<f64>,
}

/// Against NumPy, scaling included; `crates/classify/fixtures/make_ridge.py` says how the file was made.
#[test]
fn scaled_rows_give_the_margins_of_numpy() -> Result<(), Box<dyn Error>> {
    let fixture: Fixture = serde_json::from_str(include_str!("../../fixtures/ridge.json"))?;
    const TRAIN: usize = 300;
    let (rows, labels) = svm_fixture_tests::data();
    let mut x = Array2::from_elem((350, 22), 0.1);
    for (i, mut row) in x.outer_iter_mut().enumerate() {
        row.slice_mut(s![..20]).assign(&rows.row(i));
        let first = row[0];
        row[0] = first * first * first * first * first;
        row[21] = 1.0 + 1e-12 * (i % 3) as f64;
    }
    let (train, test) = x.view().split_at(Axis(0), TRAIN);
    let scaler = Scaler::fit(Scaling::Clipped, train)?;
    let (train, test) = (scaler.transform(train), scaler.transform(test));
    let blocks = vec![
        Block::new("a", 8),
        Block {
            weight: 3.0,
            ..Block::new("b", 14)
        },
    ];
    assert_eq!(fixture.cases.len(), 2);
    for case in &fixture.cases {
        let kernel = match case.name.as_str() {
            "linear" => KernelParams::Linear,
            _ => KernelParams::Rbf {
                gamma: Gamma::OnePerFeature,
            },
        };
        let params = RidgeParams::default()
            .with_kernel(kernel)
            .with_blocks(blocks.clone())
            .with_lambdas(fixture.lambdas.clone());
        let fitted = fit(&params, &train, &labels[..TRAIN]);
        assert_eq!(fitted.report.choice, Some(Choice::Lambda(case.lambda)));
        for (&lambda, expected) in fixture.lambdas.iter().zip(&case.errors) {
            let one = fit(
                &params.clone().with_lambdas(vec![lambda]),
                &train,
                &labels[..TRAIN],
            );
            // Condition at most 300 · 3/(300 · 1e-5), times the rounding of sums of 300 terms.
            let excess = one.report.objective - expected;
            assert!(excess.abs() < 1e-8 * expected, "{} {lambda}: {excess}", case.name);
        }
        for (ours, exact) in fitted.model.margins(test.view()).iter().zip(&case.margins) {
            // λ is 1e-2: a condition of 300.
            assert!((ours - exact).abs() < 1e-10, "{}: {ours} {exact}", case.name);
        }
    }
    Ok(())
}
