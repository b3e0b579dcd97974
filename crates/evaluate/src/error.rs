use std::ops::RangeInclusive;

use dftective_sample::short;
use thiserror::Error;

/// Why a metric is not defined.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// Not one score a label.
    #[error("{scores} scores but {labels} labels")]
    Length {
        /// Scores.
        scores: usize,
        /// Labels.
        labels: usize,
    },
    /// No items.
    #[error("no items")]
    Empty,
    /// A score that is not finite.
    #[error("score {index}: expected a finite number, found {value}")]
    Score {
        /// Item, from 0.
        index: usize,
        /// Its score.
        value: f64,
    },
    /// A score that is no probability.
    #[error("score {index}: expected a probability in [0, 1], found {value}")]
    Probability {
        /// Item, from 0.
        index: usize,
        /// Its score.
        value: f64,
    },
    /// A weight that is not finite and above 0.
    #[error("weight {index}: expected a finite number above 0, found {weight}")]
    Weight {
        /// Item, from 0.
        index: usize,
        /// Its weight.
        weight: f64,
    },
    /// A threshold that is not finite.
    #[error("threshold: expected a finite number, found {value}")]
    Threshold {
        /// The threshold.
        value: f64,
    },
    /// One class has no items, so the other can't be told from it.
    #[error("need items of both classes, found {fake} fake and {real} real")]
    SingleClass {
        /// Fakes.
        fake: usize,
        /// Reals.
        real: usize,
    },
    /// No proportion: no trials, or more successes than trials.
    #[error("{successes} successes of {trials} trials")]
    Proportion {
        /// Successes.
        successes: usize,
        /// Trials.
        trials: usize,
    },
    /// Not one group a label.
    #[error("{labels} labels but {groups} groups")]
    Groups {
        /// Labels.
        labels: usize,
        /// Groups.
        groups: usize,
    },
    /// A class with a single item, which has no spread.
    #[error("need at least 2 items of each class, found {fake} fake and {real} real")]
    TooFew {
        /// Fakes.
        fake: usize,
        /// Reals.
        real: usize,
    },
    /// A group, as the frames of one video, that has both labels, so that it has none.
    #[error(
        "the group '{}' has both labels: {fake} of its images are fake, {real} real",
        short(name)
    )]
    MixedGroup {
        /// Its name.
        name: String,
        /// Fakes in it.
        fake: usize,
        /// Reals in it.
        real: usize,
    },
    /// Too few resamples to read a 95 % interval from, or more than memory is meant to hold.
    #[error(
        "need {} to {} bootstrap resamples, found {found}",
        expected.start(),
        expected.end()
    )]
    Resamples {
        /// Numbers of them there may be.
        expected: RangeInclusive<usize>,
        /// What was asked for.
        found: usize,
    },
}

/// Why items cannot be split as asked.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SplitError {
    /// Not one group a label.
    #[error("{labels} labels but {groups} groups")]
    Length {
        /// Labels.
        labels: usize,
        /// Groups.
        groups: usize,
    },
    /// Fewer than 2 folds.
    #[error("need at least 2 folds, found {found}")]
    Folds {
        /// What was asked for.
        found: usize,
    },
    /// A test part of nothing or everything.
    #[error("the test fraction must be above 0 and below 1, found {found}")]
    Fraction {
        /// What was asked for.
        found: f64,
    },
    /// A class with fewer items, or groups where items are grouped, than parts that need one.
    #[error("each class needs at least {needed} {units}, found {fake} with fakes and {real} with reals")]
    TooFew {
        /// Needed of each class.
        needed: usize,
        /// What is counted: `items` or `groups`.
        units: &'static str,
        /// Those with a fake.
        fake: usize,
        /// Those with a real.
        real: usize,
    },
    /// Groups so uneven that one part lacks a class.
    #[error("the groups leave {part} without a {class} item")]
    NoRoom {
        /// The part.
        part: String,
        /// The class it lacks.
        class: &'static str,
    },
    /// An item number that no item has.
    #[error("item {index} is beyond the {items} items there are, numbered from 0")]
    Item {
        /// The number.
        index: usize,
        /// Items there are.
        items: usize,
    },
    /// An item in two places of a split.
    #[error("item {index} is named twice in a split")]
    Twice {
        /// The item.
        index: usize,
    },
    /// A group on both sides of a split.
    #[error("items {train} and {test} are of one group, but one is to be learned from and the other tested")]
    Straddles {
        /// An item of the training part.
        train: usize,
        /// An item of the same group in the test part.
        test: usize,
    },
    /// A part of a given split without one of the classes.
    #[error("{part} has no {class} item")]
    LacksClass {
        /// The part.
        part: String,
        /// The class it lacks.
        class: &'static str,
    },
    /// A name that is no item's, or several items'.
    #[error("'{}' is the name of {found} items, expected one", short(name))]
    Name {
        /// The name.
        name: String,
        /// Items of that name.
        found: usize,
    },
    /// Items that do not say where they come from.
    #[error("{items} items have no source, so no source can be left out")]
    NoSource {
        /// How many.
        items: usize,
    },
    /// Too few sources to leave one out.
    #[error(
        "to leave a source out, a class needs two sources; found {fake} with fakes and {real} with reals"
    )]
    FewSources {
        /// Sources with fakes.
        fake: usize,
        /// Sources with reals.
        real: usize,
    },
    /// A subset that cannot have both classes, or more items than there are.
    #[error("a subset needs 2 to {available} items, found {found}")]
    Size {
        /// What was asked for.
        found: usize,
        /// Items there are.
        available: usize,
    },
}

/// One finite score a label, both classes present; returns the counts of fakes and reals.
pub(super) fn check(scores: &[f64], labels: &[bool]) -> Result<(usize, usize), MetricError> {
    if scores.len() != labels.len() {
        return Err(MetricError::Length {
            scores: scores.len(),
            labels: labels.len(),
        });
    }
    if scores.is_empty() {
        return Err(MetricError::Empty);
    }
    if let Some((index, &value)) = scores.iter().enumerate().find(|(_, s)| !s.is_finite()) {
        return Err(MetricError::Score { index, value });
    }
    let fake = labels.iter().filter(|&&l| l).count();
    let real = labels.len() - fake;
    if fake == 0 || real == 0 {
        return Err(MetricError::SingleClass { fake, real });
    }
    Ok((fake, real))
}

pub(super) fn check_threshold(threshold: f64) -> Result<(), MetricError> {
    if threshold.is_finite() {
        Ok(())
    } else {
        Err(MetricError::Threshold { value: threshold })
    }
}
