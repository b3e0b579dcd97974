//! Labelled images and their features.

use std::path::{Path, PathBuf};

use dftective_features::{Families, RadialSpectrum, Selection};
use dftective_sample::{Failure, Sample};
use ndarray::{Array2, Axis};
use sha2::{Digest, Sha256};

use super::{Conditions, DetectorError};

/// Features of labelled images, and the images that gave none.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Which features they are.
    pub selection: Selection,
    /// Names of the features, d of them.
    pub columns: Vec<String>,
    /// Features, n × d.
    pub features: Array2<f64>,
    /// The images, n of them, each with a label.
    pub samples: Vec<Sample>,
    /// Images that could not be used.
    pub failures: Vec<Failure>,
    /// Images that were listed more than once; they are used once.
    pub repeated: u64,
}

impl Dataset {
    /// Without an image.
    pub fn empty(selection: Selection) -> Self {
        Self {
            selection,
            columns: Vec::new(),
            features: Array2::zeros((0, 0)),
            samples: Vec::new(),
            failures: Vec::new(),
            repeated: 0,
        }
    }

    /// Whether each image is fake.
    pub fn fake(&self) -> Vec<bool> {
        self.samples.iter().map(Sample::is_fake).collect()
    }

    /// The group of each image, where it has one.
    pub fn groups(&self) -> Vec<Option<&str>> {
        self.samples
            .iter()
            .map(|sample| sample.group.as_deref())
            .collect()
    }

    /// The source of each image, where it is known.
    pub fn sources(&self) -> Vec<Option<&str>> {
        self.samples
            .iter()
            .map(|sample| sample.source.as_deref())
            .collect()
    }

    /// The file of each image; none at all where any is no file, as in a table.
    pub fn files(&self) -> Vec<PathBuf> {
        let files = self
            .samples
            .iter()
            .map(|sample| sample.origin.file().map(Path::to_path_buf));
        files.collect::<Option<_>>().unwrap_or_default()
    }

    /// Sizes, formats and qualities of the images.
    pub fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        self.samples
            .iter()
            .for_each(|sample| conditions.add(&sample.file));
        conditions
    }

    /// These images of them; what could not be used stays.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn part(&self, images: &[usize]) -> Self {
        Self {
            selection: self.selection.clone(),
            columns: self.columns.clone(),
            features: self.features.select(Axis(0), images),
            samples: images.iter().map(|&image| self.samples[image].clone()).collect(),
            failures: self.failures.clone(),
            repeated: self.repeated,
        }
    }

    /// SHA-256 of the column names, the features and the labels, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let columns = self.columns.iter().map(String::as_str);
        fingerprint(columns, self.features.rows(), &self.fake())
    }

    /// Whether the features are those that the selection gives, in its order: a detector of others could never judge an
    /// image.
    ///
    /// # Errors
    /// Another number of names or features, another order.
    pub fn check_columns(&self) -> Result<(), DetectorError> {
        let (columns, found) = (self.columns.len(), self.features.ncols());
        if columns != found {
            return Err(DetectorError::ColumnNames {
                columns,
                features: found,
            });
        }
        let fixed = Families::new(self.selection.clone()).fixed_columns();
        match fixed.as_ref().map(Vec::len) {
            Some(expected) if expected != found => {
                return Err(DetectorError::SelectedFeatures { expected, found });
            }
            _ => {}
        }
        // A table from elsewhere may have names of its own, whose order only its maker knows.
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort_unstable();
            names
        };
        let is_in_order = match fixed {
            Some(fixed) if sorted(&fixed) == sorted(&self.columns) => fixed == self.columns,
            _ => self
                .columns
                .iter()
                .filter_map(|name| RadialSpectrum::place(name))
                .is_sorted_by(|a, b| a < b),
        };
        if is_in_order {
            Ok(())
        } else {
            Err(DetectorError::ColumnOrder)
        }
    }
}

/// SHA-256 of names, rows and labels, in hexadecimal.
pub(super) fn fingerprint<'a>(
    columns: impl IntoIterator<Item = &'a str>,
    rows: impl IntoIterator<Item: IntoIterator<Item = &'a f64>>,
    fake: &[bool],
) -> String {
    let mut hash = Sha256::new();
    for column in columns {
        hash.update(column.as_bytes());
        hash.update([0]);
    }
    for (row, fake) in rows.into_iter().zip(fake) {
        for value in row {
            hash.update(value.to_le_bytes());
        }
        hash.update([u8::from(*fake)]);
    }
    hex::encode(hash.finalize())
}
