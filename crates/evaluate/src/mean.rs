use rayon::prelude::*;

use super::resample::Resampler;
use super::resampled::middle;
use super::{BootstrapOptions, Interval, MetricError};

/// A weighted mean with the interval that resampling gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanEstimate {
    /// The mean.
    pub value: f64,
    /// The middle 95 % of its values over the resamples; `None` where all are equal: resampling then says nothing about
    /// the spread.
    pub interval: Option<Interval>,
    /// What was drawn: the number of items, or of groups where groups were given.
    pub units: usize,
}

/// Means are sums of up to millions of rounded terms: closer than this they are equal.
const ROUNDING: f64 = 1e-9;

impl MeanEstimate {
    /// The percentile bootstrap of Σ weight · value ÷ Σ weight, drawn as [`Bootstrap::of`](super::Bootstrap::of) draws:
    /// items, or whole `groups`, fakes and reals each among their own. With the weight of 1 ÷ the size of its test part, a
    /// test counts as in the mean over several test parts, and an item tested in several of them, drawn as
    /// one group, makes the interval no narrower. O(groups) a resample; the same bytes on any number of threads.
    ///
    /// # Errors
    /// Lengths that differ, no items, a value that is not finite, a weight that is not finite and above 0, too few or
    /// too many resamples.
    pub fn of(
        values: &[f64],
        weights: &[f64],
        labels: &[bool],
        groups: Option<&[usize]>,
        options: BootstrapOptions,
    ) -> Result<Self, MetricError> {
        options.check()?;
        for numbers in [values, weights] {
            if numbers.len() != labels.len() {
                let (scores, labels) = (numbers.len(), labels.len());
                return Err(MetricError::Length { scores, labels });
            }
        }
        if values.is_empty() {
            return Err(MetricError::Empty);
        }
        let resampler = Resampler::new(labels, groups, options.seed)?;
        let mut sums = vec![(0.0, 0.0); resampler.units()];
        for (index, (&value, &weight)) in values.iter().zip(weights).enumerate() {
            if !value.is_finite() {
                return Err(MetricError::Score { index, value });
            }
            if !(weight.is_finite() && weight > 0.0) {
                return Err(MetricError::Weight { index, weight });
            }
            let (weighted, total) = &mut sums[resampler.unit_of(index)];
            *weighted += weight * value;
            *total += weight;
        }
        let mean = |times: &[u32]| {
            let (weighted, total) =
                times
                    .iter()
                    .zip(&sums)
                    .fold((0.0, 0.0), |(weighted, total), (&times, of)| {
                        (
                            weighted + f64::from(times) * of.0,
                            total + f64::from(times) * of.1,
                        )
                    });
            weighted / total
        };
        let samples: Vec<f64> = (0..options.resamples as u64)
            .into_par_iter()
            .map_init(Vec::new, |times, number| {
                resampler.draw(number, times);
                mean(times)
            })
            .collect();
        let (interval, _) = middle(samples.into_iter().map(Some));
        Ok(Self {
            value: mean(&vec![1; sums.len()]),
            interval: interval.filter(|ends| ends.high - ends.low > ROUNDING),
            units: sums.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bootstrap, Metric};

    const OPTIONS: BootstrapOptions = BootstrapOptions {
        resamples: 500,
        seed: 3,
    };

    /// Right and wrong calls of 60 items, of which every third is wrong.
    fn calls() -> (Vec<f64>, Vec<bool>) {
        let right = (0..60).map(|item| f64::from(u8::from(item % 3 > 0))).collect();
        (right, (0..60).map(|item| item % 2 == 0).collect())
    }

    #[test]
    fn with_equal_weights_it_is_the_bootstrap_of_the_accuracy() -> Result<(), MetricError> {
        let (right, labels) = calls();
        let scores: Vec<f64> = right
            .iter()
            .zip(&labels)
            .map(|(&right, &fake)| if (right == 1.0) == fake { 1.0 } else { -1.0 })
            .collect();
        let groups: Vec<usize> = (0..60).map(|item| item / 4).collect();
        for groups in [None, Some(groups.as_slice())] {
            let known = Bootstrap::of(&scores, &labels, 0.0, groups, OPTIONS)?;
            let accuracy = known.get(Metric::Accuracy).and_then(|each| each.interval);
            let accuracy = accuracy.map(|ends| (ends.low, ends.high)).unwrap();
            let mean = MeanEstimate::of(&right, &[0.25; 60], &labels, groups, OPTIONS)?;
            let interval = mean.interval.unwrap();
            // Multiples of 1/4 have no rounding; one division and one interpolation have.
            assert!(
                (interval.low - accuracy.0).abs() < 1e-15,
                "{interval:?} {accuracy:?}"
            );
            assert!(
                (interval.high - accuracy.1).abs() < 1e-15,
                "{interval:?} {accuracy:?}"
            );
            assert_eq!((mean.value, mean.units), (40.0 / 60.0, known.units));
        }
        Ok(())
    }

    #[test]
    fn a_mean_over_parts_of_different_sizes() -> Result<(), MetricError> {
        let (right, labels) = calls();
        // The first 20 items are one part, the other 40 another.
        let weights: Vec<f64> = (0..60)
            .map(|item| if item < 20 { 1.0 / 20.0 } else { 1.0 / 40.0 })
            .collect();
        let mean = MeanEstimate::of(&right, &weights, &labels, None, OPTIONS)?;
        let parts = (right[..20].iter().sum::<f64>() / 20.0 + right[20..].iter().sum::<f64>() / 40.0) / 2.0;
        // 60 terms below 1.
        assert!((mean.value - parts).abs() < 1e-14);
        let interval = mean.interval.unwrap();
        assert!(interval.low < parts && parts < interval.high);
        Ok(())
    }

    #[test]
    fn testing_an_item_again_makes_it_no_narrower() -> Result<(), MetricError> {
        let (right, labels) = calls();
        let items: Vec<usize> = (0..60).collect();
        let once = MeanEstimate::of(&right, &[1.0; 60], &labels, Some(&items), OPTIONS)?;
        let four_times = MeanEstimate::of(
            &right.repeat(4),
            &[0.25; 240],
            &labels.repeat(4),
            Some(&items.repeat(4)),
            OPTIONS,
        )?;
        assert_eq!(four_times, once);
        Ok(())
    }

    #[test]
    fn what_is_always_the_same_has_no_interval() -> Result<(), MetricError> {
        let (_, labels) = calls();
        // Thirds round, in another order each time.
        let weights: Vec<f64> = (0..60).map(|item| 1.0 / (3.0 + item as f64)).collect();
        let mean = MeanEstimate::of(&[0.7; 60], &weights, &labels, None, OPTIONS)?;
        assert!((mean.value - 0.7).abs() < 1e-14);
        assert_eq!(mean.interval, None);
        Ok(())
    }

    #[test]
    fn what_has_no_mean_is_an_error() {
        let of = |values: &[f64], weights: &[f64], labels: &[bool]| {
            MeanEstimate::of(values, weights, labels, None, OPTIONS)
        };
        assert_eq!(of(&[], &[], &[]), Err(MetricError::Empty));
        let (scores, labels) = (1, 2);
        let length = Err(MetricError::Length { scores, labels });
        assert_eq!(of(&[1.0], &[1.0, 1.0], &[true, false]), length);
        assert_eq!(of(&[1.0, 0.0], &[1.0], &[true, false]), length);
        for weight in [0.0, -1.0, f64::INFINITY] {
            let found = of(&[1.0, 0.0], &[1.0, weight], &[true, false]);
            assert_eq!(found, Err(MetricError::Weight { index: 1, weight }));
        }
        assert!(matches!(
            of(&[f64::NAN, 0.0], &[1.0, 1.0], &[true, false]),
            Err(MetricError::Score { index: 0, .. })
        ));
    }
}
