use std::path::Path;

use ndarray::{Array, Array2, Dimension, Ix1, Ix2};

use super::{Pickle, PickleError, in_file};

/// One of the paper's feature files: a pickled dictionary of `data`, n × d, and `label`, n. Other entries are
/// allowed and not looked at.
///
/// Which label means fake is not in the file. In the paper's CelebA files fake is 1, in those of its third
/// experiment, DeepFakeDetection, fake is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureFile {
    /// Feature rows, n × d, row-major; finite.
    pub features: Array2<f64>,
    /// One label a row, as written; finite.
    pub labels: Vec<f64>,
}

impl FeatureFile {
    /// Reads a feature file.
    ///
    /// # Errors
    /// [`PickleError::InFile`], with the file's name and what [`Pickle::read`], [`Pickle::array`] or
    /// [`FeatureFile::from_pickle`] found wrong with it.
    pub fn read(path: &Path) -> Result<Self, PickleError> {
        Self::from_pickle(&Pickle::read(path)?).map_err(in_file(path))
    }

    /// Takes `data` and `label` from a pickle.
    ///
    /// # Errors
    /// As [`Pickle::array`]; [`PickleError::Entry`] where `data` is not two-dimensional or `label` not
    /// one-dimensional, [`PickleError::LabelCount`] where their lengths differ, [`PickleError::Feature`] and
    /// [`PickleError::Label`] where a value is not finite.
    pub fn from_pickle(pickle: &Pickle) -> Result<Self, PickleError> {
        let features = array::<Ix2>(pickle, "data")?;
        let labels = array::<Ix1>(pickle, "label")?;
        if features.nrows() != labels.len() {
            return Err(PickleError::LabelCount {
                rows: features.nrows(),
                labels: labels.len(),
            });
        }
        let mut values = features.indexed_iter();
        if let Some(((row, column), &value)) = values.find(|(_, value)| !value.is_finite()) {
            return Err(PickleError::Feature { row, column, value });
        }
        let mut values = labels.indexed_iter();
        if let Some((row, &value)) = values.find(|(_, value)| !value.is_finite()) {
            return Err(PickleError::Label { row, value });
        }
        let labels = labels.to_vec();
        Ok(Self { features, labels })
    }
}

/// An array of as many dimensions as D has.
fn array<D: Dimension>(pickle: &Pickle, key: &str) -> Result<Array<f64, D>, PickleError> {
    let array = pickle.array(key)?;
    let dimensions = array.ndim();
    array.into_dimensionality().map_err(|_| PickleError::Entry {
        key: key.to_owned(),
        expected: format!("an array of dimension {}", D::NDIM.unwrap_or_default()),
        found: format!("one of dimension {dimensions}"),
    })
}
