//! The result of evaluating a detector: one record, which tables and JSON only render.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::data_summary::DataSummary;
use super::embedding::Embedding;
use super::mistakes::Mistake;
use super::spectra::Spectra;
use super::videos::{interval_note, shown_interval};
use super::{
    Align, MemberResult, SchemaVersion, TextTable, Videos, metric_value, percent, percent_with_interval,
    three_decimals,
};
use dftective_classify::{CalibrationMethod, Params, RejectThresholds};
use dftective_evaluate::{
    Bootstrap, ClassHistogram, Metric, Metrics, OperatingPoint, ProbabilityMetrics, SourceResult, Verdicts,
};
use dftective_sample::Failure;
use dftective_sample::Label;

/// How a detector did on labelled images.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evaluation {
    /// Which shape of record this is.
    #[serde(default)]
    pub schema_version: SchemaVersion,
    /// Version of this program.
    pub version: String,
    /// The command line, one entry an argument.
    pub command: Vec<String>,
    /// Path of the detector.
    pub model: String,
    /// Where the scores come from.
    pub scores_from: ScoresFrom,
    /// Fingerprint of the data it was trained on.
    pub training_fingerprint: String,
    /// Classifier.
    pub classifier: String,
    /// Its parameters.
    pub parameters: Params,
    /// Seed of its folds and random starts.
    pub training_seed: u64,
    /// How its margins became scores.
    pub calibration: CalibrationMethod,
    /// Recipe of the features.
    pub recipe: String,
    /// Path of the data.
    pub data: String,
    /// The images by class and source.
    pub summary: DataSummary,
    /// Mean spectra by class and source; none without a radial spectrum among the features.
    pub spectra: Option<Spectra>,
    /// Images judged.
    pub images: usize,
    /// Metrics of the scores at threshold ½.
    pub metrics: Metrics,
    /// The scores taken as probabilities.
    pub probability: ProbabilityMetrics,
    /// What every threshold would do.
    pub curve: Vec<OperatingPoint>,
    /// How the scores are spread.
    pub histogram: ClassHistogram,
    /// The scores that decide.
    #[serde(alias = "band")]
    pub thresholds: RejectThresholds,
    /// What the verdicts, uncertain ones included, were worth.
    pub verdicts: Verdicts,
    /// Each source by itself, in the order of label and name.
    pub sources: Vec<SourceResult>,
    /// Each detector by itself, where the file holds several; the fields above that describe a detector are the first's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberResult>,
    /// Whether the images are known to come in groups, such as the frames of videos.
    pub grouped: bool,
    /// Intervals of all metrics by resampling, where asked for.
    pub bootstrap: Option<Bootstrap>,
    /// The groups as wholes, where asked for.
    pub videos: Option<Videos>,
    /// The images the detector is most wrong about.
    pub mistakes: Vec<Mistake>,
    /// The features on a map; made for reports.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub embedding: Option<Embedding>,
    /// Inputs that could not be judged.
    pub failures: Vec<Failure>,
}

/// Where scores come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScoresFrom {
    /// From the detector itself, on images it was not trained on.
    Detector,
    /// From a cross-validation on its training images: each by the classifier of folds without it.
    HeldOutFolds(usize),
}

/// Bins of [`Evaluation::histogram`].
pub const HISTOGRAM_BINS: usize = 25;

impl Evaluation {
    /// The metrics as text: name, value with its interval, meaning.
    pub fn metric_rows(&self) -> Vec<[String; 3]> {
        let metrics = &self.metrics;
        let measured = MEANINGS.map(|(metric, meaning)| {
            let interval = shown_interval(metrics, self.bootstrap.as_ref(), self.grouped, metric);
            let value = metric_value(metric, metric.of(metrics), interval);
            [metric.to_string(), value, meaning.to_owned()]
        });
        let probability = &self.probability;
        let calibrated = [
            [
                "Brier score".to_owned(),
                three_decimals(probability.brier_score),
                "mean squared error; perfect is 0, always saying ½ gives 0.25".to_owned(),
            ],
            [
                "calibration error".to_owned(),
                three_decimals(probability.expected_calibration_error),
                format!(
                    "mean gap between score and share of fakes; by chance {}",
                    three_decimals(probability.calibration_error_by_chance)
                ),
            ],
        ];
        measured.into_iter().chain(calibrated).collect()
    }

    /// What kind of detector it is, in words.
    pub fn kind(&self) -> String {
        match self.members.len() {
            0 => format!("{}, recipe '{}'", self.classifier, self.recipe),
            several => format!("{several} detectors in one file"),
        }
    }

    /// What must be known to read the intervals of the metrics, if anything.
    pub fn interval_note(&self) -> Option<String> {
        interval_note(self.bootstrap.as_ref(), self.grouped)
    }
}

const MEANINGS: [(Metric, &str); 8] = [
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
];

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Metrics { confusion, .. } = self.metrics;
        writeln!(f, "Detector {} ({})", self.model, self.kind())?;
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

        let mut table = TextTable::new(&[
            ("metric", Align::Left),
            ("value (95 % interval)", Align::Left),
            ("meaning", Align::Left),
        ]);
        for row in self.metric_rows() {
            table.row(row);
        }
        writeln!(f, "{table}")?;
        if let Some(note) = self.interval_note() {
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

        if !self.members.is_empty() {
            writeln!(
                f,
                "\nEach image was judged by the detector whose training images it resembles:\n"
            )?;
            writeln!(f, "{}", super::members::table(&self.members))?;
        }

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
