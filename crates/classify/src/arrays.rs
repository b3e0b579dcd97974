use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayD, ArrayView1, Ix1, Ix2};

use super::ClassifyError;

/// Named arrays of a saved model, taken out one by one and checked on the way.
pub(super) struct Arrays(pub BTreeMap<String, ArrayD<f64>>);

fn error(name: &str, expected: impl Into<String>, found: impl Into<String>) -> ClassifyError {
    ClassifyError::Array {
        name: name.to_owned(),
        expected: expected.into(),
        found: found.into(),
    }
}

impl Arrays {
    fn take(&mut self, name: &str) -> Result<ArrayD<f64>, ClassifyError> {
        let array = self
            .0
            .remove(name)
            .ok_or_else(|| error(name, "an array", "nothing"))?;
        match array.iter().find(|v| !v.is_finite()) {
            Some(value) => Err(error(name, "finite values", value.to_string())),
            None => Ok(array),
        }
    }

    /// A non-empty vector, of `length` if given.
    pub fn vector(&mut self, name: &str, length: Option<usize>) -> Result<Array1<f64>, ClassifyError> {
        let array = self.take(name)?;
        let found = format!("shape {:?}", array.shape());
        match array.into_dimensionality::<Ix1>() {
            Ok(vector) if !vector.is_empty() && length.is_none_or(|n| n == vector.len()) => Ok(vector),
            _ => Err(error(
                name,
                length.map_or("a vector".to_owned(), |n| format!("a vector of {n}")),
                found,
            )),
        }
    }

    /// A matrix with at least one row and one column.
    pub fn matrix(&mut self, name: &str) -> Result<Array2<f64>, ClassifyError> {
        let array = self.take(name)?;
        let found = format!("shape {:?}", array.shape());
        match array.into_dimensionality::<Ix2>() {
            // Rows are read as slices.
            Ok(matrix) if !matrix.is_empty() => Ok(matrix.as_standard_layout().into_owned()),
            _ => Err(error(name, "a matrix", found)),
        }
    }

    /// Nothing may be left over.
    pub fn finish(self) -> Result<(), ClassifyError> {
        match self.0.into_iter().next() {
            Some((name, array)) => Err(error(
                &name,
                "no such array",
                format!("shape {:?}", array.shape()),
            )),
            None => Ok(()),
        }
    }
}

/// Calls `f` with the elements as one slice, copied only if they do not lie side by side.
pub(super) fn with_slice<R>(row: ArrayView1<f64>, f: impl FnOnce(&[f64]) -> R) -> R {
    match row.as_slice() {
        Some(slice) => f(slice),
        None => f(&row.to_vec()),
    }
}
