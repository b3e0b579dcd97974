use image::{Luma, imageops};
use proptest::prelude::*;
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

/// The trace as the module describes it, every step in the most obvious way.
fn find_plainly(plane: &GrayImage) -> ResamplingTrace {
    let (width, height) = plane.dimensions();
    let at = |x: u32, y: u32| i32::from(plane.get_pixel(x, y).0[0]);
    let sum = |terms: &mut dyn Iterator<Item = i32>| terms.map(|term| f64::from(term.abs())).sum::<f64>();
    let across = (1..width - 1)
        .map(|x| sum(&mut (0..height).map(|y| 2 * at(x, y) - at(x - 1, y) - at(x + 1, y))))
        .collect();
    let along = (1..height - 1)
        .map(|y| sum(&mut (0..width).map(|x| 2 * at(x, y) - at(x, y - 1) - at(x, y + 1))))
        .collect();
    let traces = [across, along].map(strongest_peak_plainly);
    if traces[0].strength > traces[1].strength {
        traces[0]
    } else {
        traces[1]
    }
}

fn strongest_peak_plainly(line: Vec<f64>) -> ResamplingTrace {
    let n = line.len();
    let log: Vec<f64> = line.iter().map(|sum| (sum + 1.0).ln()).collect();
    let detrended: Vec<f64> = (0..n).map(|i| log[i] - median_plainly(&log, i, TREND)).collect();
    let deviation = (detrended.iter().map(|value| value * value).sum::<f64>() / n as f64).sqrt();
    let mut windowed: Vec<f64> = (0..n)
        .map(|i| {
            let hann = 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / n as f64).cos();
            detrended[i].clamp(-3.0 * deviation, 3.0 * deviation) * hann
        })
        .collect();
    let transform = RealFftPlanner::new().plan_fft_forward(n);
    let mut spectrum = transform.make_output_vec();
    transform.process(&mut windowed, &mut spectrum).unwrap();
    let magnitude: Vec<f64> = spectrum.iter().map(|value| value.norm_sqr().sqrt()).collect();
    let mut best = ResamplingTrace {
        strength: 0.0,
        frequency: 0.5,
    };
    for k in 0..magnitude.len() {
        let frequency = k as f64 / n as f64;
        let from_grid = (frequency * 8.0 - (frequency * 8.0).round()).abs() / 8.0 * n as f64;
        let median = median_plainly(&magnitude, k, (n / 32).max(8));
        let strength = if median > 1e-9 { magnitude[k] / median } else { 0.0 };
        if frequency > MIN_FREQUENCY && from_grid > JPEG_GAP && strength > best.strength {
            best = ResamplingTrace { strength, frequency };
        }
    }
    best
}

fn median_plainly(values: &[f64], index: usize, reach: usize) -> f64 {
    let mut near = values[index.saturating_sub(reach)..values.len().min(index + reach + 1)].to_vec();
    near.sort_by(f64::total_cmp);
    near[near.len() / 2]
}

/// Sums of whole numbers and values picked from a window are exact, so every bit must be the same.
#[test]
fn the_trace_is_that_of_the_description() {
    let enlarged = imageops::resize(&scene(120, 90, 7), 180, 135, imageops::FilterType::Triangle);
    let noise = |width, height| {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        GrayImage::from_fn(width, height, |_, _| Luma([rng.r#gen()]))
    };
    // Sums of 16 bits carry over after 128 rows; stripes of 0 and 255 make every difference the largest.
    let stripes = GrayImage::from_fn(64, 400, |x, _| Luma([(x % 2 * 255) as u8]));
    for plane in [
        enlarged,
        scene(256, 301, 8),
        noise(64, 64),
        noise(513, 130),
        stripes,
    ] {
        assert_eq!(find(&plane), Some(find_plainly(&plane)));
    }
}

proptest! {
    #[test]
    fn running_medians_are_medians(values in prop::collection::vec(0u8..30, 1..60)) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let mut medians = vec![0.0; values.len()];
        running_medians(&values, &mut medians);
        let plainly: Vec<f64> = (0..values.len()).map(|i| median_plainly(&values, i, TREND)).collect();
        prop_assert_eq!(medians, plainly);
    }
}
