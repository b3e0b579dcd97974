//! What training computes, and when it refuses.

use super::*;
use dftective_classify::{
    Calibration, ClassifyError, RejectThresholds, Verdict, cross_fitted_scores, cross_validated_margins,
};
use dftective_evaluate::{Metrics, ProbabilityMetrics, SplitError, stratified_folds};

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(work)
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let set = training_set();
    for params in classifiers() {
        let bytes = |threads, seed| {
            let options = TrainOptions {
                seed,
                ..options(params.clone())
            };
            on_threads(threads, || train(&set, &options))
                .unwrap()
                .to_bytes()
                .unwrap()
        };
        let one = bytes(1, 5);
        assert_eq!(one, bytes(1, 5), "{}", params.name());
        assert_eq!(one, bytes(8, 5), "{}", params.name());
        assert_ne!(one, bytes(8, 6), "{}", params.name());
    }
}

#[test]
fn calibration_and_figures_come_from_held_out_folds() {
    let mut set = training_set();
    // Groups of four; the last image has none and is one of its own.
    regroup(&mut set, |index| {
        (index < 23).then(|| format!("scene {}", index / 4))
    });
    let fake = set.fake();
    let options = logistic();
    let trained = Detector::train(&set, &options).unwrap();
    assert!(trained.report.converged);
    assert_eq!(trained.folds_not_converged, 0);

    let mut numbers: Vec<usize> = (0..24).map(|index| index / 4).collect();
    numbers[23] = 6;
    let folds = stratified_folds(&fake, Some(&numbers), options.folds, options.seed).unwrap();
    for a in 0..24 {
        for b in 0..24 {
            assert!(numbers[a] != numbers[b] || folds[a] == folds[b]);
        }
    }
    let view = set.features.view();
    let (params, scaling) = (&options.classifier, options.scaling);
    let held_out = cross_validated_margins(params, scaling, view, &fake, &folds, options.seed).unwrap();
    let detector = trained.detector;
    let method = options.calibration;
    assert_eq!(
        detector.calibration,
        Calibration::fit(method, &held_out.margins, &fake).unwrap()
    );
    let metrics = Metrics::from_scores(&held_out.margins, &fake, 0.0).unwrap();
    let result = &detector.training().held_out;
    assert_eq!(
        (result.accuracy, result.auc),
        (metrics.accuracy, metrics.roc_auc.auc)
    );
    let scores = cross_fitted_scores(method, &held_out.margins, &fake, &folds).unwrap();
    let band = RejectThresholds::fit(&scores, &fake, options.error_rate).unwrap();
    assert_eq!(detector.thresholds, band);
    let undecided = scores
        .iter()
        .filter(|score| band.decide(**score) == Verdict::Uncertain);
    assert_eq!(result.undecided, undecided.count() as f64 / 24.0);
    let probability = ProbabilityMetrics::from_scores(&scores, &fake).unwrap();
    assert_eq!(
        (
            result.brier_score,
            result.expected_calibration_error,
            result.calibration_error_by_chance
        ),
        (
            probability.brier_score,
            probability.expected_calibration_error,
            probability.calibration_error_by_chance
        )
    );

    regroup(&mut set, |_| None);
    let ungrouped = train(&set, &options).unwrap();
    assert_ne!(ungrouped.calibration, detector.calibration);
    // The final fit is on all images either way.
    assert_eq!(classical(&ungrouped).model, classical(&detector).model);
}

#[test]
fn it_remembers_how_it_was_made() {
    let set = training_set();
    let detector = train(&set, &logistic()).unwrap();
    let training = detector.training();
    assert_eq!((training.real, training.fake), (12, 12));
    assert_eq!((training.folds, training.seed), (3, 5));
    assert_eq!(training.classifier, logistic().classifier);
    assert_eq!(training.crate_version, env!("CARGO_PKG_VERSION"));
    assert_eq!(training.conditions, set.conditions());
    assert_eq!(training.conditions.shorter_side, Some(Range { min: 32, max: 32 }));

    let mut relabelled = set.clone();
    let first = relabelled.samples[0].label;
    relabelled.samples[0].label = relabelled.samples[1].label;
    relabelled.samples[1].label = first;
    let mut renamed = set.clone();
    renamed.columns[0].push('x');
    let mut moved = set.clone();
    moved.features[[0, 0]] += 1e-9;
    for other in [relabelled, renamed, moved] {
        let other = train(&other, &logistic()).unwrap();
        assert_ne!(other.training().fingerprint, training.fingerprint);
    }
}

#[test]
fn too_little_to_learn_from_is_named() {
    let error = |change: fn(&mut Dataset)| {
        let mut set = training_set();
        change(&mut set);
        train(&set, &logistic()).map(|_| ()).unwrap_err()
    };
    let one_class = error(|set| relabel(set, |_| true));
    assert_eq!(
        one_class.to_string(),
        "each class needs at least 3 items, found 24 with fakes and 0 with reals"
    );
    let one_member = error(|set| relabel(set, |index| index == 7));
    assert!(matches!(
        one_member,
        DetectorError::Split(SplitError::TooFew {
            fake: 1,
            real: 23,
            ..
        })
    ));
    let one_group = error(|set| regroup(set, |_| Some("all".to_owned())));
    assert!(matches!(
        one_group,
        DetectorError::Split(SplitError::TooFew {
            units: "groups",
            fake: 1,
            real: 1,
            ..
        })
    ));
    let labels_short = error(|set| {
        set.samples.pop();
    });
    assert!(matches!(
        labels_short,
        DetectorError::Classify(ClassifyError::LabelCount { rows: 24, labels: 23 })
    ));
    let not_a_number = error(|set| set.features[[3, 2]] = f64::NAN);
    assert!(matches!(
        not_a_number,
        DetectorError::Classify(ClassifyError::Feature {
            row: 3,
            column: 2,
            ..
        })
    ));
    let column_short = error(|set| {
        set.columns.pop();
    });
    assert_eq!(column_short.to_string(), "5 column names for 6 features");
    let other_recipe = error(|set| set.selection = Recipe::celeba().into());
    assert_eq!(
        other_recipe.to_string(),
        "its families give 80 features, the training set has 6"
    );
    for folds in [0, 1] {
        let options = TrainOptions { folds, ..logistic() };
        assert!(matches!(
            train(&training_set(), &options),
            Err(DetectorError::Split(SplitError::Folds { .. }))
        ));
    }
    for error_rate in [-0.1, 0.6, f64::NAN] {
        let options = TrainOptions {
            error_rate,
            ..logistic()
        };
        assert!(matches!(
            train(&training_set(), &options),
            Err(DetectorError::Classify(ClassifyError::Parameter {
                name: "error_rate",
                ..
            }))
        ));
    }
}

/// In one fold the fakes are high, in the other low: whatever is learnt from one is wrong of the other.
#[test]
fn a_classifier_worse_than_chance_gets_no_score() {
    let mut set = training_set();
    let options = TrainOptions {
        folds: 2,
        ..logistic()
    };
    let fake = set.fake();
    let folds = stratified_folds(&fake, None, 2, options.seed).unwrap();
    for (index, mut row) in set.features.outer_iter_mut().enumerate() {
        let is_high = fake[index] == (folds[index] == 0);
        row.fill(if is_high { 1.0 } else { -1.0 });
    }
    let error = train(&set, &options).map(|_| ()).unwrap_err();
    assert!(matches!(
        error,
        DetectorError::Classify(ClassifyError::InvertedSlope { slope }) if slope < 0.0
    ));
    let message = error.to_string();
    assert!(
        message.starts_with("the probability of fake does not rise with the margin"),
        "{message}"
    );
}

/// Two families of luma, each with what the other has not.
#[test]
fn several_families_make_one_detector() {
    let selection: Selection = format!("families=radial-residual,radial default bins={BINS}")
        .parse()
        .unwrap();
    let families = Families::new(selection.clone());
    let mut set = training_set();
    let (mut values, mut workspace) = (Vec::new(), Workspace::default());
    for (index, &fake) in set.fake().iter().enumerate() {
        let image = image(fake, 32, index as u64);
        families.extract(&image, &mut workspace, &mut values).unwrap();
    }
    set.columns = families.fixed_columns().unwrap();
    set.features = Array2::from_shape_vec((set.samples.len(), 2 * BINS), values).unwrap();
    set.selection = selection;
    let options = TrainOptions {
        classifier: Params::Ridge(RidgeParams::default()),
        scaling: Scaling::Clipped,
        ..logistic()
    };
    let detector = train(&set, &options).unwrap();
    let Params::Ridge(RidgeParams { blocks, .. }) = &detector.training().classifier else {
        panic!("another classifier");
    };
    let names: Vec<_> = blocks
        .iter()
        .map(|block| (block.name.as_str(), block.columns))
        .collect();
    assert_eq!(names, [("radial-residual", BINS), ("radial", BINS)]);
    let loaded = Detector::from_bytes(&detector.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded.classical().unwrap().selection(), &set.selection);
    let unseen = image(true, 32, 1000);
    let judged = |detector: &Detector| detector.judge(&unseen, &mut Workspace::default()).unwrap();
    assert_eq!(judged(&loaded), judged(&detector));
    assert!(judged(&loaded).margin > 0.0);

    set.columns.rotate_left(BINS);
    let refused = train(&set, &options).map(|_| ()).unwrap_err();
    assert!(matches!(refused, DetectorError::ColumnOrder), "{refused}");
}

#[test]
fn columns_in_another_order_are_refused() {
    let mut set = training_set();
    set.columns.swap(1, 2);
    let refused = Detector::train(&set, &logistic()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, DetectorError::ColumnOrder), "{refused}");
    // Names of someone else's say nothing about the order.
    set.columns = (0..BINS).rev().map(|column| format!("f{column}")).collect();
    Detector::train(&set, &logistic()).unwrap();
}
