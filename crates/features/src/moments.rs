//! What features are like on average.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of features over some images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many images, n.
    pub images: usize,
    /// Mean of each feature.
    pub mean: Vec<f64>,
    /// Standard deviation of each feature, √(Σ (x − mean)²/n).
    pub deviation: Vec<f64>,
}

impl Moments {
    /// Of the rows `images` and the columns `columns` of features n × d; `None` of no images.
    ///
    /// # Panics
    /// If a row or column is not there.
    pub fn of(features: ArrayView2<f64>, images: &[usize], columns: &[usize]) -> Option<Self> {
        let n = images.len() as f64;
        let mut mean = vec![0.0; columns.len()];
        let mut deviation = mean.clone();
        if images.is_empty() {
            return None;
        }
        for &image in images {
            for (mean, &column) in mean.iter_mut().zip(columns) {
                *mean += features[[image, column]] / n;
            }
        }
        for &image in images {
            for ((sum, mean), &column) in deviation.iter_mut().zip(&mean).zip(columns) {
                *sum += (features[[image, column]] - mean).powi(2) / n;
            }
        }
        for sum in &mut deviation {
            *sum = sum.sqrt();
        }
        Some(Self {
            images: images.len(),
            mean,
            deviation,
        })
    }
}

/// [`Moments`] of either class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassMoments {
    /// Of the real images.
    pub real: Moments,
    /// Of the fakes.
    pub fake: Moments,
}

impl ClassMoments {
    /// Of all columns of features n × d, with n labels; `None` where a class has no images.
    ///
    /// # Panics
    /// If there are more labels than rows.
    pub fn of(features: ArrayView2<f64>, fake: &[bool]) -> Option<Self> {
        let columns: Vec<usize> = (0..features.ncols()).collect();
        let of = |class: bool| {
            let images: Vec<usize> = (0..fake.len()).filter(|&image| fake[image] == class).collect();
            Moments::of(features, &images, &columns)
        };
        Some(Self {
            real: of(false)?,
            fake: of(true)?,
        })
    }

    /// Half way between the means of the classes.
    pub fn middle(&self) -> Vec<f64> {
        let means = self.real.mean.iter().zip(&self.fake.mean);
        means.map(|(real, fake)| (real + fake) / 2.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn by_hand() {
        let features = array![[1.0, 10.0], [3.0, 10.0], [5.0, 40.0], [9.0, 40.0]];
        let moments = ClassMoments::of(features.view(), &[false, false, true, true]).unwrap();
        assert_eq!((moments.real.images, moments.fake.images), (2, 2));
        assert_eq!(moments.real.mean, [2.0, 10.0]);
        assert_eq!(moments.real.deviation, [1.0, 0.0]);
        assert_eq!(moments.fake.mean, [7.0, 40.0]);
        assert_eq!(moments.fake.deviation, [2.0, 0.0]);
        assert_eq!(moments.middle(), [4.5, 25.0]);
        assert!(ClassMoments::of(features.view(), &[true; 4]).is_none());
        let picked = Moments::of(features.view(), &[0, 3], &[1]).unwrap();
        assert_eq!((picked.mean, picked.deviation), (vec![25.0], vec![15.0]));
    }
}
