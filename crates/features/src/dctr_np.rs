//! DCT residuals of luma, whatever their phase.

use super::input::PLANES;
use super::residual::{BINS, COARSE, FINE, ResidualInput, SIDE, frequency, push_relative, values};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

/// DCTR without phases: for the 63 DCT kernels but the constant one, a histogram of all of luma's responses, at a
/// fine quantiser and a coarse one. 2 × 63 × 5 = 630 features.
///
/// As [`Dctr`](super::Dctr) otherwise: v = min(rint(|r| / q), 4), with q = 1, then q = 4.
///
/// A twelfth of that family's length at little less sight, and indifferent to where the JPEG grid lies, so also of
/// use for crops and for pictures that were no JPEG; misled by resizing and by other JPEG qualities as much.
#[derive(Clone, Copy, Debug, Default)]
pub struct DctrNoPhase;

/// The quantisers, in order.
const QUANTISERS: [f32; 2] = [FINE, COARSE];

impl DctrNoPhase {
    /// Vertical and horizontal frequency, 0 to 7, that a column of the family is about; `None` for any other name.
    pub fn frequency(column: &str) -> Option<(u8, u8)> {
        let of = |q| frequency(column, &format!("dctr-np_q{q}_"));
        QUANTISERS.into_iter().find_map(of)
    }
}

impl FixedFamily for DctrNoPhase {
    const NAME: &'static str = "dctr-np";
    const CHANNELS: Channels = PLANES;
    const IS_HISTOGRAM: bool = true;
    const NEEDED: u32 = SIDE as u32;

    fn constants(&self) -> String {
        format!("q={FINE},{COARSE}")
    }

    /// `dctr-np_qQ_kK_lL_vV`: quantiser Q, kernel of the vertical frequency K and the horizontal frequency L, value V.
    fn names(&self) -> Vec<String> {
        let kernels = |q| (1..64).map(move |kernel| format!("dctr-np_q{q}_k{}_l{}", kernel / 8, kernel % 8));
        QUANTISERS
            .into_iter()
            .flat_map(kernels)
            .flat_map(|kernel| values(&kernel))
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
        for counts in workspace.luma.both(&source, &mut workspace.dct) {
            for kernel in 1..64 {
                let mut all = [0; BINS];
                for class in counts.histogram(kernel, 1, &source) {
                    for (sum, count) in all.iter_mut().zip(class) {
                        *sum += count;
                    }
                }
                push_relative(&all, features);
            }
        }
        Ok(())
    }
}
