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
struct Step {
    threshold: f64,
    true_positives: usize,
    false_positives: usize,
}

/// One step a distinct score, falling.
fn steps(scores: &[f64], labels: &[bool]) -> Vec<Step> {
    let mut items: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut true_positives, mut false_positives) = (0, 0);
    let mut steps = Vec::new();
    for tied in items.chunk_by(|a, b| a.0 == b.0) {
        let fakes = tied.iter().filter(|(_, fake)| *fake).count();
        true_positives += fakes;
        false_positives += tied.len() - fakes;
        steps.push(Step {
            threshold: tied[0].0,
            true_positives,
            false_positives,
        });
    }
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
    let curve = roc_curve(scores, labels)?;
    // Rises from −1 at (0, 0) to 1 at (1, 1).
    let excess = |p: &RocPoint| p.false_positive_rate + p.true_positive_rate - 1.0;
    let crossing = curve.windows(2).find(|pair| excess(&pair[1]) >= 0.0).map(|pair| {
        let (before, after) = (excess(&pair[0]), excess(&pair[1]));
        let part = before / (before - after);
        pair[0].false_positive_rate + part * (pair[1].false_positive_rate - pair[0].false_positive_rate)
    });
    Ok(crossing.unwrap_or(1.0))
}

/// Σ (Rₖ − Rₖ₋₁) Pₖ over the distinct scores from the highest down, R recall and P precision; scikit-learn's
/// definition, without interpolation.
///
/// # Errors
/// As [`roc_curve`].
pub fn average_precision(scores: &[f64], labels: &[bool]) -> Result<f64, MetricError> {
    let (fake, _) = check(scores, labels)?;
    let mut found = 0;
    let mut sum = 0.0;
    for step in steps(scores, labels) {
        let precision = step.true_positives as f64 / (step.true_positives + step.false_positives) as f64;
        sum += (step.true_positives - found) as f64 * precision;
        found = step.true_positives;
    }
    Ok(sum / fake as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::roc_auc;

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
