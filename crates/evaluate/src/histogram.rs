//! How values of either class are spread.

use serde::{Deserialize, Serialize};

/// Counts of values in bins of equal width between `low` and `high`; a bin holds values above its lower end and up to
/// its upper one, the first its lower end, too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassHistogram {
    /// Lower end of the first bin.
    pub low: f64,
    /// Upper end of the last bin.
    pub high: f64,
    /// Reals in each bin.
    pub real: Vec<usize>,
    /// Fakes in each bin, as many bins.
    pub fake: Vec<usize>,
}

impl ClassHistogram {
    /// Counts values in `bins` bins, at least one. Values beyond the ends count in the outermost bins, so that none is
    /// lost.
    pub fn of(values: &[f64], labels: &[bool], low: f64, high: f64, bins: usize) -> Self {
        let bins = bins.max(1);
        let (mut real, mut fake) = (vec![0; bins], vec![0; bins]);
        let width = (high - low) / bins as f64;
        for (&value, &is_fake) in values.iter().zip(labels) {
            // A float too large or not a number is cast to the nearest end.
            let bin = (((value - low) / width).ceil() as usize).clamp(1, bins) - 1;
            let counts = if is_fake { &mut fake } else { &mut real };
            counts[bin] += 1;
        }
        Self {
            low,
            high,
            real,
            fake,
        }
    }

    /// Ends of each bin.
    pub fn edges(&self) -> impl Iterator<Item = (f64, f64)> {
        let (low, bins) = (self.low, self.real.len());
        let width = (self.high - low) / bins as f64;
        (0..bins).map(move |bin| (low + width * bin as f64, low + width * (bin + 1) as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_belong_where_they_are_said_to() {
        let values = [0.0, 0.25, 0.26, 0.5, 1.0, -7.0, 9.0];
        let labels = [false, false, true, true, true, false, true];
        let found = ClassHistogram::of(&values, &labels, 0.0, 1.0, 4);
        assert_eq!(found.real, [3, 0, 0, 0]);
        assert_eq!(found.fake, [0, 2, 0, 2]);
        let edges: Vec<_> = found.edges().collect();
        assert_eq!(edges, [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)]);
        // Equal ends leave one place for everything.
        let flat = ClassHistogram::of(&[2.0, 2.0], &[true, false], 2.0, 2.0, 3);
        assert_eq!(
            flat.real.iter().sum::<usize>() + flat.fake.iter().sum::<usize>(),
            2
        );
    }
}
