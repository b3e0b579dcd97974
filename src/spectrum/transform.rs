//! The two-dimensional DFT of a real plane: real row transforms, a transpose, complex column transforms.

use std::sync::Arc;

use num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftNum, FftPlanner};

/// Sample type of a transform: `f32` or `f64`.
pub(crate) trait Sample: FftNum + num_traits::Float {}

impl Sample for f32 {}
impl Sample for f64 {}

/// Plan for planes of one size. The unnormalised DFT F(u, v) = Σ g(x, y)·exp(−2πi(ux/W + vy/H)); of a real
/// plane, F(−u, −v) is the conjugate of F(u, v), so only the columns u = 0 ..= W/2 are computed.
pub(crate) struct Transform<T> {
    width: usize,
    height: usize,
    rows: Arc<dyn RealToComplex<T>>,
    columns: Arc<dyn Fft<T>>,
}

/// What a transform writes to. Grows to the largest size seen and is never read before it is written.
#[derive(Default)]
pub(crate) struct Buffers<T> {
    row: Vec<T>,
    scratch: Vec<Complex<T>>,
    by_rows: Vec<Complex<T>>,
    by_columns: Vec<Complex<T>>,
}

fn at_least<V: Clone>(buffer: &mut Vec<V>, length: usize, value: V) -> &mut [V] {
    if buffer.len() < length {
        buffer.resize(length, value);
    }
    &mut buffer[..length]
}

impl<T: Sample> Transform<T> {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rows: RealFftPlanner::new().plan_fft_forward(width),
            columns: FftPlanner::new().plan_fft_forward(height),
        }
    }

    /// Columns kept: u = 0 ..= W/2.
    pub(crate) fn half_width(&self) -> usize {
        self.width / 2 + 1
    }

    /// Transforms the plane that `fill(y, row)` writes row by row. Returns the half spectrum by columns:
    /// element (u, v) at u·H + v, unshifted.
    pub(crate) fn forward<'b>(
        &self,
        buffers: &'b mut Buffers<T>,
        mut fill: impl FnMut(usize, &mut [T]),
    ) -> &'b mut [Complex<T>] {
        let zero = Complex::new(T::zero(), T::zero());
        let (half, height) = (self.half_width(), self.height);
        let row = at_least(&mut buffers.row, self.width, T::zero());
        let scratch_length = self
            .rows
            .get_scratch_len()
            .max(self.columns.get_inplace_scratch_len());
        let scratch = at_least(&mut buffers.scratch, scratch_length, zero);
        let by_rows = at_least(&mut buffers.by_rows, half * height, zero);
        let by_columns = at_least(&mut buffers.by_columns, half * height, zero);
        for (y, output) in by_rows.chunks_exact_mut(half).enumerate() {
            fill(y, row);
            let row_scratch = &mut scratch[..self.rows.get_scratch_len()];
            // Its only errors are wrong lengths, and an imaginary part at DC or Nyquist, which only the
            // inverse transform checks.
            self.rows
                .process_with_scratch(row, output, row_scratch)
                .expect("lengths come from the plan");
        }
        transpose::transpose(by_rows, by_columns, half, height);
        self.columns
            .process_with_scratch(by_columns, &mut scratch[..self.columns.get_inplace_scratch_len()]);
        by_columns
    }
}
