//! Counts of quantised responses by class.

use pulp::Simd;

use super::steps::STEPS;
use super::vectors::magnitudes;
use super::{ResidualInput, SIDE, Steps, WIDEST};

/// Distances of a place in the grid, 0 … 7, from the nearest block edge: 0 … 4.
pub const DISTANCES: usize = SIDE / 2 + 1;
/// Classes of places: by distance down, then across.
pub const CLASSES: usize = DISTANCES * DISTANCES;
/// Values of a quantised response.
pub const BINS: usize = STEPS + 1;

/// Registers that hold all eight columns of the grid, at most: one value each.
const PARTS: usize = SIDE;

fn distance(place: usize) -> usize {
    place.min(SIDE - place)
}

/// Responses that reach each step, by lane: the lane of response x in its tile is x mod 8, or mod 16.
pub type Reached = [[u32; WIDEST]; STEPS];

/// Responses of some kernels that reach each step, by distance of their row and by lane.
#[derive(Default)]
pub struct Counts {
    reached: Vec<[Reached; DISTANCES]>,
}

impl Counts {
    /// Makes room for so many kernels, with nothing counted.
    pub fn reset(&mut self, kernels: usize) {
        self.reached.clear();
        self.reached.resize(kernels, Default::default());
    }

    /// Where to count a row of a kernel's responses, by the row's place in the grid.
    #[inline(always)]
    pub fn row(&mut self, kernel: usize, place: usize) -> &mut Reached {
        &mut self.reached[kernel][distance(place)]
    }

    /// Responses to a kernel, counted `times` times, by class and value.
    pub fn histogram(&self, kernel: usize, times: u64, source: &ResidualInput) -> [[u64; BINS]; CLASSES] {
        let (across, down) = source.responses();
        let column = source.grid.0;
        let by_distance = |length: usize, first: usize| {
            let mut counts = [0; DISTANCES];
            for place in 0..SIDE {
                let start = (SIDE + place - first) % SIDE;
                counts[distance(place)] += length.saturating_sub(start).div_ceil(SIDE) as u64;
            }
            counts
        };
        let (columns, rows) = (
            by_distance(across, source.grid.0),
            by_distance(down, source.grid.1),
        );
        let mut histogram = [[0; BINS]; CLASSES];
        for (class, bins) in histogram.iter_mut().enumerate() {
            let (row, distance_across) = (class / DISTANCES, class % DISTANCES);
            // Beyond[v] responses have a value of v or more.
            let mut beyond = [0; BINS + 1];
            beyond[0] = rows[row] * columns[distance_across] * times;
            for (beyond, lanes) in beyond[1..].iter_mut().zip(&self.reached[kernel][row]) {
                let in_class = |lane: &usize| distance((lane + column) % SIDE) == distance_across;
                *beyond = (0..WIDEST)
                    .filter(in_class)
                    .map(|lane| u64::from(lanes[lane]))
                    .sum();
            }
            for (value, count) in bins.iter_mut().enumerate() {
                *count = beyond[value] - beyond[value + 1];
            }
        }
        histogram
    }
}

/// Appends relative frequencies, or zeros where nothing was counted.
pub fn push_relative(counts: &[u64; BINS], features: &mut Vec<f64>) {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    features.extend(counts.iter().map(|count| *count as f64 / total));
}

/// Counts the steps that each of `responses` responses reaches; `response` gives those from x on.
#[inline(always)]
pub fn count<S: Simd>(
    simd: S,
    responses: usize,
    steps: &Steps,
    reached: &mut Reached,
    mut response: impl FnMut(usize) -> S::f32s,
) {
    let parts = const { PARTS.div_ceil(S::F32_LANES) };
    let least = steps.0.map(
        #[inline(always)]
        |least| simd.splat_f32s(least),
    );
    let (none, one) = (simd.splat_u32s(0), simd.splat_u32s(1));
    let mut sums = [[none; STEPS]; PARTS];
    let whole = responses / S::F32_LANES;
    for vector in 0..responses.div_ceil(S::F32_LANES) {
        let x = vector * S::F32_LANES;
        let mut magnitudes = magnitudes(simd, response(x));
        if vector == whole {
            let within = simd.mask_between_m32s(0, (responses - x) as u32).mask();
            magnitudes = simd.select_f32s(within, magnitudes, simd.splat_f32s(0.0));
        }
        let sums = &mut sums[vector % parts];
        for (sum, least) in sums.iter_mut().zip(least) {
            let reaches = simd.greater_than_or_equal_f32s(magnitudes, least);
            *sum = simd.add_u32s(*sum, simd.select_u32s(reaches, one, none));
        }
    }
    for (step, reached) in reached.iter_mut().enumerate() {
        for (part, lanes) in S::as_mut_simd_u32s(reached).0.iter_mut().take(parts).enumerate() {
            *lanes = simd.add_u32s(*lanes, sums[part][step]);
        }
    }
}
