use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ClassifyError, input::class_counts};

/// What a score says at a stated error rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Generated or manipulated.
    Fake,
    /// Taken by a camera.
    Real,
    /// The error rate allows neither.
    Uncertain,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fake => "fake",
            Self::Real => "real",
            Self::Uncertain => "uncertain",
        })
    }
}

/// The scores that decide: fake from `high` up, real from `low` down, uncertain between.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectThresholds {
    /// At most 0.5; `None`: no score is called real.
    pub low: Option<f64>,
    /// At least 0.5; `None`: no score is called fake.
    pub high: Option<f64>,
    /// The error rate asked for.
    pub error_rate: f64,
}

impl RejectThresholds {
    /// The narrowest band that keeps the error rate on held-out items, each side by itself: `high` is the
    /// lowest threshold t ≥ 0.5 such that at least one item scores t or more and at most `error_rate` of
    /// those that do are real; `low` mirrors it. Candidates are 0.5 and the scores themselves, so items of
    /// equal score always fall on the same side.
    ///
    /// The rate is the observed one; with few items the true one may be well above it.
    ///
    /// # Errors
    /// Lengths that differ, a class without items, a score outside \[0, 1\], a rate outside \[0, 0.5\].
    pub fn fit(scores: &[f64], labels: &[bool], error_rate: f64) -> Result<Self, ClassifyError> {
        if scores.len() != labels.len() {
            return Err(ClassifyError::LabelCount {
                rows: scores.len(),
                labels: labels.len(),
            });
        }
        class_counts(labels)?;
        check_rate(error_rate)?;
        if let Some((index, &value)) = scores.iter().enumerate().find(|(_, s)| !(0.0..=1.0).contains(*s)) {
            return Err(ClassifyError::Score { index, value });
        }
        let fakes = scores.iter().zip(labels).map(|(&s, &l)| (s, l));
        let reals = scores.iter().zip(labels).map(|(&s, &l)| (-s, !l));
        Ok(Self {
            high: lowest_threshold(fakes.collect(), 0.5, error_rate),
            low: lowest_threshold(reals.collect(), -0.5, error_rate).map(|t| -t),
            error_rate,
        })
    }

    /// For values that come from a file.
    ///
    /// # Errors
    /// `low` outside \[0, 0.5\], `high` outside \[0.5, 1\], a rate outside \[0, 0.5\].
    pub fn check(self) -> Result<Self, ClassifyError> {
        check_rate(self.error_rate)?;
        let sides = [("low", self.low, 0.0..=0.5), ("high", self.high, 0.5..=1.0)];
        for (name, side, range) in sides {
            if let Some(value) = side.filter(|v| !range.contains(v)) {
                let expected = "on its side of 0.5, within [0, 1]";
                return Err(ClassifyError::Parameter {
                    name,
                    expected,
                    found: value.to_string(),
                });
            }
        }
        Ok(self)
    }

    /// The verdict on a score; uncertain where both sides or neither claim it, and for NaN.
    pub fn decide(&self, score: f64) -> Verdict {
        let fake = self.high.is_some_and(|high| score >= high);
        let real = self.low.is_some_and(|low| score <= low);
        match (fake, real) {
            (true, false) => Verdict::Fake,
            (false, true) => Verdict::Real,
            _ => Verdict::Uncertain,
        }
    }
}

fn check_rate(error_rate: f64) -> Result<(), ClassifyError> {
    if (0.0..=0.5).contains(&error_rate) {
        return Ok(());
    }
    let found = error_rate.to_string();
    Err(ClassifyError::Parameter {
        name: "error_rate",
        expected: "in [0, 0.5]",
        found,
    })
}

/// The lowest t ≥ `floor` such that some value is at least t, and at most `error_rate` of those are wrong.
/// `items`: value, and whether deciding on it is right.
fn lowest_threshold(mut items: Vec<(f64, bool)>, floor: f64, error_rate: f64) -> Option<f64> {
    items.retain(|(value, _)| *value >= floor);
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut wrong = 0usize;
    let mut lowest = None;
    for (taken, group) in items.chunk_by(|a, b| a.0 == b.0).scan(0, |taken, group| {
        *taken += group.len();
        Some((*taken, group))
    }) {
        wrong += group.iter().filter(|(_, right)| !right).count();
        if wrong as f64 <= error_rate * taken as f64 {
            lowest = Some(if taken == items.len() { floor } else { group[0].0 });
        }
    }
    lowest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clean_split_leaves_no_band() -> Result<(), ClassifyError> {
        let band = RejectThresholds::fit(&[0.1, 0.4, 0.6, 0.9], &[false, false, true, true], 0.0)?;
        assert_eq!((band.low, band.high), (Some(0.5), Some(0.5)));
        assert_eq!(band.decide(0.51), Verdict::Fake);
        assert_eq!(band.decide(0.49), Verdict::Real);
        assert_eq!(band.decide(0.5), Verdict::Uncertain);
        assert_eq!(band.decide(f64::NAN), Verdict::Uncertain);
        Ok(())
    }

    #[test]
    fn a_side_that_never_holds_never_decides() -> Result<(), ClassifyError> {
        // The highest score is a real item; nothing is below 0.5.
        let band = RejectThresholds::fit(&[0.99, 0.6, 0.7], &[false, true, true], 0.1)?;
        assert_eq!((band.low, band.high), (None, None));
        assert_eq!(band.decide(1.0), Verdict::Uncertain);
        assert_eq!(band.decide(0.0), Verdict::Uncertain);
        assert_eq!(
            serde_json::to_value(band).ok().map(|v| v["high"].clone()),
            Some(serde_json::Value::Null)
        );
        Ok(())
    }

    #[test]
    fn ties_stay_on_one_side() -> Result<(), ClassifyError> {
        // At 0.8 one of three is real: too many for a quarter. From 0.7 it is one of four.
        let scores = [0.8, 0.8, 0.8, 0.7, 0.2];
        let labels = [true, false, true, true, false];
        assert_eq!(RejectThresholds::fit(&scores, &labels, 0.25)?.high, Some(0.5));
        assert_eq!(
            RejectThresholds::fit(&scores[..3], &labels[..3], 0.25)?.high,
            None
        );
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        assert!(RejectThresholds::fit(&[0.1], &[true, false], 0.1).is_err());
        assert!(RejectThresholds::fit(&[0.1, 0.2], &[true, true], 0.1).is_err());
        assert!(matches!(
            RejectThresholds::fit(&[0.1, f64::NAN], &[true, false], 0.1),
            Err(ClassifyError::Score { index: 1, .. })
        ));
        for rate in [-0.1, 0.6, f64::NAN] {
            assert!(RejectThresholds::fit(&[0.1, 0.2], &[true, false], rate).is_err());
        }
        let band = RejectThresholds {
            low: Some(0.2),
            high: None,
            error_rate: 0.1,
        };
        assert!(band.check().is_ok());
        assert!(
            RejectThresholds {
                low: Some(0.6),
                ..band
            }
            .check()
            .is_err()
        );
        assert!(
            RejectThresholds {
                high: Some(f64::NAN),
                ..band
            }
            .check()
            .is_err()
        );
    }

    /// Every candidate, counted afresh.
    fn naive_high(scores: &[f64], labels: &[bool], rate: f64) -> Option<f64> {
        let mut candidates: Vec<f64> = scores
            .iter()
            .copied()
            .filter(|&s| s >= 0.5)
            .chain([0.5])
            .collect();
        candidates.sort_by(f64::total_cmp);
        candidates.into_iter().find(|&t| {
            let above: Vec<bool> = (0..scores.len())
                .filter(|&i| scores[i] >= t)
                .map(|i| labels[i])
                .collect();
            let wrong = above.iter().filter(|&&l| !l).count();
            !above.is_empty() && wrong as f64 <= rate * above.len() as f64
        })
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_threshold(
            // A coarse grid, for ties.
            items in prop::collection::vec((0..=20u32, any::<bool>()), 2..60),
            rate in prop_oneof![Just(0.0), Just(0.25), 0.0..0.5],
        ) {
            let scores: Vec<f64> = items.iter().map(|i| f64::from(i.0) / 20.0).collect();
            let labels: Vec<bool> = items.iter().map(|i| i.1).collect();
            prop_assume!(labels.contains(&true) && labels.contains(&false));
            let band = RejectThresholds::fit(&scores, &labels, rate).expect("checked input");
            prop_assert_eq!(band.high, naive_high(&scores, &labels, rate));
            // k/20 and 1 − k/20 may differ in the last bit, so the mirror image is made on the grid.
            let mirrored: Vec<f64> = items.iter().map(|i| f64::from(20 - i.0) / 20.0).collect();
            let swapped: Vec<bool> = labels.iter().map(|l| !l).collect();
            let low = naive_high(&mirrored, &swapped, rate).map(|t| 20 - (t * 20.0).round() as u32);
            prop_assert_eq!(band.low.map(|t| (t * 20.0).round() as u32), low);
        }
    }
}
