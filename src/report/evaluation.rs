//! The result of evaluating a detector: one record, which tables and JSON only render.

use std::fmt;

use serde::Serialize;

use super::{Align, TextTable, percent, percent_with_interval, three_decimals, three_decimals_with_interval};
use crate::classify::Verdict;
use crate::dataset::{Failure, Label};
use crate::evaluate::{Interval, MetricError, Metrics, wilson};

/// How a detector did on labelled images.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Version of this program.
    pub version: String,
    /// Path of the detector.
    pub model: String,
    /// Fingerprint of the data it was trained on.
    pub training_fingerprint: String,
    /// Classifier.
    pub classifier: String,
    /// Recipe of the features.
    pub recipe: String,
    /// Path of the data.
    pub data: String,
    /// Images judged.
    pub images: usize,
    /// Metrics of the scores at threshold ½.
    pub metrics: Metrics,
    /// What the verdicts, uncertain ones included, were worth.
    pub verdicts: Verdicts,
    /// Each source by itself, in the order of label and name.
    pub sources: Vec<SourceResult>,
    /// Inputs that could not be judged.
    pub failures: Vec<Failure>,
}

/// Verdicts counted against labels.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Verdicts {
    /// Images with the verdict fake or real.
    pub decided: usize,
    /// Decided images whose verdict is their label.
    pub right: usize,
    /// Images with the verdict uncertain.
    pub uncertain: usize,
    /// The share of wrong verdicts the detector was set to.
    pub error_rate: f64,
}

/// One source of one class.
#[derive(Clone, Debug, Serialize)]
pub struct SourceResult {
    /// Label of its images.
    pub label: Label,
    /// Name; none for images without a source.
    pub source: Option<String>,
    /// Images judged.
    pub images: usize,
    /// Share on the right side of ½.
    pub accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_interval: Interval,
}

/// One image judged.
pub struct Judged {
    /// Its label.
    pub label: Label,
    /// Its source, where known.
    pub source: Option<String>,
    /// Calibrated probability of fake.
    pub score: f64,
    /// What the detector says.
    pub verdict: Verdict,
}

impl Verdicts {
    /// Counts verdicts.
    pub fn count(judged: &[Judged], error_rate: f64) -> Self {
        let decided = judged.iter().filter(|image| image.verdict != Verdict::Uncertain);
        let right = decided
            .clone()
            .filter(|image| (image.verdict == Verdict::Fake) == image.label.is_fake());
        let (decided, right) = (decided.count(), right.count());
        Self {
            decided,
            right,
            uncertain: judged.len() - decided,
            error_rate,
        }
    }
}

impl SourceResult {
    /// Each source of each class by itself.
    ///
    /// # Errors
    /// None that counts can cause.
    pub fn of(judged: &[Judged]) -> Result<Vec<Self>, MetricError> {
        let mut counts = std::collections::BTreeMap::<(Label, Option<&str>), (usize, usize)>::new();
        for image in judged {
            let (right, images) = counts.entry((image.label, image.source.as_deref())).or_default();
            *right += usize::from((image.score >= 0.5) == image.label.is_fake());
            *images += 1;
        }
        let result = |((label, source), (right, images)): ((Label, Option<&str>), (usize, usize))| {
            let accuracy_interval = wilson(right, images)?;
            let accuracy = right as f64 / images as f64;
            Ok(Self {
                label,
                source: source.map(str::to_owned),
                images,
                accuracy,
                accuracy_interval,
            })
        };
        counts.into_iter().map(result).collect()
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Metrics { confusion, .. } = self.metrics;
        writeln!(
            f,
            "Detector {} ({}, recipe '{}')",
            self.model, self.classifier, self.recipe
        )?;
        writeln!(
            f,
            "on {}: {} images judged, {} not\n",
            self.data,
            self.images,
            self.failures.len()
        )?;

        let right = Align::Right;
        let mut table = TextTable::new(&[("", Align::Left), ("called real", right), ("called fake", right)]);
        let row =
            |name: &str, real: usize, fake: usize| [name.to_owned(), real.to_string(), fake.to_string()];
        table.row(row(
            "truly real",
            confusion.true_negatives,
            confusion.false_positives,
        ));
        table.row(row(
            "truly fake",
            confusion.false_negatives,
            confusion.true_positives,
        ));
        writeln!(f, "{table}")?;

        let metrics = &self.metrics;
        let or_none = |value: Option<f64>| value.map_or_else(|| "none called fake".to_owned(), percent);
        let auc = &metrics.roc_auc;
        let mut table = TextTable::new(&[
            ("metric", Align::Left),
            ("value (95 % interval)", Align::Left),
            ("meaning", Align::Left),
        ]);
        for [name, value, meaning] in [
            [
                "accuracy",
                &percent_with_interval(metrics.accuracy, metrics.accuracy_interval),
                "right calls of all",
            ],
            [
                "balanced accuracy",
                &percent(metrics.balanced_accuracy),
                "mean of both classes' shares of right calls",
            ],
            [
                "precision",
                &or_none(metrics.precision),
                "truly fake of those called fake",
            ],
            [
                "recall",
                &percent(metrics.recall),
                "called fake of those truly fake",
            ],
            [
                "F1",
                &three_decimals(metrics.f1),
                "harmonic mean of precision and recall",
            ],
            [
                "ROC AUC",
                &three_decimals_with_interval(auc.auc, auc.interval),
                "chance that a fake scores above a real; guessing gives 0.5",
            ],
            [
                "average precision",
                &three_decimals(metrics.average_precision),
                "precision over all thresholds",
            ],
            [
                "equal error rate",
                &percent(metrics.equal_error_rate),
                "where both kinds of error are as frequent",
            ],
        ] {
            table.row([name, value, meaning]);
        }
        writeln!(f, "{table}")?;

        let Verdicts {
            decided,
            right,
            uncertain,
            error_rate,
        } = self.verdicts;
        write!(f, "Verdicts: {decided} decided")?;
        if decided > 0 {
            write!(f, " ({right} right, {})", percent(right as f64 / decided as f64))?;
        }
        writeln!(
            f,
            ", {uncertain} uncertain (set to be wrong in about {} at most)",
            percent(error_rate)
        )?;

        if self.sources.len() > Label::ALL.len() {
            let mut table = TextTable::new(&[
                ("label", Align::Left),
                ("source", Align::Left),
                ("images", Align::Right),
                ("accuracy (95 % interval)", Align::Right),
            ]);
            for SourceResult {
                label,
                source,
                images,
                accuracy,
                accuracy_interval,
            } in &self.sources
            {
                table.row([
                    label.to_string(),
                    source.clone().unwrap_or_else(|| "—".to_owned()),
                    images.to_string(),
                    percent_with_interval(*accuracy, *accuracy_interval),
                ]);
            }
            write!(f, "\n{table}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
