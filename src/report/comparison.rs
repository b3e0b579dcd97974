//! The result of comparing two detectors on the same images.

use std::fmt;

use serde::Serialize;

use super::{Align, TextTable, metric_difference, metric_value, p_value, three_decimals};
use crate::dataset::Failure;
use crate::evaluate::{DelongTest, Interval, McnemarTest, Metric, PairedBootstrap};

/// One of two detectors.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Version of this program.
    pub version: String,
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
    /// Inputs that A or B could not judge.
    pub failures: Vec<Failure>,
}

/// A p-value below this is customarily taken for more than chance.
const CUSTOMARY_LEVEL: f64 = 0.05;

impl Comparison {
    /// Interval and p-value of a metric's difference, by the test that fits it best.
    fn test(&self, metric: Metric) -> (Option<Interval>, Option<f64>) {
        let Some(estimate) = self.bootstrap.get(metric) else {
            return (None, None);
        };
        match (metric, &self.delong, &self.mcnemar) {
            (Metric::RocAuc, Some(delong), _) => (delong.interval, delong.p_value),
            (Metric::Accuracy, _, Some(mcnemar)) => (estimate.interval, Some(mcnemar.p_value)),
            _ => (estimate.interval, estimate.p_value),
        }
    }

    /// What the ROC areas say, for a reader without statistics.
    fn in_words(&self) -> String {
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
        for estimate in &self.bootstrap.estimates {
            let metric = estimate.metric;
            let (interval, p) = self.test(metric);
            table.row([
                metric.to_string(),
                metric_value(metric, estimate.first, None),
                metric_value(metric, estimate.second, None),
                metric_difference(metric, estimate.difference, interval),
                p.map_or_else(|| "—".to_owned(), p_value),
            ]);
        }
        writeln!(f, "{table}")?;
        writeln!(f, "{}\n", self.in_words())?;
        let options = self.bootstrap.options;
        let unit = if self.delong.is_some() {
            "images"
        } else {
            "groups of images"
        };
        writeln!(
            f,
            "p-value: how often chance alone would make two equally good detectors differ as much.\n\
             Calls are made at score 0.5. The equal error rate is better when lower.\n\
             Intervals and p-values: {} paired bootstrap resamples of {} {unit} (seed {}).",
            options.resamples, self.bootstrap.units, options.seed
        )?;
        for estimate in self.bootstrap.estimates.iter().filter(|e| e.undefined > 0) {
            writeln!(
                f,
                "In {} of them A or B calls nothing fake; for {} the others count.",
                estimate.undefined, estimate.metric
            )?;
        }
        if let Some(McnemarTest {
            only_first,
            only_second,
            ..
        }) = self.mcnemar
        {
            writeln!(
                f,
                "ROC AUC: DeLong's paired test. p-value of the accuracy: McNemar's exact test\n\
                 ({only_first} images only A calls rightly, {only_second} only B)."
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
