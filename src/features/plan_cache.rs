//! Spectrum plans by size, kept while there is room.

use std::sync::{Arc, Mutex, PoisonError};

use crate::spectrum::{Recipe, SpectrumError, SpectrumPlan};

/// The plans used last, most recent at the end. Folders hold few sizes or very many; either way the memory is
/// bounded, because the oldest plans go first.
pub(super) struct PlanCache {
    recipe: Recipe,
    plans: Mutex<Vec<Arc<SpectrumPlan>>>,
    max_bytes: usize,
}

impl PlanCache {
    pub(super) fn new(recipe: Recipe, max_bytes: usize) -> Self {
        Self {
            recipe,
            plans: Mutex::default(),
            max_bytes,
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
        let cache = PlanCache::new(Recipe::celeba(), 2 * one + one / 2);
        let first = cache.get(64, 64).unwrap();
        cache.get(64, 63).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.get(64, 64).unwrap()));
        cache.get(63, 64).unwrap();
        let sizes: Vec<_> = cache.lock().iter().map(|plan| plan.size()).collect();
        assert_eq!(sizes, [(64, 64), (63, 64)]);
    }

    #[test]
    fn one_plan_stays_however_large() {
        let cache = PlanCache::new(Recipe::celeba(), 0);
        cache.get(64, 64).unwrap();
        assert_eq!(cache.lock().len(), 1);
        assert!(cache.get(3, 3).is_err());
    }
}
