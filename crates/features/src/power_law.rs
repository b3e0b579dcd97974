//! The power law that the tail of the spectrum follows.

use super::input::{NOTHING, at_least};
use super::plan_cache::PlanCache;
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};
use dftective_spectrum::{Average, Centre, Crop, Normalisation, Precision, Radius, Recipe, Window};

/// Power laws fitted to the last part of luma's radial power spectrum, from twelve starting frequencies on: 36
/// features.
///
/// P(r) is the mean power at radius r of the Hann-windowed plane, in units of white noise of variance 1, r in frequency
/// samples of the longer side N. For each start s the line ln P(r) = a + b·ln(r / r₀), r₀ = s·N/2, is fitted by least
/// squares to the radial bins r₀ ≤ r < N/2; the features are the level a, the exponent b, and the root mean square of
/// the residuals. After Dzanic, Shah and Witherden, "Fourier Spectrum Discrepancies in Deep Network Generated Images"
/// (NeurIPS 2020), who fit b₁(k/k_T)^b₂ to the spectrum above one k_T.
///
/// Good at tails that fall too slowly or end in a plateau, and small; blind to lines at single frequencies; AUC .66
/// alone on 256² faces of equal quality. Resizing and compression shape the tail more than any generator.
pub struct PowerLaw {
    plans: PlanCache,
}

/// Starts, in percent of the highest frequency N/2.
const STARTS: [usize; 12] = [10, 17, 25, 32, 39, 46, 54, 61, 68, 75, 83, 90];

impl PowerLaw {
    /// The family.
    pub fn new() -> Self {
        Self {
            plans: PlanCache::new(Recipe {
                crop: Crop::None,
                precision: Precision::F32,
                window: Window::Hann,
                epsilon: 1e-8,
                centre: Centre::Dc,
                radius: Radius::Isotropic,
                average: Average::Power,
                bins: None,
                normalisation: Normalisation::Unitary,
            }),
        }
    }
}

impl Default for PowerLaw {
    fn default() -> Self {
        Self::new()
    }
}

/// A line through points of a doubly logarithmic spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fit {
    level: f64,
    exponent: f64,
    residual: f64,
}

/// Fits ln P = level + exponent·ln(r / start) to the points (r, ln P) by least squares. With fewer than two different
/// radii the exponent is 0.
fn fit(points: impl Iterator<Item = (f64, f64)> + Clone, start: f64) -> Fit {
    let points = points.map(|(radius, log_power)| ((radius / start).ln(), log_power));
    let count = points.clone().count().max(1) as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.clone().map(|point| value(&point)).sum::<f64>() / count;
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let (mut squares, mut products) = (0.0, 0.0);
    for (x, y) in points.clone() {
        squares += (x - x_mean).powi(2);
        products += (x - x_mean) * (y - y_mean);
    }
    let exponent = if squares > 0.0 { products / squares } else { 0.0 };
    let level = y_mean - exponent * x_mean;
    let misses: f64 = points.map(|(x, y)| (y - level - exponent * x).powi(2)).sum();
    Fit {
        level,
        exponent,
        residual: (misses / count).sqrt(),
    }
}

impl FixedFamily for PowerLaw {
    const NAME: &'static str = "power-law";
    const CHANNELS: Channels = NOTHING;
    const IS_HISTOGRAM: bool = false;
    /// The last fit then has three radial bins or more.
    const NEEDED: u32 = 64;

    fn constants(&self) -> String {
        "y hann".to_owned()
    }

    /// `power-law_S_level`, `power-law_S_exponent` and `power-law_S_residual` for each start S, in percent of the
    /// highest frequency.
    fn names(&self) -> Vec<String> {
        let of = |start| ["level", "exponent", "residual"].map(|value| format!("power-law_{start}_{value}"));
        STARTS.into_iter().flat_map(of).collect()
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let (width, height) = image.luma.dimensions();
        at_least(Self::NEEDED, Self::NAME, width, height)?;
        let profile = &mut workspace.profile;
        profile.clear();
        self.plans
            .extract(&image.luma, &mut workspace.spectrum, profile)?;
        let plan = self.plans.get(width, height)?;
        let side = f64::from(width.max(height));
        for start in STARTS {
            let start = start as f64 / 100.0 * side / 2.0;
            // The profile is 10·ln P.
            let radial_bins = plan.radii().iter().map(|radius| f64::from(*radius));
            let tail = radial_bins
                .zip(profile.iter().map(|level| level / 10.0))
                .filter(|(radius, _)| (start..side / 2.0).contains(radius));
            let Fit {
                level,
                exponent,
                residual,
            } = fit(tail, start);
            features.extend([level, exponent, residual]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use image::{GrayImage, Luma};
    use num_complex::Complex;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rustfft::FftPlanner;

    use super::*;
    use crate::Family;
    use crate::tests::{decoded, same_bits};

    /// Sums of a hundred terms of size 30 and a division by the spread of ln r, at least 0.01: 1e-14·30/0.01.
    #[test]
    fn exact_power_laws_are_found() {
        for (level, exponent) in [(3.0, -2.0), (-20.0, 0.0), (0.5, -3.7), (1.0, 1.25)] {
            for (first, last) in [(29, 31), (13, 127), (230, 255)] {
                let start = f64::from(first) - 0.2;
                let law = |r: i32| (f64::from(r), level + exponent * (f64::from(r) / start).ln());
                let found = fit((first..=last).map(law), start);
                assert!((found.level - level).abs() < 1e-10, "{found:?}");
                assert!((found.exponent - exponent).abs() < 1e-10, "{found:?}");
                assert!(found.residual < 1e-10, "{found:?}");
            }
        }
    }

    #[test]
    fn what_is_no_power_law_is_in_the_residual() {
        // y = ±1 about 0, alternating at x = 0, 1, 2, 3: slope Σ(x − 1.5)y / Σ(x − 1.5)² = −2/5, intercept 0.6.
        let points = (0..4).map(|x| (f64::from(x).exp(), if x % 2 == 0 { 1.0 } else { -1.0 }));
        let found = fit(points, 1.0);
        assert!((found.exponent + 0.4).abs() < 1e-12 && (found.level - 0.6).abs() < 1e-12);
        // Residuals 0.4, −1.2, 1.2, −0.4: mean square 0.8.
        assert!((found.residual - 0.8f64.sqrt()).abs() < 1e-12);
        let one = fit(std::iter::once((5.0, 2.0)), 4.0);
        assert_eq!((one.level, one.exponent, one.residual), (2.0, 0.0, 0.0));
    }

    /// A plane of mean 128 whose amplitudes are r^(exponent/2) exactly, with random phases.
    fn plane(side: usize, exponent: f64) -> GrayImage {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut spectrum: Vec<Complex<f64>> = (0..side * side)
            .map(|i| {
                let fold = |k: usize| k.min(side - k) as f64;
                let radius = fold(i % side).hypot(fold(i / side));
                let amplitude = if radius > 0.0 {
                    radius.powf(exponent / 2.0)
                } else {
                    0.0
                };
                Complex::from_polar(amplitude, rng.gen_range(0.0..TAU))
            })
            .collect();
        let transform = FftPlanner::new().plan_fft_inverse(side);
        for _ in 0..2 {
            transform.process(&mut spectrum);
            spectrum = (0..side * side)
                .map(|i| spectrum[i % side * side + i / side])
                .collect();
        }
        // The real part has the power of a spectrum made Hermitian.
        let scale = (spectrum.iter().map(|v| v.re * v.re).sum::<f64>() / (side * side) as f64).sqrt() / 35.0;
        GrayImage::from_fn(side as u32, side as u32, |x, y| {
            let value = spectrum[y as usize * side + x as usize].re / scale;
            Luma([(128.0 + value).round().clamp(0.0, 255.0) as u8])
        })
    }

    /// A radial bin's mean of some 2πr/2 independent powers, each as scattered as it is large, is off by 1/√(πr), a third of
    /// that twice over by the window: 6 to 10 % here. Over the 100 radial bins from a tenth of the highest frequency on, ln r
    /// has a spread of 0.6, so the slope's error is 0.1/(0.6·√100) = 0.02; rounding to whole levels adds 1/12 to a power
    /// that ends at 30 or more. Four times that.
    #[test]
    fn the_exponent_of_a_plane_is_read_back() {
        for exponent in [0.0, -1.0, -2.0] {
            let image = decoded(plane(256, exponent));
            let mut features = Vec::new();
            PowerLaw::new()
                .extract(&image, &mut Workspace::default(), &mut features)
                .unwrap();
            assert!((features[1] - exponent).abs() < 0.08, "{exponent}: {features:?}");
            assert!(features[2] < 0.2, "{exponent}: {features:?}");
        }
    }

    /// White noise of variance σ² has P = σ² at every radius: ln 35² = 7.11, whatever the size.
    #[test]
    fn levels_are_in_units_of_white_noise() {
        for (width, height) in [(256, 256), (200, 130)] {
            let white = plane(256, 0.0);
            let image = decoded(image::imageops::crop_imm(&white, 0, 0, width, height).to_image());
            let mut features = Vec::new();
            PowerLaw::new()
                .extract(&image, &mut Workspace::default(), &mut features)
                .unwrap();
            assert!((features[0] - 35f64.powi(2).ln()).abs() < 0.15, "{features:?}");
        }
    }

    #[test]
    fn every_size_large_enough_has_all_features_in_any_workspace() {
        let images: Vec<_> = [(64, 64), (65, 301), (301, 64), (128, 127)]
            .into_iter()
            .map(|(width, height)| {
                let mut rng = ChaCha8Rng::seed_from_u64(5);
                let noise = GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]));
                (format!("{width}x{height}"), decoded(noise))
            })
            .collect();
        same_bits(&PowerLaw::new(), &images);
        let columns = PowerLaw::new().columns(64, 64).unwrap();
        assert_eq!(
            (columns.len(), columns[4].as_str()),
            (36, "power-law_17_exponent")
        );
        let error = PowerLaw::new().columns(63, 500).unwrap_err();
        assert_eq!(
            error.to_string(),
            "image too small for power-law: 63x500 pixels, 64 needed on either side"
        );
    }
}
