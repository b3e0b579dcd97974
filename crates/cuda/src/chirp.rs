//! Bluestein's algorithm: a transform of any length by two that are a power of two long.

use std::f64::consts::PI;

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

/// What turns a side of N points into a convolution over M points; real and imaginary parts in turns.
///
/// With w(n) = exp(−πi·n²/N), the transform of x is w(k)·Σ x(n)·w(n)·w*(k − n) (Bluestein, "A linear filtering approach
/// to the computation of discrete Fourier transform", 1970).
#[derive(Debug)]
pub(super) struct Chirp {
    /// w(n), n < N.
    pub chirp: Vec<f32>,
    /// The transform of w*(n), |n| < N, over M points, divided by M.
    pub filter: Vec<f32>,
}

impl Chirp {
    /// For a side of `length` and transforms of `points` ≥ 2·`length` − 1.
    pub fn new(length: usize, points: usize) -> Self {
        let mut filter = vec![Complex::new(0.0, 0.0); points];
        let mut chirp = Vec::with_capacity(2 * length);
        for n in 0..length {
            // Whole turns are left out before the angle is rounded.
            let angle = PI * (n * n % (2 * length)) as f64 / length as f64;
            let turn = Complex::from_polar(1.0, angle);
            chirp.extend([turn.re as f32, -turn.im as f32]);
            filter[n] = turn / points as f64;
            filter[(points - n) % points] = filter[n];
        }
        FftPlanner::new().plan_fft_forward(points).process(&mut filter);
        Self {
            chirp,
            filter: filter
                .iter()
                .flat_map(|value| [value.re as f32, value.im as f32])
                .collect(),
        }
    }

    /// Bytes of both tables.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.chirp) + size_of_val(&*self.filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The convolution gives the transform by its definition.
    #[test]
    fn chirps_give_the_transform() {
        let (length, points) = (75, 256);
        let complex = |parts: &[f32]| -> Vec<Complex<f64>> {
            parts
                .chunks_exact(2)
                .map(|z| Complex::new(z[0].into(), z[1].into()))
                .collect()
        };
        let tables = Chirp::new(length, points);
        let (chirp, filter) = (complex(&tables.chirp), complex(&tables.filter));
        let input: Vec<Complex<f64>> = (0..length)
            .map(|n| Complex::new((n * n % 7) as f64, (n % 5) as f64))
            .collect();
        let mut line: Vec<Complex<f64>> = input.iter().zip(&chirp).map(|(x, w)| x * w).collect();
        line.resize(points, Complex::new(0.0, 0.0));
        let mut planner = FftPlanner::new();
        planner.plan_fft_forward(points).process(&mut line);
        for (value, factor) in line.iter_mut().zip(&filter) {
            *value *= factor;
        }
        planner.plan_fft_inverse(points).process(&mut line);
        for (k, (value, w)) in line.iter().zip(&chirp).enumerate() {
            let expected: Complex<f64> = (0..length)
                .map(|n| {
                    input[n] * Complex::from_polar(1.0, -2.0 * PI * (k * n % length) as f64 / length as f64)
                })
                .sum();
            // The tables are rounded to 2⁻²⁴, some 75 values of up to 7 are added up.
            assert!((value * w - expected).norm() < 1e-4, "{k}");
        }
    }
}
