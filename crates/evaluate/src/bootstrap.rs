use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::resampled::{Resampled, middle};
use super::{Interval, Metric, MetricError};

/// How the bootstrap draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootstrapOptions {
    /// Samples drawn, one of [`Self::RESAMPLES`]. From 1000 on the ends of an interval are steady to a few hundredths of its
    /// width.
    pub resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self {
            resamples: 2000,
            seed: 0,
        }
    }
}

impl BootstrapOptions {
    /// Numbers of resamples there may be. Below, 2.5 % of them are hardly 3; above, the values of the metrics would
    /// take more than 128 MB (256 MB for two detectors).
    pub const RESAMPLES: RangeInclusive<usize> = 100..=1_000_000;

    pub(super) fn check(&self) -> Result<(), MetricError> {
        if Self::RESAMPLES.contains(&self.resamples) {
            Ok(())
        } else {
            Err(MetricError::Resamples {
                expected: Self::RESAMPLES,
                found: self.resamples,
            })
        }
    }
}

/// A metric with the interval that resampling gives it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapEstimate {
    /// Which metric.
    pub metric: Metric,
    /// Its value on the items themselves; `None` where it is not defined.
    pub value: Option<f64>,
    /// The middle 95 % of its values over the resamples; `None` where it has none, and where all are equal, as for
    /// perfect scores: resampling then says nothing about the spread.
    pub interval: Option<Interval>,
    /// Resamples in which it is not defined, as precision is where nothing is called fake; the interval is of the
    /// others.
    pub undefined: usize,
}

/// 95 % intervals of all metrics by resampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// How it was drawn.
    #[serde(flatten)]
    pub options: BootstrapOptions,
    /// What was drawn: the number of items, or of groups where groups were given.
    pub units: usize,
    /// One estimate a metric, in the order of [`Metric::ALL`].
    pub estimates: Vec<BootstrapEstimate>,
}

impl Bootstrap {
    /// The percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13) of the
    /// metrics at `threshold`.
    ///
    /// Each resample draws as many fakes from the fakes and reals from the reals as there are, with replacement. With
    /// `groups`, one number an item, whole groups are drawn: the frames of one video tell little more than one of
    /// them, and intervals that took them for independent would be too narrow. Groups of fakes, of reals and of both
    /// are drawn each among their own, and their sizes may differ, so the numbers of items vary.
    ///
    /// Percentile intervals stay within \[0, 1\] and need no estimate of a bias or an acceleration, whose jackknife
    /// would cost as much as n more resamples and fails where all items agree; on a few dozen units they are
    /// somewhat too narrow. The items are ranked once and a resample is a set of weights, so it takes O(n). The same
    /// options give the same bytes on any number of threads.
    ///
    /// # Errors
    /// Lengths that differ, no items, a score or threshold that is not finite, a class without items, too few or too
    /// many resamples.
    pub fn of(
        scores: &[f64],
        labels: &[bool],
        threshold: f64,
        groups: Option<&[usize]>,
        options: BootstrapOptions,
    ) -> Result<Self, MetricError> {
        let Resampled {
            units,
            values: [values],
            samples,
        } = Resampled::of([scores], labels, threshold, groups, options)?;
        let estimates = Metric::ALL
            .into_iter()
            .enumerate()
            .map(|(i, metric)| {
                let (interval, undefined) = middle(samples.iter().map(|[sample]| sample[i]));
                BootstrapEstimate {
                    metric,
                    value: values[i],
                    interval,
                    undefined,
                }
            })
            .collect();
        Ok(Self {
            options,
            units,
            estimates,
        })
    }

    /// The estimate of a metric.
    pub fn get(&self, metric: Metric) -> Option<&BootstrapEstimate> {
        self.estimates.iter().find(|estimate| estimate.metric == metric)
    }
}

#[cfg(test)]
mod tests;
