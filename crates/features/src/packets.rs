//! The Haar wavelet packet transform.

use std::f32::consts::FRAC_1_SQRT_2;

use multiversion::multiversion;

/// Splits of the plane.
pub(super) const LEVELS: usize = 3;

/// Bands of the last level.
pub(super) const BANDS: usize = 1 << (2 * LEVELS);

/// The bands of a plane, and memory for the levels on the way.
#[derive(Default)]
pub(super) struct Packets {
    /// Bands of one level after the other, each row-major.
    values: Vec<f32>,
    next: Vec<f32>,
    /// Sums and differences of a pair of rows.
    rows: [Vec<f32>; 2],
    band: usize,
}

impl Packets {
    /// Replaces the bands by those of a plane.
    pub fn transform(&mut self, plane: &[f32], width: usize, height: usize) {
        self.values.clear();
        self.values.extend_from_slice(plane);
        let (mut width, mut height) = (width, height);
        for _ in 0..LEVELS {
            let (across, down) = (width.div_ceil(2), height.div_ceil(2));
            self.next
                .resize(self.values.len() / (width * height) * 4 * across * down, 0.0);
            for row in &mut self.rows {
                row.resize(width, 0.0);
            }
            let planes = self.values.chunks_exact(width * height);
            for (plane, bands) in planes.zip(self.next.chunks_exact_mut(4 * across * down)) {
                split(plane, width, bands, &mut self.rows);
            }
            std::mem::swap(&mut self.values, &mut self.next);
            (width, height) = (across, down);
        }
        self.band = width * height;
    }

    /// The bands in the order of their names, `a` before `h`, `v` and `d`, the first split first.
    pub fn bands(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.band)
    }
}

/// Splits a plane of two rows and columns or more into its approximation and its details across rows, across columns
/// and across both.
#[multiversion(targets = "simd")]
fn split(plane: &[f32], width: usize, bands: &mut [f32], rows: &mut [Vec<f32>; 2]) {
    let height = plane.len() / width;
    let across = width.div_ceil(2);
    let (approximation, details) = bands.split_at_mut(bands.len() / 4);
    let (h, details) = details.split_at_mut(approximation.len());
    let (v, d) = details.split_at_mut(approximation.len());
    let targets = approximation
        .chunks_exact_mut(across)
        .zip(h.chunks_exact_mut(across))
        .zip(v.chunks_exact_mut(across).zip(d.chunks_exact_mut(across)));
    for (y, ((a, h), (v, d))) in targets.enumerate() {
        let upper = &plane[2 * y * width..][..width];
        let lower = &plane[neighbour(2 * y, height) * width..][..width];
        let [low, high] = rows;
        let pixels = upper.iter().zip(lower);
        for ((low, high), (upper, lower)) in low.iter_mut().zip(high.iter_mut()).zip(pixels) {
            (*low, *high) = pair(*upper, *lower);
        }
        split_row(low, a, v);
        split_row(high, h, d);
    }
}

#[inline(always)]
fn split_row(row: &[f32], low: &mut [f32], high: &mut [f32]) {
    let (pairs, rest) = row.as_chunks::<2>();
    for (([first, second], low), high) in pairs.iter().zip(low.iter_mut()).zip(high.iter_mut()) {
        (*low, *high) = pair(*first, *second);
    }
    if let ([last], [.., low], [.., high]) = (rest, low, high) {
        (*low, *high) = pair(*last, row[neighbour(row.len() - 1, row.len())]);
    }
}

/// The other one of a pair that begins at `place`: at an odd end the mirror is in the last one.
#[inline(always)]
fn neighbour(place: usize, length: usize) -> usize {
    if place + 1 < length { place + 1 } else { place - 1 }
}

/// Both products are rounded before they are added, in single precision: PyWavelets' own order, so that coefficients
/// are equal to the bit.
#[inline(always)]
fn pair(first: f32, second: f32) -> (f32, f32) {
    let (first, second) = (FRAC_1_SQRT_2 * first, FRAC_1_SQRT_2 * second);
    (second + first, first - second)
}
