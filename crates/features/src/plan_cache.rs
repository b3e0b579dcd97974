//! Spectrum plans by size, kept while there is room, and the profiles they make.

use std::sync::{Arc, Mutex, PoisonError};

use image::GrayImage;

use dftective_spectrum::{Recipe, SpectrumError, SpectrumPlan, Workspace};

/// The plans used last, most recent at the end. Folders hold few sizes or very many; either way the memory is
/// bounded, because the oldest plans go first.
pub(super) struct PlanCache {
    recipe: Recipe,
    plans: Mutex<Vec<Arc<SpectrumPlan>>>,
    max_bytes: usize,
}

/// Plans are small beside the transforms' own buffers; this holds some hundred sizes of 1024².
const PLAN_BYTES: usize = 64 << 20;

impl PlanCache {
    pub(super) fn new(recipe: Recipe) -> Self {
        Self {
            recipe,
            plans: Mutex::default(),
            max_bytes: PLAN_BYTES,
        }
    }

    pub(super) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub(super) fn get(&self, width: u32, height: u32) -> Result<Arc<SpectrumPlan>, SpectrumError> {
        if let Some(plan) = self.take_up(width, height) {
            return Ok(plan);
        }
        // Planned outside the lock: two threads may plan the same size, which costs time but never waits.
        let plan = Arc::new(SpectrumPlan::new(width, height, &self.recipe)?);
        let mut plans = self.lock();
        plans.push(Arc::clone(&plan));
        let mut bytes: usize = plans.iter().map(|plan| plan.bytes()).sum();
        while bytes > self.max_bytes && plans.len() > 1 {
            bytes -= plans.remove(0).bytes();
        }
        Ok(plan)
    }

    /// Names of the profile's points, where the recipe resamples: `PREFIX_point_1_of_N` … from the lowest to the
    /// highest frequency.
    pub(super) fn points(&self, prefix: &str) -> Option<Vec<String>> {
        let bins = self.recipe.bins?;
        Some(
            (1..=bins)
                .map(|point| format!("{prefix}_point_{point}_of_{bins}"))
                .collect(),
        )
    }

    /// [`Self::points`], or `PREFIX_ring_1`, `PREFIX_ring_2`, … by radius in frequency samples.
    pub(super) fn columns(
        &self,
        prefix: &str,
        width: u32,
        height: u32,
    ) -> Result<Vec<String>, SpectrumError> {
        let plan = self.get(width, height)?;
        let radial_bins = || {
            plan.radii()
                .iter()
                .map(|radius| format!("{prefix}_ring_{radius}"))
                .collect()
        };
        Ok(self.points(prefix).unwrap_or_else(radial_bins))
    }

    /// Appends the profile of `plane`; `features` is as it was where there is none.
    pub(super) fn extract(
        &self,
        plane: &GrayImage,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), SpectrumError> {
        let (width, height) = plane.dimensions();
        let plan = self.get(width, height)?;
        let start = features.len();
        features.resize(start + plan.bins(), 0.0);
        plan.profile(plane, workspace, &mut features[start..])
            .inspect_err(|_| features.truncate(start))
    }

    /// The plan of that size, made the most recent one.
    fn take_up(&self, width: u32, height: u32) -> Option<Arc<SpectrumPlan>> {
        let mut plans = self.lock();
        let position = plans.iter().position(|plan| plan.size() == (width, height))?;
        let plan = plans.remove(position);
        plans.push(Arc::clone(&plan));
        Some(plan)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<SpectrumPlan>>> {
        // The list is whole after every statement, so a panic elsewhere can't have left it broken.
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_plans_go_first() {
        let one = SpectrumPlan::new(64, 64, &Recipe::celeba()).unwrap().bytes();
        let cache = PlanCache {
            max_bytes: 2 * one + one / 2,
            ..PlanCache::new(Recipe::celeba())
        };
        let first = cache.get(64, 64).unwrap();
        cache.get(64, 63).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.get(64, 64).unwrap()));
        cache.get(63, 64).unwrap();
        let sizes: Vec<_> = cache.lock().iter().map(|plan| plan.size()).collect();
        assert_eq!(sizes, [(64, 64), (63, 64)]);
    }

    #[test]
    fn one_plan_stays_however_large() {
        let cache = PlanCache {
            max_bytes: 0,
            ..PlanCache::new(Recipe::celeba())
        };
        cache.get(64, 64).unwrap();
        assert_eq!(cache.lock().len(), 1);
        assert!(cache.get(3, 3).is_err());
    }
}
