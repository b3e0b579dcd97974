//! The result of evaluating a detector: one record, which tables and JSON only render.

use std::fmt;

use serde::Serialize;

use super::{Align, TextTable, percent, percent_with_interval, three_decimals, three_decimals_with_interval};
use crate::dataset::{Failure, Label};
use crate::evaluate::{Metrics, SourceResult, Verdicts};

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
