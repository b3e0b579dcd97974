use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Params;

/// Fakes are higher by 0.5 in the first six of twelve columns, three rows in ten are fake.
fn data(n: usize) -> (Array2<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let labels: Vec<bool> = (0..n).map(|i| i % 10 < 3).collect();
    let x = Array2::from_shape_fn((n, 12), |(i, j)| {
        let shift = if labels[i] && j < 6 { 0.5 } else { 0.0 };
        rng.gen_range(-1.0..1.0) + shift
    });
    (x, labels)
}

fn fit(params: &FldEnsembleParams, x: &Array2<f64>, labels: &[bool], seed: u64) -> Fitted {
    let valid = params
        .clone()
        .check()
        .expect("parameters in range")
        .with_seed(seed);
    valid.solve(x.view(), labels).expect("a solvable problem")
}

fn fixed(fusion: Fusion) -> FldEnsembleParams {
    FldEnsembleParams::default()
        .with_subspace(Some(5))
        .with_learners(Some(21))
        .with_fusion(fusion)
}

/// The learners trained one by one, their outputs added up for every row.
#[test]
fn margins_and_error_are_those_of_the_learners() -> Result<(), ClassifyError> {
    let (x, labels) = data(80);
    let sampler = Sampler::new(x.view(), &labels, 3, 0.01);
    let learners = (0..21)
        .map(|number| sampler.train(number, 5))
        .collect::<Result<Vec<_>, _>>()?;
    for fusion in [Fusion::Majority, Fusion::Projection] {
        let fused = |output: f64| match fusion {
            Fusion::Projection => output,
            Fusion::Majority if output >= 0.0 => 1.0,
            Fusion::Majority => -1.0,
        };
        let fitted = fit(&fixed(fusion), &x, &labels, 3);
        let mut wrong = [0.0; 2];
        for i in 0..80 {
            let output = |learner: &Learner| {
                let terms = learner.columns.iter().zip(&learner.weights);
                terms
                    .map(|(&column, weight)| weight * x[[i, column]])
                    .sum::<f64>()
                    - learner.threshold
            };
            let all: f64 = learners.iter().map(|(learner, _)| fused(output(learner))).sum();
            // Sums of 21 times 5 terms of a few units.
            let margin = fitted.model.margin(&x.row(i).to_vec());
            assert!((margin - all / 21.0).abs() < 1e-12, "{fusion:?}: {margin}");

            let unseen = learners
                .iter()
                .filter(|(_, unseen)| unseen.iter().any(|(item, _)| *item == i));
            let sum: f64 = unseen.map(|(learner, _)| fused(output(learner))).sum();
            let error = if sum == 0.0 {
                0.5
            } else {
                f64::from(u8::from((sum > 0.0) != labels[i]))
            };
            wrong[usize::from(labels[i])] += error;
        }
        let expected = 0.5 * (wrong[0] / 56.0 + wrong[1] / 24.0);
        assert!((fitted.report.objective - expected).abs() < 1e-15, "{fusion:?}");
        assert_eq!(
            fitted.report.choice,
            Some(Choice::Ensemble {
                subspace: 5,
                learners: 21,
                blocks: Vec::new(),
            })
        );
    }
    Ok(())
}

#[test]
fn held_out_rows_are_told_apart() {
    let (x, labels) = data(1200);
    let (train, test) = x.view().split_at(ndarray::Axis(0), 600);
    for fusion in [Fusion::Majority, Fusion::Projection] {
        let params = FldEnsembleParams::default().with_fusion(fusion);
        let fitted = fit(&params, &train.to_owned(), &labels[..600], 1);
        assert!(fitted.report.converged);
        let margins = fitted.model.margins(test);
        let mut wrong = [0.0; 2];
        for (margin, &label) in margins.iter().zip(&labels[600..]) {
            wrong[usize::from(label)] += f64::from(u8::from((*margin >= 0.0) != label));
        }
        let error = 0.5 * (wrong[0] / 420.0 + wrong[1] / 180.0);
        // Means 0.5 apart in six columns of variance ⅓: Φ(−½ √(6 · 3 · 0.25)) = .144 for normal columns. The error's
        // deviation on 180 and 420 rows is .016, and both errors are measured.
        assert!((error - 0.144).abs() < 0.06, "{fusion:?}: {error}");
        assert!(
            (fitted.report.objective - error).abs() < 0.07,
            "{fusion:?}: {:?}",
            fitted.report
        );
    }
}

#[test]
fn sizes_are_chosen_where_none_are_given() {
    let (x, labels) = data(200);
    let fitted = fit(&FldEnsembleParams::default(), &x, &labels, 0);
    let Some(Choice::Ensemble {
        subspace, learners, ..
    }) = fitted.report.choice
    else {
        panic!("{:?}", fitted.report)
    };
    assert!((3..=12).contains(&subspace), "{subspace}");
    assert!((49..=LAST_LEARNER).contains(&learners), "{learners}");
    // The same as asking for what was chosen.
    let asked = FldEnsembleParams::default()
        .with_subspace(Some(subspace))
        .with_learners(Some(learners));
    assert_eq!(fit(&asked, &x, &labels, 0).model, fitted.model);
}

/// Of [`data`].
fn blocks() -> Vec<Block> {
    vec![Block::new("tells", 6), Block::new("noise", 6)]
}

#[test]
fn a_search_finds_the_blocks_that_tell() {
    let (x, labels) = data(400);
    let params = fixed(Fusion::Projection)
        .with_subspace(Some(2))
        .with_blocks(blocks());
    let even = fit(&params, &x, &labels, 2);
    let searched = fit(&params.clone().with_search_weights(true), &x, &labels, 2);
    let Some(Choice::Ensemble { blocks: found, .. }) = &searched.report.choice else {
        panic!("{:?}", searched.report);
    };
    assert!(searched.report.objective < even.report.objective);
    assert!(found[0].weight >= 2.0 * found[1].weight, "{found:?}");
    // The same as given, either way.
    let given = params.clone().with_blocks(found.clone());
    assert_eq!(fit(&given, &x, &labels, 2).model, searched.model);
    let named = found.iter().map(|block| (block.name.clone(), block.weight));
    let given = params.with_weights(named.collect());
    assert_eq!(fit(&given, &x, &labels, 2).model, searched.model);
}

#[test]
fn blocks_of_the_same_weight_change_nothing() {
    let (x, labels) = data(100);
    let plain = fixed(Fusion::Majority);
    let twice = ["tells", "noise"].map(|name| (name.to_owned(), 2.0));
    let weighed = plain.clone().with_blocks(blocks()).with_weights(twice.into());
    assert_eq!(fit(&weighed, &x, &labels, 4), fit(&plain, &x, &labels, 4));
    // One block has nothing to weigh against.
    let alone = plain.clone().with_search_weights(true);
    assert_eq!(fit(&alone, &x, &labels, 4), fit(&plain, &x, &labels, 4));
}

#[test]
fn the_number_of_threads_does_not_matter_but_the_seed_does() -> Result<(), Box<dyn std::error::Error>> {
    let (x, labels) = data(100);
    for fusion in [Fusion::Majority, Fusion::Projection] {
        let params = FldEnsembleParams::default()
            .with_fusion(fusion)
            .with_blocks(blocks())
            .with_search_weights(true);
        let run = || fit(&params, &x, &labels, 7);
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()?
            .install(run);
        let five = rayon::ThreadPoolBuilder::new()
            .num_threads(5)
            .build()?
            .install(run);
        assert_eq!(one, five);
        assert_ne!(fit(&params, &x, &labels, 8).model, one.model);
        // Neither does the layout of the rows.
        let by_columns = x.t().as_standard_layout().into_owned();
        let valid = params.check()?.with_seed(7);
        assert_eq!(valid.solve(by_columns.t(), &labels)?, one);
    }
    Ok(())
}

#[test]
fn what_cannot_be_fitted_is_an_error() {
    for params in [
        FldEnsembleParams::default().with_subspace(Some(0)),
        FldEnsembleParams::default().with_learners(Some(0)),
        FldEnsembleParams::default().with_learners(Some(10_001)),
        FldEnsembleParams::default().with_shrinkage(0.0),
        FldEnsembleParams::default().with_shrinkage(f64::NAN),
        FldEnsembleParams::default().with_weights([("tells".to_owned(), 0.0)].into()),
        FldEnsembleParams::default().with_blocks(vec![Block::new("tells", 0)]),
    ] {
        assert!(params.check().is_err());
    }
    let x = array![[0.0, 1.0], [1.0, 0.0]];
    let fit = |params| Params::FldEnsemble(params).fit(x.view(), &[true, false], 0);
    assert!(matches!(
        fit(FldEnsembleParams::default().with_subspace(Some(3))),
        Err(ClassifyError::Parameter { name: "subspace", .. })
    ));
    assert!(matches!(
        fit(FldEnsembleParams::default().with_blocks(blocks())),
        Err(ClassifyError::BlockColumns {
            columns: 12,
            features: 2
        })
    ));
    assert!(matches!(
        fit(FldEnsembleParams::default().with_weights([("srm".to_owned(), 2.0)].into())),
        Err(ClassifyError::UnknownBlock { .. })
    ));
    // One item a class: no row is ever out of a bag, and nothing varies within a class.
    let smallest = fit(FldEnsembleParams::default());
    assert!(smallest.is_ok_and(|fitted| {
        fitted.report.objective == 0.5
            && fitted.model.margin(&[0.0, 1.0]) >= 0.0
            && fitted.model.margin(&[1.0, 0.0]) < 0.0
    }));
    // Values as large as training takes.
    let huge = Params::FldEnsemble(FldEnsembleParams::default());
    let (rows, labels) = data(40);
    let fitted = huge.fit((rows * 5e99).view(), &labels, 0);
    assert!(fitted.is_ok_and(|fitted| fitted.model.margin(&[1e99; 12]).is_finite()));
}
