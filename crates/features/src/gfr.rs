//! Gabor residuals of luma, by phase.

use super::input::PLANES;
use super::residual::{
    ANGLES, CLASSES, GaborSet, QUANTISERS, ResidualInput, SCALES, SIDE, by_class, gabor_sets, push_relative,
    turned_counts,
};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

/// GFR: histograms of luma's responses to Gabor kernels by their place in the JPEG grid, after X. Song, F. Liu, C. Yang,
/// X. Luo, Y. Zhang, "Steganalysis of adaptive JPEG steganography using 2D Gabor filters", IH&MMSec 2015.
/// 4 × 2 × 9 × 25 × 5 = 9000 features.
///
/// The 8 × 8 kernels are exp(−(u² + v²/4) / 2σ²)·cos(2π·0.56·u/σ + φ), less their mean and of norm one, with (u, v) the
/// coordinates from the kernel's centre turned by θ = tπ/16: σ = 0.5, 0.75, 1 and 1.25 samples, φ = 0 and π/2, t = 0 … 15.
/// A response r counts as v = min(rint(|r| / q), 4), halves to even, with q = 2, 4, 6 and 8 by scale; classes are those
/// of [`Dctr`](super::Dctr), and angles t and 16 − t count together.
///
/// Good at oriented texture and edges that a generator draws too clean or too alike; reads much of what
/// [`Dctr`](super::Dctr) reads, and is misled by the same: other JPEG qualities and resizing.
pub struct Gfr {
    sets: Vec<GaborSet>,
}

impl Gfr {
    /// The family, its kernels planned.
    pub fn new() -> Self {
        Self { sets: gabor_sets() }
    }
}

impl Default for Gfr {
    fn default() -> Self {
        Self::new()
    }
}

impl FixedFamily for Gfr {
    const NAME: &'static str = "gfr";
    const CHANNELS: Channels = PLANES;
    const IS_HISTOGRAM: bool = true;
    const NEEDED: u32 = SIDE as u32;

    fn constants(&self) -> String {
        let list = |values: Vec<String>| values.join(",");
        let scales = list(SCALES.map(|sigma| sigma.to_string()).to_vec());
        let quantisers = list(QUANTISERS.map(|q| q.to_string()).to_vec());
        format!("sigma={scales} q={quantisers}")
    }

    /// `gfr_sσ_PHASE_tT_yY_xX_vV`: scale σ, phase `even` (0) or `odd` (π/2), angles Tπ/16 and π − Tπ/16, responses Y rows
    /// and X columns from the nearest block edge, of value V.
    fn names(&self) -> Vec<String> {
        let sets = SCALES
            .iter()
            .flat_map(|sigma| ["even", "odd"].map(|phase| format!("gfr_s{sigma}_{phase}")));
        let kernels = sets.flat_map(|set| (0..ANGLES).map(move |angle| format!("{set}_t{angle}")));
        kernels
            .flat_map(|kernel| by_class(&kernel).collect::<Vec<_>>())
            .collect()
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let source = ResidualInput::luma(image, Self::NAME)?;
        let workspace = &mut *workspace.residual;
        turned_counts(&source, &self.sets, &mut workspace.counts, &mut workspace.turned);
        for kernel in 0..self.sets.len() * ANGLES {
            // The upright and the level kernel are their own mirror images.
            let angle = kernel % ANGLES;
            let kernels = if angle.is_multiple_of(ANGLES - 1) { 1 } else { 2 };
            let classes: [_; CLASSES] = workspace.counts.histogram(kernel, kernels, &source);
            for class in classes {
                push_relative(&class, features);
            }
        }
        Ok(())
    }
}
