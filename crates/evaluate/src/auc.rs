use serde::{Deserialize, Serialize};

use super::{Interval, MetricError, error::check, intervals::Z_95};

/// The area under the ROC curve with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AucEstimate {
    /// The probability that a random fake scores above a random real item, ties counted one half.
    pub auc: f64,
    /// DeLong's standard error; `None` with fewer than 2 items of a class.
    pub standard_error: Option<f64>,
    /// auc ± 1.96 standard errors, within \[0, 1\]; `None` without a standard error and where that is 0, as it
    /// is for perfect scores: the estimate then says nothing about the spread.
    pub interval: Option<Interval>,
}

impl AucEstimate {
    /// The mean of areas measured on different items, with the standard error of independent ones; `None` of none.
    pub fn mean_of(all: &[Self]) -> Option<Self> {
        let n = all.len() as f64;
        let auc = all.iter().map(|each| each.auc).sum::<f64>() / n;
        let variances: Option<f64> = all
            .iter()
            .map(|each| each.standard_error.map(|error| error * error))
            .sum();
        let standard_error = variances.map(|sum| sum.sqrt() / n);
        (!all.is_empty()).then(|| Self {
            auc,
            standard_error,
            interval: interval(auc, standard_error),
        })
    }
}

/// None without a standard error, and where that is 0.
fn interval(auc: f64, standard_error: Option<f64>) -> Option<Interval> {
    standard_error.filter(|&error| error > 0.0).map(|error| Interval {
        low: (auc - Z_95 * error).max(0.0),
        high: (auc + Z_95 * error).min(1.0),
    })
}

/// Mann–Whitney's estimate of the ROC area in O(n log n), with the standard error of DeLong, DeLong,
/// Clarke-Pearson (1988) computed from midranks as in Sun and Xu (2014).
///
/// # Errors
/// Lengths that differ, no items, a score that is not finite, a class without items.
pub fn roc_auc(scores: &[f64], labels: &[bool]) -> Result<AucEstimate, MetricError> {
    let (m, n) = check(scores, labels)?;
    let placements = placements(scores, labels);
    let auc = placements.auc();
    let fake_variance = variance(&placements.reals_below, 2.0 * n as f64);
    let real_variance = variance(&placements.fakes_below, 2.0 * m as f64);
    let standard_error = fake_variance
        .zip(real_variance)
        .map(|(vf, vr)| (vf / m as f64 + vr / n as f64).sqrt());
    Ok(AucEstimate {
        auc,
        standard_error,
        interval: interval(auc, standard_error),
    })
}

/// Where each item stands in the other class.
pub(super) struct Placements {
    /// Twice the number of reals below each fake, ties one half, in the order of the fakes.
    pub reals_below: Vec<u64>,
    /// Twice the number of fakes below each real.
    pub fakes_below: Vec<u64>,
}

impl Placements {
    /// The area, exact up to its one division.
    pub fn auc(&self) -> f64 {
        let wins: u128 = self.reals_below.iter().map(|&w| u128::from(w)).sum();
        wins as f64 / (2.0 * self.reals_below.len() as f64 * self.fakes_below.len() as f64)
    }
}

/// The placements of scores that [`check`] has seen.
pub(super) fn placements(scores: &[f64], labels: &[bool]) -> Placements {
    let of_class = |class: bool| -> Vec<f64> {
        scores
            .iter()
            .zip(labels)
            .filter(|(_, l)| **l == class)
            .map(|(s, _)| *s)
            .collect()
    };
    let (fakes, reals) = (of_class(true), of_class(false));
    let pooled: Vec<f64> = fakes.iter().chain(&reals).copied().collect();
    let all = doubled_midranks(&pooled);
    let below = |all: &[u64], own: &[f64]| {
        let own = doubled_midranks(own);
        all.iter().zip(own).map(|(a, o)| a - o).collect()
    };
    Placements {
        reals_below: below(&all[..fakes.len()], &fakes),
        fakes_below: below(&all[fakes.len()..], &reals),
    }
}

/// Sample variance of counts/scale; 0 exactly if the counts are equal.
fn variance(counts: &[u64], scale: f64) -> Option<f64> {
    if counts.len() < 2 {
        return None;
    }
    let n = counts.len() as f64;
    let mean = counts.iter().map(|&c| u128::from(c)).sum::<u128>() as f64 / n;
    let squares: f64 = counts.iter().map(|&c| ((c as f64 - mean) / scale).powi(2)).sum();
    Some(squares / (n - 1.0))
}

/// Twice the rank of each value from 1 up, equal values sharing the mean of their ranks.
fn doubled_midranks(values: &[f64]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0; values.len()];
    let mut below = 0;
    // `==` and not the total order: −0 and 0 are tied.
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &i in tied {
            ranks[i] = (2 * below + tied.len() + 1) as u64;
        }
        below += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every pair, straight from the definitions.
    fn naive(scores: &[f64], labels: &[bool]) -> (f64, Option<f64>) {
        let of = |class| {
            (0..scores.len())
                .filter(move |&i| labels[i] == class)
                .map(|i| scores[i])
        };
        let win = |f: f64, r: f64| {
            if f > r {
                1.0
            } else if f == r {
                0.5
            } else {
                0.0
            }
        };
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let v10: Vec<f64> = of(true)
            .map(|f| mean(&of(false).map(|r| win(f, r)).collect::<Vec<_>>()))
            .collect();
        let v01: Vec<f64> = of(false)
            .map(|r| mean(&of(true).map(|f| win(f, r)).collect::<Vec<_>>()))
            .collect();
        let auc = mean(&v10);
        let spread = |v: &[f64]| {
            v.iter().map(|x| (x - auc).powi(2)).sum::<f64>() / (v.len() - 1) as f64 / v.len() as f64
        };
        let defined = v10.len() > 1 && v01.len() > 1;
        (auc, defined.then(|| (spread(&v10) + spread(&v01)).sqrt()))
    }

    #[test]
    fn hand_counted() -> Result<(), MetricError> {
        // Pairs (.35, .1) (.35, .4) (.8, .1) (.8, .4): three of four are won.
        assert_eq!(
            roc_auc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true])?.auc,
            0.75
        );
        // The lowest scores tied at 0: a half and a whole pair.
        assert_eq!(roc_auc(&[0.0, 0.0, 0.5], &[true, false, true])?.auc, 0.75);
        assert_eq!(roc_auc(&[-0.0, 0.0], &[true, false])?.auc, 0.5);
        let perfect = roc_auc(&[f64::MIN, 0.1, 0.2, f64::MAX], &[false, false, true, true])?;
        assert_eq!(
            perfect,
            AucEstimate {
                auc: 1.0,
                standard_error: Some(0.0),
                interval: None
            }
        );
        assert_eq!(roc_auc(&[0.1, 0.2], &[false, true])?.standard_error, None);
        Ok(())
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(
            roc_auc(&[0.1], &[]),
            Err(MetricError::Length { scores: 1, labels: 0 })
        );
        assert_eq!(roc_auc(&[], &[]), Err(MetricError::Empty));
        for bad in [f64::NAN, f64::NEG_INFINITY] {
            let error = roc_auc(&[0.1, bad], &[true, false]);
            assert!(matches!(error, Err(MetricError::Score { index: 1, .. })));
        }
        assert_eq!(
            roc_auc(&[0.1, 0.2], &[true, true]),
            Err(MetricError::SingleClass { fake: 2, real: 0 })
        );
    }

    proptest! {
        #[test]
        fn agrees_with_counting_pairs(items in prop::collection::vec((0..12i32, any::<bool>()), 2..80)) {
            let scores: Vec<f64> = items.iter().map(|i| f64::from(i.0) / 11.0).collect();
            let labels: Vec<bool> = items.iter().map(|i| i.1).collect();
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            let fast = roc_auc(&scores, &labels).expect("checked input");
            let (auc, standard_error) = naive(&scores, &labels);
            // Means of at most 80 values in [0, 1]; the root takes a rounding of 1e-16 to 1e-8 at 0.
            prop_assert!((fast.auc - auc).abs() < 1e-14);
            prop_assert_eq!(fast.standard_error.is_some(), standard_error.is_some());
            if let (Some(a), Some(b)) = (fast.standard_error, standard_error) {
                prop_assert!((a * a - b * b).abs() < 1e-14);
            }
        }
    }
}
