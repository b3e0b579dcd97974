//! All tests of a classifier together.

use serde::{Deserialize, Serialize};

use crate::evaluate::{ClassHistogram, Confusion, MetricError, OperatingPoint, operating_points};

/// The tests of all splits of one classifier, pooled: an item counts as often as it was tested, each margin by the
/// classifier of its own split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// Calls at margin 0.
    pub confusion: Confusion,
    /// What every threshold on the margin would do. Its intervals take tests for independent, which tests of one item
    /// are not.
    pub curve: Vec<OperatingPoint>,
    /// How the margins are spread.
    pub histogram: ClassHistogram,
}

/// Bins of the histogram.
const BINS: usize = 30;
/// Share of the margins at either end that the histogram does not reach for.
const TAIL: f64 = 0.005;

impl Pooled {
    /// Of margins with their labels.
    ///
    /// # Errors
    /// What [`operating_points`] says.
    pub fn of(margins: &[f64], labels: &[bool]) -> Result<Self, MetricError> {
        let mut sorted = margins.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = |share: f64| {
            sorted
                .get((share * last as f64).round() as usize)
                .copied()
                .unwrap_or(0.0)
        };
        // The threshold is always to be seen.
        let (low, high) = (at(TAIL).min(0.0), at(1.0 - TAIL).max(0.0));
        Ok(Self {
            confusion: Confusion::from_scores(margins, labels, 0.0)?,
            curve: operating_points(margins, labels)?,
            histogram: ClassHistogram::of(margins, labels, low, high, BINS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        let margins = [-2.0, -1.0, 0.5, 1.0];
        let found = Pooled::of(&margins, &[false, true, false, true]).unwrap();
        let confusion = found.confusion;
        assert_eq!((confusion.true_negatives, confusion.false_negatives), (1, 1));
        assert_eq!((confusion.false_positives, confusion.true_positives), (1, 1));
        assert_eq!((found.histogram.low, found.histogram.high), (-2.0, 1.0));
        assert_eq!(
            found
                .histogram
                .real
                .iter()
                .chain(&found.histogram.fake)
                .sum::<usize>(),
            4
        );
        assert_eq!(found.curve.len(), 5);
    }
}
