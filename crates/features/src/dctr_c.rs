//! DCT residuals of chroma, by phase.

use super::input;
use super::residual::{ResidualInput, SIDE, Steps, by_class, dct_counts, frequency, push_relative};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

/// DCTR of Cb and Cr: as [`Dctr`](super::Dctr), without the constant kernel, with q = 1.5, on either chroma plane at
/// the size it is stored in. 2 × 63 × 25 × 5 = 15750 features.
///
/// Weak alone, since chroma is smooth, stored coarsely and mostly at half size, but it adds to what luma shows;
/// misled by other subsampling as by other JPEG qualities.
#[derive(Clone, Copy, Debug, Default)]
pub struct DctrChroma;

const QUANTISER: f32 = 1.5;

/// The planes, in order.
const PLANES: [&str; 2] = ["cb", "cr"];

impl DctrChroma {
    /// Vertical and horizontal frequency, 0 to 7, that a column of the family is about; `None` for any other name.
    pub fn frequency(column: &str) -> Option<(u8, u8)> {
        let of = |plane| frequency(column, &format!("dctr-c_{plane}_"));
        PLANES.into_iter().find_map(of)
    }
}

impl FixedFamily for DctrChroma {
    const NAME: &'static str = "dctr-c";
    const CHANNELS: Channels = input::PLANES;
    const IS_HISTOGRAM: bool = true;
    /// A picture this size may yet have chroma too small.
    const NEEDED: u32 = SIDE as u32;

    fn constants(&self) -> String {
        format!("q={QUANTISER}")
    }

    /// `dctr-c_PLANE_kK_lL_yY_xX_vV`: `cb` or `cr`, kernel of the vertical frequency K and the horizontal frequency L,
    /// responses Y rows and X columns from the nearest block edge, of value V.
    fn names(&self) -> Vec<String> {
        let kernels =
            |plane| (1..64).map(move |kernel| format!("dctr-c_{plane}_k{}_l{}", kernel / 8, kernel % 8));
        let kernels = PLANES.into_iter().flat_map(kernels);
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
        let planes = ResidualInput::chroma(image, Self::NAME)?;
        let workspace = &mut *workspace.residual;
        let counts = std::array::from_mut(&mut workspace.counts);
        for source in planes {
            dct_counts(&source, &[Steps::new(QUANTISER)], counts, &mut workspace.dct);
            for kernel in 1..64 {
                for class in counts[0].histogram(kernel, 1, &source) {
                    push_relative(&class, features);
                }
            }
        }
        Ok(())
    }
}
