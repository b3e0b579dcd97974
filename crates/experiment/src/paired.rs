//! Classifiers compared with one of them, item by item.

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::{Data, Experiment, ExperimentError};
use dftective_evaluate::{BootstrapOptions, Interval, Metric, PairedBootstrap, PairedEstimate};
use dftective_report::{Align, three_decimals};

/// One classifier beside another, on the tests of the same splits. The intervals come from resamples of items (or groups)
/// that both share, so that what makes some items hard for both cancels out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// The classifier.
    pub classifier: String,
    /// What it is compared with.
    pub with: String,
    /// Share of right calls, the classifier's first.
    pub accuracy: PairedEstimate,
    /// Area under the ROC curve of all splits' margins together.
    pub auc: PairedEstimate,
}

impl Paired {
    /// Columns of a table of comparisons.
    pub(super) const COLUMNS: [(&str, Align); 6] = [
        ("classifier", Align::Left),
        ("accuracy", Align::Right),
        ("95 % interval", Align::Right),
        ("ROC AUC", Align::Right),
        ("95 % interval", Align::Right),
        ("p", Align::Right),
    ];

    /// Its row in such a table: differences of accuracy in percentage points, and of areas.
    pub(super) fn cells(&self) -> [String; 6] {
        let none = || "—".to_owned();
        let interval = |interval: Option<Interval>, shown: fn(f64) -> String| {
            interval.map_or_else(none, |each| {
                format!("{} to {}", shown(each.low), shown(each.high))
            })
        };
        let points = |difference: f64| signed(100.0 * difference, 2);
        let thousandths = |difference: f64| signed(difference, 3);
        [
            self.classifier.clone(),
            self.accuracy.difference.map_or_else(none, points),
            interval(self.accuracy.interval, points),
            self.auc.difference.map_or_else(none, thousandths),
            interval(self.auc.interval, thousandths),
            self.auc.p_value.map_or_else(none, three_decimals),
        ]
    }
}

/// With its sign and so many decimals; what rounds to nothing has none.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    let digits = text.trim_start_matches(['+', '-']);
    if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        return digits.to_owned();
    }
    text.replace('-', "−")
}

impl Experiment {
    /// The comparisons that [`Experiment::compare_with`] asks for; `of_all` are the outcomes of each classifier.
    pub(super) fn paired(&self, data: &Data, of_all: &[&[Outcome]]) -> Result<Vec<Paired>, ExperimentError> {
        let Some(with) = &self.compare_with else {
            return Ok(Vec::new());
        };
        let named = self.classifiers.iter().zip(of_all);
        let Some((_, base)) = named.clone().find(|(each, _)| each.name == *with) else {
            return Ok(Vec::new());
        };
        let units = data.units();
        let items: Vec<usize> = base
            .iter()
            .flat_map(|outcome| outcome.test.iter().copied())
            .collect();
        let labels: Vec<bool> = items
            .iter()
            .map(|&item| data.dataset.samples[item].is_fake())
            .collect();
        let groups: Vec<usize> = items.iter().map(|&item| units[item]).collect();
        let margins = |outcomes: &[Outcome]| -> Vec<f64> {
            outcomes
                .iter()
                .flat_map(|outcome| outcome.margins.iter().copied())
                .collect()
        };
        let reference = margins(base);
        let options = BootstrapOptions {
            seed: self.seed,
            ..BootstrapOptions::default()
        };
        let mut found = Vec::new();
        for (classifier, outcomes) in named.filter(|(each, _)| each.name != *with) {
            let own = margins(outcomes);
            let bootstrap = PairedBootstrap::of([&own, &reference], &labels, 0.0, Some(&groups), options)?;
            if let (Some(accuracy), Some(auc)) =
                (bootstrap.get(Metric::Accuracy), bootstrap.get(Metric::RocAuc))
            {
                found.push(Paired {
                    classifier: classifier.name.clone(),
                    with: with.clone(),
                    accuracy: *accuracy,
                    auc: *auc,
                });
            }
        }
        Ok(found)
    }
}
