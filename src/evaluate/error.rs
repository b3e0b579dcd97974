use thiserror::Error;

/// Why a metric is not defined.
#[derive(Debug, Clone, PartialEq, Error)]
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
}

/// Why items cannot be split as asked.
#[derive(Debug, Clone, PartialEq, Error)]
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
