//! An image that could not be used.

use serde::{Deserialize, Serialize};

/// An image that could not be used, for a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its name, see [`Sample::name`](crate::Sample::name).
    pub path: String,
    /// Why.
    pub error: String,
}
