use serde::{Deserialize, Serialize};

/// Whose code solves the training problem; the problem and the fitted model's type are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// This crate's.
    #[default]
    Native,
    /// linfa's: far slower, and without some of the parameters, which are then an error. A second opinion.
    Linfa,
}
