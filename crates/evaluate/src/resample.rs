//! Samples drawn with replacement, as weights of items that are ranked once.

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::roc::{Ranked, Step};
use super::{Metric, MetricError};

/// What is drawn as a whole, an item or a group, in strata that keep their size: units of fakes only, of reals only,
/// and those with both.
pub(super) struct Resampler {
    /// The unit of each item.
    unit_of: Vec<usize>,
    strata: [Vec<usize>; 3],
    seed: u64,
}

impl Resampler {
    pub fn new(labels: &[bool], groups: Option<&[usize]>, seed: u64) -> Result<Self, MetricError> {
        if let Some(groups) = groups.filter(|g| g.len() != labels.len()) {
            return Err(MetricError::Groups {
                labels: labels.len(),
                groups: groups.len(),
            });
        }
        let mut numbers = BTreeMap::new();
        let mut classes: Vec<[bool; 2]> = Vec::new();
        let unit_of = labels
            .iter()
            .enumerate()
            .map(|(item, &fake)| {
                let unit = *numbers
                    .entry(groups.map_or(item, |g| g[item]))
                    .or_insert(classes.len());
                if unit == classes.len() {
                    classes.push([false; 2]);
                }
                classes[unit][usize::from(fake)] = true;
                unit
            })
            .collect();
        let stratum = |wanted: [bool; 2]| {
            (0..classes.len())
                .filter(|&unit| classes[unit] == wanted)
                .collect()
        };
        let strata = [
            stratum([false, true]),
            stratum([true, false]),
            stratum([true, true]),
        ];
        Ok(Self {
            unit_of,
            strata,
            seed,
        })
    }

    /// How many items or groups there are.
    pub fn units(&self) -> usize {
        self.strata.iter().map(Vec::len).sum()
    }

    /// The number of an item's unit.
    pub fn unit_of(&self, item: usize) -> usize {
        self.unit_of[item]
    }

    /// How often each unit is in sample `number`, which needs none of the samples before it.
    pub fn draw(&self, number: u64, times: &mut Vec<u32>) {
        times.clear();
        times.resize(self.units(), 0);
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(number);
        for stratum in &self.strata {
            for _ in stratum {
                // u64, so that every platform draws the same.
                times[stratum[generator.gen_range(0..stratum.len() as u64) as usize]] += 1;
            }
        }
    }

    /// The metrics of the ranked items in the sample that has unit u `times[u]` times; none without both classes.
    pub fn measure(
        &self,
        ranked: &Ranked,
        threshold: f64,
        times: &[u32],
        steps: &mut Vec<Step>,
    ) -> [Option<f64>; Metric::ALL.len()] {
        ranked.steps(|item| times[self.unit_of[item]], steps);
        Metric::ALL.map(|metric| metric.of_steps(steps, threshold))
    }
}

/// The value below which a share of rising values lies, with straight lines between neighbours (Hyndman and Fan's
/// type 7, NumPy's default).
pub(super) fn quantile(rising: &[f64], share: f64) -> Option<f64> {
    let place = share * rising.len().checked_sub(1)? as f64;
    let below = rising.get(place.floor() as usize)?;
    let above = rising.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_keep_their_size() -> Result<(), MetricError> {
        // Groups: 5 fake, 7 real, 9 both.
        let labels = [true, true, false, false, true, true, false];
        let groups = [5, 5, 7, 9, 9, 6, 8];
        let resampler = Resampler::new(&labels, Some(&groups), 3)?;
        assert_eq!(resampler.units(), 5);
        let units = [0, 0, 1, 2, 2, 3, 4];
        assert_eq!(resampler.unit_of, units);
        assert_eq!(resampler.strata, [vec![0, 3], vec![1, 4], vec![2]]);
        let mut times = vec![99; 2];
        let mut drawn = std::collections::BTreeSet::new();
        for number in 0..100 {
            resampler.draw(number, &mut times);
            assert_eq!((times[0] + times[3], times[1] + times[4], times[2]), (2, 2, 1));
            drawn.insert(times.clone());
        }
        // Every way to draw two of two, twice.
        assert_eq!(drawn.len(), 9);
        Ok(())
    }

    #[test]
    fn samples_differ_and_can_be_drawn_alone() -> Result<(), MetricError> {
        let labels: Vec<bool> = (0..40).map(|i| i % 2 == 0).collect();
        let resampler = Resampler::new(&labels, None, 3)?;
        let draw = |number| {
            let mut times = Vec::new();
            resampler.draw(number, &mut times);
            times
        };
        let drawn: std::collections::BTreeSet<Vec<u32>> = (0..100).map(draw).collect();
        assert_eq!(drawn.len(), 100);
        assert!(drawn.contains(&draw(57)));
        Ok(())
    }

    #[test]
    fn quantiles_of_a_few() {
        // numpy.quantile([1, 2, 4], q)
        for (share, value) in [(0.0, 1.0), (0.25, 1.5), (0.5, 2.0), (0.75, 3.0), (1.0, 4.0)] {
            assert_eq!(quantile(&[1.0, 2.0, 4.0], share), Some(value));
        }
        assert_eq!(quantile(&[3.0], 0.975), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
