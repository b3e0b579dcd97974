use std::collections::BTreeMap;

use super::learner::Ensemble;
use crate::ClassifyError;

/// The first step, where there are enough columns.
const STEP: usize = 200;
/// By how much, relatively, the neighbours' mean error must lie above the lowest for a finer look to be worth it.
const GAIN: f64 = 0.02;
/// A step below this share of the place is not worth taking.
const FINEST: f64 = 0.05;

/// The size of subspaces with the least out-of-bag error, at most `largest`, and its ensemble: first upwards in equal
/// steps until the error has risen twice in a row, then with the step halved on either side of the lowest place, as
/// long as that place is worth it (the one-dimensional search of the paper, which keeps to small subspaces because
/// learners of large ones cost more). The smaller of two sizes with the same error is taken.
pub(super) fn search(
    largest: usize,
    grow: impl FnMut(usize) -> Result<Ensemble, ClassifyError>,
) -> Result<(usize, Ensemble), ClassifyError> {
    let mut step = STEP.min(largest / 4).max(1);
    let mut tried = Tried {
        grow,
        errors: BTreeMap::new(),
        best: None,
    };
    let mut worse = 0;
    for size in (1..).map(|k| k * step).take_while(|&size| size <= largest) {
        worse = if tried.look(size)? { 0 } else { worse + 1 };
        if worse == 2 {
            break;
        }
    }
    while let Some((place, around)) = tried.lowest() {
        step /= 2;
        if step == 0 || !around || (step as f64) < FINEST * place as f64 {
            break;
        }
        for size in [place.saturating_sub(step), place + step] {
            if (1..=largest).contains(&size) {
                tried.look(size)?;
            }
        }
    }
    tried.best.ok_or(ClassifyError::NoFeatures)
}

/// Sizes looked at.
struct Tried<F> {
    grow: F,
    /// Out-of-bag error of each size.
    errors: BTreeMap<usize, f64>,
    best: Option<(usize, Ensemble)>,
}

impl<F: FnMut(usize) -> Result<Ensemble, ClassifyError>> Tried<F> {
    /// Looks at a size, and says whether it is now the best.
    fn look(&mut self, size: usize) -> Result<bool, ClassifyError> {
        if self.errors.contains_key(&size) {
            return Ok(false);
        }
        let found = (self.grow)(size)?;
        self.errors.insert(size, found.error);
        let is_better = match &self.best {
            Some((at, best)) => (found.error, size) < (best.error, *at),
            None => true,
        };
        if is_better {
            self.best = Some((size, found));
        }
        Ok(is_better)
    }

    /// The best size, and whether it is so much better than its neighbours that a finer look is worth it.
    fn lowest(&self) -> Option<(usize, bool)> {
        let (place, best) = self.best.as_ref()?;
        let neighbours = [
            self.errors.range(..place).next_back(),
            self.errors.range(place + 1..).next(),
        ];
        let errors: Vec<f64> = neighbours
            .into_iter()
            .flatten()
            .map(|(_, error)| *error)
            .collect();
        let mean = errors.iter().sum::<f64>() / errors.len().max(1) as f64;
        Some((*place, best.error < (1.0 - GAIN) * mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the search ends on a made-up error, and where it looked.
    fn searched(largest: usize, error: impl Fn(usize) -> f64) -> Result<(usize, Vec<usize>), ClassifyError> {
        let mut sizes = Vec::new();
        let (place, found) = search(largest, |size| {
            sizes.push(size);
            Ok(Ensemble {
                learners: Vec::new(),
                error: error(size),
                settled: true,
            })
        })?;
        assert_eq!(found.error, error(place));
        Ok((place, sizes))
    }

    #[test]
    fn the_lowest_place_is_found() -> Result<(), ClassifyError> {
        // A sharp V at 530: 600 of the first round, then 500, then 550; steps of 25 would be too fine for it.
        let (place, sizes) = searched(4000, |size| 0.1 + (size as f64 - 530.0).abs() / 1000.0)?;
        assert_eq!(place, 550);
        assert_eq!(sizes, [200, 400, 600, 800, 1000, 500, 700, 450, 550]);
        // Falling all the way.
        assert_eq!(searched(1000, |size| 1.0 / size as f64)?.0, 1000);
        // Flat: the smallest, and no finer look.
        assert_eq!(searched(4000, |_| 0.3)?, (200, vec![200, 400, 600]));
        Ok(())
    }

    #[test]
    fn few_columns_are_searched_too() -> Result<(), ClassifyError> {
        assert_eq!(searched(1, |_| 0.5)?, (1, vec![1]));
        assert_eq!(searched(3, |size| 1.0 / size as f64)?.0, 3);
        // Steps of 10 and then 5 and 2 from 20.
        assert_eq!(searched(40, |size| (size as f64 - 23.0).abs())?.0, 23);
        Ok(())
    }

    #[test]
    fn errors_are_passed_on() {
        let failed = search(10, |_| Err(ClassifyError::NoRows));
        assert!(matches!(failed, Err(ClassifyError::NoRows)));
    }
}
