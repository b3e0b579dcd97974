//! Why a feature table can't be used.

use crate::spectrum::SpectrumError;

/// Why a feature table can't be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FeatureTableError {
    /// Its recipe is none of ours.
    #[error(transparent)]
    Recipe(#[from] SpectrumError),
    /// Its features were made with another recipe.
    #[error("the features were made with the recipe '{found}', not with '{expected}'")]
    OtherRecipe {
        /// The recipe asked for.
        expected: String,
        /// The table's recipe.
        found: String,
    },
    /// Neither the table nor the caller says how the features were made.
    #[error("the table does not say with which recipe its features were made, and none was given")]
    NoRecipe,
}
