//! Why a feature table can't be used.

use dftective_features::FeatureError;
use dftective_records::table::Position;
use dftective_sample::{Label, short, short_path};

/// Why a feature table can't be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureTableError {
    /// It was made with families or a recipe that are none of ours.
    #[error(transparent)]
    Selection(#[from] FeatureError),
    /// Its features are others, or were made with another recipe.
    #[error(
        "the features were made with the recipe '{}', not with '{}'",
        short(found),
        short(expected)
    )]
    OtherRecipe {
        /// The selection asked for, as text.
        expected: String,
        /// The table's selection, as text.
        found: String,
    },
    /// An image with rows of both labels.
    #[error(
        "{} has both labels: {label} in {position}, the other in {other}",
        short_path(path)
    )]
    BothLabels {
        /// The image.
        path: String,
        /// The label of the first row.
        label: Label,
        /// The first row.
        position: Position,
        /// The row with the other label.
        other: Position,
    },
    /// Neither the table nor the caller says how the features were made.
    #[error("the table does not say with which recipe its features were made, and none was given")]
    NoRecipe,
}
