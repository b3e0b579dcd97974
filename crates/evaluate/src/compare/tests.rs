use proptest::prelude::*;

use super::*;

#[derive(Deserialize)]
struct Case {
    labels: Vec<bool>,
    first: Vec<f64>,
    second: Vec<f64>,
    auc: [f64; 2],
    standard_error: f64,
    low: f64,
    high: f64,
    p_value: f64,
    only_first: usize,
    only_second: usize,
    mcnemar_p_value: f64,
}

/// `crates/evaluate/fixtures/make.py` says how the file was made.
#[test]
fn agrees_with_counting_pairs_and_scipy() -> Result<(), Box<dyn std::error::Error>> {
    let text = include_str!("../../fixtures/compare.json");
    let cases: Vec<Case> = serde_json::from_str(text)?;
    assert!(cases.len() >= 12);
    for case in cases {
        let found = delong_test(&case.first, &case.second, &case.labels)?;
        let interval = found.interval.ok_or("an interval")?;
        // Means of at most 300 values in [0, 1]; theirs subtracts variances that ours does not take, and the root of
        // such a rounding of 1e-16 over a standard error of 0.01 is 1e-14.
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-13;
        assert!(close(found.first, case.auc[0]) && close(found.second, case.auc[1]));
        assert!(close(found.standard_error, case.standard_error));
        assert!(close(interval.low, case.low) && close(interval.high, case.high));
        // The slope of a normal tail in z is below 0.8; z has errors of 1e-13/0.01.
        assert!((found.p_value.ok_or("a p-value")? - case.p_value).abs() < 1e-11);

        let found = mcnemar_test(&case.first, &case.second, &case.labels, 0.5)?;
        assert_eq!(
            (found.only_first, found.only_second),
            (case.only_first, case.only_second)
        );
        // Logarithms of factorials up to 300! have errors of about 1e-13.
        assert!((found.p_value - case.mcnemar_p_value).abs() < 1e-11);
    }
    Ok(())
}

#[test]
fn coins_by_hand() {
    // 2 (1 + 5) / 2⁵; a tie; none at all; far out, where 2⁻²⁰⁰⁰ is no f64.
    for ((a, b), p) in [((1, 4), 0.375), ((3, 3), 1.0), ((0, 0), 1.0), ((0, 2000), 0.0)] {
        assert!((binomial_half(a, b) - p).abs() < 1e-13);
        assert_eq!(binomial_half(a, b), binomial_half(b, a));
    }
}

#[test]
fn equal_detectors_do_not_differ() -> Result<(), MetricError> {
    let labels = [true, false, true, false, true, false];
    let scores = [0.9, 0.2, 0.4, 0.5, 0.7, 0.1];
    let rescaled = scores.map(|s: f64| s.exp() - 7.0);
    let found = delong_test(&scores, &rescaled, &labels)?;
    assert_eq!(
        (
            found.difference,
            found.standard_error,
            found.interval,
            found.p_value
        ),
        (0.0, 0.0, None, Some(1.0))
    );
    let options = BootstrapOptions {
        resamples: 100,
        seed: 1,
    };
    let paired = PairedBootstrap::of([&scores, &scores], &labels, 0.5, None, options)?;
    assert_eq!(paired.units, 6);
    for estimate in &paired.estimates {
        assert_eq!((estimate.difference, estimate.interval), (Some(0.0), None));
        assert_eq!(estimate.p_value, Some(1.0));
    }
    assert_eq!(paired.get(Metric::RocAuc).map(|e| e.first), Some(Some(8.0 / 9.0)));

    // Perfect against blind: a difference without any spread.
    let (perfect, blind) = ([0.9, 0.1, 0.9, 0.1, 0.9, 0.1], [0.5; 6]);
    let found = delong_test(&perfect, &blind, &labels)?;
    assert_eq!(
        (found.difference, found.standard_error, found.p_value),
        (0.5, 0.0, None)
    );
    // Two of a hundred and one: the least a hundred resamples can say.
    let paired = PairedBootstrap::of([&perfect, &blind], &labels, 0.5, None, options)?;
    let auc = paired.get(Metric::RocAuc).copied();
    assert_eq!(auc.and_then(|e| e.p_value), Some(2.0 / 101.0));
    Ok(())
}

#[test]
fn bad_input_is_named() {
    let (scores, labels) = ([0.1, 0.9, 0.3], [false, true, false]);
    assert_eq!(
        delong_test(&scores, &scores, &labels),
        Err(MetricError::TooFew { fake: 1, real: 2 })
    );
    assert_eq!(
        delong_test(&scores, &scores[..2], &labels),
        Err(MetricError::Length { scores: 2, labels: 3 })
    );
    let nan = [0.1, f64::NAN, 0.2];
    for error in [
        delong_test(&nan, &scores, &labels).map(|_| ()),
        mcnemar_test(&scores, &nan, &labels, 0.5).map(|_| ()),
        PairedBootstrap::of([&scores, &nan], &labels, 0.5, None, BootstrapOptions::default()).map(|_| ()),
    ] {
        assert!(matches!(error, Err(MetricError::Score { index: 1, .. })));
    }
    assert!(matches!(
        mcnemar_test(&scores, &scores, &labels, f64::NAN),
        Err(MetricError::Threshold { .. })
    ));
    let options = BootstrapOptions {
        resamples: 99,
        seed: 0,
    };
    assert_eq!(
        PairedBootstrap::of([&scores, &scores], &labels, 0.5, None, options),
        Err(MetricError::Resamples {
            expected: BootstrapOptions::RESAMPLES,
            found: 99
        })
    );
}

proptest! {
    #[test]
    fn the_order_only_turns_the_sign(
        items in prop::collection::vec((0..9u8, 0..9u8, any::<bool>()), 4..60), seed: u64,
    ) {
        let first: Vec<f64> = items.iter().map(|i| f64::from(i.0) / 8.0).collect();
        let second: Vec<f64> = items.iter().map(|i| f64::from(i.1) / 8.0).collect();
        let labels: Vec<bool> = items.iter().map(|i| i.2).collect();
        let fakes = labels.iter().filter(|l| **l).count();
        prop_assume!(fakes > 1 && labels.len() - fakes > 1);
        let (ab, ba) = (delong_test(&first, &second, &labels), delong_test(&second, &first, &labels));
        let (ab, ba) = (ab.expect("checked input"), ba.expect("checked input"));
        prop_assert_eq!(ab.difference, -ba.difference);
        prop_assert_eq!((ab.standard_error, ab.p_value), (ba.standard_error, ba.p_value));

        let options = BootstrapOptions { resamples: 100, seed };
        let run = |pair| PairedBootstrap::of(pair, &labels, 0.5, None, options).expect("checked input");
        let (ab, ba) = (run([&first, &second]), run([&second, &first]));
        for (x, y) in ab.estimates.iter().zip(&ba.estimates) {
            prop_assert_eq!((x.first, x.p_value, x.undefined), (y.second, y.p_value, y.undefined));
            if let Some((x, y)) = x.interval.zip(y.interval) {
                // The two interpolate from opposite ends; numbers in [−1, 1].
                prop_assert!((x.low + y.high).abs() < 1e-14 && (x.high + y.low).abs() < 1e-14);
            }
        }
    }
}

/// Two detectors with the same error distribution and partly shared noise: the test's p-value is uniform, so that
/// of 400 trials about 20 fall below 0.05. Binomial: standard deviation √(400 · .05 · .95) = 4.36; four of them are
/// 17.4, and the normal approximation of the test itself at 60 items is off by less than 0.01, 4 trials.
#[test]
fn false_alarms_come_as_often_as_stated() -> Result<(), MetricError> {
    use rand::{Rng, SeedableRng};
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    let (mut delong, mut bootstrap) = (0, 0);
    for trial in 0..400 {
        let labels: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for &fake in &labels {
            let shared = generator.r#gen::<f64>() + if fake { 0.4 } else { 0.0 };
            first.push(shared + generator.r#gen::<f64>());
            second.push(shared + generator.r#gen::<f64>());
        }
        let p = delong_test(&first, &second, &labels)?.p_value;
        delong += usize::from(p.is_some_and(|p| p < 0.05));
        let options = BootstrapOptions {
            resamples: 200,
            seed: trial,
        };
        let paired = PairedBootstrap::of([&first, &second], &labels, 1.2, None, options)?;
        let p = paired.get(Metric::RocAuc).and_then(|e| e.p_value);
        bootstrap += usize::from(p.is_some_and(|p| p < 0.05));
    }
    assert!((0..=42).contains(&delong) && delong > 2, "{delong}");
    assert!((0..=42).contains(&bootstrap) && bootstrap > 2, "{bootstrap}");
    Ok(())
}
