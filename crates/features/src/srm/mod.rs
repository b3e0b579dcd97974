//! The linear submodels of the spatial rich model.

mod residual;
mod submodels;
#[cfg(test)]
mod tests;

use super::cooccurrence::{self, Scan, Symmetry};
use super::input::{PLANES, luma};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded, Plane};
use residual::BASE;
use submodels::Submodels;

/// Residuals in a tuple.
const ORDER: usize = 4;

/// Co-occurrences of linear noise residuals of unrounded luma: J. Fridrich, J. Kodovský, "Rich Models for
/// Steganalysis of Digital Images", IEEE TIFS 7(3), 2012, its linear submodels with q = 1. 12 × 169 features.
///
/// A residual is what a pixel has beyond its prediction from its neighbours: differences of `first`, `second` and
/// `third` order along rows and columns, the square kernels of 3×3 and 5×5 pixels (`square3`, `square5`), and the
/// halves of those (`edge3`, `edge5`) in four turns. In units of 1, 2, 3, 4 or 12 grey levels, which is the weight of
/// the predicted pixel, it is rounded to −2 … 2; four neighbouring ones, read along the rows and along the columns,
/// make one of 625 tuples, of which those equal up to direction and sign are one feature. A feature is a relative
/// frequency; one submodel's add up to 1. Where the kernel has a direction, tuples read `along` and `across` it
/// are submodels of their own.
///
/// Good at the texture of noise at the smallest scale, which a generator has to make up and a camera and JPEG
/// give for free: one of the strongest families on faces of equal size and quality. Blind to anything larger than
/// eight pixels, and undone by resizing.
pub struct Srm {
    submodels: Submodels,
    symmetry: Symmetry,
}

/// How tuples are read.
const SCANS: [Scan; 2] = [Scan::Right, Scan::Down];

impl Default for Srm {
    fn default() -> Self {
        Self {
            submodels: Submodels::linear(),
            symmetry: Symmetry::new(BASE, ORDER as u32, true),
        }
    }
}

impl Srm {
    fn describe(&self, luma: &Plane, workspace: &mut cooccurrence::Workspace, features: &mut [f64]) {
        let (digits, counters) = (&mut workspace.digits[0], &mut workspace.counters);
        let classes = self.symmetry.names().len();
        for group in &self.submodels.groups {
            for residual in &group.residuals {
                residual.quantise(&luma.samples, luma.width, luma.height, digits);
                for (scan, counter) in SCANS.into_iter().zip(counters.iter_mut()) {
                    counter.add::<BASE, ORDER, { ORDER + 1 }>(digits, scan);
                }
            }
            for ((scan, counter), submodel) in SCANS.into_iter().zip(counters.iter_mut()).zip(group.submodels)
            {
                let weight = 1.0 / (group.scans * digits.tuples(scan, ORDER)) as f64;
                let sums = &mut features[submodel * classes..][..classes];
                self.symmetry.merge(counter.take::<BASE, ORDER>(), weight, sums);
            }
        }
    }
}

impl FixedFamily for Srm {
    const NAME: &'static str = "srm";
    const CHANNELS: Channels = PLANES;
    const IS_HISTOGRAM: bool = true;
    /// For the widest residual, of 5, and a tuple.
    const NEEDED: u32 = 8;

    fn constants(&self) -> String {
        "q=1".to_owned()
    }

    /// `srm_SUBMODEL_TUPLE`, as `srm_edge3_along_-2_0_1_0`: a submodel and the first tuple of a class.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for submodel in &self.submodels.names {
            let tuples = self.symmetry.names().iter();
            names.extend(tuples.map(|tuple| format!("srm_{submodel}_{tuple}")));
        }
        names
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let luma = luma(image, Self::NAME, Self::NEEDED)?;
        let start = features.len();
        let count = self.submodels.names.len() * self.symmetry.names().len();
        features.resize(start + count, 0.0);
        self.describe(luma, &mut workspace.cooccurrence, &mut features[start..]);
        Ok(())
    }
}
