//! The metrics of detectors over the same resamples.

use rayon::prelude::*;

use super::error::{check, check_threshold};
use super::resample::{Resampler, quantile};
use super::roc::Ranked;
use super::{BootstrapOptions, Interval, Metric, MetricError};

/// One value a metric, in the order of [`Metric::ALL`]; `None` where it is not defined.
pub(super) type Values = [Option<f64>; Metric::ALL.len()];

/// What N detectors' scores of the same items give.
pub(super) struct Resampled<const N: usize> {
    /// Items, or groups where groups were given.
    pub units: usize,
    /// On the items themselves.
    pub values: [Values; N],
    /// On each resample.
    pub samples: Vec<[Values; N]>,
}

impl<const N: usize> Resampled<N> {
    /// See [`super::Bootstrap::of`].
    pub fn of(
        scores: [&[f64]; N],
        labels: &[bool],
        threshold: f64,
        groups: Option<&[usize]>,
        options: BootstrapOptions,
    ) -> Result<Self, MetricError> {
        for scores in scores {
            check(scores, labels)?;
        }
        check_threshold(threshold)?;
        options.check()?;
        let resampler = Resampler::new(labels, groups, options.seed)?;
        let ranked = scores.map(|scores| Ranked::new(scores, labels));
        let measure = |times: &[u32], steps: &mut Vec<_>| {
            ranked
                .each_ref()
                .map(|ranked| resampler.measure(ranked, threshold, times, steps))
        };
        let samples = (0..options.resamples as u64)
            .into_par_iter()
            .map_init(
                || (Vec::new(), Vec::new()),
                |(times, steps), number| {
                    resampler.draw(number, times);
                    measure(times, steps)
                },
            )
            .collect();
        Ok(Self {
            units: resampler.units(),
            values: measure(&vec![1; resampler.units()], &mut Vec::new()),
            samples,
        })
    }
}

/// The middle 95 % of values that are not all equal, and how many are not defined.
pub(super) fn middle(values: impl Iterator<Item = Option<f64>>) -> (Option<Interval>, usize) {
    let mut undefined = 0;
    let mut defined: Vec<f64> = values
        .inspect(|value| undefined += usize::from(value.is_none()))
        .flatten()
        .collect();
    defined.sort_by(f64::total_cmp);
    let ends = quantile(&defined, 0.025).zip(quantile(&defined, 0.975));
    let interval = ends
        .filter(|_| defined.first() != defined.last())
        .map(|(low, high)| Interval { low, high });
    (interval, undefined)
}
