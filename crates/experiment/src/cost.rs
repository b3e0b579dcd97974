//! What a classifier costs: time to learn, time to judge, size of what is kept.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::measure::{Measured, Outcome};
use super::{Classifier, Data, Experiment};
use dftective_classify::{Params, Scaler};
use dftective_decode::read_channels;
use dftective_evaluate::Interval;
use dftective_features::{Families, Selection, Workspace};
use dftective_report::{Align, three_decimals};

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

impl Cost {
    pub(super) const COLUMNS: [(&str, Align); 6] = [
        ("classifier", Align::Left),
        ("accuracy (95 %)", Align::Right),
        ("ROC AUC (95 %)", Align::Right),
        ("learning", Align::Right),
        ("images/s", Align::Right),
        ("size", Align::Right),
    ];

    /// A row of a table of them.
    pub(super) fn cells(&self, measured: &Measured) -> [String; 6] {
        let percent = |fraction: f64| format!("{:.1}", 100.0 * fraction);
        let area = three_decimals(measured.auc.mean);
        let auc = match measured.auc_interval {
            None => area,
            Some(Interval { low, high }) => {
                format!("{area} ({} to {})", three_decimals(low), three_decimals(high))
            }
        };
        [
            measured.classifier.clone(),
            format!(
                "{} ({} to {})",
                percent(measured.accuracy.mean),
                percent(measured.interval.low),
                percent(measured.interval.high)
            ),
            auc,
            seconds(self.fit_seconds),
            format!("{:.1}", 1.0 / self.score_seconds.max(1e-9)),
            size(self.bytes),
        ]
    }
}

/// Seconds, or minutes where there are many.
fn seconds(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.1} s")
    } else {
        format!("{:.1} min", value / 60.0)
    }
}

/// Kilobytes or megabytes, of 1000.
fn size(bytes: usize) -> String {
    let bytes = bytes as f64;
    if bytes < 1e6 {
        format!("{:.1} kB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}

/// What one fit took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Of learning.
    pub fit_seconds: f64,
    /// Of one margin, from scaled features, or for a network from the file.
    pub margin_seconds: f64,
    /// Bytes of the arrays kept.
    pub bytes: usize,
}

/// Pictures that reading and features are timed on; margins on a few of them.
const PICTURES: usize = 32;
const MARGINS: usize = 8;

/// The mean seconds that `work` takes for one of a few items, on this thread.
pub(super) fn seconds_each<T>(items: &[T], most: usize, mut work: impl FnMut(&T)) -> f64 {
    let some: Vec<&T> = items.iter().step_by(items.len().div_ceil(most).max(1)).collect();
    let started = Instant::now();
    for &item in &some {
        work(item);
    }
    started.elapsed().as_secs_f64() / some.len().max(1) as f64
}

impl Spent {
    /// Of a classifier of features: `rows` are some that it can judge.
    pub(super) fn on_features(
        fit_seconds: f64,
        scaler: &Scaler,
        model: &dftective_classify::Model,
        rows: ndarray::ArrayView2<f64>,
    ) -> Self {
        let rows: Vec<Vec<f64>> = rows
            .rows()
            .into_iter()
            .take(MARGINS)
            .map(|row| row.to_vec())
            .collect();
        let arrays = model.arrays().into_iter().chain(scaler.arrays());
        Self {
            fit_seconds,
            margin_seconds: seconds_each(&rows, MARGINS, |row| {
                std::hint::black_box(model.margin(row));
            }),
            bytes: arrays.map(|(_, array)| array.len() * size_of::<f64>()).sum(),
        }
    }
}

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
