//! How good a detector is: splits, metrics and their intervals.
//!
//! Labels are `true` for fake, the positive class. Scores are any finite numbers that rise with the belief that an
//! item is fake, probabilities or raw margins; an item is called fake when its score is at least the threshold.

mod auc;
mod error;
mod intervals;
mod metrics;
mod roc;
mod splits;
mod verdicts;

pub use auc::{AucEstimate, roc_auc};
pub use error::{MetricError, SplitError};
pub use intervals::{Interval, wilson};
pub use metrics::{Confusion, Metrics};
pub use roc::{RocPoint, average_precision, equal_error_rate, roc_curve};
pub use splits::{HoldOut, stratified_folds, stratified_hold_out};
pub use verdicts::{Judged, SourceResult, Verdicts};
