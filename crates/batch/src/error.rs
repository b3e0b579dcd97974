//! Why a feature table can't be used.

use dftective_features::FeatureError;

/// Why a feature table can't be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureTableError {
    /// It was made with families or a recipe that are none of ours.
    #[error(transparent)]
    Selection(#[from] FeatureError),
    /// Its features are others, or were made with another recipe.
    #[error("the features were made with the recipe '{found}', not with '{expected}'")]
    OtherRecipe {
        /// The selection asked for, as text.
        expected: String,
        /// The table's selection, as text.
        found: String,
    },
    /// Neither the table nor the caller says how the features were made.
    #[error("the table does not say with which recipe its features were made, and none was given")]
    NoRecipe,
}
