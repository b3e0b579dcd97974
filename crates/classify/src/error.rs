use thiserror::Error;

use super::Architecture;

/// Why a classifier could not be fitted, calibrated or restored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClassifyError {
    /// Not one label a row.
    #[error("{rows} feature rows but {labels} labels")]
    LabelCount {
        /// Rows, n.
        rows: usize,
        /// Labels.
        labels: usize,
    },
    /// Nothing to fit on.
    #[error("no feature rows")]
    NoRows,
    /// Rows of no values.
    #[error("feature rows must have at least one column")]
    NoFeatures,
    /// Only one class, or none.
    #[error("need items of both classes, found {fake} fake and {real} real")]
    MissingClass {
        /// Fakes.
        fake: usize,
        /// Reals.
        real: usize,
    },
    /// Larger magnitudes are refused because squares and their sums must stay finite.
    #[error("row {row}, column {column}: expected a finite value of magnitude at most 1e100, found {value}")]
    Feature {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// A parameter out of its range.
    #[error("{name} must be {expected}, found {found}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// A network was given features.
    #[error("{network} learns from pictures, not from features")]
    NeedsPictures {
        /// The network.
        network: Architecture,
    },
    /// Blocks that are not the columns of the features.
    #[error("the blocks have {columns} columns in all, the features {features}")]
    BlockColumns {
        /// Columns of the blocks.
        columns: usize,
        /// Columns of the features.
        features: usize,
    },
    /// A weight for a block that is none of the features'.
    #[error("a weight is given for {name:?}, but the features are of {known}")]
    UnknownBlock {
        /// What it is given for.
        name: String,
        /// The blocks there are.
        known: String,
    },
    /// More rows than the kernel matrix has room for.
    #[error("{rows} rows need a kernel matrix of {bytes} bytes; this solver takes at most {limit} rows")]
    TooManyRows {
        /// Rows.
        rows: usize,
        /// Bytes of the matrix.
        bytes: u128,
        /// Most rows.
        limit: usize,
    },
    /// A value grew beyond the floating-point range.
    #[error("{what} leaves the range of double precision; scale the features")]
    Overflow {
        /// The value.
        what: &'static str,
    },
    /// k-means found nothing that parts the classes.
    #[error(
        "all {clusters} clusters hold a majority of {name} items, so no cluster stands for the other class"
    )]
    OneNameForAllClusters {
        /// Clusters.
        clusters: usize,
        /// The class that has the majority in all of them.
        name: &'static str,
    },
    /// Not one fold number an item.
    #[error("{items} items but {folds} fold numbers")]
    FoldCount {
        /// Items.
        items: usize,
        /// Fold numbers.
        folds: usize,
    },
    /// Nothing could be held out.
    #[error("cross-validation needs at least 2 folds, found {found}")]
    TooFewFolds {
        /// Different fold numbers.
        found: usize,
    },
    /// What went wrong without one of the folds.
    #[error("with fold {fold} held out: {source}")]
    Fold {
        /// Number of the fold held out.
        fold: usize,
        /// What went wrong.
        source: Box<ClassifyError>,
    },
    /// A margin that is not finite.
    #[error("item {index}: expected a finite margin, found {value}")]
    Margin {
        /// Item, from 0.
        index: usize,
        /// Its margin.
        value: f64,
    },
    /// A score that is no probability.
    #[error("item {index}: expected a score in [0, 1], found {value}")]
    Score {
        /// Item, from 0.
        index: usize,
        /// Its score.
        value: f64,
    },
    /// Margins that tell no item from another.
    #[error("all margins are equal ({value}), so they cannot be calibrated")]
    ConstantMargins {
        /// The margin of all items.
        value: f64,
    },
    /// The detector is no better than chance: higher margins are not more often fake.
    #[error("the probability of fake does not rise with the margin (slope {slope} per standard deviation)")]
    InvertedSlope {
        /// Slope of the log-odds over one standard deviation of the margins, at most 0.
        slope: f64,
    },
    /// The detector is no better than chance: no order of the scores that follows the margins tells more than one
    /// score for all.
    #[error(
        "the probability of fake does not rise with the margin (a fake's is above a real's in {:.1} % of the pairs, \
         by chance 50.0 %)",
        100.0 * auc
    )]
    NoBetterThanChance {
        /// The probability that a random fake has a higher margin than a random real item, ties counted one half.
        auc: f64,
    },
    /// The margins' sigmoid was not found.
    #[error("Platt's sigmoid did not converge in {iterations} iterations")]
    Calibration {
        /// Newton steps tried.
        iterations: usize,
    },
    /// A saved array that is missing, surplus, of another shape or not finite.
    #[error("array {name:?}: expected {expected}, found {found}")]
    Array {
        /// The array.
        name: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// What linfa refuses.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
