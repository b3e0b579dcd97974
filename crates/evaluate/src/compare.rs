use serde::{Deserialize, Serialize};

use super::auc::placements;
use super::error::{check, check_threshold};
use super::intervals::Z_95;
use super::resampled::{Resampled, Values, middle};
use super::{BootstrapOptions, Interval, Metric, MetricError};

/// The areas under two detectors' ROC curves on the same items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DelongTest {
    /// The first detector's area.
    pub first: f64,
    /// The second's.
    pub second: f64,
    /// First minus second.
    pub difference: f64,
    /// Standard error of the difference, from the covariance of the two areas.
    pub standard_error: f64,
    /// 95 % interval of the difference, within \[−1, 1\]; `None` where the standard error is 0.
    pub interval: Option<Interval>,
    /// Two-sided p-value: how often two equally good detectors would differ as much by chance. 1 where the areas are
    /// equal; `None` where they differ with a standard error of 0, which no test can judge.
    pub p_value: Option<f64>,
}

/// DeLong, DeLong and Clarke-Pearson's (1988) test of two correlated ROC areas, in O(n log n) with the midranks of
/// Sun and Xu (2014).
///
/// The variance of the difference comes from each item's placement, its share of pairs won with the first detector
/// minus that with the second: var(fakes)/m + var(reals)/n. Items must be independent of each other: for frames of
/// videos take [`PairedBootstrap`] with groups, or compare the videos.
///
/// # Errors
/// Lengths that differ, a score that is not finite, a class with fewer than 2 items.
pub fn delong_test(first: &[f64], second: &[f64], labels: &[bool]) -> Result<DelongTest, MetricError> {
    let (fake, real) = check(first, labels)?;
    check(second, labels)?;
    if fake < 2 || real < 2 {
        return Err(MetricError::TooFew { fake, real });
    }
    let (a, b) = (placements(first, labels), placements(second, labels));
    let variance = |a: &[u64], b: &[u64], scale: f64| {
        // Integers, so equal differences have a variance of exactly 0.
        let gains: Vec<i64> = a.iter().zip(b).map(|(&a, &b)| a as i64 - b as i64).collect();
        let n = gains.len() as f64;
        let mean = gains.iter().map(|&g| i128::from(g)).sum::<i128>() as f64 / n;
        let squares: f64 = gains.iter().map(|&g| ((g as f64 - mean) / scale).powi(2)).sum();
        squares / (n - 1.0) / n
    };
    let of_fakes = variance(&a.reals_below, &b.reals_below, 2.0 * real as f64);
    let of_reals = variance(&a.fakes_below, &b.fakes_below, 2.0 * fake as f64);
    let standard_error = (of_fakes + of_reals).sqrt();
    let (first, second) = (a.auc(), b.auc());
    let difference = first - second;
    let has_spread = standard_error > 0.0;
    let p_value = if has_spread {
        // P(|Z| > z) = erfc(z / √2)
        Some(libm::erfc(
            (difference / standard_error).abs() / std::f64::consts::SQRT_2,
        ))
    } else {
        (difference == 0.0).then_some(1.0)
    };
    Ok(DelongTest {
        first,
        second,
        difference,
        standard_error,
        interval: has_spread.then(|| Interval {
            low: (difference - Z_95 * standard_error).max(-1.0),
            high: (difference + Z_95 * standard_error).min(1.0),
        }),
        p_value,
    })
}

/// How two detectors' right calls differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct McnemarTest {
    /// Items that only the first detector calls rightly.
    pub only_first: usize,
    /// Items that only the second does.
    pub only_second: usize,
    /// Two-sided p-value of the exact test: how often a fair coin, thrown for each of these items, would divide them
    /// at least as unevenly.
    pub p_value: f64,
}

/// McNemar's test (1947) in its exact binomial form, of the calls `score ≥ threshold`. Items must be independent of
/// each other.
///
/// # Errors
/// Lengths that differ, no items, a score or threshold that is not finite, a class without items.
pub fn mcnemar_test(
    first: &[f64],
    second: &[f64],
    labels: &[bool],
    threshold: f64,
) -> Result<McnemarTest, MetricError> {
    check(first, labels)?;
    check(second, labels)?;
    check_threshold(threshold)?;
    let (mut only_first, mut only_second) = (0, 0);
    for ((&a, &b), &fake) in first.iter().zip(second).zip(labels) {
        match ((a >= threshold) == fake, (b >= threshold) == fake) {
            (true, false) => only_first += 1,
            (false, true) => only_second += 1,
            _ => {}
        }
    }
    Ok(McnemarTest {
        only_first,
        only_second,
        p_value: binomial_half(only_first, only_second),
    })
}

/// 2 P(X ≤ the smaller) for X binomial with a + b trials at ½, at most 1.
fn binomial_half(a: usize, b: usize) -> f64 {
    let trials = (a + b) as f64;
    // The largest term by logarithms, the others by the ratio C(n, k − 1)/C(n, k) = k / (n − k + 1).
    let smaller = a.min(b);
    let k = smaller as f64;
    let log = libm::lgamma(trials + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(trials - k + 1.0);
    let mut term = (log - trials * std::f64::consts::LN_2).exp();
    let mut sum = 0.0;
    for k in (0..=smaller).rev() {
        sum += term;
        term *= k as f64 / (trials - k as f64 + 1.0);
    }
    (2.0 * sum).min(1.0)
}

/// The difference of a metric between two detectors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedEstimate {
    /// Which metric.
    pub metric: Metric,
    /// The first detector's value; `None` where it is not defined.
    pub first: Option<f64>,
    /// The second's.
    pub second: Option<f64>,
    /// First minus second.
    pub difference: Option<f64>,
    /// The middle 95 % of the difference over the resamples; `None` where all are equal or none is defined.
    pub interval: Option<Interval>,
    /// Two-sided p-value: the level at which the percentile interval would just reach 0 (Efron and Tibshirani, 1993,
    /// chapter 15), twice the share of resamples on the rarer side of no difference, those exactly there counted on
    /// both. One is added to the counts, so that it is never 0: with B resamples it is 2/(B + 1) at least. `None` where no
    /// resample defines the difference.
    pub p_value: Option<f64>,
    /// Resamples in which either value is not defined.
    pub undefined: usize,
}

/// Two detectors on the same resamples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedBootstrap {
    /// How it was drawn.
    #[serde(flatten)]
    pub options: BootstrapOptions,
    /// What was drawn: the number of items, or of groups where groups were given.
    pub units: usize,
    /// One estimate a metric, in the order of [`Metric::ALL`].
    pub estimates: Vec<PairedEstimate>,
}

impl PairedBootstrap {
    /// Measures both detectors on each resample, drawn as [`super::Bootstrap::of`] draws it, so that what makes a
    /// resample easy for both cancels out.
    ///
    /// # Errors
    /// What [`super::Bootstrap::of`] says, of either detector's scores.
    pub fn of(
        scores: [&[f64]; 2],
        labels: &[bool],
        threshold: f64,
        groups: Option<&[usize]>,
        options: BootstrapOptions,
    ) -> Result<Self, MetricError> {
        let Resampled {
            units,
            values,
            samples,
        } = Resampled::of(scores, labels, threshold, groups, options)?;
        let difference =
            |[first, second]: &[Values; 2], metric: usize| Some(first[metric]? - second[metric]?);
        let estimates = Metric::ALL
            .into_iter()
            .enumerate()
            .map(|(i, metric)| {
                let differences = samples.iter().map(|sample| difference(sample, i));
                let (interval, undefined) = middle(differences.clone());
                PairedEstimate {
                    metric,
                    first: values[0][i],
                    second: values[1][i],
                    difference: difference(&values, i),
                    interval,
                    p_value: two_sided(differences.flatten()),
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
    pub fn get(&self, metric: Metric) -> Option<&PairedEstimate> {
        self.estimates.iter().find(|estimate| estimate.metric == metric)
    }
}

/// See [`PairedEstimate::p_value`].
fn two_sided(differences: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut count, mut not_above, mut not_below) = (0, 0, 0);
    for difference in differences {
        count += 1;
        not_above += usize::from(difference <= 0.0);
        not_below += usize::from(difference >= 0.0);
    }
    let rarer = not_above.min(not_below) + 1;
    (count > 0).then(|| (2.0 * rarer as f64 / (count + 1) as f64).min(1.0))
}

#[cfg(test)]
mod tests;
