//! Why a detector could not be trained, saved, loaded or used.

use dftective_classify::ClassifyError;
use dftective_evaluate::{MetricError, SplitError};
use dftective_features::FeatureError;
use dftective_sample::{ErrorCode, short_cause};
use dftective_spectrum::SpectrumError;

/// Why a detector could not be trained, saved, loaded or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectorError {
    /// The image has no features.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// The recipe is not valid.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
    /// Training or calibration failed.
    #[error(transparent)]
    Classify(#[from] ClassifyError),
    /// The items can't be split into folds.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The held-out margins can't be measured.
    #[error(transparent)]
    Metrics(#[from] MetricError),
    /// The training set has not one name a feature.
    #[error("{columns} column names for {features} features")]
    ColumnNames {
        /// Names.
        columns: usize,
        /// Features of each image.
        features: usize,
    },
    /// The training set's features are not those it says.
    #[error("its families give {expected} features, the training set has {found}")]
    SelectedFeatures {
        /// Features the selected families give at every size.
        expected: usize,
        /// Features of the training set.
        found: usize,
    },
    /// The training set's columns are ours, and not in our order, in which images will be judged.
    #[error("the columns are not in the order in which this program computes them")]
    ColumnOrder,
    /// The image gives another number of features than the detector was trained on.
    #[error(
        "{width}x{height} pixels give {found} features, the detector was trained on {expected}: its recipe keeps \
         one feature a radial bin, so it takes images of the training size only"
    )]
    FeatureCount {
        /// Features of the detector.
        expected: usize,
        /// Features of the image.
        found: usize,
        /// Width of the image, pixels.
        width: u32,
        /// Height of the image, pixels.
        height: u32,
    },
    /// The margin is not a finite number.
    #[error("the detector's margin is {margin}, so there is no score")]
    Margin {
        /// What was computed.
        margin: f64,
    },
    /// A file can't be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file is no detector of ours.
    #[error("not a dftective detector: {}", short_cause(cause))]
    NotADetector {
        /// What is missing.
        cause: String,
    },
    /// Detectors that can't be put together.
    #[error("expected different detectors, found {found} of which some are the same, or none")]
    DetectorSet {
        /// How many.
        found: usize,
    },
    /// The file comes from an older version, which kept other things.
    #[error("detector of format version {found}, this program reads version {supported}: train it again")]
    OlderVersion {
        /// Version of the file.
        found: u64,
        /// Version known here.
        supported: u64,
    },
    /// The file comes from a newer version.
    #[error(
        "detector of format version {found}, this program reads version {supported}: use a newer dftective"
    )]
    NewerVersion {
        /// Version of the file.
        found: u64,
        /// Version known here.
        supported: u64,
    },
    /// The detector is a network, and this program can't run any.
    #[error("it holds a network, and this program was built without the feature 'cnn'")]
    NeedsNetworks,
    /// The file is one of ours, and damaged.
    #[error("damaged detector: {}", short_cause(cause))]
    Damaged {
        /// What is wrong.
        cause: String,
    },
}

impl DetectorError {
    /// The code of it in records.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Feature(error) => error.code(),
            Self::Spectrum(error) => error.code(),
            Self::FeatureCount { .. } => ErrorCode::WrongSize,
            Self::Margin { .. } => ErrorCode::NotFinite,
            Self::Io(error) => ErrorCode::of_io(error),
            // Of the training set or of the detector's file, whatever the image.
            Self::Classify(_)
            | Self::Split(_)
            | Self::Metrics(_)
            | Self::ColumnNames { .. }
            | Self::SelectedFeatures { .. }
            | Self::ColumnOrder
            | Self::NotADetector { .. }
            | Self::DetectorSet { .. }
            | Self::OlderVersion { .. }
            | Self::NewerVersion { .. }
            | Self::NeedsNetworks
            | Self::Damaged { .. } => ErrorCode::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn each_error_has_its_code() {
        let cause = String::new;
        let (found, supported) = (1, 2);
        let cases: [(DetectorError, &str); 18] = [
            (FeatureError::NoChroma { family: "a family" }.into(), "no_channel"),
            (SpectrumError::Constant { value: 7 }.into(), "constant"),
            (
                DetectorError::FeatureCount {
                    expected: 2,
                    found: 1,
                    width: 1,
                    height: 1,
                },
                "wrong_size",
            ),
            (DetectorError::Margin { margin: f64::NAN }, "not_finite"),
            (DetectorError::Io(ErrorKind::NotFound.into()), "not_found"),
            (
                DetectorError::Io(ErrorKind::PermissionDenied.into()),
                "unreadable",
            ),
            (ClassifyError::NoRows.into(), "other"),
            (SplitError::Folds { found: 1 }.into(), "other"),
            (MetricError::Empty.into(), "other"),
            (
                DetectorError::ColumnNames {
                    columns: 1,
                    features: 2,
                },
                "other",
            ),
            (
                DetectorError::SelectedFeatures {
                    expected: 2,
                    found: 1,
                },
                "other",
            ),
            (DetectorError::ColumnOrder, "other"),
            (DetectorError::NotADetector { cause: cause() }, "other"),
            (DetectorError::DetectorSet { found: 1 }, "other"),
            (DetectorError::OlderVersion { found, supported }, "other"),
            (DetectorError::NewerVersion { found, supported }, "other"),
            (DetectorError::NeedsNetworks, "other"),
            (DetectorError::Damaged { cause: cause() }, "other"),
        ];
        for (error, code) in cases {
            assert_eq!(error.code().as_str(), code, "{error}");
        }
    }
}
