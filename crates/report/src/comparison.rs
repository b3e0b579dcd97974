//! The result of comparing two detectors on the same images.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Align, SchemaVersion, TextTable, metric_difference, metric_value, p_value, three_decimals};
use dftective_evaluate::{
    DelongTest, Interval, McnemarTest, Metric, OperatingPoint, PairedBootstrap, PairedEstimate,
};
use dftective_sample::Failure;

pub use images::{Agreement, Disagreement, ScorePairs};

mod images;

/// One of two detectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedDetector {
    /// Path of the detector.
    pub model: String,
    /// Fingerprint of the data it was trained on.
    pub training_fingerprint: String,
    /// Classifier.
    pub classifier: String,
    /// Recipe of the features.
    pub recipe: String,
}

/// How two detectors did on the same labelled images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which shape of record this is.
    #[serde(default)]
    pub schema_version: SchemaVersion,
    /// Version of this program.
    pub version: String,
    /// The command line, one entry an argument.
    pub command: Vec<String>,
    /// The detectors, A and B.
    pub detectors: [ComparedDetector; 2],
    /// Path of the data.
    pub data: String,
    /// Images that both judged.
    pub images: usize,
    /// DeLong's test of the ROC areas; none where images come in groups, which it takes for independent.
    pub delong: Option<DelongTest>,
    /// McNemar's test of the calls at score ½; none where images come in groups.
    pub mcnemar: Option<McnemarTest>,
    /// The differences of all metrics by resampling images, or groups where they are known.
    pub bootstrap: PairedBootstrap,
    /// What every threshold would do, for A and for B.
    pub curves: [Vec<OperatingPoint>; 2],
    /// Their calls of reals and of fakes.
    pub agreement: [Agreement; 2],
    /// Their scores of each image.
    pub scores: ScorePairs,
    /// The images they disagree on most.
    pub disagreements: Vec<Disagreement>,
    /// Inputs that A or B could not judge.
    pub failures: Vec<Failure>,
}

/// A p-value below this is customarily taken for more than chance.
const CUSTOMARY_LEVEL: f64 = 0.05;

impl Comparison {
    /// Whether images come in groups, such as the frames of videos.
    pub fn is_grouped(&self) -> bool {
        self.delong.is_none()
    }

    /// Interval and p-value of a metric's difference, by the test that fits it best.
    pub fn test(&self, metric: Metric) -> (Option<Interval>, Option<f64>) {
        let Some(estimate) = self.bootstrap.get(metric) else {
            return (None, None);
        };
        match (metric, &self.delong, &self.mcnemar) {
            (Metric::RocAuc, Some(delong), _) => (delong.interval, delong.p_value),
            (Metric::Accuracy, _, Some(mcnemar)) => (estimate.interval, Some(mcnemar.p_value)),
            _ => (estimate.interval, estimate.p_value),
        }
    }

    /// The metrics as text: name, A, B, difference with its interval, p-value.
    pub fn metric_rows(&self) -> Vec<[String; 5]> {
        let row = |estimate: &PairedEstimate| {
            let metric = estimate.metric;
            let (interval, p) = self.test(metric);
            [
                metric.to_string(),
                metric_value(metric, estimate.first, None),
                metric_value(metric, estimate.second, None),
                metric_difference(metric, estimate.difference, interval),
                p.map_or_else(|| "—".to_owned(), p_value),
            ]
        };
        self.bootstrap.estimates.iter().map(row).collect()
    }

    /// What must be known to read them, a sentence or two each.
    pub fn metric_notes(&self) -> Vec<String> {
        let options = self.bootstrap.options;
        let unit = if self.is_grouped() {
            "groups of images"
        } else {
            "images"
        };
        let mut notes = vec![
            "p-value: how often chance alone would make two equally good detectors differ as much."
                .to_owned(),
            "Calls are made at score 0.5. The equal error rate is better when lower.".to_owned(),
            format!(
                "Intervals and p-values: {} paired bootstrap resamples of {} {unit} (seed {}).",
                options.resamples, self.bootstrap.units, options.seed
            ),
        ];
        let undefined = self.bootstrap.estimates.iter().filter(|each| each.undefined > 0);
        notes.extend(undefined.map(|estimate| {
            format!(
                "In {} of them A or B calls nothing fake; for {} the others count.",
                estimate.undefined, estimate.metric
            )
        }));
        if let Some(McnemarTest {
            only_first,
            only_second,
            ..
        }) = self.mcnemar
        {
            notes.push(
                "ROC AUC: DeLong's paired test. p-value of the accuracy: McNemar's exact test".to_owned(),
            );
            notes.push(format!(
                "({only_first} images only A calls rightly, {only_second} only B)."
            ));
        }
        notes
    }

    /// What the ROC areas say, for a reader without statistics.
    pub fn in_words(&self) -> String {
        let Some((a, b)) = self
            .bootstrap
            .get(Metric::RocAuc)
            .and_then(|auc| auc.first.zip(auc.second))
        else {
            return String::new();
        };
        if a == b {
            return format!(
                "Both put a fake above a real equally often (ROC AUC {}).",
                three_decimals(a)
            );
        }
        let (better, worse, high, low) = if a > b { ("A", "B", a, b) } else { ("B", "A", b, a) };
        let found = format!(
            "{better} puts a fake above a real more often than {worse} (ROC AUC {} against {}).",
            three_decimals(high),
            three_decimals(low)
        );
        let (_, p) = self.test(Metric::RocAuc);
        let Some(p) = p else {
            return format!("{found} These images give no measure of what chance could do.");
        };
        let per_mille = (1000.0 * p).round();
        let often = if per_mille < 1.0 {
            "in less than 1 of 1000 such comparisons".to_owned()
        } else if per_mille >= 999.0 {
            "in nearly every such comparison".to_owned()
        } else {
            format!("in about {per_mille} of 1000 such comparisons")
        };
        let verdict = if p < CUSTOMARY_LEVEL {
            "By the customary limit of 50 in 1000 the difference is more than chance."
        } else {
            "By the customary limit of 50 in 1000 these images do not tell the two apart; more images might."
        };
        format!(
            "{found}\nIf both were equally good, chance would make a difference this large {often}.\n{verdict}"
        )
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, detector) in ["A", "B"].into_iter().zip(&self.detectors) {
            let ComparedDetector {
                model,
                classifier,
                recipe,
                ..
            } = detector;
            writeln!(f, "Detector {name}: {model} ({classifier}, recipe '{recipe}')")?;
        }
        writeln!(
            f,
            "on {}: {} images judged by both, {} not\n",
            self.data,
            self.images,
            self.failures.len()
        )?;
        let mut table = TextTable::new(&[
            ("metric", Align::Left),
            ("A", Align::Right),
            ("B", Align::Right),
            ("A − B (95 % interval)", Align::Left),
            ("p-value", Align::Left),
        ]);
        for row in self.metric_rows() {
            table.row(row);
        }
        writeln!(f, "{table}")?;
        writeln!(f, "{}\n", self.in_words())?;
        for note in self.metric_notes() {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
