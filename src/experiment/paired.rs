//! Classifiers compared with one of them, item by item.

use serde::{Deserialize, Serialize};

use super::measure::Outcome;
use super::{Data, Experiment, ExperimentError};
use crate::evaluate::{BootstrapOptions, Metric, PairedBootstrap, PairedEstimate};

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
        let labels: Vec<bool> = items.iter().map(|&item| data.labelled.set.fake[item]).collect();
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
