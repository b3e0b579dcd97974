//! The result of evaluating a detector: one record, which tables and JSON only render.

use std::fmt;

use serde::Serialize;

use super::videos::{interval_note, shown_interval};
use super::{Align, TextTable, Videos, metric_value, percent, percent_with_interval, three_decimals};
use crate::classify::CalibrationMethod;
use crate::dataset::{Failure, Label};
use crate::evaluate::{Bootstrap, Metric, Metrics, ProbabilityMetrics, SourceResult, Verdicts};

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
    /// How its margins became scores.
    pub calibration: CalibrationMethod,
    /// Recipe of the features.
    pub recipe: String,
    /// Path of the data.
    pub data: String,
    /// Images judged.
    pub images: usize,
    /// Metrics of the scores at threshold ½.
    pub metrics: Metrics,
    /// The scores taken as probabilities.
    pub probability: ProbabilityMetrics,
    /// What the verdicts, uncertain ones included, were worth.
    pub verdicts: Verdicts,
    /// Each source by itself, in the order of label and name.
    pub sources: Vec<SourceResult>,
    /// Whether the images are known to come in groups, such as the frames of videos.
    pub grouped: bool,
    /// Intervals of all metrics by resampling, where asked for.
    pub bootstrap: Option<Bootstrap>,
    /// The groups as wholes, where asked for.
    pub videos: Option<Videos>,
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
        let mut table = TextTable::new(&[
            ("metric", Align::Left),
            ("value (95 % interval)", Align::Left),
            ("meaning", Align::Left),
        ]);
        for (metric, meaning) in [
            (Metric::Accuracy, "right calls of all"),
            (
                Metric::BalancedAccuracy,
                "mean of both classes' shares of right calls",
            ),
            (Metric::Precision, "truly fake of those called fake"),
            (Metric::Recall, "called fake of those truly fake"),
            (Metric::F1, "harmonic mean of precision and recall"),
            (
                Metric::RocAuc,
                "chance that a fake scores above a real; guessing gives 0.5",
            ),
            (Metric::AveragePrecision, "precision over all thresholds"),
            (
                Metric::EqualErrorRate,
                "where both kinds of error are as frequent",
            ),
        ] {
            let interval = shown_interval(metrics, self.bootstrap.as_ref(), self.grouped, metric);
            let value = metric_value(metric, metric.of(metrics), interval);
            table.row([&metric.to_string(), &value, meaning]);
        }
        let probability = &self.probability;
        table.row([
            "Brier score",
            &three_decimals(probability.brier_score),
            "mean squared error; perfect is 0, always saying ½ gives 0.25",
        ]);
        table.row([
            "calibration error",
            &three_decimals(probability.expected_calibration_error),
            &format!(
                "mean gap between score and share of fakes; by chance {}",
                three_decimals(probability.calibration_error_by_chance)
            ),
        ]);
        writeln!(f, "{table}")?;
        if let Some(note) = interval_note(self.bootstrap.as_ref(), self.grouped) {
            writeln!(f, "{note}\n")?;
        }

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

        // Where each video is a source, the videos' own table says it better.
        let videos = self
            .videos
            .as_ref()
            .map_or(usize::MAX, |videos| videos.groups.len());
        if self.sources.len() > Label::ALL.len() && self.sources.len() < videos {
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
        if let Some(videos) = &self.videos {
            write!(f, "\n{videos}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
