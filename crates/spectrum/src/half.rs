//! The transform of a whole plane, kept as the half that the other half mirrors.

use image::GrayImage;
use num_complex::Complex;
use realfft::RealFftPlanner;
use rustfft::FftDirection;

use super::plan_complex;
use super::recipe::Window;

/// Σ g(x, y)·exp(−2πi(ux/W + vy/H)) for u = 0 ..= W/2, by columns: element (u, v) at u·H + v.
pub struct HalfSpectrum {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) columns: Vec<Complex<f32>>,
}

impl HalfSpectrum {
    /// Of the plane, its pixels weighted as `window` says; less their mean, if by another than [`Window::None`].
    pub fn of(plane: &GrayImage, window: Window) -> Self {
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
        let (across, down) = (window.weights(width), window.weights(height));
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
        plan_complex(height, FftDirection::Forward).process(&mut columns);
        Self {
            width,
            height,
            columns,
        }
    }

    /// The coefficient of any frequency, conjugate (which has the same size) for those not kept.
    pub(super) fn get(&self, u: usize, v: usize) -> Complex<f32> {
        let (w, h) = (self.width, self.height);
        if u <= w / 2 {
            self.columns[u * h + v]
        } else {
            self.columns[(w - u) * h + (h - v) % h].conj()
        }
    }

    /// |F|² for u = 0 ..= W/2, by columns: element (u, v) at u·H + v; in units of the mean that white noise of variance 1
    /// has under that window.
    pub fn powers(&self, window: Window) -> impl Iterator<Item = f64> {
        let energy = |length| {
            window
                .weights(length)
                .iter()
                .map(|weight| weight * weight)
                .sum::<f64>()
        };
        let unit = energy(self.width) * energy(self.height);
        self.columns
            .iter()
            .map(move |value| f64::from(value.norm_sqr()) / unit)
    }

    /// The plane it is the spectrum of.
    pub(super) fn into_plane(mut self) -> Vec<f32> {
        let (width, height) = (self.width, self.height);
        if width == 0 || height == 0 {
            return Vec::new();
        }
        let half = width / 2 + 1;
        plan_complex(height, FftDirection::Inverse).process(&mut self.columns);
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
