//! Features on a map: principal components.
//!
//! t-SNE, which such maps are often made by, is left out: `linfa-tsne` 0.8 gave another map from the same seed in each
//! of three runs, and took nine seconds for 1000 images of 30 features.

use linfa_linalg::{Order, lobpcg::TruncatedSvd};
use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Images as points in the plane in which their features differ most: the first two principal components of the
/// features, each scaled to mean 0 and deviation 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Along the first component; one value an image, in deviations of one feature.
    pub x: Vec<f64>,
    /// Along the second.
    pub y: Vec<f64>,
    /// Whether each image is fake.
    pub fake: Vec<bool>,
    /// Images these were drawn from.
    pub images: usize,
    /// The parts of the features' variance along x and y, in \[0, 1\].
    pub explained: [f64; 2],
}

/// Images drawn, of more.
pub const SAMPLE: usize = 1000;

impl Embedding {
    /// Of features n × d with n labels, at least 20 images of which differ in at least three features; of more than
    /// [`SAMPLE`] images a random sample. The same seed gives the same map.
    pub fn of(features: ArrayView2<f64>, fake: &[bool], seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let images = fake.len().min(features.nrows());
        let mut drawn = rand::seq::index::sample(&mut rng, images, images.min(SAMPLE)).into_vec();
        drawn.sort_unstable();
        let scaled = scaled(features, &drawn)?;
        let variance: f64 = scaled.iter().map(|value| value * value).sum();
        let svd = TruncatedSvd::new_with_rng(scaled.clone(), Order::Largest, rng);
        let (_, _, components) = svd.decompose(2).ok()?.values_vectors();
        if components.nrows() < 2 || components.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let places = scaled.dot(&components.t());
        // A component's sign is arbitrary; its largest coefficient shall be positive.
        let along = |axis: usize| -> Vec<f64> {
            let component = components.row(axis);
            let largest = component
                .iter()
                .copied()
                .max_by(|a, b| a.abs().total_cmp(&b.abs()))
                .unwrap_or(1.0);
            places
                .column(axis)
                .iter()
                .map(|place| place * largest.signum())
                .collect()
        };
        let (x, y) = (along(0), along(1));
        let part = |places: &[f64]| places.iter().map(|place| place * place).sum::<f64>() / variance;
        Some(Self {
            explained: [part(&x), part(&y)],
            x,
            y,
            fake: drawn.iter().map(|&image| fake[image]).collect(),
            images,
        })
    }
}

/// Fewer images than this make no map.
const LEAST_IMAGES: usize = 20;
/// Fewer features than this are no map's worth.
const LEAST_FEATURES: usize = 3;

/// The drawn rows with mean 0 and deviation 1 in each column; columns that do not vary are left out.
fn scaled(features: ArrayView2<f64>, drawn: &[usize]) -> Option<Array2<f64>> {
    let mut rows = features.select(Axis(0), drawn);
    let mut varying = Vec::new();
    for (index, mut column) in rows.columns_mut().into_iter().enumerate() {
        let mean = column.mean()?;
        let deviation = column.std(0.0);
        if deviation > 1e-12 * mean.abs() && deviation.is_finite() && deviation > 0.0 {
            column.mapv_inplace(|value| (value - mean) / deviation);
            varying.push(index);
        }
    }
    let rows = rows.select(Axis(1), &varying);
    (rows.nrows() >= LEAST_IMAGES && rows.ncols() >= LEAST_FEATURES).then_some(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::Rng;

    use super::*;

    /// Two directions of large and middling variance in ten features, the rest small.
    fn data(images: usize) -> (Array2<f64>, Vec<bool>) {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut features = Array2::zeros((images, 10));
        let mut fake = Vec::new();
        for mut row in features.rows_mut() {
            let [a, b]: [f64; 2] = [rng.gen_range(-1.0..1.0), rng.gen_range(-1.0..1.0)];
            for (index, value) in row.iter_mut().enumerate() {
                let main = if index < 7 { a } else { b };
                *value = 5.0 + main + 0.1 * rng.gen_range(-1.0..1.0);
            }
            fake.push(a > 0.0);
        }
        (features, fake)
    }

    #[test]
    fn the_components_are_found() {
        let (features, fake) = data(300);
        let map = Embedding::of(features.view(), &fake, 1).unwrap();
        assert_eq!(
            (map.x.len(), map.y.len(), map.fake.len(), map.images),
            (300, 300, 300, 300)
        );
        // Seven of the ten scaled features follow a, three follow b, but for a hundredth of the variance.
        assert!((map.explained[0] - 0.7).abs() < 0.03, "{:?}", map.explained);
        assert!((map.explained[1] - 0.3).abs() < 0.03, "{:?}", map.explained);
        // a decides the class, and the first component is a.
        let right = map
            .x
            .iter()
            .zip(&map.fake)
            .filter(|(x, fake)| (**x > 0.0) == **fake)
            .count();
        assert!(right > 285, "{right}");
        assert_eq!(Embedding::of(features.view(), &fake, 1), Some(map));
    }

    #[test]
    fn many_images_are_sampled() {
        let (features, fake) = data(1500);
        let map = Embedding::of(features.view(), &fake, 1).unwrap();
        assert_eq!((map.x.len(), map.images), (SAMPLE, 1500));
    }

    #[test]
    fn more_features_than_images() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let features = Array2::from_shape_fn((30, 200), |_| rng.gen_range(-1.0..1.0));
        let map = Embedding::of(features.view(), &[true; 30], 1).unwrap();
        assert!(map.explained[0] >= map.explained[1] && map.explained[1] > 1.0 / 30.0);
    }

    #[test]
    fn one_direction_is_no_plane() {
        let line = Array2::from_shape_fn((60, 5), |(image, feature)| (image * (feature + 1)) as f64);
        if let Some(map) = Embedding::of(line.view(), &[true; 60], 1) {
            assert!(
                map.explained[0] > 0.999 && map.explained[1] < 1e-6,
                "{:?}",
                map.explained
            );
        }
        // Two different images, each many times.
        let twice = Array2::from_shape_fn((60, 5), |(image, _)| (image % 2) as f64);
        if let Some(map) = Embedding::of(twice.view(), &[true; 60], 1) {
            assert!(map.explained[1] < 1e-6, "{:?}", map.explained);
        }
    }

    proptest! {
        /// Few values, many of them equal: whatever comes out is finite and no more than there is.
        #[test]
        fn maps_of_anything_are_finite(
            (columns, values) in (3..9usize).prop_flat_map(|d| (Just(d), prop::collection::vec(0..3i8, 20 * d..45 * d))),
        ) {
            let rows = values.len() / columns;
            let features = Array2::from_shape_fn((rows, columns), |(i, j)| f64::from(values[i * columns + j]));
            if let Some(map) = Embedding::of(features.view(), &vec![false; rows], 5) {
                prop_assert!(map.x.iter().chain(&map.y).all(|value| value.is_finite()));
                prop_assert!(map.explained[0] >= map.explained[1] - 1e-6);
                prop_assert!(map.explained[0] + map.explained[1] < 1.0 + 1e-6);
            }
        }
    }

    #[test]
    fn what_gives_no_map() {
        let few = Array2::from_shape_fn((19, 10), |(i, j)| (i * j) as f64);
        assert!(Embedding::of(few.view(), &[true; 19], 1).is_none());
        let flat = Array2::from_elem((50, 10), 3.25);
        assert!(Embedding::of(flat.view(), &[true; 50], 1).is_none());
        let none = Array2::zeros((0, 10));
        assert!(Embedding::of(none.view(), &[], 1).is_none());
    }
}
