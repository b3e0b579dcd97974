//! What a classifier costs: time to learn, time to judge, size of what is kept.

use serde::{Deserialize, Serialize};

use super::outcome::{Outcome, Spent, seconds_each};
use super::{Classifier, Data, Experiment};
use dftective_classify::Params;
use dftective_decode::read_channels;
use dftective_features::{Families, Selection, Workspace};

/// What a classifier costs, as measured while the experiment ran; other work on the machine makes it more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds of learning from one split's features, or for a network its pictures; the mean over the splits. Classical
    /// classifiers learn side by side on all threads, networks one after the other on all of them.
    pub fit_seconds: f64,
    /// Seconds that one core takes for a picture: reading it, its features, and the margin.
    pub score_seconds: f64,
    /// Bytes of the arrays kept to judge by.
    pub bytes: usize,
}

/// Pictures that reading and features are timed on.
const PICTURES: usize = 32;

impl Experiment {
    /// The cost of each classifier, in their order; none where pictures are not at hand.
    pub(super) fn costs(&self, data: &Data, outcomes: &[&[Outcome]]) -> Vec<Option<Cost>> {
        let each = self.classifiers.iter().zip(outcomes);
        each.map(|(classifier, outcomes)| self.cost(data, classifier, outcomes))
            .collect()
    }

    fn cost(&self, data: &Data, classifier: &Classifier, outcomes: &[Outcome]) -> Option<Cost> {
        if data.dataset.files().is_empty() || outcomes.is_empty() {
            return None;
        }
        let mean = |of: fn(&Spent) -> f64| {
            outcomes.iter().map(|outcome| of(&outcome.spent)).sum::<f64>() / outcomes.len() as f64
        };
        let before = match classifier.parameters {
            Params::Network(_) => 0.0,
            _ => self.feature_seconds(data, classifier),
        };
        Some(Cost {
            fit_seconds: mean(|spent| spent.fit_seconds),
            score_seconds: before + mean(|spent| spent.margin_seconds),
            bytes: outcomes
                .iter()
                .map(|outcome| outcome.spent.bytes)
                .max()
                .unwrap_or(0),
        })
    }

    /// Of reading a picture and computing what the classifier is given.
    fn feature_seconds(&self, data: &Data, classifier: &Classifier) -> f64 {
        let all = self.selection();
        let selection = match Selection::new(&classifier.families, self.recipe.clone()) {
            Ok(own) => own.with_tiles(all.tiles()),
            // None are named: it is given all.
            Err(_) => all,
        };
        let families = Families::new(selection);
        let mut workspace = Workspace::default();
        let mut features = Vec::new();
        let mut work = |file: &std::path::PathBuf| {
            features.clear();
            if let Ok(image) = read_channels(file, &data.limits, families.channels()) {
                // A picture without features takes its time, too.
                let _ = families.extract(&image, &mut workspace, &mut features);
            }
        };
        // Plans are made for the first picture of a size.
        let files = data.dataset.files();
        if let Some(first) = files.first() {
            work(first);
        }
        seconds_each(&files, PICTURES, work)
    }
}
