use serde::{Deserialize, Serialize};

use super::{ClassifyError, input::check_margins};

/// Platt's sigmoid: score = 1/(1 + exp(−(a · margin + b))), a > 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    /// Slope, above 0: the score rises with the margin.
    pub a: f64,
    /// Log-odds of fake at margin 0.
    pub b: f64,
}

const MAX_ITERATIONS: usize = 100;

impl Platt {
    /// Maximum likelihood by the Newton iteration of Lin, Lin, Weng, "A note on Platt's probabilistic outputs
    /// for support vector machines" (2007), with Platt's smoothed targets (n₊+1)/(n₊+2) and 1/(n₋+2).
    /// The margins must be held-out ones ([`cross_validated_margins`](super::cross_validated_margins)).
    ///
    /// # Errors
    /// Lengths that differ, a class without items, a margin that is not finite, margins that are all equal,
    /// and [`ClassifyError::InvertedSlope`] where the score would not rise with the margin.
    pub fn fit(margins: &[f64], labels: &[bool]) -> Result<Self, ClassifyError> {
        let counts = check_margins(margins, labels)?;
        if margins.iter().all(|&m| m == margins[0]) {
            return Err(ClassifyError::ConstantMargins { value: margins[0] });
        }
        let (fake, real) = (counts.fake as f64, counts.real as f64);
        let targets: Vec<f64> = labels
            .iter()
            .map(|&l| {
                if l {
                    (fake + 1.0) / (fake + 2.0)
                } else {
                    1.0 / (real + 2.0)
                }
            })
            .collect();

        // Standardised margins make the iteration independent of their scale; dividing by the largest first
        // keeps every intermediate in range.
        let n = margins.len() as f64;
        let largest = margins.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let shrunk: Vec<f64> = margins.iter().map(|m| m / largest).collect();
        let mean = shrunk.iter().sum::<f64>() / n;
        let deviation = (shrunk.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let standard: Vec<f64> = shrunk.iter().map(|v| (v - mean) / deviation).collect();

        let start = ((fake + 1.0) / (real + 1.0)).ln();
        let (slope, offset) = newton(&standard, &targets, start)?;
        if slope <= 0.0 {
            return Err(ClassifyError::InvertedSlope { slope });
        }
        let a = slope / deviation / largest;
        let b = offset - slope * mean / deviation;
        if a == 0.0 || !a.is_finite() || !b.is_finite() {
            return Err(ClassifyError::Overflow {
                what: "the calibration",
            });
        }
        Ok(Self { a, b })
    }

    /// For values that come from a file.
    ///
    /// # Errors
    /// `a` not above 0, or either not finite.
    pub fn check(self) -> Result<Self, ClassifyError> {
        super::input::check_positive("a", self.a)?;
        if !self.b.is_finite() {
            return Err(ClassifyError::Parameter {
                name: "b",
                expected: "finite",
                found: self.b.to_string(),
            });
        }
        Ok(self)
    }

    /// The probability of fake, in \[0, 1\]; never falls as the margin rises. NaN only for a NaN margin.
    pub fn score(&self, margin: f64) -> f64 {
        // Every step is monotone in floating point, an overflow to ±∞ included.
        1.0 / (1.0 + (-(self.a * margin + self.b)).exp())
    }
}

/// Minimises the cross-entropy F(a, b) = Σ log(1 + exp(−|z|)) + max(z, 0) − t·z with z = a·m + b.
fn newton(margins: &[f64], targets: &[f64], start: f64) -> Result<(f64, f64), ClassifyError> {
    let loss = |a: f64, b: f64| -> f64 {
        margins
            .iter()
            .zip(targets)
            .map(|(m, t)| {
                let z = a * m + b;
                (-z.abs()).exp().ln_1p() + z.max(0.0) - t * z
            })
            .sum()
    };
    let (mut a, mut b) = (0.0, start);
    let mut value = loss(a, b);
    for _ in 0..MAX_ITERATIONS {
        // The small ridge keeps the Hessian positive definite when every probability is 0 or 1.
        let (mut haa, mut hab, mut hbb) = (1e-12, 0.0, 1e-12);
        let (mut ga, mut gb) = (0.0, 0.0);
        for (m, t) in margins.iter().zip(targets) {
            let p = 1.0 / (1.0 + (-(a * m + b)).exp());
            let curvature = p * (1.0 - p);
            haa += m * m * curvature;
            hab += m * curvature;
            hbb += curvature;
            ga += m * (p - t);
            gb += p - t;
        }
        // Each sum has n terms of magnitude at most max|m|: this is above their rounding for n up to 10⁹.
        if ga.abs().max(gb.abs()) <= 1e-9 * margins.len() as f64 {
            return Ok((a, b));
        }
        let determinant = haa * hbb - hab * hab;
        let da = -(hbb * ga - hab * gb) / determinant;
        let db = -(haa * gb - hab * ga) / determinant;
        let along = ga * da + gb * db;
        let mut length = 1.0;
        loop {
            let (next_a, next_b) = (a + length * da, b + length * db);
            let next = loss(next_a, next_b);
            if next <= value + 1e-4 * length * along + 4.0 * f64::EPSILON * value {
                (a, b, value) = (next_a, next_b, next);
                break;
            }
            length *= 0.5;
            if length < 1e-10 {
                return Err(ClassifyError::Calibration {
                    iterations: MAX_ITERATIONS,
                });
            }
        }
    }
    Err(ClassifyError::Calibration {
        iterations: MAX_ITERATIONS,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slopes of the cross-entropy at the fit, straight from its definition.
    fn gradient(platt: &Platt, margins: &[f64], labels: &[bool]) -> (f64, f64) {
        let fake = labels.iter().filter(|&&l| l).count() as f64;
        let real = labels.len() as f64 - fake;
        margins.iter().zip(labels).fold((0.0, 0.0), |(ga, gb), (&m, &l)| {
            let target = if l {
                (fake + 1.0) / (fake + 2.0)
            } else {
                1.0 / (real + 2.0)
            };
            let p = platt.score(m);
            (ga + m * (p - target), gb + p - target)
        })
    }

    #[test]
    fn the_fit_is_the_minimum() -> Result<(), ClassifyError> {
        let margins = [-2.0, -1.5, -1.0, -0.2, 0.1, 0.4, -0.3, 1.0, 1.7, 2.5, 3.0];
        let labels = [
            false, false, false, false, false, false, true, true, true, true, true,
        ];
        let platt = Platt::fit(&margins, &labels)?;
        let (ga, gb) = gradient(&platt, &margins, &labels);
        // 11 items at the iteration's 1e-9 each, times max|m| = 3.
        assert!(ga.abs() < 4e-8 && gb.abs() < 4e-8, "{ga} {gb}");
        Ok(())
    }

    #[test]
    fn scale_and_offset_of_the_margins_do_not_matter() -> Result<(), ClassifyError> {
        let margins = [-2.0, -1.0, 0.5, -0.5, 1.0, 2.0];
        let labels = [false, false, false, true, true, true];
        let plain = Platt::fit(&margins, &labels)?;
        for scale in [1e-200, 1e-3, 1e7, 1e307] {
            let scaled: Vec<f64> = margins.iter().map(|m| m * scale).collect();
            let platt = Platt::fit(&scaled, &labels)?;
            for (m, s) in margins.iter().zip(&scaled) {
                // Stopping leaves about 1e-9 an item over a curvature of about 0.1.
                assert!((plain.score(*m) - platt.score(*s)).abs() < 1e-7, "{scale}");
            }
        }
        let shifted: Vec<f64> = margins.iter().map(|m| m + 1e6).collect();
        let platt = Platt::fit(&shifted, &labels)?;
        for (m, s) in margins.iter().zip(&shifted) {
            // Adding 1e6 rounds the margins at 1e-10.
            assert!((plain.score(*m) - platt.score(*s)).abs() < 1e-7);
        }
        Ok(())
    }

    #[test]
    fn separable_margins_stay_below_certainty() -> Result<(), ClassifyError> {
        let platt = Platt::fit(&[-1.0, -1.0, 1.0, 1.0], &[false, false, true, true])?;
        // With one margin a class the fit reaches its target exactly: (2+1)/(2+2).
        assert!((platt.score(1.0) - 0.75).abs() < 1e-8);
        assert!((platt.score(-1.0) - 0.25).abs() < 1e-8);
        Ok(())
    }

    #[test]
    fn what_cannot_be_calibrated_is_an_error() {
        let inverted = Platt::fit(&[1.0, 2.0, -1.0, -2.0], &[false, false, true, true]);
        assert!(matches!(inverted, Err(ClassifyError::InvertedSlope { slope }) if slope < 0.0));
        assert!(matches!(
            Platt::fit(&[1.0, 1.0], &[true, false]),
            Err(ClassifyError::ConstantMargins { .. })
        ));
        assert!(matches!(
            Platt::fit(&[1.0, f64::NAN], &[true, false]),
            Err(ClassifyError::Margin { index: 1, .. })
        ));
        assert!(Platt::fit(&[1.0, 2.0], &[true, true]).is_err());
        assert!(Platt::fit(&[1.0], &[true, false]).is_err());
        assert!(Platt::fit(&[], &[]).is_err());
        for (a, b) in [(0.0, 0.0), (-1.0, 0.0), (f64::NAN, 0.0), (1.0, f64::INFINITY)] {
            assert!(Platt { a, b }.check().is_err());
        }
    }

    proptest! {
        #[test]
        fn scores_rise_and_stay_in_range(
            a in prop_oneof![1e-300..1e-3, 1e-3..1e3, 1e3..1e300],
            b in -1e3..1e3f64,
            mut margins in prop::collection::vec(
                prop_oneof![-1e308..1e308f64, -10.0..10.0f64, Just(f64::MAX), Just(f64::MIN)],
                2..20,
            ),
        ) {
            margins.sort_by(f64::total_cmp);
            let scores: Vec<f64> = margins.iter().map(|&m| Platt { a, b }.score(m)).collect();
            prop_assert!(scores.iter().all(|s| (0.0..=1.0).contains(s)));
            prop_assert!(scores.is_sorted());
        }

        #[test]
        fn any_margins_give_a_fit_or_a_named_error(
            items in prop::collection::vec((prop_oneof![-1e308..1e308f64, -3.0..3.0f64], any::<bool>()), 0..40),
        ) {
            let (margins, labels): (Vec<f64>, Vec<bool>) = items.into_iter().unzip();
            match Platt::fit(&margins, &labels) {
                Ok(platt) => prop_assert!(platt.check().is_ok()),
                Err(error) => prop_assert!(
                    !matches!(error, ClassifyError::Calibration { .. }),
                    "{error}: {margins:?} {labels:?}"
                ),
            }
        }
    }
}
