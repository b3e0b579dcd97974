use serde::{Deserialize, Serialize};

use super::{
    ClassifyError,
    input::{ClassCounts, class_counts},
};

/// How much an item's error counts in the training objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassWeight {
    /// Every item counts 1.
    #[default]
    None,
    /// An item of a class with m of the n items counts n/(2m), so that both classes weigh the same.
    Balanced,
}

impl ClassWeight {
    /// Weights of a fake and of a real item.
    pub(super) fn weights(self, counts: &ClassCounts) -> (f64, f64) {
        match self {
            Self::None => (1.0, 1.0),
            Self::Balanced => {
                let n = (counts.fake + counts.real) as f64;
                (n / (2.0 * counts.fake as f64), n / (2.0 * counts.real as f64))
            }
        }
    }

    /// Weights of a fake and of a real item of those with these labels.
    ///
    /// # Errors
    /// Labels of one class.
    pub fn weights_for(self, labels: &[bool]) -> Result<(f64, f64), ClassifyError> {
        Ok(self.weights(&class_counts(labels)?))
    }
}
