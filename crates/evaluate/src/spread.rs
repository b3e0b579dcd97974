use serde::{Deserialize, Serialize};

use super::MetricError;

/// How a number varies over repetitions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many there are.
    pub repetitions: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, with n − 1; `None` for a single one. Repeated splits share items, so it says how much
    /// a split matters, and is no standard error.
    pub standard_deviation: Option<f64>,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Summarises one number a repetition.
    ///
    /// # Errors
    /// No numbers, or one that is not finite.
    pub fn of(values: &[f64]) -> Result<Self, MetricError> {
        if values.is_empty() {
            return Err(MetricError::Empty);
        }
        if let Some((index, &value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(MetricError::Score { index, value });
        }
        let n = values.len() as f64;
        // Of the distances to one of them, so that equal values have a deviation of exactly 0.
        let mean = values[0] + values.iter().map(|v| v - values[0]).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        Ok(Self {
            repetitions: values.len(),
            mean,
            standard_deviation: (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt()),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() -> Result<(), MetricError> {
        // Mean 5, squares 9 + 1 + 1 + 9 = 20, over 3.
        let spread = Spread::of(&[2.0, 4.0, 6.0, 8.0])?;
        assert_eq!((spread.repetitions, spread.mean), (4, 5.0));
        assert_eq!(spread.standard_deviation, Some((20.0f64 / 3.0).sqrt()));
        assert_eq!((spread.min, spread.max), (2.0, 8.0));
        assert_eq!(Spread::of(&[0.1; 3])?.standard_deviation, Some(0.0));
        assert_eq!(Spread::of(&[0.1])?.standard_deviation, None);
        assert_eq!(Spread::of(&[]), Err(MetricError::Empty));
        let error = Spread::of(&[0.1, f64::INFINITY]);
        assert!(matches!(error, Err(MetricError::Score { index: 1, .. })));
        Ok(())
    }
}
