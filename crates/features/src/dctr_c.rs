//! DCT residuals of chroma, by phase.

use super::input::at_least;
use super::residual::{ResidualInput, SIDE, Steps, by_class, dct_counts, frequency, push_relative};
use super::{Family, FeatureError, Workspace};
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
    /// The family's name.
    pub const NAME: &'static str = "dctr-c";

    /// Vertical and horizontal frequency, 0 to 7, that a column of the family is about; `None` for any other name.
    pub fn frequency(column: &str) -> Option<(u8, u8)> {
        let of = |plane| frequency(column, &format!("dctr-c_{plane}_"));
        PLANES.into_iter().find_map(of)
    }
}

fn names() -> Vec<String> {
    let kernels =
        |plane| (1..64).map(move |kernel| format!("dctr-c_{plane}_k{}_l{}", kernel / 8, kernel % 8));
    let kernels = PLANES.into_iter().flat_map(kernels);
    kernels
        .flat_map(|kernel| by_class(&kernel).collect::<Vec<_>>())
        .collect()
}

impl Family for DctrChroma {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> String {
        format!("q={QUANTISER}")
    }

    fn channels(&self) -> Channels {
        Channels {
            planes: true,
            ..Channels::default()
        }
    }

    /// `dctr-c_PLANE_kK_lL_yY_xX_vV`: `cb` or `cr`, kernel of the vertical frequency K and the horizontal frequency L,
    /// responses Y rows and X columns from the nearest block edge, of value V.
    fn fixed_columns(&self) -> Option<Vec<String>> {
        Some(names())
    }

    /// A picture this size may yet have chroma too small.
    fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        at_least(SIDE as u32, Self::NAME, width, height)?;
        Ok(names())
    }

    fn extract(
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
