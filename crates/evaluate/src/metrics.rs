use serde::{Deserialize, Serialize};

use super::{
    AucEstimate, Interval, MetricError, average_precision, equal_error_rate,
    error::{check, check_threshold},
    roc_auc, wilson,
};

/// Counts of right and wrong calls; positive is fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Fakes called fake.
    pub true_positives: usize,
    /// Reals called fake.
    pub false_positives: usize,
    /// Reals called real.
    pub true_negatives: usize,
    /// Fakes called real.
    pub false_negatives: usize,
}

impl Confusion {
    /// Counts the calls `score ≥ threshold`.
    ///
    /// # Errors
    /// Lengths that differ, no items, a score or threshold that is not finite, a class without items.
    pub fn from_scores(scores: &[f64], labels: &[bool], threshold: f64) -> Result<Self, MetricError> {
        check(scores, labels)?;
        check_threshold(threshold)?;
        let count = |called: bool, label: bool| {
            scores
                .iter()
                .zip(labels)
                .filter(|(s, l)| (**s >= threshold) == called && **l == label)
                .count()
        };
        Ok(Self {
            true_positives: count(true, true),
            false_positives: count(true, false),
            true_negatives: count(false, false),
            false_negatives: count(false, true),
        })
    }

    /// Right calls among all.
    pub(super) fn accuracy(&self) -> f64 {
        ratio(self.right(), self.fakes() + self.reals())
    }

    /// The mean of the two classes' recalls.
    pub(super) fn balanced_accuracy(&self) -> f64 {
        (self.recall() + ratio(self.true_negatives, self.reals())) / 2.0
    }

    /// Right calls of fake among all calls of fake; `None` if nothing is called fake.
    pub(super) fn precision(&self) -> Option<f64> {
        let called = self.true_positives + self.false_positives;
        (called > 0).then(|| ratio(self.true_positives, called))
    }

    /// Right calls of fake among all fakes.
    pub(super) fn recall(&self) -> f64 {
        ratio(self.true_positives, self.fakes())
    }

    /// 2 TP / (2 TP + FP + FN)
    pub(super) fn f1(&self) -> f64 {
        let found = 2 * self.true_positives;
        ratio(found, found + self.false_positives + self.false_negatives)
    }

    pub(super) fn fakes(&self) -> usize {
        self.true_positives + self.false_negatives
    }

    pub(super) fn reals(&self) -> usize {
        self.true_negatives + self.false_positives
    }

    pub(super) fn right(&self) -> usize {
        self.true_positives + self.true_negatives
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// How good scores are, at one threshold and over all of them. Fractions are in \[0, 1\]; what is undefined is
/// `None`, null in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Scores of at least this are called fake.
    pub threshold: f64,
    /// Counts at the threshold.
    pub confusion: Confusion,
    /// Right calls among all.
    pub accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_interval: Interval,
    /// The mean of the two classes' recalls.
    pub balanced_accuracy: f64,
    /// Right calls of fake among all calls of fake; `None` if nothing is called fake.
    pub precision: Option<f64>,
    /// Right calls of fake among all fakes.
    pub recall: f64,
    /// 2 TP / (2 TP + FP + FN)
    pub f1: f64,
    /// Area under the ROC curve.
    pub roc_auc: AucEstimate,
    /// Precision averaged over the fakes ([`average_precision`]).
    pub average_precision: f64,
    /// The error rate where both kinds of error are as frequent ([`equal_error_rate`]).
    pub equal_error_rate: f64,
}

impl Metrics {
    /// Measures the calls `score ≥ threshold`, and the scores themselves.
    ///
    /// # Errors
    /// Lengths that differ, no items, a score or threshold that is not finite, a class without items.
    pub fn from_scores(scores: &[f64], labels: &[bool], threshold: f64) -> Result<Self, MetricError> {
        let confusion = Confusion::from_scores(scores, labels, threshold)?;
        Ok(Self {
            threshold,
            confusion,
            accuracy: confusion.accuracy(),
            accuracy_interval: wilson(confusion.right(), labels.len())?,
            balanced_accuracy: confusion.balanced_accuracy(),
            precision: confusion.precision(),
            recall: confusion.recall(),
            f1: confusion.f1(),
            roc_auc: roc_auc(scores, labels)?,
            average_precision: average_precision(scores, labels)?,
            equal_error_rate: equal_error_rate(scores, labels)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_made_table() -> Result<(), MetricError> {
        let scores = [0.9, 0.8, 0.5, 0.4, 0.6, 0.3, 0.2, 0.1];
        let labels = [true, true, true, true, false, false, false, false];
        let m = Metrics::from_scores(&scores, &labels, 0.5)?;
        let confusion = Confusion {
            true_positives: 3,
            false_positives: 1,
            true_negatives: 3,
            false_negatives: 1,
        };
        assert_eq!(m.confusion, confusion);
        assert_eq!(
            (m.accuracy, m.balanced_accuracy, m.recall, m.f1),
            (0.75, 0.75, 0.75, 0.75)
        );
        assert_eq!(m.precision, Some(0.75));
        // 14 of 16 pairs: .5 and .4 lose to .6.
        assert_eq!(m.roc_auc.auc, 14.0 / 16.0);
        // Precisions at the fakes: 1, 1, 3/4, 4/5.
        assert!((m.average_precision - (1.0 + 1.0 + 0.75 + 0.8) / 4.0).abs() < 1e-15);
        assert_eq!(m.equal_error_rate, 0.25);
        Ok(())
    }

    #[test]
    fn precision_and_recall_are_not_swapped() -> Result<(), MetricError> {
        let m = Metrics::from_scores(
            &[0.9, 0.1, 0.8, 0.7, 0.2],
            &[true, true, false, false, false],
            0.5,
        )?;
        assert_eq!((m.precision, m.recall), (Some(1.0 / 3.0), 0.5));
        assert_eq!(m.balanced_accuracy, (0.5 + 1.0 / 3.0) / 2.0);
        Ok(())
    }

    #[test]
    fn undefined_is_null_and_never_nan() -> Result<(), Box<dyn std::error::Error>> {
        let m = Metrics::from_scores(&[0.1, 0.2], &[false, true], 0.5)?;
        assert_eq!((m.precision, m.recall, m.f1), (None, 0.0, 0.0));
        let json = serde_json::to_value(m)?;
        assert!(json["precision"].is_null() && json["roc_auc"]["interval"].is_null());
        assert_eq!(serde_json::from_value::<Metrics>(json)?, m);
        Ok(())
    }

    #[test]
    fn bad_input_is_named() {
        let run = Metrics::from_scores;
        assert_eq!(
            run(&[0.1], &[true, false], 0.5),
            Err(MetricError::Length { scores: 1, labels: 2 })
        );
        assert_eq!(run(&[], &[], 0.5), Err(MetricError::Empty));
        let nan = run(&[f64::NAN, 0.1], &[true, false], 0.5);
        assert!(matches!(nan, Err(MetricError::Score { index: 0, .. })));
        for bad in [f64::NAN, f64::INFINITY] {
            let error = run(&[0.2, 0.1], &[true, false], bad);
            assert!(matches!(error, Err(MetricError::Threshold { .. })));
        }
        let single = MetricError::SingleClass { fake: 0, real: 2 };
        assert_eq!(run(&[0.2, 0.1], &[false, false], 0.5), Err(single));
    }

    #[derive(Deserialize)]
    struct Case {
        scores: Vec<f64>,
        labels: Vec<bool>,
        accuracy: f64,
        balanced_accuracy: f64,
        precision: f64,
        recall: f64,
        f1: f64,
        roc_auc: f64,
        average_precision: f64,
    }

    /// `crates/classify/fixtures/make.py` says how the file was made.
    #[test]
    fn agrees_with_scikit_learn() -> Result<(), Box<dyn std::error::Error>> {
        let text = include_str!("../../classify/fixtures/metrics.json");
        let cases: Vec<Case> = serde_json::from_str(text)?;
        assert!(cases.len() >= 4);
        for case in cases {
            let m = Metrics::from_scores(&case.scores, &case.labels, 0.5)?;
            let pairs = [
                (m.accuracy, case.accuracy),
                (m.balanced_accuracy, case.balanced_accuracy),
                (m.precision.ok_or("nothing called fake")?, case.precision),
                (m.recall, case.recall),
                (m.f1, case.f1),
                (m.roc_auc.auc, case.roc_auc),
                (m.average_precision, case.average_precision),
            ];
            for (ours, theirs) in pairs {
                // Sums of at most 60 terms in [0, 1].
                assert!((ours - theirs).abs() < 1e-14, "{ours} {theirs}");
            }
        }
        Ok(())
    }
}
