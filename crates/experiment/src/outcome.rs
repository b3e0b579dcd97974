//! One fit on one split: the margins of what was held out, and what it took.

use std::time::Instant;

use dftective_classify::{Model, Scaler};
use ndarray::ArrayView2;

/// One fit, and the margins of the items held out.
pub struct Outcome {
    pub test: Vec<usize>,
    pub margins: Vec<f64>,
    pub trained_on: usize,
    pub converged: bool,
    pub one_class_only: bool,
    pub spent: Spent,
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

/// Rows that margins are timed on.
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
        model: &Model,
        rows: ArrayView2<f64>,
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
