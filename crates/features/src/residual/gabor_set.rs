//! Gabor kernels of four scales, two phases and sixteen turns, as GFR has them, ready to be correlated.

use std::f64::consts::PI;

use super::Steps;
use super::folded::{Folded, Margin};
use super::gabor::{TURNS, Weights, kernels};

/// Widths σ of the envelope, in samples.
pub const SCALES: [f64; 4] = [0.5, 0.75, 1.0, 1.25];
/// Quantiser of each scale.
pub const QUANTISERS: [f32; SCALES.len()] = [2.0, 4.0, 6.0, 8.0];
/// Phases: 0 is even about the kernel's centre, π/2 odd.
pub const PHASES: usize = 2;

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
        let kernels = kernels(sigma, odd as f64 * PI / 2.0);
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
