use serde::{Deserialize, Serialize};

use super::MetricError;

/// The 0.975 quantile of the standard normal distribution.
pub(super) const Z_95: f64 = 1.959963984540054;

/// A 95 % confidence interval, for items that are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's (1927) 95 % score interval of a proportion.
///
/// # Errors
/// No trials, or more successes than trials.
pub fn wilson(successes: usize, trials: usize) -> Result<Interval, MetricError> {
    if trials == 0 || successes > trials {
        return Err(MetricError::Proportion { successes, trials });
    }
    Ok(wilson_of_share(successes as f64 / trials as f64, trials as f64))
}

/// The same of a share `p` in \[0, 1\] of `n` > 0 trials, neither of which need be whole.
pub(super) fn wilson_of_share(p: f64, n: f64) -> Interval {
    let z2 = Z_95 * Z_95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At 0 and at all successes the bound is exactly 0 or 1; rounding must not move it.
    Interval {
        low: if p == 0.0 { 0.0 } else { centre - half },
        high: if p == 1.0 { 1.0 } else { centre + half },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.binomtest(k, n).proportion_ci(method="wilson")`.
    #[test]
    fn agrees_with_scipy() -> Result<(), MetricError> {
        let table = [
            (0, 1, 0.0, 0.7934506856227626),
            (1, 1, 0.20654931437723745, 1.0),
            (0, 20, 0.0, 0.16112515805281935),
            (5, 10, 0.236593090512564, 0.7634069094874361),
            (95, 100, 0.8882495307680809, 0.978456320845632),
            (1999, 2000, 0.9971731374967339, 0.9999117322692945),
            (2000, 2000, 0.9980829527187471, 1.0),
        ];
        for (k, n, low, high) in table {
            let interval = wilson(k, n)?;
            // A dozen operations on values below 10.
            assert!(
                (interval.low - low).abs() < 1e-14 && (interval.high - high).abs() < 1e-14,
                "{k}/{n}"
            );
        }
        Ok(())
    }

    #[test]
    fn impossible_counts_are_errors() {
        assert!(wilson(0, 0).is_err());
        assert!(wilson(3, 2).is_err());
    }
}
