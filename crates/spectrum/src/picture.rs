//! The spectrum in two dimensions, and a plane without its coarse detail: pictures to look at, not features.

use image::GrayImage;
use num_complex::Complex;

use super::half::HalfSpectrum;
use super::recipe::Window;

/// The log spectrum of a plane, W × H values of 20·ln|F| (natural logarithm of the amplitude), row-major, shifted so
/// that the DC term lies at (W/2, H/2), rounded down.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSpectrum {
    /// W, frequency samples.
    pub width: usize,
    /// H, frequency samples.
    pub height: usize,
    /// 20·ln|F|; amplitudes below 1e-8 count as 1e-8.
    pub values: Vec<f32>,
}

/// What remains of a plane beyond a radius in its spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct HighFrequencies {
    /// Width, pixels.
    pub width: usize,
    /// Height, pixels.
    pub height: usize,
    /// Grey levels about 0, row-major.
    pub values: Vec<f32>,
    /// Their variance over that of the plane, both away from the border, where the plane's opposite edges meet in the
    /// transform; 0 for a plane that is constant there.
    pub share: f64,
}

/// Power below which a logarithm would say more of rounding than of the plane.
const LEAST_POWER: f32 = 1e-16;

impl LogSpectrum {
    /// The spectrum of `plane`, its pixels weighted as `window` says.
    pub fn of(plane: &GrayImage, window: Window) -> Self {
        let half = HalfSpectrum::of(plane, window);
        let (width, height) = (half.width, half.height);
        let mut values = vec![0.0; width * height];
        for (v, row) in values.chunks_exact_mut(width.max(1)).enumerate() {
            // The shift is its own inverse for even sizes only.
            let v = (v + height - height / 2) % height;
            for (u, value) in row.iter_mut().enumerate() {
                let u = (u + width - width / 2) % width;
                *value = 10.0 * half.get(u, v).norm_sqr().max(LEAST_POWER).ln();
            }
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// Ends of the scale that shows most of the values: the shares `below` and `above` of them lie beyond, each in
    /// \[0, ½).
    pub fn range(&self, below: f64, above: f64) -> (f32, f32) {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = |share: f64| sorted.get((share * last as f64) as usize).copied().unwrap_or(0.0);
        (at(below), at(1.0 - above))
    }
}

impl HighFrequencies {
    /// Removes everything below `radius`, in cycles per pixel: ½ is two pixels from crest to crest, the most that a
    /// row or column can carry; √½ lies in the corners of the spectrum.
    pub fn of(plane: &GrayImage, radius: f64) -> Self {
        let mut half = HalfSpectrum::of(plane, Window::None);
        let (width, height) = (half.width, half.height);
        for (u, column) in half.columns.chunks_exact_mut(height.max(1)).enumerate() {
            for (v, coefficient) in column.iter_mut().enumerate() {
                let across = u as f64 / width as f64;
                let down = v.min(height - v) as f64 / height as f64;
                if across.hypot(down) < radius {
                    *coefficient = Complex::default();
                }
            }
        }
        let mut found = Self {
            width,
            height,
            values: half.into_plane(),
            share: 0.0,
        };
        let before = variance(found.inside().map(|at| f64::from(plane.as_raw()[at])));
        let after = variance(found.inside().map(|at| f64::from(found.values[at])));
        if before > 0.0 {
            found.share = (after / before).min(1.0);
        }
        found
    }

    /// The amplitude, in grey levels, that all but the share `tail` of the pixels away from the border stay within.
    pub fn amplitude(&self, tail: f64) -> f32 {
        let mut sizes: Vec<f32> = self.inside().map(|at| self.values[at].abs()).collect();
        sizes.sort_unstable_by(f32::total_cmp);
        let last = sizes.len().saturating_sub(1);
        sizes
            .get(((1.0 - tail) * last as f64) as usize)
            .copied()
            .unwrap_or(0.0)
    }
}

/// Part of a side that is border.
const BORDER: usize = 16;

impl HighFrequencies {
    /// Places of the pixels away from the border.
    fn inside(&self) -> impl Iterator<Item = usize> + Clone + use<> {
        let (width, height) = (self.width, self.height);
        let within = |length: usize| length / BORDER..length - length / BORDER;
        within(height).flat_map(move |y| within(width).map(move |x| y * width + x))
    }
}

/// Of no values it is 0.
fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / n
}

#[cfg(test)]
mod tests;
