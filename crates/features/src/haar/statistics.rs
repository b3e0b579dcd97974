//! Four numbers for a band.

use multiversion::multiversion;

use super::logarithm::ln;

/// Added to a magnitude before its logarithm …
const FLOOR: f64 = 1e-2;
/// … and to a mean power.
const POWER_FLOOR: f64 = 1e-4;

/// Sums in this many parts are the same to the bit with vectors of any length.
const LANES: usize = 16;

/// Mean and standard deviation of ln(|c| + 0.01), then ln(mean |c| + 0.01) and ln(mean c² + 0.0001), of a band with a
/// coefficient or more.
pub(super) fn statistics(band: &[f32]) -> [f64; 4] {
    // Any value near the mean keeps the variance from cancelling, and makes a constant band's zero.
    let near = ln(band[0].abs() + FLOOR as f32);
    let [log, squared_log, magnitude, power] = sums(band, near).map(|sum| sum / band.len() as f64);
    [
        near + log,
        (squared_log - log * log).max(0.0).sqrt(),
        (magnitude + FLOOR).ln(),
        (power + POWER_FLOOR).ln(),
    ]
}

/// Sums of ln(|c| + 0.01) − `near`, of its square, of |c| and of c².
#[multiversion(targets = "simd")]
fn sums(band: &[f32], near: f64) -> [f64; 4] {
    let mut sums = [[0.0; LANES]; 4];
    let (chunks, rest) = band.as_chunks::<LANES>();
    for chunk in chunks {
        add(&mut sums, chunk, near);
    }
    add(&mut sums, rest, near);
    sums.map(|lanes| lanes.iter().sum())
}

#[inline(always)]
fn add(sums: &mut [[f64; LANES]; 4], coefficients: &[f32], near: f64) {
    let [logs, squared_logs, magnitudes, powers] = sums;
    for (lane, coefficient) in coefficients.iter().enumerate() {
        let magnitude = coefficient.abs();
        let log = ln(magnitude + FLOOR as f32) - near;
        logs[lane] += log;
        squared_logs[lane] += log * log;
        let magnitude = f64::from(magnitude);
        magnitudes[lane] += magnitude;
        powers[lane] += magnitude * magnitude;
    }
}
