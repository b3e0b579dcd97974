//! Signs that a plane has been enlarged by interpolation.
//!
//! Interpolated samples are weighted means of their neighbours, so the size of the second difference varies
//! periodically along a row with the period of the enlargement (Gallagher, "Detection of linear and cubic
//! interpolation in JPEG compressed images", CRV 2005). Averaged over all rows it is a line with a sharp peak in
//! its own spectrum. JPEG's 8×8 blocks give peaks at multiples of 1/8, which are left out.

use std::sync::Arc;

use image::GrayImage;
use multiversion::multiversion;
use num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// A periodic trace of interpolation, the stronger one of the two directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResamplingTrace {
    /// Height of the peak over the median of its surroundings. Photographs that were never enlarged stay
    /// below [`ResamplingTrace::THRESHOLD`].
    pub strength: f64,
    /// Frequency of the peak, cycles per pixel, in (0.1, 0.5]. Enlargement by a factor s gives 1/s or, folded
    /// about ½, 1 − 1/s.
    pub frequency: f64,
}

/// The shortest side that is judged, pixels: below it the median of the surroundings is not steady.
const MIN_SIDE: usize = 64;
/// Frequencies below this one follow the picture rather than an interpolation.
const MIN_FREQUENCY: f64 = 0.1;
/// Half-width of the gaps at multiples of 1/8, in samples of the line's spectrum: the Hann window's main lobe.
const JPEG_GAP: f64 = 2.5;
/// Half-width of the running median that takes the picture's own variation out of the line, pixels.
const TREND: usize = 9;

/// Memory of one thread for [`ResamplingTrace::find`]. Its contents never matter.
#[derive(Default)]
pub struct TraceWorkspace {
    /// Plans by length, the last used at the end.
    plans: Vec<Arc<LinePlan>>,
    partial: Vec<u16>,
    lines: [Vec<f64>; 2],
    detrended: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    magnitude: Vec<f64>,
    around: Vec<f64>,
}

/// What depends only on a line's length.
struct LinePlan {
    transform: Arc<dyn RealToComplex<f64>>,
    hann: Vec<f64>,
}

/// Plans kept: folders hold few sizes, and a plan costs little to make again.
const MAX_PLANS: usize = 8;

impl ResamplingTrace {
    /// Strength from which a plane counts as enlarged. Of 2000 faces of 256² (JPEG quality 75) none reaches it;
    /// of 100 of them enlarged 1.5 or 2 times, linearly or cubically, and saved at quality 85, 85 to 98 do; at
    /// 1.25 times 25 to 54. Factors of 1.1 and below, and reductions, go unseen.
    pub const THRESHOLD: f64 = 7.0;

    /// Looks for a trace; `None` where a side is under 64 pixels.
    pub fn find(plane: &GrayImage, workspace: &mut TraceWorkspace) -> Option<Self> {
        let (width, height) = (plane.width() as usize, plane.height() as usize);
        if width.min(height) < MIN_SIDE {
            return None;
        }
        workspace.second_differences(plane.as_raw(), width, height);
        [0, 1]
            .into_iter()
            .map(|line| workspace.strongest_peak(line))
            .max_by(|a, b| a.strength.total_cmp(&b.strength))
    }

    /// Whether the strength reaches [`Self::THRESHOLD`].
    pub fn is_present(&self) -> bool {
        self.strength >= Self::THRESHOLD
    }
}

impl TraceWorkspace {
    /// Fills both lines with sums of |2g(i) − g(i−1) − g(i+1)|: along rows, for each inner column; along
    /// columns, for each inner row.
    fn second_differences(&mut self, pixels: &[u8], width: usize, height: usize) {
        let Self {
            partial,
            lines: [across, along],
            ..
        } = self;
        across.clear();
        across.resize(width - 2, 0.0);
        for rows in pixels.chunks(width * ROWS_IN_16_BITS) {
            partial.clear();
            partial.resize(width - 2, 0);
            for row in rows.chunks_exact(width) {
                add_differences_in_row(row, partial);
            }
            for (total, sum) in across.iter_mut().zip(&*partial) {
                *total += f64::from(*sum);
            }
        }
        along.clear();
        along.extend((1..height - 1).map(|y| {
            let [above, row, below] = [y - 1, y, y + 1].map(|row| &pixels[row * width..][..width]);
            differences_between_rows(above, row, below) as f64
        }));
    }

    fn strongest_peak(&mut self, line: usize) -> ResamplingTrace {
        let n = self.lines[line].len();
        let plan = self.plan(n);
        let Self {
            lines,
            detrended,
            spectrum,
            scratch,
            magnitude,
            around,
            ..
        } = self;
        // The logarithm makes a bright textured region weigh no more than a dark smooth one.
        let log = &mut lines[line];
        log.iter_mut().for_each(|sum| *sum = (*sum + 1.0).ln());
        detrended.clear();
        detrended.resize(n, 0.0);
        running_medians(log, detrended);
        for (value, log) in detrended.iter_mut().zip(&*log) {
            *value = log - *value;
        }
        let deviation = (detrended.iter().map(|value| value * value).sum::<f64>() / n as f64).sqrt();
        for (value, hann) in detrended.iter_mut().zip(&plan.hann) {
            // Lone edges are clipped: a step in the picture would otherwise raise every frequency.
            *value = value.clamp(-3.0 * deviation, 3.0 * deviation) * hann;
        }
        spectrum.resize(plan.transform.complex_len(), Complex::ZERO);
        scratch.resize(plan.transform.get_scratch_len(), Complex::ZERO);
        plan.transform
            .process_with_scratch(detrended, spectrum, scratch)
            .expect("lengths come from the plan");
        magnitude.clear();
        magnitude.extend(spectrum.iter().map(|value| value.norm_sqr().sqrt()));
        highest_peak(magnitude, n, around)
    }

    fn plan(&mut self, length: usize) -> Arc<LinePlan> {
        let plan = match self.plans.iter().position(|plan| plan.hann.len() == length) {
            Some(position) => self.plans.remove(position),
            None => Arc::new(LinePlan {
                transform: RealFftPlanner::new().plan_fft_forward(length),
                hann: (0..length)
                    .map(|i| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / length as f64).cos())
                    .collect(),
            }),
        };
        if self.plans.len() >= MAX_PLANS {
            self.plans.remove(0);
        }
        self.plans.push(Arc::clone(&plan));
        plan
    }
}

/// |2b − a − c|, at most 510.
#[inline(always)]
fn difference(a: u8, b: u8, c: u8) -> u16 {
    (2 * i16::from(b) - i16::from(a) - i16::from(c)).unsigned_abs()
}

/// Rows whose differences a 16-bit sum holds: 128 · 510 < 2¹⁶.
const ROWS_IN_16_BITS: usize = 128;
/// Columns whose differences a 32-bit sum holds: 2²³ · 510 < 2³².
const COLUMNS_IN_32_BITS: usize = 1 << 23;

/// Adds to each inner column's sum the difference between the pixel there and its neighbours in the row.
#[multiversion(targets = "simd")]
fn add_differences_in_row(row: &[u8], sums: &mut [u16]) {
    let neighbours = row.iter().zip(&row[1..]).zip(&row[2..]);
    for (sum, ((a, b), c)) in sums.iter_mut().zip(neighbours) {
        *sum += difference(*a, *b, *c);
    }
}

/// The sum over a row of the differences between its pixels and those above and below.
#[multiversion(targets = "simd")]
fn differences_between_rows(above: &[u8], row: &[u8], below: &[u8]) -> u64 {
    let [above, row, below] = [above, row, below].map(|row| row.chunks(COLUMNS_IN_32_BITS));
    above
        .zip(row)
        .zip(below)
        .map(|((above, row), below)| {
            let pixels = above.iter().zip(row).zip(below);
            let sum: u32 = pixels.map(|((a, b), c)| u32::from(difference(*a, *b, *c))).sum();
            u64::from(sum)
        })
        .sum()
}

/// The peak that stands highest over its surroundings in the spectrum of a line of `n` values.
#[multiversion(targets = "simd")]
fn highest_peak(magnitude: &[f64], n: usize, around: &mut Vec<f64>) -> ResamplingTrace {
    let surroundings = (n / 32).max(8);
    let mut best = ResamplingTrace {
        strength: 0.0,
        frequency: 0.5,
    };
    for (k, &height) in magnitude.iter().enumerate() {
        let frequency = k as f64 / n as f64;
        let from_grid = (frequency * 8.0 - (frequency * 8.0).round()).abs() / 8.0 * n as f64;
        if frequency <= MIN_FREQUENCY || from_grid <= JPEG_GAP {
            continue;
        }
        // A higher peak has a median below height/best, so more than half of its surroundings are below: to
        // count them is far cheaper than to find the median. The factor covers the rounding of the divisions.
        let bar = height / best.strength * (1.0 + 1e-12);
        let near = neighbourhood(magnitude, k, surroundings);
        if near.iter().map(|value| u64::from(*value < bar)).sum::<u64>() <= near.len() as u64 / 2 {
            continue;
        }
        let median = median(near, around);
        // A line without any variation (a computer-made pattern) has no surroundings to stand out from.
        let strength = if median > 1e-9 { height / median } else { 0.0 };
        if strength > best.strength {
            best = ResamplingTrace { strength, frequency };
        }
    }
    best
}

/// The values within `reach` of `index`.
#[inline(always)]
fn neighbourhood(values: &[f64], index: usize, reach: usize) -> &[f64] {
    &values[index.saturating_sub(reach)..(index + reach + 1).min(values.len())]
}

/// The median; of an even number of values, the upper of the middle two. `ordered` may hold anything before.
fn median(values: &[f64], ordered: &mut Vec<f64>) -> f64 {
    ordered.clear();
    ordered.extend_from_slice(values);
    let middle = ordered.len() / 2;
    *ordered.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Writes the [`median`] of each [`neighbourhood`] with reach [`TREND`]. No value may be NaN or −0.
#[multiversion(targets = "simd")]
fn running_medians(values: &[f64], medians: &mut [f64]) {
    const LENGTH: usize = 2 * TREND + 1;
    let at = |i: Option<usize>| {
        i.and_then(|i| values.get(i))
            .map_or(f64::INFINITY, |value| *value)
    };
    // The neighbourhood in order, infinities in place of what lies beyond the ends, and one more.
    let mut window = [f64::INFINITY; LENGTH + 1];
    let inside = values.len().min(TREND);
    window[..inside].copy_from_slice(&values[..inside]);
    window[..inside].sort_unstable_by(f64::total_cmp);
    for (i, median) in medians.iter_mut().enumerate() {
        let (leaving, entering) = (at(i.checked_sub(TREND + 1)), at(Some(i + TREND)));
        // Every element is looked at, without a branch: that is quicker than to search where to cut and put in.
        let mut rest = [f64::INFINITY; LENGTH];
        for (k, kept) in rest.iter_mut().enumerate() {
            *kept = if window[k] < leaving {
                window[k]
            } else {
                window[k + 1]
            };
        }
        let mut below = f64::NEG_INFINITY;
        for (next, kept) in window.iter_mut().zip(rest) {
            // The new value comes between the last one below it and the first one above.
            let not_above = if kept < entering { kept } else { entering };
            *next = if not_above < below { below } else { not_above };
            below = kept;
        }
        *median = window[neighbourhood(values, i, TREND).len() / 2];
    }
}

#[cfg(test)]
mod tests;
