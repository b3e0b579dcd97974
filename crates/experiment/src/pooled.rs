//! All tests of a classifier together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use dftective_evaluate::{
    ClassHistogram, Confusion, MetricError, OperatingPoint, average_precision, equal_error_rate,
    operating_points_of_units,
};

/// The tests of all splits of one classifier, pooled: an item counts as often as it was tested, each margin by the
/// classifier of its own split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// Calls at margin 0.
    pub confusion: Confusion,
    /// What every threshold on the margin would do. Its intervals take each item, or each group where items come in
    /// groups, for one test, so that testing it again makes them no narrower.
    pub curve: Vec<OperatingPoint>,
    /// Precision over all thresholds, in \[0, 1\].
    pub average_precision: f64,
    /// The rate at which both kinds of error are as frequent, in \[0, 1\].
    pub equal_error_rate: f64,
    /// How the margins are spread.
    pub histogram: ClassHistogram,
}

/// Bins of the histogram.
const BINS: usize = 30;
/// Share of the margins at either end that the histogram does not reach for.
const TAIL: f64 = 0.005;

impl Pooled {
    /// Of margins with their labels and units, which are items or groups.
    ///
    /// # Errors
    /// What [`operating_points_of_units`] says.
    pub fn of(margins: &[f64], labels: &[bool], units: &[usize]) -> Result<Self, MetricError> {
        let different = |class: bool| {
            let of_class = labels.iter().zip(units).filter(|(fake, _)| **fake == class);
            of_class.map(|(_, unit)| unit).collect::<BTreeSet<_>>().len()
        };
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
            curve: operating_points_of_units(margins, labels, (different(true), different(false)))?,
            average_precision: average_precision(margins, labels)?,
            equal_error_rate: equal_error_rate(margins, labels)?,
            histogram: ClassHistogram::of(margins, labels, low, high, BINS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dftective_evaluate::wilson;

    #[test]
    fn counted_by_hand() {
        let margins = [-2.0, -1.0, 0.5, 1.0];
        // The fakes are one video.
        let found = Pooled::of(&margins, &[false, true, false, true], &[0, 1, 2, 1]).unwrap();
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
        let last = found.curve.last().unwrap();
        assert_eq!(last.true_positive_interval, wilson(1, 1).unwrap());
        assert_eq!(last.false_positive_interval, wilson(2, 2).unwrap());
        // Found first with a precision of 1, then of 2/3.
        assert!((found.average_precision - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!(found.equal_error_rate, 0.5);
    }
}
