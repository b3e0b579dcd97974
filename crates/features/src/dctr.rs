//! DCT residuals of luma, by phase.

use super::input::PLANES;
use super::residual::{COARSE, ResidualInput, SIDE, by_class, frequency, push_relative};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

/// DCTR: histograms of luma's responses to the 64 DCT kernels by their phase in the JPEG grid, after V. Holub and
/// J. Fridrich, "Low-complexity features for JPEG steganalysis using undecimated DCT", IEEE TIFS 10(2), 2015.
/// 64 × 25 × 5 = 8000 features.
///
/// Unrounded luma is correlated with each orthonormal 8 × 8 DCT kernel wherever the kernel lies within it. A response
/// r counts as v = min(rint(|r| / 4), 4), halves to even; the mean of the responses to the kernel (0, 0) is taken off
/// them first. A response at row a and column b of its 8 × 8 block is of the class (min(a, 8 − a), min(b, 8 − b));
/// each class's histogram is relative to its size, or zeros in a plane so small that it has none.
///
/// Good at what up-sampling and a generator's last layers leave below the texture, at each frequency by itself,
/// among pictures of one size and one JPEG quality; misled by any other quality, by resizing, and by the
/// traces of an earlier compression.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dctr;

impl Dctr {
    /// Vertical and horizontal frequency, 0 to 7, that a column of the family is about; `None` for any other name.
    pub fn frequency(column: &str) -> Option<(u8, u8)> {
        frequency(column, "dctr_")
    }
}

impl FixedFamily for Dctr {
    const NAME: &'static str = "dctr";
    const CHANNELS: Channels = PLANES;
    const IS_HISTOGRAM: bool = true;
    const NEEDED: u32 = SIDE as u32;

    fn constants(&self) -> String {
        format!("q={COARSE}")
    }

    /// `dctr_kK_lL_yY_xX_vV`: kernel of the vertical frequency K and the horizontal frequency L, responses Y rows and X
    /// columns from the nearest block edge, of value V.
    fn names(&self) -> Vec<String> {
        let kernels = (0..8).flat_map(|k| (0..8).map(move |l| format!("dctr_k{k}_l{l}")));
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
        let counts = workspace.luma.coarse(&source, &mut workspace.dct);
        for kernel in 0..64 {
            for class in counts.histogram(kernel, 1, &source) {
                push_relative(&class, features);
            }
        }
        Ok(())
    }
}
