//! The place of a network among the families.

use super::{Family, FeatureError, Workspace};
use dftective_decode::Decoded;

/// Stands where a network is named and its weights are not at hand.
pub(super) struct Absent;

impl Absent {
    pub const NAME: &'static str = "network";
}

/// Name of the feature that a network gives: its logit, the log-odds of fake before calibration.
pub const NETWORK_COLUMN: &str = "network_logit";

impl Family for Absent {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn settings(&self) -> String {
        String::new()
    }

    fn is_histogram(&self) -> bool {
        false
    }

    fn fixed_columns(&self) -> Option<Vec<String>> {
        Some(vec![NETWORK_COLUMN.to_owned()])
    }

    fn columns(&self, _: u32, _: u32) -> Result<Vec<String>, FeatureError> {
        Ok(vec![NETWORK_COLUMN.to_owned()])
    }

    fn extract(&self, _: &Decoded, _: &mut Workspace, _: &mut Vec<f64>) -> Result<(), FeatureError> {
        Err(FeatureError::NoWeights)
    }
}
