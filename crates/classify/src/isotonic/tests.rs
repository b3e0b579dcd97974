use ndarray::{ArrayD, arr1};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[test]
fn blocks_by_hand() -> Result<(), ClassifyError> {
    let margins = [2.0, -2.0, 0.0, -1.0, 1.0];
    let labels = [true, false, true, false, false];
    let fitted = Isotonic::fit(&margins, &labels)?;
    // Shares by rising margin, the ends with one item more of either class: 1/3, 0, 1, 0, 2/3. The first two pool
    // to 1/4, the next two to 1/2.
    assert_eq!(fitted.margins(), [-2.0, -1.0, 0.0, 1.0, 2.0]);
    assert_eq!(fitted.scores(), [0.25, 0.25, 0.5, 0.5, 2.0 / 3.0]);
    let asked = [f64::NEG_INFINITY, -2.0, -1.5, -0.5, 0.0, 0.7, 2.0, f64::INFINITY];
    let expected = [0.25, 0.25, 0.25, 0.375, 0.5, 0.5, 2.0 / 3.0, 2.0 / 3.0];
    assert_eq!(asked.map(|margin| fitted.score(margin)), expected);
    assert!(fitted.score(f64::NAN).is_nan());
    Ok(())
}

#[test]
fn classes_that_do_not_overlap_get_the_targets_of_platt() -> Result<(), ClassifyError> {
    let margins = [-4.0, -3.0, -2.0, 1.0, 5.0];
    let fitted = Isotonic::fit(&margins, &[false, false, false, true, true])?;
    assert_eq!(fitted.score(-3.0), 1.0 / (3.0 + 2.0));
    assert_eq!(fitted.score(1.0), (2.0 + 1.0) / (2.0 + 2.0));
    Ok(())
}

#[test]
fn equal_margins_are_one() -> Result<(), ClassifyError> {
    // −0 and 0 are equal; in whatever order the labels come, their share is one half.
    let fitted = Isotonic::fit(&[-1.0, 0.0, -0.0, 1.0], &[false, true, false, true])?;
    assert_eq!(fitted.score(0.0), 0.5);
    assert_eq!(fitted.score(-0.0), 0.5);
    Ok(())
}

#[test]
fn what_cannot_be_calibrated_is_an_error() {
    let inverted = Isotonic::fit(&[1.0, 2.0, -1.0, -2.0], &[false, false, true, true]);
    assert!(matches!(
        inverted,
        Err(ClassifyError::NoBetterThanChance { auc: 0.0 })
    ));
    // A real is lowest and a fake highest, but fakes win 7 of 16 pairs only.
    let margins = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    let labels = [false, true, true, true, false, false, false, true];
    let chance = Isotonic::fit(&margins, &labels);
    assert!(matches!(
        chance,
        Err(ClassifyError::NoBetterThanChance { auc: 0.4375 })
    ));
    // 61 of 100 and 5 of 8 are fake, but 62/102 is more than 6/10.
    let margins: Vec<f64> = (0..108).map(|i| if i < 100 { 0.0 } else { 1.0 }).collect();
    let labels: Vec<bool> = (0..108).map(|i| !(61..103).contains(&i)).collect();
    let one_block = Isotonic::fit(&margins, &labels);
    assert!(matches!(one_block, Err(ClassifyError::NoBetterThanChance { auc }) if auc > 0.5));
    assert!(matches!(
        Isotonic::fit(&[1.0, 1.0], &[true, false]),
        Err(ClassifyError::ConstantMargins { .. })
    ));
    assert!(matches!(
        Isotonic::fit(&[1.0, f64::INFINITY], &[true, false]),
        Err(ClassifyError::Margin { index: 1, .. })
    ));
    assert!(Isotonic::fit(&[1.0, 2.0], &[true, true]).is_err());
    assert!(Isotonic::fit(&[1.0], &[true, false]).is_err());
    assert!(Isotonic::fit(&[], &[]).is_err());
}

#[test]
fn damaged_arrays_are_errors() {
    let from = |margins: ArrayD<f64>, scores: ArrayD<f64>| {
        Isotonic::from_arrays([("margins".to_owned(), margins), ("scores".to_owned(), scores)].into())
    };
    let vector = |values: &[f64]| arr1(values).into_dyn();
    assert!(from(vector(&[1.0, 2.0]), vector(&[0.2, 0.2])).is_ok());
    for (margins, scores, cause) in [
        (
            &[1.0, 1.0][..],
            &[0.2, 0.3][..],
            "\"margins\": expected rising values, found",
        ),
        (
            &[2.0, 1.0],
            &[0.2, 0.3],
            "\"margins\": expected rising values, found",
        ),
        (
            &[1.0, 2.0],
            &[0.3, 0.2],
            "\"scores\": expected values that never fall",
        ),
        (
            &[1.0, 2.0],
            &[0.0, 0.2],
            "\"scores\": expected values above 0 and below 1",
        ),
        (
            &[1.0, 2.0],
            &[0.2, 1.0],
            "\"scores\": expected values above 0 and below 1",
        ),
        (&[1.0, 2.0], &[0.2], "\"scores\": expected a vector of 2"),
        (
            &[1.0, 2.0],
            &[0.2, f64::NAN],
            "\"scores\": expected finite values",
        ),
        (
            &[1.0, f64::INFINITY],
            &[0.2, 0.3],
            "\"margins\": expected finite values",
        ),
        (&[], &[], "\"margins\": expected a vector"),
    ] {
        let error = from(vector(margins), vector(scores))
            .map(|_| ())
            .map_err(|e| e.to_string());
        assert!(
            error.as_ref().is_err_and(|e| e.contains(cause)),
            "{cause}: {error:?}"
        );
    }
}

#[derive(Deserialize)]
struct Fixture {
    isotonic: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    margins: Vec<f64>,
    labels: Vec<bool>,
    asked: Vec<f64>,
    plain: Vec<f64>,
    scores: Vec<f64>,
}

/// `crates/classify/fixtures/make.py` says how the file was made.
#[test]
fn agrees_with_scikit_learn() -> Result<(), Box<dyn std::error::Error>> {
    let text = include_str!("../../fixtures/calibration.json");
    let fixture: Fixture = serde_json::from_str(text)?;
    assert!(fixture.isotonic.len() >= 3);
    for case in fixture.isotonic {
        let plain = Isotonic::through(pool(tied(&case.margins, &case.labels)));
        let fitted = Isotonic::fit(&case.margins, &case.labels)?;
        for (curve, expected) in [(plain, &case.plain), (fitted, &case.scores)] {
            for (&margin, expected) in case.asked.iter().zip(expected) {
                // Values in [0, 1] over gaps of at least 1e-6 between margins up to 5, which round at 1e-15.
                let score = curve.score(margin);
                assert!((score - expected).abs() < 1e-9, "{margin}: {score} {expected}");
            }
        }
    }
    Ok(())
}

/// The fit at each margin is the largest over all starts of the smallest over all ends of the share of fakes between:
/// the min-max formula, from the definition.
fn naive(margins: &[f64], labels: &[bool]) -> Vec<(f64, f64)> {
    let mut items: Vec<(f64, bool)> = margins.iter().copied().zip(labels.iter().copied()).collect();
    let ends = [f64::min, f64::max].map(|end| margins.iter().copied().reduce(end).unwrap_or(f64::NAN));
    items.extend(ends.iter().flat_map(|&end| [(end, false), (end, true)]));
    let share = |from: f64, to: f64| {
        let between = items.iter().filter(|(m, _)| from <= *m && *m <= to);
        between.clone().filter(|(_, fake)| *fake).count() as f64 / between.count() as f64
    };
    let at = |margin: f64| {
        let starts = margins.iter().filter(|start| **start <= margin);
        let smallest = |start: f64| {
            let ends = margins.iter().filter(|end| **end >= margin);
            ends.map(|&end| share(start, end)).fold(f64::INFINITY, f64::min)
        };
        starts.map(|&start| smallest(start)).fold(0.0, f64::max)
    };
    margins.iter().map(|&margin| (margin, at(margin))).collect()
}

proptest! {
    #[test]
    fn agrees_with_the_min_max_formula(
        // A coarse grid, for ties.
        items in prop::collection::vec((-8..=8i32, any::<bool>()), 2..30),
    ) {
        let margins: Vec<f64> = items.iter().map(|i| f64::from(i.0)).collect();
        let labels: Vec<bool> = items.iter().map(|i| i.1).collect();
        match Isotonic::fit(&margins, &labels) {
            Ok(fitted) => for (margin, expected) in naive(&margins, &labels) {
                // One division of the same integers.
                prop_assert_eq!(fitted.score(margin), expected);
            },
            Err(ClassifyError::NoBetterThanChance { auc }) => {
                let scores: Vec<f64> = naive(&margins, &labels).into_iter().map(|(_, score)| score).collect();
                prop_assert!(auc <= 0.5 || scores.iter().all(|s| *s == scores[0]));
            }
            Err(error) => prop_assert!(
                matches!(error, ClassifyError::MissingClass { .. } | ClassifyError::ConstantMargins { .. }),
                "{}", error
            ),
        }
    }

    #[test]
    fn scores_rise_and_are_never_certain(
        items in prop::collection::vec((hostile(), any::<bool>()), 2..40),
        mut asked in prop::collection::vec(hostile(), 1..40),
    ) {
        let (margins, labels): (Vec<f64>, Vec<bool>) = items.into_iter().unzip();
        if let Ok(fitted) = Isotonic::fit(&margins, &labels) {
            let back = Isotonic::from_arrays(fitted.arrays().into_iter().collect());
            prop_assert!(back.is_ok_and(|back| back == fitted));
            asked.extend(margins);
            asked.sort_by(f64::total_cmp);
            let scores: Vec<f64> = asked.iter().map(|&margin| fitted.score(margin)).collect();
            prop_assert!(scores.iter().all(|s| 0.0 < *s && *s < 1.0), "{:?}", scores);
            prop_assert!(scores.is_sorted(), "{:?}", scores);
        }
    }
}

/// Margins whose differences overflow or are the least there is, and everyday ones.
fn hostile() -> impl Strategy<Value = f64> {
    prop_oneof![
        -1.79e308..1.79e308f64,
        -3.0..3.0f64,
        (-4..5i32).prop_map(|i| f64::from(i) * 5e-324),
        Just(f64::MAX),
        Just(f64::MIN),
        Just(-0.0),
    ]
}
