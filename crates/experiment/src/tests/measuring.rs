use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::Axis;
use rayon::ThreadPoolBuilder;

use super::{change, data, label, plain, small};
use crate::{Calibrated, Data, Experiment, Measurements, NotMeasured, Unit};
use dftective_classify::{Calibration, CalibrationMethod, Scaling, cross_validated_margins};
use dftective_evaluate::{
    HoldOut, ProbabilityMetrics, repeated_hold_outs, repetition_seed, stratified_folds,
};
use dftective_sample::Label;

fn measure(experiment: &Experiment, data: &Data) -> Measurements {
    experiment.measure(data, || false, |_, _| ()).unwrap().unwrap()
}

#[test]
fn repetitions_are_those_of_the_protocol() {
    let data = data(40, 1.2);
    let measured = measure(&plain(), &data);
    assert_eq!(measured.departure, None);
    let names: Vec<_> = measured
        .results
        .iter()
        .map(|each| (each.classifier.as_str(), each.samples))
        .collect();
    assert_eq!(names, [("logistic", 80), ("k-means", 80)]);
    let logistic = &measured.results[0];
    let splits = repeated_hold_outs(&data.dataset.fake(), None, 0.25, 3, 7).unwrap();
    for (number, (repetition, split)) in logistic.repetitions.iter().zip(&splits).enumerate() {
        assert_eq!(repetition.seed, repetition_seed(7, number as u64));
        assert_eq!(
            (repetition.train, repetition.test),
            (split.train.len(), split.test.len())
        );
    }
    let accuracies: Vec<f64> = logistic.repetitions.iter().map(|each| each.accuracy).collect();
    let mean = accuracies.iter().sum::<f64>() / 3.0;
    // A sum of three numbers below 1.
    assert!((logistic.accuracy.mean - mean).abs() < 1e-15);
    assert!(logistic.interval.low <= mean && mean <= logistic.interval.high);
    assert!(mean > 0.6 && logistic.auc.mean > mean, "{logistic:?}");
    // By class, and in all.
    let [real, fake] = logistic.sources.as_slice() else {
        panic!("{:?}", logistic.sources)
    };
    assert_eq!((real.label, fake.label), (Label::Real, Label::Fake));
    assert!(((real.accuracy + fake.accuracy) / 2.0 - mean).abs() < 1e-15);
}

#[test]
fn the_numbers_do_not_depend_on_threads_but_on_the_seed() {
    let data = data(30, 0.8);
    let with = |threads: usize, seed: &str| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| measure(&small("seed = 7", seed), &data))
    };
    let one = with(1, "seed = 7");
    assert_eq!(with(4, "seed = 7"), one);
    assert_ne!(
        with(1, "seed = 8").results[0].repetitions,
        one.results[0].repetitions
    );
}

#[test]
fn a_curve_has_its_points_and_says_which_are_missing() {
    let experiment = small("repetitions = 3", "repetitions = 3\nsamples = [100, 60, 20, 4]");
    let measured = measure(&experiment, &data(30, 1.5));
    let of_logistic = measured
        .results
        .iter()
        .filter(|each| each.classifier == "logistic");
    let points: Vec<_> = of_logistic
        .map(|each| {
            (
                each.samples,
                each.all,
                each.repetitions[0].train,
                each.repetitions[0].test,
            )
        })
        .collect();
    assert_eq!(points, [(60, true, 44, 16), (20, false, 14, 6), (4, false, 2, 2)]);
    let missing = NotMeasured {
        samples: 100,
        why: "there are 60".to_owned(),
    };
    assert_eq!(measured.not_measured, [missing]);
}

#[test]
fn published_numbers_stand_beside_what_they_belong_to() {
    let with = |published: &str, distance: f64| {
        let entry = "{ percent = 100.0, decimals = 0, origin = 1 }";
        let experiment = Experiment::parse(
            &super::SMALL
                .replace(entry, published)
                .replace("repetitions = 3", "repetitions = 3\nsamples = [20]"),
            "small.toml",
        );
        let measured = measure(&experiment.unwrap(), &data(40, distance));
        let of = |samples| {
            let mut all = measured.results.iter();
            let found = all
                .find(|each| each.classifier == "logistic" && each.samples == samples)
                .unwrap();
            found
                .published
                .iter()
                .map(|each| (each.difference, each.agrees))
                .collect::<Vec<_>>()
        };
        (of(80), of(20))
    };
    // Apart by more than the noise: everything is right.
    assert_eq!(
        with("{ percent = 100.0, decimals = 0, origin = 1 }", 6.0),
        (vec![(0.0, Some(true))], vec![])
    );
    assert_eq!(
        with("{ percent = 60.0, decimals = 0, origin = 1, samples = 20 }", 6.0),
        (vec![], vec![(40.0, Some(false))])
    );
    // 84 samples of which single ones failed are these 80; 90 are not.
    assert_eq!(
        with("{ percent = 100.0, decimals = 2, origin = 1, samples = 84 }", 6.0)
            .0
            .len(),
        1
    );
    assert_eq!(
        with("{ percent = 100.0, decimals = 2, origin = 1, samples = 90 }", 6.0)
            .0
            .len(),
        0
    );
}

#[test]
fn a_number_agrees_as_far_as_it_was_rounded() {
    let data = data(40, 1.2);
    let with = |percent: f64, decimals: u8| {
        let to = format!("{{ percent = {percent:.6}, decimals = {decimals}, origin = 1 }}");
        let experiment = small("{ percent = 100.0, decimals = 0, origin = 1 }", &to);
        measure(&experiment, &data).results[0].published[0]
            .agrees
            .unwrap()
    };
    let high = 100.0 * measure(&plain(), &data).results[0].interval.high;
    // Above the interval by less than half a unit of the last digit, or by more.
    assert!(with(high + 0.4, 0) && !with(high + 0.6, 0));
    assert!(with(high + 0.04, 1) && !with(high + 0.06, 1));
    assert!(!with(high + 0.4, 2));
}

/// The fixed parts: even items to learn from, odd ones to measure on, in pairs of a fake and a real.
fn parts(items: usize) -> HoldOut {
    HoldOut {
        train: (0..items).filter(|item| item / 2 % 2 == 0).collect(),
        test: (0..items).filter(|item| item / 2 % 2 == 1).collect(),
    }
}

#[test]
fn fixed_parts_are_kept_and_their_absence_is_said() {
    let experiment = small(
        "split = \"hold-out\"\nrepetitions = 3",
        "split = \"fixed-parts\"\nrepetitions = 3\nsamples = [10]",
    );
    let mut data = data(40, 1.5);
    let measured = measure(&experiment, &data);
    assert!(
        measured
            .departure
            .unwrap()
            .starts_with("NOT THE PUBLISHED PROTOCOL")
    );
    assert_eq!(measured.results[0].published[0].agrees, None);

    data.parts = Some(parts(80));
    let measured = measure(&experiment, &data);
    assert_eq!(measured.departure, None);
    assert_eq!(
        measured.protocol,
        "fixed parts: 40 images to learn from (or 3 random subsets), 40 to measure on"
    );
    let shape = |index: usize| {
        let repetitions = &measured.results[index].repetitions;
        (repetitions.len(), repetitions[0].train, repetitions[0].test)
    };
    assert_eq!((shape(0), shape(2)), ((1, 40, 40), (3, 10, 40)));
    assert!(measured.results[0].published[0].agrees.is_some());
    // The parts are nothing to a protocol of random splits.
    assert_eq!(measure(&plain(), &data).results[0].repetitions.len(), 3);
}

#[test]
fn frames_vote_for_their_video_and_stay_together() {
    let published = "{ percent = 100.0, decimals = 0, origin = 1 }";
    let experiment = small(
        published,
        &format!("{published}, {{ percent = 90.0, decimals = 0, origin = 1, of = \"videos\" }}"),
    );
    let mut data = data(60, 1.0);
    // Five frames a video, of one class.
    change(&mut data, |item, sample| {
        sample.group = Some(format!("{}-{}", item % 2, item / 10));
    });
    let measured = measure(&experiment, &data);
    let units: Vec<_> = measured
        .results
        .iter()
        .map(|each| (each.classifier.as_str(), each.unit))
        .collect();
    let both = |name| [(name, Unit::Images), (name, Unit::Videos)];
    assert_eq!(units, [both("logistic"), both("k-means")].concat());
    let [images, videos] = &measured.results[..2] else {
        panic!("{units:?}")
    };
    for (frames, videos) in images.repetitions.iter().zip(&videos.repetitions) {
        assert_eq!(frames.test, 5 * videos.test);
    }
    // Of five frames, each more often right than wrong, the vote is more often right than one.
    assert!(
        videos.accuracy.mean > images.accuracy.mean,
        "{} {}",
        videos.accuracy.mean,
        images.accuracy.mean
    );
    assert_eq!((images.published.len(), videos.published.len()), (1, 1));
    assert_eq!(videos.published[0].published.percent, 90.0);
    assert!(
        measured.protocol.ends_with("no group on both sides"),
        "{}",
        measured.protocol
    );
    // Persons with images of both classes are groups, and no videos.
    change(&mut data, |item, sample| {
        sample.group = Some((item / 10).to_string())
    });
    assert!(
        measure(&experiment, &data)
            .results
            .iter()
            .all(|each| each.unit == Unit::Images)
    );
}

/// Two clusters that lie across the classes: each holds a few more fakes than reals.
#[test]
fn clusters_of_one_class_call_everything_that_class() {
    let mut data = data(40, 0.0);
    for item in 0..80 {
        data.dataset.samples[item].label = Some(label(item % 10 < 7));
        let side = if item / 10 % 2 == 0 { 5.0 } else { -5.0 };
        data.dataset.features[(item, 0)] = side + 0.01 * (item % 10) as f64;
    }
    let measured = measure(&plain(), &data);
    let k_means = &measured.results[1];
    assert!(
        k_means
            .repetitions
            .iter()
            .all(|each| each.one_class_only && each.auc == 0.5)
    );
    // 14 of 20 tested are fake.
    assert_eq!(k_means.accuracy.mean, 0.7);
    assert_eq!(
        k_means
            .sources
            .iter()
            .map(|each| each.accuracy)
            .collect::<Vec<_>>(),
        [0.0, 1.0]
    );
}

/// By the way of `train`, written out: every image's score at the first split that tests it.
#[test]
fn the_best_margins_become_probabilities() {
    let data = data(60, 1.2);
    // A fourth split is not looked at any more.
    let measured = measure(&small("repetitions = 3", "repetitions = 4"), &data);
    let best = measured.best().unwrap();
    let is_best = |name: &str| name == best.classifier;
    assert!(
        measured
            .results
            .iter()
            .all(|each| each.calibrated.is_some() == is_best(&each.classifier))
    );
    let set = &data.dataset;
    let fake = set.fake();
    let params = best.parameters.clone();
    let splits = repeated_hold_outs(&fake, None, 0.25, 4, 7).unwrap();
    let (mut scores, mut labels, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (split, seed) in splits.iter().zip((0..3).map(|number| repetition_seed(7, number))) {
        let rows = set.features.select(Axis(0), &split.train);
        let known: Vec<bool> = split.train.iter().map(|&item| fake[item]).collect();
        let folds = stratified_folds(&known, None, 5, seed).unwrap();
        let held_out =
            cross_validated_margins(&params, Scaling::None, rows.view(), &known, &folds, seed).unwrap();
        let calibration = Calibration::fit(CalibrationMethod::Platt, &held_out.margins, &known).unwrap();
        let model = params.fit(rows.view(), &known, seed).unwrap().model;
        for &item in split.test.iter().filter(|&&item| seen.insert(item)) {
            scores.push(calibration.score(model.margin(&set.features.row(item).to_vec())));
            labels.push(fake[item]);
        }
    }
    let expected = ProbabilityMetrics::from_scores(&scores, &labels).unwrap();
    let Some(Calibrated::Measured {
        folds,
        images,
        grouped,
        probability,
    }) = &best.calibrated
    else {
        panic!("{:?}", best.calibrated)
    };
    assert_eq!((*folds, *images, *grouped), (5, seen.len(), false));
    assert!(seen.len() < 3 * splits[0].test.len());
    assert_eq!(*probability, expected);
}

#[test]
fn margins_that_can_not_be_calibrated_say_why() {
    let few = measure(&plain(), &data(4, 6.0));
    match few.best().unwrap().calibrated.as_ref().unwrap() {
        Calibrated::Impossible { why } => assert!(why.starts_with("split 1: "), "{why}"),
        other => panic!("three training images of a class in five folds: {other:?}"),
    }
}

#[test]
fn it_stops_when_asked_and_tells_how_far_it_is() {
    let data = data(20, 1.0);
    let fits = AtomicUsize::new(0);
    let count = |_: usize, all: usize| {
        // Two classifiers on three splits, and three calibrations of the best.
        assert_eq!(all, 9);
        fits.fetch_add(1, Ordering::SeqCst);
    };
    assert!(plain().measure(&data, || false, count).unwrap().is_some());
    // Once before the first.
    assert_eq!(fits.load(Ordering::SeqCst), 1 + 9);
    assert_eq!(plain().measure(&data, || true, |_, _| ()).unwrap(), None);
}

#[test]
fn what_can_not_be_measured_is_an_error() {
    let error = |data: &Data| {
        plain()
            .measure(data, || false, |_, _| ())
            .unwrap_err()
            .to_string()
    };
    let mut few = data(40, 1.0);
    change(&mut few, |_, sample| sample.label = Some(label(true)));
    assert!(error(&few).contains("80 items can't be split"), "{}", error(&few));
    let mut other = data(40, 1.0);
    other.dataset.selection = "celeba".parse().unwrap();
    assert!(error(&other).contains("80 features"), "{}", error(&other));
    let mut infinite = data(40, 1.0);
    infinite.dataset.features.fill(f64::NAN);
    assert!(
        error(&infinite).starts_with("logistic, 80 samples, split 1: "),
        "{}",
        error(&infinite)
    );
}
