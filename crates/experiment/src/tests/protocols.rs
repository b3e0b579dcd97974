use super::{SMALL, change, data, plain, small};
use crate::plan::{Plan, PlannedSplit};
use crate::{Data, Experiment, LeftOut, Measurements, Protocol};
use dftective_evaluate::{group_numbers, leave_one_source_out, repetition_seed, stratified_folds};

/// The keys of the protocol in [`SMALL`].
const HOLD_OUT: &str = "split = \"hold-out\"\nrepetitions = 3\ntest_fraction = 0.25";

fn with(keys: &str) -> Experiment {
    small(HOLD_OUT, keys)
}

fn measure(experiment: &Experiment, data: &Data) -> Measurements {
    experiment.measure(data, || false, |_, _| ()).unwrap().unwrap()
}

/// Data whose sources are, for item 0, 1, …, these in turn; fakes have even numbers.
fn from(sources: &[&str], distance: f64) -> Data {
    let mut data = data(40, distance);
    change(&mut data, |item, sample| {
        sample.source = Some(sources[item % sources.len()].to_owned());
    });
    data
}

#[test]
fn a_kind_of_split_takes_its_own_keys_only() {
    let refused = |keys: &str, message: &str| {
        let error = Experiment::parse(&SMALL.replace(HOLD_OUT, keys), "small.toml")
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("small.toml, line 11 ([protocol]): "), "{error}");
        assert!(error.ends_with(message), "{error}");
    };
    let k_fold = "split = \"k-fold\"\nrepetitions = 3\nfolds = 5";
    let sources = "split = \"leave-one-source-out\"";
    for (keys, surplus, message) in [
        (HOLD_OUT, "folds = 5", "the split 'hold-out' takes no `folds`"),
        (
            k_fold,
            "test_fraction = 0.2",
            "the split 'k-fold' takes no `test_fraction`",
        ),
        (
            sources,
            "folds = 5",
            "the split 'leave-one-source-out' takes no `folds`",
        ),
        (
            sources,
            "repetitions = 1",
            "the split 'leave-one-source-out' takes no `repetitions`",
        ),
        (
            sources,
            "samples = [20]",
            "the split 'leave-one-source-out' takes no `samples`",
        ),
        (
            sources,
            "test_fraction = 0.2",
            "the split 'leave-one-source-out' takes no `test_fraction`",
        ),
    ] {
        with(keys);
        refused(&format!("{keys}\n{surplus}"), message);
    }
    let fixed = HOLD_OUT.replace("hold-out", "fixed-parts");
    refused(
        &format!("{fixed}\nfolds = 5"),
        "the split 'fixed-parts' takes no `folds`",
    );
    for (whole, key, name) in [
        (HOLD_OUT, "repetitions = 3\n", "repetitions"),
        (HOLD_OUT, "\ntest_fraction = 0.25", "test_fraction"),
        (k_fold, "repetitions = 3\n", "repetitions"),
        (k_fold, "\nfolds = 5", "folds"),
    ] {
        let message = format!("missing field `{name}`, which the split ");
        let error = Experiment::parse(&SMALL.replace(HOLD_OUT, &whole.replace(key, "")), "small.toml")
            .unwrap_err()
            .to_string();
        assert!(error.contains(&message), "{error}");
    }
    refused(
        "split = \"k-fold\"\nrepetitions = 100\nfolds = 11",
        "expected at most 1000 for `folds` times `repetitions`, found 1100",
    );
    let text = SMALL.replace(HOLD_OUT, "split = \"k-fold\"\nrepetitions = 3\nfolds = 1");
    let error = Experiment::parse(&text, "small.toml").unwrap_err().to_string();
    assert_eq!(
        error,
        "small.toml, line 14 (folds = 1): expected at least 2 folds, found 1"
    );
}

#[test]
fn a_protocol_survives_its_own_json() {
    for keys in [
        HOLD_OUT,
        "split = \"fixed-parts\"\nrepetitions = 2\ntest_fraction = 0.5\nsamples = [20, 8]",
        "split = \"k-fold\"\nrepetitions = 2\nfolds = 3\nsamples = [20]",
        "split = \"leave-one-source-out\"",
    ] {
        let protocol = with(keys).protocol;
        let text = serde_json::to_string(&protocol).unwrap();
        assert_eq!(serde_json::from_str::<Protocol>(&text).unwrap(), protocol);
        assert!(!text.contains("null"), "{text}");
    }
}

fn planned(experiment: &Experiment, data: &Data) -> Vec<Vec<PlannedSplit>> {
    let plan = Plan::new(experiment, data).unwrap();
    plan.points.into_iter().map(|point| point.splits).collect()
}

#[test]
fn folds_are_those_dealt_and_each_item_is_tested_once_a_dealing() {
    let experiment = with("split = \"k-fold\"\nrepetitions = 3\nfolds = 4\nsamples = [20]");
    let mut data = data(40, 1.0);
    for grouped in [false, true] {
        if grouped {
            change(&mut data, |item, sample| {
                sample.group = Some((item / 4).to_string())
            });
        }
        let fake = data.dataset.fake();
        let groups = group_numbers(&data.dataset.groups());
        let points = planned(&experiment, &data);
        for (number, split) in points[0].iter().enumerate() {
            let seed = repetition_seed(7, number as u64 / 4);
            let fold_of = stratified_folds(&fake, groups.as_deref(), 4, seed).unwrap();
            let of_fold = |tested: bool| -> Vec<usize> {
                (0..80)
                    .filter(|&item| (fold_of[item] == number % 4) == tested)
                    .collect()
            };
            assert_eq!(
                (&split.parts.test, &split.parts.train),
                (&of_fold(true), &of_fold(false))
            );
            assert_eq!((split.seed, split.fold), (seed, Some(number % 4 + 1)));
            split.parts.check(&fake, groups.as_deref()).unwrap();
        }
        assert_eq!((points[0].len(), points[1].len()), (12, 12));
        // Of each subset of 20, all are tested.
        for dealing in points[1].chunks(4) {
            let mut tested: Vec<usize> = dealing
                .iter()
                .flat_map(|split| split.parts.test.iter().copied())
                .collect();
            tested.sort_unstable();
            tested.dedup();
            assert_eq!(tested.len(), 20);
            for split in dealing {
                assert_eq!(split.parts.train.len() + split.parts.test.len(), 20);
                split.parts.check(&fake, groups.as_deref()).unwrap();
            }
        }
        let measured = measure(&experiment, &data);
        let groups = if grouped { ", no group on both sides" } else { "" };
        assert_eq!(
            measured.protocol,
            format!("4 folds, dealt 3 times, each tested in turn{groups}")
        );
        let logistic = &measured.results[0];
        assert_eq!(logistic.accuracy.repetitions, 12);
        assert_eq!(logistic.sources.iter().map(|each| each.images).sum::<usize>(), 80);
        let fifth = &logistic.repetitions[5];
        assert_eq!((fifth.seed, fifth.fold), (repetition_seed(7, 1), Some(2)));
    }
}

#[test]
fn dealing_again_makes_no_interval_narrower() {
    let width = |repetitions: u64| {
        let experiment = with(&format!(
            "split = \"k-fold\"\nrepetitions = {repetitions}\nfolds = 4"
        ));
        let interval = measure(&experiment, &data(40, 1.0)).results[0].interval;
        interval.high - interval.low
    };
    // Nine tests taken for nine items would make it a third as wide; models that differ a little between dealings
    // make it slightly narrower, as their mean errs less.
    let (once, nine_times) = (width(1), width(9));
    assert!(nine_times > 0.7 * once, "{nine_times} {once}");
}

fn left_out(measured: &Measurements) -> Vec<(Option<&str>, Option<&str>)> {
    let repetitions = measured.results[0].repetitions.iter();
    let left_out = repetitions.flat_map(|each| &each.left_out);
    left_out
        .map(|LeftOut { fake, real, .. }| (fake.as_deref(), real.as_deref()))
        .collect()
}

#[test]
fn sources_are_left_out_as_the_splits_say() {
    let experiment = with("split = \"leave-one-source-out\"");
    let data = from(&["gan", "kodak", "diffusion", "nikon"], 6.0);
    let (labels, sources) = (&data.dataset.fake(), &data.dataset.sources());
    let splits = leave_one_source_out(labels, sources, None, repetition_seed(7, 0)).unwrap();
    let points = planned(&experiment, &data);
    assert_eq!((points.len(), points[0].len()), (1, 4));
    for (planned, split) in points[0].iter().zip(splits) {
        assert_eq!(planned.parts, split.parts);
    }
    let measured = measure(&experiment, &data);
    let pairs = [
        (Some("diffusion"), Some("kodak")),
        (Some("diffusion"), Some("nikon")),
        (Some("gan"), Some("kodak")),
        (Some("gan"), Some("nikon")),
    ];
    assert_eq!(left_out(&measured), pairs);
    assert_eq!(measured.protocol, "each source left out in turn, 4 splits");
    let json = serde_json::to_value(&measured.results[0].repetitions[2]).unwrap();
    assert_eq!(json["left_out"]["fake"], "gan");
    assert_eq!(json["left_out"]["real"], "kodak");

    // Generators beside one camera, and a source that has both.
    let one_camera = from(&["gan", "kodak", "diffusion", "kodak"], 6.0);
    let alone = [(Some("diffusion"), None), (Some("gan"), None)];
    assert_eq!(left_out(&measure(&experiment, &one_camera)), alone);
    let cameras = from(&["gan", "kodak", "gan", "nikon"], 6.0);
    let alone = [(None, Some("kodak")), (None, Some("nikon"))];
    assert_eq!(left_out(&measure(&experiment, &cameras)), alone);
    let mixed = from(&["a", "a", "a", "b", "b", "b"], 6.0);
    let both = [(Some("a"), Some("a")), (Some("b"), Some("b"))];
    assert_eq!(left_out(&measure(&experiment, &mixed)), both);
}

/// Each fake source is tested with each of the reals, so items are tested twice, and its sizes differ.
#[test]
fn a_generator_of_another_kind_is_not_carried_over_to() {
    let mut data = from(
        &[
            "gan",
            "kodak",
            "gan",
            "nikon",
            "gan",
            "kodak",
            "diffusion",
            "kodak",
        ],
        6.0,
    );
    // Traces that are just the other way round.
    for item in (6..80).step_by(8) {
        data.dataset.features[(item, 0)] -= 12.0;
    }
    let measured = measure(&with("split = \"leave-one-source-out\""), &data);
    let logistic = &measured.results[0];
    let accuracies = logistic.repetitions.iter().map(|each| each.accuracy);
    let mean = accuracies.sum::<f64>() / 4.0;
    // A sum of four numbers below 1.
    assert!((logistic.accuracy.mean - mean).abs() < 1e-15);
    // The interval is of that mean, not of all tests together, of which three quarters are of the larger sources.
    assert!(logistic.interval.low < mean && mean < logistic.interval.high);
    for each in &logistic.repetitions {
        let left_out = each.left_out.as_ref().unwrap();
        let fakes = if left_out.fake.as_deref() == Some("gan") {
            30.0
        } else {
            10.0
        };
        let reals = if left_out.real.as_deref() == Some("kodak") {
            30.0
        } else {
            10.0
        };
        assert_eq!(left_out.guessing, f64::max(fakes, reals) / (fakes + reals));
        assert!(left_out.interval.low <= each.accuracy && each.accuracy <= left_out.interval.high);
        // What was learnt from the one generator finds nothing of the other.
        assert!(!left_out.beats_guessing(), "{each:?}");
        assert!(each.auc < 0.5, "{each:?}");
    }
}

#[test]
fn sources_that_cannot_be_left_out_are_an_error() {
    let experiment = with("split = \"leave-one-source-out\"");
    let error = |data: &Data| match Plan::new(&experiment, data) {
        Ok(_) => panic!("planned"),
        Err(error) => error.to_string(),
    };
    let mut some = from(&["gan", "kodak"], 1.0);
    assert_eq!(
        error(&some),
        "80 items can't be split: to leave a source out, a class needs two sources; found 1 with fakes and 1 with reals"
    );
    some.dataset.samples[3].source = None;
    assert!(
        error(&some)
            .starts_with("leaving sources out needs the source of every image, but 1 of 80 have none: "),
        "{}",
        error(&some)
    );
    assert!(
        error(&data(40, 1.0)).contains("80 of 80 have none"),
        "{}",
        error(&data(40, 1.0))
    );
    let mut each = data(40, 1.0);
    change(&mut each, |item, sample| sample.source = Some(item.to_string()));
    assert_eq!(
        error(&each),
        "leaving sources out of these data takes 1600 splits, expected at most 1000"
    );
}

#[test]
fn an_experiment_that_leaves_sources_out_drops_what_was_published_of_other_splits() {
    let changed = plain().leaving_sources_out();
    assert_eq!(changed.protocol, Protocol::LeaveOneSourceOut);
    assert!(changed.classifiers.iter().all(|each| each.published.is_empty()));
    assert_eq!(changed.classifiers.len(), plain().classifiers.len());
    assert_eq!(
        changed.source,
        "Nobody published this [1].\nThese numbers were measured on other splits and are not shown."
    );
    let nothing = Experiment::built_in("synthetic").unwrap().unwrap();
    assert_eq!(nothing.clone().leaving_sources_out().source, nothing.source);
}
