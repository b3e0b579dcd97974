//! In a program with networks.

use serde_json::Value;

use super::Singles;
use crate::DetectorError;

pub use dftective_networks::FittedNetwork;

/// What it sees, as it stands in a file.
pub fn describe(network: &FittedNetwork) -> Result<Value, serde_json::Error> {
    serde_json::to_value(network.rule())
}

/// The network of a file.
pub fn read(rule: Value, arrays: Singles) -> Result<FittedNetwork, DetectorError> {
    let damaged = |cause: String| DetectorError::Damaged { cause };
    let rule = serde_json::from_value(rule).map_err(|error| damaged(error.to_string()))?;
    FittedNetwork::from_parts(rule, arrays).map_err(|error| damaged(error.to_string()))
}
