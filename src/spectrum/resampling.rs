//! Signs that a plane has been enlarged by interpolation.
//!
//! Interpolated samples are weighted means of their neighbours, so the size of the second difference varies
//! periodically along a row with the period of the enlargement (Gallagher, "Detection of linear and cubic
//! interpolation in JPEG compressed images", CRV 2005). Averaged over all rows it is a line with a sharp peak in
//! its own spectrum. JPEG's 8×8 blocks give peaks at multiples of 1/8, which are left out.

use std::sync::Arc;

use image::GrayImage;
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
    plans: Vec<Arc<dyn RealToComplex<f64>>>,
    partial: Vec<u32>,
    lines: [Vec<f64>; 2],
    detrended: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    magnitude: Vec<f64>,
    around: Vec<f64>,
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
        let difference =
            |a: u8, b: u8, c: u8| (2 * i16::from(b) - i16::from(a) - i16::from(c)).unsigned_abs();
        let Self {
            partial,
            lines: [across, along],
            ..
        } = self;
        partial.clear();
        partial.resize(width - 2, 0);
        across.clear();
        across.resize(width - 2, 0.0);
        for (y, row) in pixels.chunks_exact(width).enumerate() {
            for (sum, (a, (b, c))) in partial
                .iter_mut()
                .zip(row.iter().zip(row[1..].iter().zip(&row[2..])))
            {
                *sum += u32::from(difference(*a, *b, *c));
            }
            // A difference is at most 510, so a 32-bit sum lasts for 2²³ rows.
            if y % (1 << 22) == (1 << 22) - 1 || y == height - 1 {
                for (total, sum) in across.iter_mut().zip(partial.iter_mut()) {
                    *total += f64::from(std::mem::take(sum));
                }
            }
        }
        along.clear();
        along.extend((1..height - 1).map(|y| {
            let rows = [y - 1, y, y + 1].map(|row| &pixels[row * width..][..width]);
            let differences = rows[0]
                .iter()
                .zip(rows[1])
                .zip(rows[2])
                .map(|((a, b), c)| difference(*a, *b, *c));
            differences.map(u64::from).sum::<u64>() as f64
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
        detrended.extend((0..n).map(|i| log[i] - median_around(log, i, TREND, around)));
        let deviation = (detrended.iter().map(|value| value * value).sum::<f64>() / n as f64).sqrt();
        for (i, value) in detrended.iter_mut().enumerate() {
            // Lone edges are clipped: a step in the picture would otherwise raise every frequency.
            let hann = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / n as f64).cos();
            *value = value.clamp(-3.0 * deviation, 3.0 * deviation) * hann;
        }
        spectrum.resize(plan.complex_len(), Complex::ZERO);
        scratch.resize(plan.get_scratch_len(), Complex::ZERO);
        plan.process_with_scratch(detrended, spectrum, scratch)
            .expect("lengths come from the plan");
        magnitude.clear();
        magnitude.extend(spectrum.iter().map(|value| value.norm()));
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
            let median = median_around(magnitude, k, surroundings, around);
            // A line without any variation (a computer-made pattern) has no surroundings to stand out from.
            let strength = if median > 1e-9 { height / median } else { 0.0 };
            if strength > best.strength {
                best = ResamplingTrace { strength, frequency };
            }
        }
        best
    }

    fn plan(&mut self, length: usize) -> Arc<dyn RealToComplex<f64>> {
        let plan = match self.plans.iter().position(|plan| plan.len() == length) {
            Some(position) => self.plans.remove(position),
            None => RealFftPlanner::new().plan_fft_forward(length),
        };
        if self.plans.len() >= MAX_PLANS {
            self.plans.remove(0);
        }
        self.plans.push(Arc::clone(&plan));
        plan
    }
}

/// Median of the values within `reach` of `index`; of an even number, the upper of the middle two. `around` may
/// hold anything before.
fn median_around(values: &[f64], index: usize, reach: usize, around: &mut Vec<f64>) -> f64 {
    around.clear();
    around.extend_from_slice(&values[index.saturating_sub(reach)..(index + reach + 1).min(values.len())]);
    let middle = around.len() / 2;
    *around.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use image::{Luma, imageops};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn find(plane: &GrayImage) -> Option<ResamplingTrace> {
        ResamplingTrace::find(plane, &mut TraceWorkspace::default())
    }

    /// Overlapping discs with a little noise: edges and flat parts, as in photographs.
    fn scene(width: u32, height: u32, seed: u64) -> GrayImage {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let discs: Vec<(f64, f64, f64, f64)> = (0..200)
            .map(|_| {
                let radius = 4.0 / rng.gen_range(0.05..1.0);
                (
                    rng.gen_range(0.0..f64::from(width)),
                    rng.gen_range(0.0..f64::from(height)),
                    radius,
                    rng.gen_range(30.0..220.0),
                )
            })
            .collect();
        GrayImage::from_fn(width, height, |x, y| {
            let shade = discs
                .iter()
                .rev()
                .find(|(cx, cy, radius, _)| (f64::from(x) - cx).hypot(f64::from(y) - cy) < *radius)
                .map_or(128.0, |disc| disc.3);
            Luma([(shade + rng.gen_range(-4.0..4.0)) as u8])
        })
    }

    #[test]
    fn enlargement_is_seen_at_its_frequency() {
        for (seed, factor) in [(1, 1.5), (2, 1.7), (3, 2.3)] {
            let small = scene(200, 200, seed);
            let side = (200.0 * factor) as u32;
            let large = imageops::resize(&small, side, side, imageops::FilterType::Triangle);
            let trace = find(&large).unwrap();
            assert!(trace.is_present(), "{factor}: {trace:?}");
            // 1/s or its first overtone 2/s, folded into [0, ½].
            let folded = |frequency: f64| (frequency - frequency.round()).abs();
            let off = [1.0, 2.0].map(|k| (trace.frequency - folded(k / factor)).abs());
            let off = off[0].min(off[1]);
            assert!(off < 2.0 / f64::from(side), "{factor}: {trace:?}");
        }
    }

    #[test]
    fn untouched_scenes_show_none() {
        for seed in 0..12 {
            let trace = find(&scene(256, 230, seed)).unwrap();
            assert!(!trace.is_present(), "{trace:?}");
        }
    }

    #[test]
    fn plain_patterns_and_small_planes_are_no_trace() {
        assert_eq!(find(&scene(63, 400, 0)), None);
        let constant = find(&GrayImage::from_pixel(64, 64, Luma([9]))).unwrap();
        assert!(!constant.is_present());
    }

    #[test]
    fn a_used_workspace_changes_nothing() {
        let mut workspace = TraceWorkspace::default();
        for (width, height) in [(300, 70), (64, 64), (129, 257), (300, 70)] {
            let plane = scene(width, height, 5);
            assert_eq!(ResamplingTrace::find(&plane, &mut workspace), find(&plane));
        }
    }
}
