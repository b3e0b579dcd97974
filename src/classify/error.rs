use thiserror::Error;

/// Why a classifier could not be fitted, calibrated or restored.
#[derive(Debug, Error)]
pub enum ClassifyError {
    #[error("{rows} feature rows but {labels} labels")]
    LabelCount { rows: usize, labels: usize },
    #[error("no feature rows")]
    NoRows,
    #[error("feature rows must have at least one column")]
    NoFeatures,
    #[error("need items of both classes, found {fake} fake and {real} real")]
    MissingClass { fake: usize, real: usize },
    /// Larger magnitudes are refused because squares and their sums must stay finite.
    #[error("row {row}, column {column}: expected a finite value of magnitude at most 1e100, found {value}")]
    Feature { row: usize, column: usize, value: f64 },
    #[error("{name} must be {expected}, found {found}")]
    Parameter {
        name: &'static str,
        expected: &'static str,
        found: String,
    },
    #[error("{rows} rows need a kernel matrix of {bytes} bytes; this solver takes at most {limit} rows")]
    TooManyRows { rows: usize, bytes: u128, limit: usize },
    #[error(
        "{features} features need a Hessian of {bytes} bytes; this solver takes at most {limit} features"
    )]
    TooManyFeatures {
        features: usize,
        bytes: u128,
        limit: usize,
    },
    #[error("{what} leaves the range of double precision; scale the features")]
    Overflow { what: &'static str },
    #[error("{solver} solver: {message}")]
    Solver { solver: &'static str, message: String },
    #[error(
        "all {clusters} clusters hold a majority of {name} items, so no cluster stands for the other class"
    )]
    OneNameForAllClusters { clusters: usize, name: &'static str },
    #[error("{items} items but {folds} fold numbers")]
    FoldCount { items: usize, folds: usize },
    #[error("cross-validation needs at least 2 folds, found {found}")]
    TooFewFolds { found: usize },
    #[error("with fold {fold} held out: {source}")]
    Fold { fold: usize, source: Box<ClassifyError> },
    #[error("item {index}: expected a finite margin, found {value}")]
    Margin { index: usize, value: f64 },
    #[error("item {index}: expected a score in [0, 1], found {value}")]
    Score { index: usize, value: f64 },
    #[error("all margins are equal ({value}), so they cannot be calibrated")]
    ConstantMargins { value: f64 },
    /// The detector is no better than chance: higher margins are not more often fake.
    #[error("the probability of fake does not rise with the margin (slope {slope} per standard deviation)")]
    InvertedSlope { slope: f64 },
    #[error("Platt's sigmoid did not converge in {iterations} iterations")]
    Calibration { iterations: usize },
    #[error("array {name:?}: expected {expected}, found {found}")]
    Array {
        name: String,
        expected: String,
        found: String,
    },
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
