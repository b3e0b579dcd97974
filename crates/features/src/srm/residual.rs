//! The linear residuals of the spatial rich model.

use multiversion::multiversion;

use crate::cooccurrence::Digits;

/// Correlation with a small square of integers, quantised.
pub(super) struct Residual {
    /// The square reaches this far from its centre.
    radius: usize,
    /// Row, column and weight of what is not zero, in row-major order: the order in which the response is summed.
    taps: Vec<(usize, usize, f32)>,
    /// The response that counts as one.
    unit: f32,
}

/// Digits 0 to 4 stand for residuals of −2 to 2.
pub(super) const BASE: usize = 5;

impl Residual {
    /// Of a square with an odd number of rows.
    pub fn new<const N: usize>(square: [[i8; N]; N], unit: f32) -> Self {
        let places = (0..N * N).map(|place| (place / N, place % N));
        Self {
            radius: N / 2,
            taps: places
                .map(|(y, x)| (y, x, f32::from(square[y][x])))
                .filter(|(.., weight)| *weight != 0.0)
                .collect(),
            unit,
        }
    }

    /// Fills `digits` with the quantised responses at all pixels around which the square lies inside the plane,
    /// which must be larger than the square.
    pub fn quantise(&self, plane: &[f32], width: usize, height: usize, digits: &mut Digits) {
        let taps: Vec<(usize, f32)> = self
            .taps
            .iter()
            .map(|&(y, x, weight)| (y * width + x, weight))
            .collect();
        digits.fill(width - 2 * self.radius, height - 2 * self.radius, |y, digits| {
            quantise_row(&plane[y * width..], &taps, self.unit, digits)
        });
    }
}

/// Places computed together.
const LANES: usize = 64;

#[multiversion(targets = "simd")]
fn quantise_row(plane: &[f32], taps: &[(usize, f32)], unit: f32, digits: &mut [u8]) {
    let width = digits.len();
    if width < LANES {
        for (x, digit) in digits.iter_mut().enumerate() {
            [*digit] = quantised::<1>(&plane[x..], taps, unit);
        }
        return;
    }
    // The last block overlaps the one before it where the width is no multiple.
    for start in (0..width).step_by(LANES).map(|start| start.min(width - LANES)) {
        digits[start..][..LANES].copy_from_slice(&quantised::<LANES>(&plane[start..], taps, unit));
    }
}

/// The digits at N places. Each response is a chain of fused multiply-adds from zero in the order of the taps, as in
/// OpenCV's `filter2D`, so that equal planes have equal digits.
#[inline(always)]
fn quantised<const N: usize>(plane: &[f32], taps: &[(usize, f32)], unit: f32) -> [u8; N] {
    let mut responses = [0.0_f32; N];
    for &(offset, weight) in taps {
        for (response, pixel) in responses.iter_mut().zip(&plane[offset..][..N]) {
            *response = weight.mul_add(*pixel, *response);
        }
    }
    responses.map(|response| digit(response, unit))
}

/// min(max(r/unit, −2), 2) + 2 with r/unit rounded to the nearest integer, halves to the even one.
#[inline(always)]
pub(super) fn digit(response: f32, unit: f32) -> u8 {
    let (half, more) = (0.5 * unit, 1.5 * unit);
    let above = u8::from(response > half) + u8::from(response >= more);
    let below = u8::from(response < -half) + u8::from(response <= -more);
    2 + above - below
}
