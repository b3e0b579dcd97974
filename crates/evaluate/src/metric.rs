use std::fmt;

use serde::{Deserialize, Serialize};

use super::roc::{Step, area_of, average_precision_of, equal_error_rate_of};
use super::{Confusion, Metrics};

/// The names of the numbers in [`Metrics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// Right calls among all.
    Accuracy,
    /// The mean of the two classes' recalls.
    BalancedAccuracy,
    /// Right calls of fake among all calls of fake.
    Precision,
    /// Right calls of fake among all fakes.
    Recall,
    /// 2 TP / (2 TP + FP + FN)
    F1,
    /// Area under the ROC curve.
    RocAuc,
    /// Precision averaged over the fakes.
    AveragePrecision,
    /// The error rate where both kinds of error are as frequent; the only one that is better when lower.
    EqualErrorRate,
}

impl Metric {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 8] = [
        Self::Accuracy,
        Self::BalancedAccuracy,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::RocAuc,
        Self::AveragePrecision,
        Self::EqualErrorRate,
    ];

    /// Its value, where it is defined.
    pub fn of(self, metrics: &Metrics) -> Option<f64> {
        match self {
            Self::Accuracy => Some(metrics.accuracy),
            Self::BalancedAccuracy => Some(metrics.balanced_accuracy),
            Self::Precision => metrics.precision,
            Self::Recall => Some(metrics.recall),
            Self::F1 => Some(metrics.f1),
            Self::RocAuc => Some(metrics.roc_auc.auc),
            Self::AveragePrecision => Some(metrics.average_precision),
            Self::EqualErrorRate => Some(metrics.equal_error_rate),
        }
    }

    /// Its value for the counts of a sample; `None` where it is not defined or the sample has one class.
    pub(super) fn of_steps(self, steps: &[Step], threshold: f64) -> Option<f64> {
        let all = steps
            .last()
            .filter(|all| all.true_positives > 0 && all.false_positives > 0)?;
        let (fake, real) = (all.true_positives, all.false_positives);
        let confusion = || {
            let called = steps.partition_point(|step| step.threshold >= threshold);
            let (tp, fp) = called.checked_sub(1).map_or((0, 0), |last| {
                (steps[last].true_positives, steps[last].false_positives)
            });
            Confusion {
                true_positives: tp,
                false_positives: fp,
                true_negatives: real - fp,
                false_negatives: fake - tp,
            }
        };
        match self {
            Self::Accuracy => Some(confusion().accuracy()),
            Self::BalancedAccuracy => Some(confusion().balanced_accuracy()),
            Self::Precision => confusion().precision(),
            Self::Recall => Some(confusion().recall()),
            Self::F1 => Some(confusion().f1()),
            Self::RocAuc => Some(area_of(steps, fake, real)),
            Self::AveragePrecision => Some(average_precision_of(steps, fake)),
            Self::EqualErrorRate => Some(equal_error_rate_of(steps, fake, real)),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accuracy => "accuracy",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "F1",
            Self::RocAuc => "ROC AUC",
            Self::AveragePrecision => "average precision",
            Self::EqualErrorRate => "equal error rate",
        })
    }
}
