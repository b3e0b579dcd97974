//! Gabor kernels of four scales, two phases and sixteen turns, as GFR has them.

use std::f64::consts::PI;

use super::folded::{Folded, Margin};
use super::{SIDE, Steps};

/// Widths σ of the envelope, in samples.
pub const SCALES: [f64; 4] = [0.5, 0.75, 1.0, 1.25];
/// Quantiser of each scale.
pub const QUANTISERS: [f32; SCALES.len()] = [2.0, 4.0, 6.0, 8.0];
/// Phases: 0 is even about the kernel's centre, π/2 odd.
pub const PHASES: usize = 2;
/// Turns by π/16, from 0 to below π.
pub const TURNS: usize = 16;

/// A kernel's weights, by rows.
pub type Weights = [f32; SIDE * SIDE];

/// exp(−(u² + v²/4) / 2σ²) · cos(2π·0.56/σ·u + phase), less its mean, of norm one; u and v are the coordinates,
/// from the kernel's centre, turned by `angle`.
fn gabor(sigma: f64, angle: f64, phase: f64) -> Weights {
    let values: [f64; SIDE * SIDE] = std::array::from_fn(|index| {
        let centred = |place: usize| place as f64 - (SIDE - 1) as f64 / 2.0;
        let (x, y) = (centred(index % SIDE), centred(index / SIDE));
        let u = x * angle.cos() + y * angle.sin();
        let v = -x * angle.sin() + y * angle.cos();
        (-(u * u + 0.25 * v * v) / (2.0 * sigma * sigma)).exp() * (2.0 * PI * u * 0.56 / sigma + phase).cos()
    });
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let norm = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        .sqrt();
    values.map(|value| ((value - mean) / norm) as f32)
}

/// The kernels of one scale and phase.
pub struct GaborSet {
    /// By turn.
    pub kernels: [Weights; TURNS],
    pub folded: Folded,
    pub margin: Margin,
    pub quantiser: f32,
    pub steps: Steps,
}

/// All kernels: by scale, then by phase.
pub fn gabor_sets() -> Vec<GaborSet> {
    let set = |sigma, quantiser, odd: usize| {
        let kernels = std::array::from_fn(|turn| {
            let angle = PI * turn as f64 / TURNS as f64;
            gabor(sigma, angle, odd as f64 * PI / 2.0)
        });
        let folded = Folded::new(&kernels, odd == 1);
        GaborSet {
            margin: Margin::new(&kernels, &folded),
            kernels,
            folded,
            quantiser,
            steps: Steps::new(quantiser),
        }
    };
    let scales = SCALES.into_iter().zip(QUANTISERS);
    scales
        .flat_map(|(sigma, quantiser)| (0..PHASES).map(move |odd| set(sigma, quantiser, odd)))
        .collect()
}
