//! The spectrum in two dimensions, and a plane without its coarse detail: pictures to look at, not features.

use image::GrayImage;
use num_complex::Complex;
use realfft::RealFftPlanner;
use rustfft::FftPlanner;

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

/// Σ g(x, y)·exp(−2πi(ux/W + vy/H)) for u = 0 ..= W/2, by columns: element (u, v) at u·H + v.
struct HalfSpectrum {
    width: usize,
    height: usize,
    columns: Vec<Complex<f32>>,
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

    /// Ends of the scale that shows most of the values: the share `tail` of them lies below, and as many above.
    /// `tail` is in \[0, ½).
    pub fn range(&self, tail: f64) -> (f32, f32) {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = |share: f64| sorted.get((share * last as f64) as usize).copied().unwrap_or(0.0);
        (at(tail), at(1.0 - tail))
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

impl HalfSpectrum {
    fn of(plane: &GrayImage, window: Window) -> Self {
        let (width, height) = (plane.width() as usize, plane.height() as usize);
        if width == 0 || height == 0 {
            return Self {
                width: 0,
                height: 0,
                columns: Vec::new(),
            };
        }
        let half = width / 2 + 1;
        let total: u64 = plane.as_raw().iter().map(|&pixel| u64::from(pixel)).sum();
        let mean = match window {
            Window::None => 0.0,
            Window::Hann => total as f64 / (width * height) as f64,
        };
        let (across, down) = (weights(window, width), weights(window, height));
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(width);
        let mut scratch = transform.make_scratch_vec();
        let mut row = transform.make_input_vec();
        let mut by_rows = vec![Complex::default(); half * height];
        for ((pixels, output), down) in plane
            .as_raw()
            .chunks_exact(width)
            .zip(by_rows.chunks_exact_mut(half))
            .zip(&down)
        {
            for ((sample, &pixel), across) in row.iter_mut().zip(pixels).zip(&across) {
                *sample = ((f64::from(pixel) - mean) * across * down) as f32;
            }
            transform
                .process_with_scratch(&mut row, output, &mut scratch)
                .expect("lengths come from the plan");
        }
        let mut columns = vec![Complex::default(); half * height];
        transpose::transpose(&by_rows, &mut columns, half, height);
        FftPlanner::new().plan_fft_forward(height).process(&mut columns);
        Self {
            width,
            height,
            columns,
        }
    }

    /// The coefficient of any frequency, conjugate (which has the same size) for those not kept.
    fn get(&self, u: usize, v: usize) -> Complex<f32> {
        let (w, h) = (self.width, self.height);
        if u <= w / 2 {
            self.columns[u * h + v]
        } else {
            self.columns[(w - u) * h + (h - v) % h].conj()
        }
    }

    /// The plane it is the spectrum of.
    fn into_plane(mut self) -> Vec<f32> {
        let (width, height) = (self.width, self.height);
        if width == 0 || height == 0 {
            return Vec::new();
        }
        let half = width / 2 + 1;
        FftPlanner::new()
            .plan_fft_inverse(height)
            .process(&mut self.columns);
        let mut by_rows = vec![Complex::default(); half * height];
        transpose::transpose(&self.columns, &mut by_rows, height, half);
        let transform = RealFftPlanner::<f32>::new().plan_fft_inverse(width);
        let mut scratch = transform.make_scratch_vec();
        let mut plane = vec![0.0; width * height];
        let scale = 1.0 / (width * height) as f32;
        for (input, output) in by_rows.chunks_exact_mut(half).zip(plane.chunks_exact_mut(width)) {
            // Real but for rounding, and the inverse transform wants them exactly so.
            input[0].im = 0.0;
            if width.is_multiple_of(2) {
                input[half - 1].im = 0.0;
            }
            transform
                .process_with_scratch(input, output, &mut scratch)
                .expect("lengths come from the plan");
            for value in output {
                *value *= scale;
            }
        }
        plane
    }
}

/// The weights of a side's pixels, see [`Window`].
fn weights(window: Window, length: usize) -> Vec<f64> {
    let step = std::f64::consts::TAU / length as f64;
    let weight = |n: usize| match window {
        Window::None => 1.0,
        Window::Hann => 0.5 - 0.5 * (step * n as f64).cos(),
    };
    (0..length).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use image::Luma;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SIZES: [(u32, u32); 7] = [(1, 1), (1, 4), (5, 1), (8, 6), (7, 5), (6, 9), (16, 16)];

    fn noise(width: u32, height: u32) -> GrayImage {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(width * 100 + height));
        GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]))
    }

    /// The definition: every coefficient as a sum over every pixel, in f64.
    fn naive(plane: &GrayImage, window: Window) -> Vec<Complex<f64>> {
        let (w, h) = (plane.width() as usize, plane.height() as usize);
        let pixels: Vec<f64> = plane.as_raw().iter().map(|&p| f64::from(p)).collect();
        let mean = match window {
            Window::None => 0.0,
            Window::Hann => pixels.iter().sum::<f64>() / (w * h) as f64,
        };
        let (across, down) = (weights(window, w), weights(window, h));
        let mut found = Vec::new();
        for v in 0..h {
            for u in 0..w {
                let terms = (0..w * h).map(|i| {
                    let (x, y) = (i % w, i / w);
                    let angle = -TAU * ((u * x) as f64 / w as f64 + (v * y) as f64 / h as f64);
                    (pixels[i] - mean) * across[x] * down[y] * Complex::from_polar(1.0, angle)
                });
                found.push(terms.sum());
            }
        }
        found
    }

    #[test]
    fn the_picture_is_the_definition_shifted() {
        for (width, height) in SIZES {
            for window in [Window::None, Window::Hann] {
                let plane = noise(width, height);
                let (w, h) = (width as usize, height as usize);
                let found = LogSpectrum::of(&plane, window);
                assert_eq!((found.width, found.height, found.values.len()), (w, h, w * h));
                for (i, coefficient) in naive(&plane, window).into_iter().enumerate() {
                    let (u, v) = ((i % w + w / 2) % w, (i / w + h / 2) % h);
                    let amplitude = (f64::from(found.values[v * w + u]) / 20.0).exp();
                    // Single precision, 256 terms of at most 255: sums of up to 65,280 in steps of 2⁻²⁴ of the
                    // largest partial sum, eight stages deep.
                    assert!(
                        (amplitude - coefficient.norm()).abs() < 0.04,
                        "{width}x{height} {u} {v}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_wave_is_two_spots() {
        let (w, h) = (32, 24);
        let plane = GrayImage::from_fn(w, h, |x, y| {
            let phase = TAU * (5.0 * f64::from(x) / f64::from(w) + 3.0 * f64::from(y) / f64::from(h));
            Luma([(128.0 + 100.0 * phase.cos()).round() as u8])
        });
        let spectrum = LogSpectrum::of(&plane, Window::Hann);
        let mut order: Vec<usize> = (0..spectrum.values.len()).collect();
        order.sort_by(|a, b| spectrum.values[*b].total_cmp(&spectrum.values[*a]));
        let mut spots: Vec<_> = order[..2].iter().map(|i| (i % 32, i / 32)).collect();
        spots.sort_unstable();
        assert_eq!(spots, [(16 - 5, 12 - 3), (16 + 5, 12 + 3)]);
        let (low, high) = spectrum.range(0.0);
        assert_eq!(high, spectrum.values[order[0]]);
        assert!(low <= spectrum.values[order[100]]);
    }

    #[test]
    fn what_remains_is_the_definition_without_its_middle() {
        for (width, height) in SIZES {
            let plane = noise(width, height);
            let (w, h) = (width as usize, height as usize);
            let radius = 0.3;
            let mut spectrum = naive(&plane, Window::None);
            for (i, coefficient) in spectrum.iter_mut().enumerate() {
                let (u, v) = (i % w, i / w);
                let across = u.min(w - u) as f64 / w as f64;
                let down = v.min(h - v) as f64 / h as f64;
                if across.hypot(down) < radius {
                    *coefficient = Complex::default();
                }
            }
            let found = HighFrequencies::of(&plane, radius);
            for (i, value) in found.values.iter().enumerate() {
                let (x, y) = (i % w, i / w);
                let expected: Complex<f64> = spectrum
                    .iter()
                    .enumerate()
                    .map(|(j, c)| {
                        let angle = TAU * ((j % w * x) as f64 / w as f64 + (j / w * y) as f64 / h as f64);
                        c * Complex::from_polar(1.0, angle)
                    })
                    .sum();
                // Grey levels up to 255 in single precision, there and back.
                assert!((f64::from(*value) - expected.re / (w * h) as f64).abs() < 1e-3);
            }
        }
    }

    /// A wave of amplitude 3 on one of amplitude 100 that ends with the picture: nine parts in 10,009.
    #[test]
    fn the_share_is_that_of_the_fine_wave() {
        let plane = GrayImage::from_fn(128, 128, |x, y| {
            let coarse = 100.0 * (TAU * f64::from(x) / 32.0).cos();
            let fine = 3.0 * (TAU * f64::from(y) * 5.0 / 16.0).cos();
            Luma([(128.0 + coarse + fine).round() as u8])
        });
        let found = HighFrequencies::of(&plane, 0.25);
        // Rounding adds 1/12, half of it beyond the radius at most, to variances of 4.5 and 5000; the border cuts waves.
        assert!((found.share - 9.0 / 10_009.0).abs() < 4e-5, "{}", found.share);
        assert!(
            (found.amplitude(0.0) - 3.0).abs() < 1.0,
            "{}",
            found.amplitude(0.0)
        );
    }

    #[test]
    fn the_ends_of_the_radius_are_everything_and_nothing() {
        let plane = noise(9, 8);
        let all = HighFrequencies::of(&plane, 0.0);
        for (value, &pixel) in all.values.iter().zip(plane.as_raw()) {
            assert!((value - f32::from(pixel)).abs() < 1e-3);
        }
        assert!((all.share - 1.0).abs() < 1e-6);
        let none = HighFrequencies::of(&plane, 1.0);
        assert_eq!((none.share, none.amplitude(0.0)), (0.0, 0.0));
        let flat = HighFrequencies::of(&GrayImage::from_pixel(8, 8, Luma([9])), 0.1);
        assert_eq!((flat.share, flat.amplitude(0.01)), (0.0, 0.0));
        let empty = GrayImage::new(0, 3);
        assert!(LogSpectrum::of(&empty, Window::Hann).values.is_empty());
        assert!(HighFrequencies::of(&empty, 0.1).values.is_empty());
    }
}
