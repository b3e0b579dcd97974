use super::fusion::Fusion;
use crate::model::vote;

/// Errors averaged.
const WINDOW: usize = 25;
/// Averages that must keep together, and how closely.
const PATIENCE: usize = 25;
const TUBE: f64 = 0.005;

/// The out-of-bag error of a growing ensemble.
pub(super) struct OutOfBag<'a> {
    labels: &'a [bool],
    /// Fused outputs of the learners that have not seen the item.
    sums: Vec<f64>,
    /// By how many.
    votes: Vec<u32>,
    /// After every learner.
    errors: Vec<f64>,
}

impl<'a> OutOfBag<'a> {
    pub fn new(labels: &'a [bool]) -> Self {
        Self {
            labels,
            sums: vec![0.0; labels.len()],
            votes: vec![0; labels.len()],
            errors: Vec::new(),
        }
    }

    /// Takes one learner's outputs: (item, g).
    pub fn add(&mut self, outputs: &[(usize, f64)], fusion: Fusion) {
        for &(item, output) in outputs {
            self.votes[item] += 1;
            self.sums[item] += match fusion {
                Fusion::Majority => vote(output),
                Fusion::Projection => output,
            };
        }
        self.errors.push(self.measure());
    }

    /// Mean of the share of fakes missed and that of reals called fake, among the items that some learner has not seen; a
    /// tie is half an error. One half where a class has no such item.
    fn measure(&self) -> f64 {
        let (mut errors, mut items) = ([0.0; 2], [0.0; 2]);
        for ((&label, &sum), _) in self
            .labels
            .iter()
            .zip(&self.sums)
            .zip(&self.votes)
            .filter(|(_, votes)| **votes > 0)
        {
            let class = usize::from(label);
            items[class] += 1.0;
            errors[class] += match (sum == 0.0, (sum > 0.0) == label) {
                (true, _) => 0.5,
                (_, true) => 0.0,
                (_, false) => 1.0,
            };
        }
        if items.contains(&0.0) {
            return 0.5;
        }
        0.5 * (errors[0] / items[0] + errors[1] / items[1])
    }

    /// Of all learners so far; one half without any.
    pub fn error(&self) -> f64 {
        self.errors.last().copied().unwrap_or(0.5)
    }

    /// Whether the moving average of the error has kept within a tube for long enough.
    pub fn has_settled(&self) -> bool {
        let Some(first) = self.errors.len().checked_sub(WINDOW + PATIENCE - 1) else {
            return false;
        };
        let averages = self.errors[first..]
            .windows(WINDOW)
            .map(|window| window.iter().sum::<f64>() / WINDOW as f64);
        let (low, high) = averages.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), average| {
            (average.min(low), average.max(high))
        });
        high - low <= TUBE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_by_class() {
        let labels = [true, true, false, false, false, true];
        let mut out_of_bag = OutOfBag::new(&labels);
        assert_eq!(out_of_bag.error(), 0.5);
        // No fake seen yet.
        out_of_bag.add(&[(2, -1.0)], Fusion::Majority);
        assert_eq!(out_of_bag.error(), 0.5);
        // One of two fakes missed, one of three reals wrong.
        out_of_bag.add(&[(0, 3.0), (1, -0.1), (3, -2.0), (4, 0.5)], Fusion::Majority);
        assert!((out_of_bag.error() - 0.5 * (0.5 + 1.0 / 3.0)).abs() < 1e-15);
        // A tie of item 1 by votes; by projections it would be right.
        out_of_bag.add(&[(1, 7.0)], Fusion::Majority);
        assert!((out_of_bag.error() - 0.5 * (0.25 + 1.0 / 3.0)).abs() < 1e-15);
        let mut by_projection = OutOfBag::new(&labels);
        by_projection.add(&[(1, -0.1), (2, -1.0)], Fusion::Projection);
        by_projection.add(&[(1, 7.0)], Fusion::Projection);
        assert_eq!(by_projection.error(), 0.0);
    }

    #[test]
    fn growing_ends_when_the_averages_keep_together() {
        let labels = [true, false];
        let mut out_of_bag = OutOfBag::new(&labels);
        // From the first learner on the error is 0.
        for learner in 1..=WINDOW + PATIENCE - 1 {
            assert!(!out_of_bag.has_settled(), "{learner}");
            out_of_bag.add(&[(0, 1.0), (1, -1.0)], Fusion::Projection);
        }
        assert!(out_of_bag.has_settled());
        // An average that wanders by more than the tube is not settled: the error becomes ½.
        out_of_bag.add(&[(0, -1e6)], Fusion::Projection);
        assert!(!out_of_bag.has_settled());
    }
}
