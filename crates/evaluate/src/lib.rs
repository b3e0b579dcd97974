//! How good a detector is: splits, metrics and their intervals, videos, comparisons.
//!
//! Labels are `true` for fake, the positive class. Scores are any finite numbers that rise with the belief that an
//! item is fake, probabilities or raw margins; an item is called fake when its score is at least the threshold.

mod aggregate;
mod auc;
mod bootstrap;
mod compare;
mod curve;
mod error;
mod groups;
mod histogram;
mod intervals;
mod mean;
mod metric;
mod metrics;
mod numbers;
mod probability;
mod resample;
mod resampled;
mod roc;
mod splits;
mod spread;
mod verdicts;

pub use aggregate::{GroupResult, GroupRule, GroupScore};
pub use auc::{AucEstimate, roc_auc};
pub use bootstrap::{Bootstrap, BootstrapEstimate, BootstrapOptions};
pub use compare::{DelongTest, McnemarTest, PairedBootstrap, PairedEstimate, delong_test, mcnemar_test};
pub use curve::{OperatingPoint, operating_points, operating_points_of_units};
pub use error::{MetricError, SplitError};
pub use groups::group_numbers;
pub use histogram::ClassHistogram;
pub use intervals::{Interval, wilson};
pub use mean::MeanEstimate;
pub use metric::Metric;
pub use metrics::{Confusion, Metrics};
pub use numbers::{
    metric_difference, metric_value, p_value, percent, percent_with_interval, three_decimals,
    three_decimals_with_interval,
};
pub use probability::{CALIBRATION_BINS, ProbabilityMetrics, ReliabilityBin};
pub use roc::{RocPoint, average_precision, equal_error_rate, roc_curve};
pub use splits::{
    HoldOut, SourceHoldOut, fixed_hold_out, item_numbers, leave_one_source_out, nested_subsets,
    repeated_hold_outs, repetition_seed, stratified_folds, stratified_hold_out,
};
pub use spread::Spread;
pub use verdicts::{Judged, SourceResult, Verdicts};
