use serde::{Deserialize, Serialize};

use super::{MetricError, error::check};

/// One point of a ROC curve: what calling every score of at least `threshold` fake does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// `None` at the start, where nothing is called fake.
    pub threshold: Option<f64>,
    /// The fraction of real items called fake.
    pub false_positive_rate: f64,
    /// The fraction of fakes called fake.
    pub true_positive_rate: f64,
}

/// Counts of items scoring at least `threshold`.
pub(super) struct Step {
    pub threshold: f64,
    pub true_positives: usize,
    pub false_positives: usize,
}

/// Items by falling score, sorted once for any number of samples of them.
pub(super) struct Ranked {
    items: Vec<Item>,
}

struct Item {
    score: f64,
    fake: bool,
    number: usize,
}

impl Ranked {
    /// Scores that [`check`] has seen.
    pub fn new(scores: &[f64], labels: &[bool]) -> Self {
        let mut items: Vec<Item> = scores
            .iter()
            .zip(labels)
            .enumerate()
            .map(|(number, (&score, &fake))| Item { score, fake, number })
            .collect();
        items.sort_by(|a, b| b.score.total_cmp(&a.score));
        Self { items }
    }

    /// One step a distinct score, falling, of the sample that has item i `times(i)` times.
    pub fn steps(&self, times: impl Fn(usize) -> u32, steps: &mut Vec<Step>) {
        let mut counts = [0, 0];
        steps.clear();
        for tied in self.items.chunk_by(|a, b| a.score == b.score) {
            let before = counts[0] + counts[1];
            for item in tied {
                counts[usize::from(item.fake)] += times(item.number) as usize;
            }
            if counts[0] + counts[1] > before {
                steps.push(Step {
                    threshold: tied[0].score,
                    true_positives: counts[1],
                    false_positives: counts[0],
                });
            }
        }
    }
}

fn steps(scores: &[f64], labels: &[bool]) -> Vec<Step> {
    let mut steps = Vec::new();
    Ranked::new(scores, labels).steps(|_| 1, &mut steps);
    steps
}

/// The ROC curve from (0, 0) to (1, 1), one point a distinct score: items of equal score move together.
///
/// # Errors
/// Lengths that differ, no items, a score that is not finite, a class without items.
pub fn roc_curve(scores: &[f64], labels: &[bool]) -> Result<Vec<RocPoint>, MetricError> {
    let (fake, real) = check(scores, labels)?;
    let start = RocPoint {
        threshold: None,
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
    };
    let rest = steps(scores, labels).into_iter().map(|step| RocPoint {
        threshold: Some(step.threshold),
        false_positive_rate: step.false_positives as f64 / real as f64,
        true_positive_rate: step.true_positives as f64 / fake as f64,
    });
    Ok([start].into_iter().chain(rest).collect())
}

/// The rate at which false positives and false negatives are equally frequent, with straight lines between
/// the points of the ROC curve.
///
/// # Errors
/// As [`roc_curve`].
pub fn equal_error_rate(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    let (fake, real) = check(scores, labels)?;
    Ok(equal_error_rate_of(&steps(scores, labels), fake, real))
}

/// The same of `fake` fakes and `real` reals, neither 0.
pub(super) fn equal_error_rate_of(steps: &[Step], fake: usize, real: usize) -> f64 {
    let mut before = (0.0, -1.0);
    for step in steps {
        let false_positive_rate = step.false_positives as f64 / real as f64;
        // Rises from −1 at (0, 0) to 1 at (1, 1).
        let excess = false_positive_rate + step.true_positives as f64 / fake as f64 - 1.0;
        if excess >= 0.0 {
            let part = before.1 / (before.1 - excess);
            return before.0 + part * (false_positive_rate - before.0);
        }
        before = (false_positive_rate, excess);
    }
    1.0
}

/// Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct scores from the highest down, R recall and P precision; scikit-learn's
/// definition, without interpolation.
///
/// # Errors
/// As [`roc_curve`].
pub fn average_precision(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    let (fake, _) = check(scores, labels)?;
    Ok(average_precision_of(&steps(scores, labels), fake))
}

/// The same of `fake` fakes, at least one.
pub(super) fn average_precision_of(steps: &[Step], fake: usize) -> f64 {
    let mut found = 0;
    let mut sum = 0.0;
    for step in steps {
        let precision = step.true_positives as f64 / (step.true_positives + step.false_positives) as f64;
        sum += (step.true_positives - found) as f64 * precision;
        found = step.true_positives;
    }
    sum / fake as f64
}

/// The area under the ROC curve of `fake` fakes and `real` reals, neither 0: pairs won, ties one half, counted in
/// integers.
pub(super) fn area_of(steps: &[Step], fake: usize, real: usize) -> f64 {
    let (mut wins, mut before) = (0u128, (0, 0));
    for step in steps {
        let reals = (step.false_positives - before.1) as u128;
        wins += reals * (before.0 + step.true_positives) as u128;
        before = (step.true_positives, step.false_positives);
    }
    wins as f64 / (2.0 * fake as f64 * real as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::roc_auc;

    #[test]
    fn the_curve_starts_at_the_origin_even_with_ties_at_0() -> Result<(), MetricError> {
        let curve = roc_curve(&[0.0, 0.0, 0.5], &[true, false, true])?;
        let points: Vec<_> = curve
            .iter()
            .map(|p| (p.threshold, p.false_positive_rate, p.true_positive_rate))
            .collect();
        assert_eq!(
            points,
            [(None, 0.0, 0.0), (Some(0.5), 0.0, 0.5), (Some(0.0), 1.0, 1.0)]
        );
        Ok(())
    }

    #[test]
    fn hand_made_equal_error_rates() -> Result<(), MetricError> {
        assert_eq!(
            equal_error_rate(&[0.1, 0.2, 0.8, 0.9], &[false, false, true, true])?,
            0.0
        );
        assert_eq!(
            equal_error_rate(&[0.8, 0.9, 0.1, 0.2], &[false, false, true, true])?,
            1.0
        );
        // One of two on the wrong side each way: the point (½, ½) itself.
        assert_eq!(
            equal_error_rate(&[0.1, 0.8, 0.3, 0.9], &[false, false, true, true])?,
            0.5
        );
        // All tied: half way along the diagonal.
        assert_eq!(equal_error_rate(&[0.3; 3], &[false, true, true])?, 0.5);
        // From (0, ½) to (1, 1): fpr = 1 − tpr at fpr = ⅓.
        let rate = equal_error_rate(&[0.0, 0.0, 0.5], &[true, false, true])?;
        assert!((rate - 1.0 / 3.0).abs() < 1e-15);
        Ok(())
    }

    proptest! {
        #[test]
        fn curve_area_and_rates_hang_together(items in prop::collection::vec((0..12i32, any::<bool>()), 2..80)) {
            let scores: Vec<f64> = items.iter().map(|i| f64::from(i.0) - 5.0).collect();
            let labels: Vec<bool> = items.iter().map(|i| i.1).collect();
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            let curve = roc_curve(&scores, &labels).expect("checked input");
            let (mut area, mut crossing) = (0.0, f64::INFINITY);
            for pair in curve.windows(2) {
                let (dx, dy) = (
                    pair[1].false_positive_rate - pair[0].false_positive_rate,
                    pair[1].true_positive_rate - pair[0].true_positive_rate,
                );
                prop_assert!(dx >= 0.0 && dy >= 0.0);
                area += dx * (pair[0].true_positive_rate + pair[1].true_positive_rate) / 2.0;
                // Bisection for fpr = 1 − tpr on this piece.
                let at = |t: f64| (pair[0].false_positive_rate + t * dx) - (1.0 - pair[0].true_positive_rate - t * dy);
                if at(0.0) <= 0.0 && at(1.0) >= 0.0 && crossing.is_infinite() {
                    let (mut low, mut high) = (0.0, 1.0);
                    for _ in 0..60 {
                        let middle = (low + high) / 2.0;
                        if at(middle) < 0.0 { low = middle } else { high = middle }
                    }
                    crossing = pair[0].false_positive_rate + high * dx;
                }
            }
            // The trapezoids are the same area as the pairs; 80 terms in [0, 1].
            prop_assert!((area - roc_auc(&scores, &labels).expect("checked input").auc).abs() < 1e-13);
            let rate = equal_error_rate(&scores, &labels).expect("checked input");
            // Rounding of 1e-16 in `excess` over slopes of at least 1/80.
            prop_assert!((rate - crossing).abs() < 1e-13, "{rate} {crossing}");
            let last = curve[curve.len() - 1];
            prop_assert_eq!((last.false_positive_rate, last.true_positive_rate), (1.0, 1.0));
        }
    }
}
