//! The radial spectrum: the paper's feature.

use super::plan_cache::PlanCache;
use super::{Family, FeatureError, Workspace};
use crate::decode::Decoded;
use crate::spectrum::Recipe;

/// The azimuthal average of the luma plane's log spectrum ([`crate::spectrum`]).
///
/// Good at the raised or sunken high frequencies that up-sampling leaves in whole generated images; blind to
/// anything that keeps the mean power at each radius, and misled by size, resizing and compression.
pub struct RadialSpectrum {
    plans: PlanCache,
}

/// Plans are small beside the transforms' own buffers; this holds some two hundred sizes of 1024².
const PLAN_BYTES: usize = 256 << 20;

impl RadialSpectrum {
    /// The family's name.
    pub const NAME: &'static str = "radial";

    /// The family with this recipe.
    pub fn new(recipe: Recipe) -> Self {
        Self {
            plans: PlanCache::new(recipe, PLAN_BYTES),
        }
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        self.plans.recipe()
    }
}

impl Family for RadialSpectrum {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> String {
        self.recipe().to_string()
    }

    /// `radial_point_1_of_N` … from the lowest to the highest frequency, where the recipe resamples.
    fn fixed_columns(&self) -> Option<Vec<String>> {
        let bins = self.recipe().bins?;
        Some(
            (1..=bins)
                .map(|point| format!("radial_point_{point}_of_{bins}"))
                .collect(),
        )
    }

    /// `radial_ring_1`, `radial_ring_2`, … by radius in frequency samples, where the recipe does not resample.
    fn columns(&self, width: u32, height: u32) -> Result<Vec<String>, FeatureError> {
        let plan = self.plans.get(width, height)?;
        let rings = || {
            plan.radii()
                .iter()
                .map(|radius| format!("radial_ring_{radius}"))
                .collect()
        };
        Ok(self.fixed_columns().unwrap_or_else(rings))
    }

    fn extract(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let (width, height) = image.luma.dimensions();
        let plan = self.plans.get(width, height)?;
        let start = features.len();
        features.resize(start + plan.bins(), 0.0);
        plan.profile(&image.luma, &mut workspace.spectrum, &mut features[start..])
            .map_err(|error| {
                features.truncate(start);
                error.into()
            })
    }
}
