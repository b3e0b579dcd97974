//! What every threshold would do: the points of ROC, precision-recall and detection-error curves.

use serde::{Deserialize, Serialize};

use super::intervals::wilson_of_share;
use super::roc::{Ranked, Step};
use super::{Interval, MetricError, error::check};

/// What calling every score of at least `threshold` fake does. Rates are in \[0, 1\]; intervals are of 95 % (Wilson) and
/// take items for independent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// `None` at the start, where nothing is called fake.
    pub threshold: Option<f64>,
    /// The share of reals called fake.
    pub false_positive_rate: f64,
    /// Its interval.
    pub false_positive_interval: Interval,
    /// The share of fakes called fake: the recall.
    pub true_positive_rate: f64,
    /// Its interval.
    pub true_positive_interval: Interval,
    /// The share of fakes among those called fake; `None` at the start.
    pub precision: Option<f64>,
    /// Its interval.
    pub precision_interval: Option<Interval>,
}

/// A step is kept when a rate has moved by this much since the last one kept, …
const RATE_STEP: f64 = 1.0 / 64.0;
/// … or when a count of errors has changed by this factor, so that the corners of a detection-error curve have points,
/// too.
const COUNT_FACTOR: f64 = 1.25;

/// The curve from nothing to everything called fake, thinned to some 300 points at most, whatever the number of items:
/// between two neighbours no rate changes by more than 1/32, unless items of one score move it.
///
/// # Errors
/// Lengths that differ, no items, a score that is not finite, a class without items.
pub fn operating_points(scores: &[f64], labels: &[bool]) -> Result<Vec<OperatingPoint>, MetricError> {
    let (fakes, reals) = check(scores, labels)?;
    Ok(curve(scores, labels, &Counts::of((fakes, reals), (fakes, reals))))
}

/// The same where tests depend on each other, as repeated tests of one item or the frames of a video do: rates are of
/// all tests, intervals as wide as if only `fakes` and `reals` of them, the different items or videos, had been made.
/// Where tests of one item do not all end alike that is wider than need be.
///
/// # Errors
/// Those of [`operating_points`], and fewer units than 1 or more than tests.
pub fn operating_points_of_units(
    scores: &[f64],
    labels: &[bool],
    (fakes, reals): (usize, usize),
) -> Result<Vec<OperatingPoint>, MetricError> {
    let tests = check(scores, labels)?;
    for (successes, trials) in [(fakes, tests.0), (reals, tests.1)] {
        if successes == 0 || successes > trials {
            return Err(MetricError::Proportion { successes, trials });
        }
    }
    Ok(curve(scores, labels, &Counts::of(tests, (fakes, reals))))
}

/// Tests of either class, and for how many independent ones each counts.
struct Counts {
    fakes: usize,
    reals: usize,
    fake_weight: f64,
    real_weight: f64,
}

impl Counts {
    fn of((fakes, reals): (usize, usize), units: (usize, usize)) -> Self {
        Self {
            fakes,
            reals,
            fake_weight: units.0 as f64 / fakes as f64,
            real_weight: units.1 as f64 / reals as f64,
        }
    }
}

fn curve(scores: &[f64], labels: &[bool], counts: &Counts) -> Vec<OperatingPoint> {
    let &Counts { fakes, reals, .. } = counts;
    let mut steps = Vec::new();
    Ranked::new(scores, labels).steps(|_| 1, &mut steps);
    let mut points = vec![point(None, 0, 0, counts)];
    let mut kept = (0, 0);
    for (index, step) in steps.iter().enumerate() {
        let Step {
            threshold,
            true_positives,
            false_positives,
        } = *step;
        let next = steps
            .get(index + 1)
            .map(|step| (step.true_positives, step.false_positives));
        // Judged by the step after it: the last one before a rate has moved too far is kept.
        let is_due = next.is_none_or(|(next_true, next_false)| {
            (next_true - kept.0) as f64 > RATE_STEP * fakes as f64
                || (next_false - kept.1) as f64 > RATE_STEP * reals as f64
                || has_changed(kept.1, next_false)
                || has_changed(fakes - kept.0, fakes - next_true)
        });
        if is_due {
            points.push(point(Some(threshold), true_positives, false_positives, counts));
            kept = (true_positives, false_positives);
        }
    }
    points
}

fn has_changed(before: usize, after: usize) -> bool {
    let (less, more) = (before.min(after), before.max(after));
    more as f64 > COUNT_FACTOR * less as f64
}

fn point(
    threshold: Option<f64>,
    true_positives: usize,
    false_positives: usize,
    counts: &Counts,
) -> OperatingPoint {
    let (found, accused) = (true_positives as f64, false_positives as f64);
    let (fakes, reals) = (counts.fakes as f64, counts.reals as f64);
    let (false_positive_rate, true_positive_rate) = (accused / reals, found / fakes);
    let called = found + accused;
    let precision = (called > 0.0).then_some(found / called);
    let of_called = found * counts.fake_weight + accused * counts.real_weight;
    OperatingPoint {
        threshold,
        false_positive_rate,
        false_positive_interval: wilson_of_share(false_positive_rate, reals * counts.real_weight),
        true_positive_rate,
        true_positive_interval: wilson_of_share(true_positive_rate, fakes * counts.fake_weight),
        precision,
        precision_interval: precision.map(|share| wilson_of_share(share, of_called)),
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{roc_curve, wilson};

    #[test]
    fn few_items_keep_every_step() {
        let scores = [0.9, 0.8, 0.7, 0.7, 0.1];
        let labels = [true, false, true, false, false];
        let found = operating_points(&scores, &labels).unwrap();
        let rates: Vec<_> = found
            .iter()
            .map(|p| (p.threshold, p.false_positive_rate, p.true_positive_rate))
            .collect();
        let all = roc_curve(&scores, &labels).unwrap();
        let expected: Vec<_> = all
            .iter()
            .map(|p| (p.threshold, p.false_positive_rate, p.true_positive_rate))
            .collect();
        assert_eq!(rates, expected);
        assert_eq!((found[0].precision, found[0].precision_interval), (None, None));
        assert_eq!(found[2].precision, Some(0.5));
        assert_eq!(found[2].precision_interval, wilson(1, 2).ok());
        assert!(operating_points(&scores, &[true; 5]).is_err());
    }

    #[test]
    fn testing_again_makes_no_interval_narrower() {
        let scores = [0.9, 0.8, 0.7, 0.7, 0.1];
        let labels = [true, false, true, false, false];
        let once = operating_points(&scores, &labels).unwrap();
        let thrice = operating_points_of_units(&scores.repeat(3), &labels.repeat(3), (2, 3)).unwrap();
        assert_eq!(once.len(), thrice.len());
        for (once, thrice) in once.iter().zip(&thrice) {
            assert_eq!(once.threshold, thrice.threshold);
            let intervals = |point: &OperatingPoint| {
                [
                    Some(point.false_positive_interval),
                    Some(point.true_positive_interval),
                    point.precision_interval,
                ]
            };
            for (a, b) in intervals(once).into_iter().zip(intervals(thrice)) {
                let (a, b) = (a.map_or((0.0, 0.0), ends), b.map_or((0.0, 0.0), ends));
                // The weights of a third are rounded.
                assert!(
                    (a.0 - b.0).abs() < 1e-14 && (a.1 - b.1).abs() < 1e-14,
                    "{a:?} {b:?}"
                );
            }
        }
        for units in [(0, 3), (2, 0), (3, 3), (2, 4)] {
            let error = operating_points_of_units(&scores, &labels, units);
            assert!(matches!(error, Err(MetricError::Proportion { .. })), "{units:?}");
        }
    }

    fn ends(interval: Interval) -> (f64, f64) {
        (interval.low, interval.high)
    }

    #[test]
    fn many_items_stay_few_points_on_the_curve() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let labels: Vec<bool> = (0..40_000).map(|_| rng.r#gen()).collect();
        let scores: Vec<f64> = labels
            .iter()
            .map(|fake| rng.r#gen::<f64>() + if *fake { 0.7 } else { 0.0 })
            .collect();
        let found = operating_points(&scores, &labels).unwrap();
        assert!(found.len() < 300, "{}", found.len());
        let all = roc_curve(&scores, &labels).unwrap();
        let mut rest = all.iter();
        for point in &found {
            // Each is a point of the whole curve, in its order.
            assert!(rest.any(|p| p.threshold == point.threshold
                && p.false_positive_rate == point.false_positive_rate
                && p.true_positive_rate == point.true_positive_rate));
        }
        assert!(rest.next().is_none(), "the last point is kept");
        for pair in found.windows(2) {
            assert!(pair[1].false_positive_rate - pair[0].false_positive_rate <= 2.0 * RATE_STEP);
            assert!(pair[1].true_positive_rate - pair[0].true_positive_rate <= 2.0 * RATE_STEP);
        }
    }
}
