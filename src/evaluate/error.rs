use thiserror::Error;

/// Why a metric is not defined.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MetricError {
    #[error("{scores} scores but {labels} labels")]
    Length { scores: usize, labels: usize },
    #[error("no items")]
    Empty,
    #[error("score {index}: expected a finite number, found {value}")]
    Score { index: usize, value: f64 },
    #[error("threshold: expected a finite number, found {value}")]
    Threshold { value: f64 },
    #[error("need items of both classes, found {fake} fake and {real} real")]
    SingleClass { fake: usize, real: usize },
    #[error("{successes} successes of {trials} trials")]
    Proportion { successes: usize, trials: usize },
}

/// Why items cannot be split as asked.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SplitError {
    #[error("{labels} labels but {groups} groups")]
    Length { labels: usize, groups: usize },
    #[error("need at least 2 folds, found {found}")]
    Folds { found: usize },
    #[error("the test fraction must be above 0 and below 1, found {found}")]
    Fraction { found: f64 },
    /// `units`: items, or groups where items are grouped.
    #[error("each class needs at least {needed} {units}, found {fake} with fakes and {real} with reals")]
    TooFew {
        needed: usize,
        units: &'static str,
        fake: usize,
        real: usize,
    },
    #[error("the groups leave {part} without a {class} item")]
    NoRoom { part: String, class: &'static str },
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
