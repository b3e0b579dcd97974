use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayD, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ClassifyError, arrays::Arrays, input::check_features};

/// How features are scaled before they meet a classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scaling {
    /// Not at all.
    #[default]
    None,
    /// (x − mean)/sd by column, with the population standard deviation of the training rows; a column that is
    /// constant there becomes 0.
    Standard,
    /// As [`Self::Standard`], but a column with a deviation below 10⁻⁹ counts as constant, and what lies more than 6
    /// deviations from the mean is moved there. A histogram's rarest bins vary by rounding alone or have outliers of dozens
    /// of deviations.
    Clipped,
}

/// The smallest deviation of a column that [`Scaling::Clipped`] keeps.
const LEAST_DEVIATION: f64 = 1e-9;
/// The largest value that [`Scaling::Clipped`] leaves.
const CLIP: f64 = 6.0;
/// Columns looked at together, so that the matrix is read by whole lines of the processor's cache.
const PANEL: usize = 64;

/// A [`Scaling`] with what it learnt from the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaler(Option<Standard>);

#[derive(Debug, Clone, PartialEq)]
struct Standard {
    mean: Array1<f64>,
    /// 0 marks a constant column.
    deviation: Array1<f64>,
    /// No magnitude is larger than this afterwards.
    limit: f64,
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
        let (least, limit) = match scaling {
            Scaling::None => return Ok(Self(None)),
            Scaling::Standard => (0.0, f64::INFINITY),
            Scaling::Clipped => (LEAST_DEVIATION, CLIP),
        };
        let n = x.nrows() as f64;
        let panels: Vec<_> = x.axis_chunks_iter(Axis(1), PANEL).collect();
        let (mean, deviation) = panels
            .into_par_iter()
            .flat_map_iter(|panel| {
                let columns = panel.t().as_standard_layout().into_owned();
                let of = |column: ndarray::ArrayView1<f64>| {
                    let first = column[0];
                    // The rounded mean of equal values need not be that value, so equality decides.
                    if column.iter().all(|&v| v == first) {
                        return (first, 0.0);
                    }
                    let mean = column.sum() / n;
                    let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
                    (mean, if deviation < least { 0.0 } else { deviation })
                };
                columns.outer_iter().map(of).collect::<Vec<_>>()
            })
            .unzip::<f64, f64, Vec<_>, Vec<_>>();
        Ok(Self(Some(Standard {
            mean: mean.into(),
            deviation: deviation.into(),
            limit,
        })))
    }

    /// Which scaling it is.
    pub fn scaling(&self) -> Scaling {
        match &self.0 {
            None => Scaling::None,
            Some(standard) if standard.limit.is_finite() => Scaling::Clipped,
            Some(_) => Scaling::Standard,
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
        let Some(Standard {
            mean,
            deviation,
            limit,
        }) = &self.0
        else {
            return;
        };
        assert_eq!(
            row.len(),
            mean.len(),
            "feature vector and scaler differ in length"
        );
        for ((value, mean), deviation) in row.iter_mut().zip(mean).zip(deviation) {
            *value = if *deviation > 0.0 {
                ((*value - mean) / deviation).clamp(-limit, *limit)
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
        self.transform_owned(x.as_standard_layout().into_owned())
    }

    /// [`transform`](Self::transform) of a matrix that is no longer needed, without a copy if it is row-major.
    ///
    /// # Panics
    /// As `transform_row`.
    pub fn transform_owned(&self, x: Array2<f64>) -> Array2<f64> {
        let mut scaled = if x.is_standard_layout() {
            x
        } else {
            x.as_standard_layout().into_owned()
        };
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
            Some(Standard { mean, deviation, .. }) => vec![
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
            Scaling::Standard | Scaling::Clipped => {
                let mean = arrays.vector("mean", None)?;
                let deviation = arrays.vector("deviation", Some(mean.len()))?;
                if let Some(value) = deviation.iter().find(|&&v| v < 0.0) {
                    return Err(ClassifyError::Array {
                        name: "deviation".to_owned(),
                        expected: "values of at least 0".to_owned(),
                        found: value.to_string(),
                    });
                }
                let limit = if scaling == Scaling::Clipped {
                    CLIP
                } else {
                    f64::INFINITY
                };
                Self(Some(Standard {
                    mean,
                    deviation,
                    limit,
                }))
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

    /// Of 200 rows, one of which lies far out in the first column; the second hardly varies.
    #[test]
    fn outliers_are_clipped_and_noise_is_dropped() -> Result<(), ClassifyError> {
        let x = Array2::from_shape_fn((200, 2), |(i, j)| match (i, j) {
            (0, 0) => 1.0,
            (_, 0) => 0.0,
            _ => 0.5 + 1e-10 * (i % 2) as f64,
        });
        let clipped = Scaler::fit(Scaling::Clipped, x.view())?;
        let standard = Scaler::fit(Scaling::Standard, x.view())?;
        let (clipped, standard) = (clipped.transform(x.view()), standard.transform(x.view()));
        // Mean 1/200, variance 199/200².
        assert!((standard[[0, 0]] - 199f64.sqrt()).abs() < 1e-12);
        assert_eq!(clipped[[0, 0]], 6.0);
        assert_eq!(clipped[[1, 0]], standard[[1, 0]]);
        assert!((standard[[1, 1]] - 1.0).abs() < 1e-4);
        assert!(clipped.column(1).iter().all(|v| *v == 0.0));
        let mut row = [-7.0, 0.7];
        Scaler::fit(Scaling::Clipped, x.view())?.transform_row(&mut row);
        assert_eq!(row, [-6.0, 0.0]);
        Ok(())
    }

    #[test]
    fn parts_make_the_same_scaler() -> Result<(), ClassifyError> {
        let x = array![[1.0, 0.1], [3.0, 0.4]];
        for scaling in [Scaling::None, Scaling::Standard, Scaling::Clipped] {
            let scaler = Scaler::fit(scaling, x.view())?;
            assert_eq!(scaler.scaling(), scaling);
            let arrays: BTreeMap<_, _> = scaler.arrays().into_iter().collect();
            assert_eq!(Scaler::from_parts(scaler.scaling(), arrays.clone())?, scaler);
            if scaling != Scaling::None {
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
