use std::collections::HashMap;

use crate::SplitError;

/// Item numbers of both parts, rising. No item and no group is on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldOut {
    /// Items to learn from.
    pub train: Vec<usize>,
    /// Items to measure on.
    pub test: Vec<usize>,
}

impl HoldOut {
    /// The split of these parts, if it is a fair one.
    pub(super) fn checked(
        mut train: Vec<usize>,
        mut test: Vec<usize>,
        labels: &[bool],
        groups: Option<&[usize]>,
    ) -> Result<Self, SplitError> {
        train.sort_unstable();
        test.sort_unstable();
        let split = Self { train, test };
        split.check(labels, groups)?;
        Ok(split)
    }

    /// Makes sure that the split measures what it says: every item exists and stands in one place only, no group
    /// is on both sides, and either part has fakes and reals.
    ///
    /// # Errors
    /// What is wrong, with the first items of which it is.
    pub fn check(&self, labels: &[bool], groups: Option<&[usize]>) -> Result<(), SplitError> {
        if let Some(groups) = groups.filter(|g| g.len() != labels.len()) {
            return Err(SplitError::Length {
                labels: labels.len(),
                groups: groups.len(),
            });
        }
        let mut seen = vec![false; labels.len()];
        for &index in self.train.iter().chain(&self.test) {
            let Some(seen) = seen.get_mut(index) else {
                let items = labels.len();
                return Err(SplitError::Item { index, items });
            };
            if std::mem::replace(seen, true) {
                return Err(SplitError::Twice { index });
            }
        }
        if let Some(groups) = groups {
            let trained: HashMap<usize, usize> =
                self.train.iter().map(|&item| (groups[item], item)).collect();
            for &test in &self.test {
                if let Some(&train) = trained.get(&groups[test]) {
                    return Err(SplitError::Straddles { train, test });
                }
            }
        }
        for (part, items) in [("the training part", &self.train), ("the test part", &self.test)] {
            for (class, fake) in [("real", false), ("fake", true)] {
                if !items.iter().any(|&item| labels[item] == fake) {
                    let part = part.to_owned();
                    return Err(SplitError::LacksClass { part, class });
                }
            }
        }
        Ok(())
    }
}
