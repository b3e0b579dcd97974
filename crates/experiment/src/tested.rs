//! Accuracy over tests of several splits, and how sure it is.

use std::collections::BTreeSet;

use dftective_evaluate::{BootstrapOptions, Interval, MeanEstimate, MetricError, wilson};

/// Tests of several splits together.
#[derive(Default)]
pub struct Tested {
    right: Vec<f64>,
    weights: Vec<f64>,
    labels: Vec<bool>,
    units: Vec<usize>,
}

impl Tested {
    /// Adds one split, a call, a label and a unit each test. A unit is what is drawn as a whole: the item, or its group.
    pub fn add(&mut self, calls: &[bool], labels: &[bool], units: &[usize]) {
        let right = calls.iter().zip(labels).map(|(call, label)| call == label);
        self.right.extend(right.map(|right| f64::from(u8::from(right))));
        // Every split counts the same, as in the mean of their accuracies.
        self.weights
            .extend(std::iter::repeat_n(1.0 / calls.len() as f64, calls.len()));
        self.labels.extend(labels);
        self.units.extend(units);
    }

    /// Whether no unit was tested twice.
    pub fn is_each_once(&self) -> bool {
        let different: BTreeSet<usize> = self.units.iter().copied().collect();
        different.len() == self.units.len()
    }

    /// The 95 % interval of the mean accuracy by a bootstrap over units; Wilson's over the units where all samples
    /// agree.
    pub fn interval(&self, seed: u64) -> Result<Interval, MetricError> {
        let options = BootstrapOptions {
            resamples: RESAMPLES,
            seed,
        };
        let mean = MeanEstimate::of(
            &self.right,
            &self.weights,
            &self.labels,
            Some(&self.units),
            options,
        )?;
        match mean.interval {
            Some(interval) => Ok(interval),
            None => wilson((mean.value * mean.units as f64).round() as usize, mean.units),
        }
    }
}

/// Enough for ends that are steady to a few hundredths of the interval's width.
const RESAMPLES: usize = 2000;
