use serde::{Deserialize, Serialize};

use super::ClassifyError;

/// Whose code solved the training problem; the problem and the fitted model's type are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Solver {
    /// This crate's.
    #[default]
    Native,
    /// linfa's: in the records of detectors that were trained when it could still be asked for.
    Linfa,
}

impl Solver {
    /// Refuses to train with a solver that is only known from records.
    pub(super) fn check(self) -> Result<(), ClassifyError> {
        match self {
            Self::Native => Ok(()),
            Self::Linfa => Err(ClassifyError::Parameter {
                name: "solver",
                expected: "native (linfa's solvers can't be asked for any more)",
                found: "linfa".to_owned(),
            }),
        }
    }
}
