//! Networks as detectors, where this program has them: the one place that knows whether it was built with the feature `cnn`.

#[cfg_attr(feature = "cnn", path = "with.rs")]
#[cfg_attr(not(feature = "cnn"), path = "without.rs")]
mod which;

pub use which::FittedNetwork;
pub(super) use which::{describe, read};

use std::collections::BTreeMap;

/// Shape and values by rows of a network's arrays, by name.
pub(super) type Singles = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Name of the column of a network's logits in a table.
pub const LOGIT_COLUMN: &str = "logit";
