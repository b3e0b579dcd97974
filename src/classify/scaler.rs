use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayD, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{ClassifyError, arrays::Arrays, input::check_features};

/// How features are scaled before they meet a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Not at all.
    #[default]
    None,
    /// (x − mean)/sd by column, with the population standard deviation of the training rows; a column that is
    /// constant there becomes 0.
    Standard,
}

/// A [`Scaling`] with what it learnt from the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaler(Option<Standard>);

#[derive(Debug, Clone, PartialEq)]
struct Standard {
    mean: Array1<f64>,
    /// 0 marks a constant column.
    deviation: Array1<f64>,
}

impl Scaler {
    /// Learns from training rows `x` (n × d).
    ///
    /// # Errors
    /// No rows, no columns, or a value that is not finite or beyond [`MAX_MAGNITUDE`](super::MAX_MAGNITUDE).
    pub fn fit(scaling: Scaling, x: ArrayView2<f64>) -> Result<Self, ClassifyError> {
        check_features(x)?;
        if x.nrows() == 0 {
            return Err(ClassifyError::NoRows);
        }
        if scaling == Scaling::None {
            return Ok(Self(None));
        }
        let n = x.nrows() as f64;
        let (mean, deviation) = x
            .columns()
            .into_iter()
            .map(|column| {
                let first = column[0];
                // The rounded mean of equal values need not be that value, so equality decides.
                if column.iter().all(|&v| v == first) {
                    return (first, 0.0);
                }
                let mean = column.sum() / n;
                (
                    mean,
                    (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt(),
                )
            })
            .unzip::<f64, f64, Vec<_>, Vec<_>>();
        Ok(Self(Some(Standard {
            mean: mean.into(),
            deviation: deviation.into(),
        })))
    }

    /// Which scaling it is.
    pub fn scaling(&self) -> Scaling {
        if self.0.is_some() {
            Scaling::Standard
        } else {
            Scaling::None
        }
    }

    /// The number of columns it was fitted on, if it depends on them.
    pub fn features(&self) -> Option<usize> {
        self.0.as_ref().map(|s| s.mean.len())
    }

    /// Scales one feature vector in place.
    ///
    /// # Panics
    /// If the length is not that of [`features`](Self::features).
    pub fn transform_row(&self, row: &mut [f64]) {
        let Some(Standard { mean, deviation }) = &self.0 else {
            return;
        };
        assert_eq!(
            row.len(),
            mean.len(),
            "feature vector and scaler differ in length"
        );
        for ((value, mean), deviation) in row.iter_mut().zip(mean).zip(deviation) {
            *value = if *deviation > 0.0 {
                (*value - mean) / deviation
            } else {
                0.0
            };
        }
    }

    /// [`transform_row`](Self::transform_row) of each row, as a new row-major matrix.
    ///
    /// # Panics
    /// As `transform_row`.
    pub fn transform(&self, x: ArrayView2<f64>) -> Array2<f64> {
        let mut scaled = x.as_standard_layout().into_owned();
        for mut row in scaled.outer_iter_mut() {
            if let Some(row) = row.as_slice_mut() {
                self.transform_row(row);
            }
        }
        scaled
    }

    /// The arrays to save, by name; none for [`Scaling::None`].
    pub fn arrays(&self) -> Vec<(String, ArrayD<f64>)> {
        match &self.0 {
            None => Vec::new(),
            Some(Standard { mean, deviation }) => vec![
                ("mean".to_owned(), mean.clone().into_dyn()),
                ("deviation".to_owned(), deviation.clone().into_dyn()),
            ],
        }
    }

    /// The scaler that [`scaling`](Self::scaling) and [`arrays`](Self::arrays) came from.
    ///
    /// # Errors
    /// A missing, surplus, wrongly shaped or non-finite array, or a deviation below 0.
    pub fn from_parts(
        scaling: Scaling,
        arrays: BTreeMap<String, ArrayD<f64>>,
    ) -> Result<Self, ClassifyError> {
        let mut arrays = Arrays(arrays);
        let scaler = match scaling {
            Scaling::None => Self(None),
            Scaling::Standard => {
                let mean = arrays.vector("mean", None)?;
                let deviation = arrays.vector("deviation", Some(mean.len()))?;
                if let Some(value) = deviation.iter().find(|&&v| v < 0.0) {
                    return Err(ClassifyError::Array {
                        name: "deviation".to_owned(),
                        expected: "values of at least 0".to_owned(),
                        found: value.to_string(),
                    });
                }
                Self(Some(Standard { mean, deviation }))
            }
        };
        arrays.finish()?;
        Ok(scaler)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn columns_get_mean_0_and_deviation_1() -> Result<(), ClassifyError> {
        // 0.1 is a column whose rounded mean differs from its value.
        let x = array![[1.0, 0.1, 5.0], [3.0, 0.1, 5.0], [1.0, 0.1, 7.0], [3.0, 0.1, 7.0]];
        let scaler = Scaler::fit(Scaling::Standard, x.view())?;
        let expected = array![
            [-1.0, 0.0, -1.0],
            [1.0, 0.0, -1.0],
            [-1.0, 0.0, 1.0],
            [1.0, 0.0, 1.0]
        ];
        assert_eq!(scaler.transform(x.view()), expected);
        let mut row = [2.0, 99.0, 6.0];
        scaler.transform_row(&mut row);
        assert_eq!(row, [0.0; 3]);
        assert_eq!(Scaler::fit(Scaling::None, x.view())?.transform(x.view()), x);
        Ok(())
    }

    #[test]
    fn parts_make_the_same_scaler() -> Result<(), ClassifyError> {
        let x = array![[1.0, 0.1], [3.0, 0.4]];
        for scaling in [Scaling::None, Scaling::Standard] {
            let scaler = Scaler::fit(scaling, x.view())?;
            let arrays: BTreeMap<_, _> = scaler.arrays().into_iter().collect();
            assert_eq!(Scaler::from_parts(scaler.scaling(), arrays.clone())?, scaler);
            if scaling == Scaling::Standard {
                let mut negative = arrays.clone();
                negative.insert("deviation".into(), array![1.0, -1.0].into_dyn());
                assert!(Scaler::from_parts(scaling, negative).is_err());
                let mut short = arrays.clone();
                short.insert("deviation".into(), array![1.0].into_dyn());
                assert!(Scaler::from_parts(scaling, short).is_err());
                assert!(Scaler::from_parts(Scaling::None, arrays).is_err());
                assert!(Scaler::from_parts(scaling, BTreeMap::new()).is_err());
            }
        }
        Ok(())
    }

    #[test]
    fn nothing_to_learn_from_is_an_error() {
        assert!(Scaler::fit(Scaling::Standard, Array2::zeros((0, 2)).view()).is_err());
        assert!(Scaler::fit(Scaling::Standard, Array2::zeros((2, 0)).view()).is_err());
        assert!(Scaler::fit(Scaling::Standard, array![[f64::NAN]].view()).is_err());
    }
}
