//! Features on maps: principal components, and t-SNE.

mod pca;
mod tsne;

use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use pca::principal_components;
use tsne::{Layout, tsne};

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
    /// The same images laid out so that neighbours stay neighbours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub neighbours: Option<NeighbourMap>,
}

/// Images laid out by t-SNE (van der Maaten and Hinton 2008), in the order of [`Embedding::fake`]: close together are
/// those whose scaled features are alike. Places have no unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeighbourMap {
    /// To the right.
    pub x: Vec<f64>,
    /// Upwards.
    pub y: Vec<f64>,
    /// Neighbours each image looked at, about.
    pub perplexity: f64,
    /// Kullback-Leibler divergence of the map's neighbourhoods from those of the features, nats.
    pub divergence: f64,
    /// Of the [`NEAREST`] images next to each on the map, those of its own class: a share in \[0, 1\].
    pub same_class: f64,
    /// That share where classes are spread at random.
    pub by_chance: f64,
}

/// Images drawn, of more.
pub const SAMPLE: usize = 1000;
/// Neighbours looked at for [`NeighbourMap::same_class`].
pub const NEAREST: usize = 10;
/// t-SNE sees no more principal components than these, as in the paper: the others hold little but noise.
const COMPONENTS: usize = 50;

impl Embedding {
    /// Of features n × d with n labels, at least 20 images of which differ in at least three features; of more than
    /// [`SAMPLE`] images a random sample. The same seed gives the same maps on any number of threads.
    pub fn of(features: ArrayView2<f64>, fake: &[bool], seed: u64) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let images = fake.len().min(features.nrows());
        let mut drawn = rand::seq::index::sample(&mut rng, images, images.min(SAMPLE)).into_vec();
        drawn.sort_unstable();
        let scaled = scaled(features, &drawn)?;
        let variance: f64 = scaled.iter().map(|value| value * value).sum();
        let places = principal_components(scaled.view(), 2, rng.clone())?;
        let part =
            |axis: usize| places.column(axis).iter().map(|place| place * place).sum::<f64>() / variance;
        let fake: Vec<bool> = drawn.iter().map(|&image| fake[image]).collect();
        let most = COMPONENTS.min(scaled.nrows() - 1);
        let reduced = (scaled.ncols() > most).then(|| principal_components(scaled.view(), most, rng));
        let layout = tsne(
            reduced.flatten().as_ref().unwrap_or(&scaled).view(),
            places.view(),
            seed,
        );
        Some(Self {
            explained: [part(0), part(1)],
            x: places.column(0).to_vec(),
            y: places.column(1).to_vec(),
            neighbours: layout.map(|layout| NeighbourMap::of(layout, &fake)),
            fake,
            images,
        })
    }
}

impl NeighbourMap {
    fn of(layout: Layout, fake: &[bool]) -> Self {
        let Layout {
            x,
            y,
            perplexity,
            divergence,
        } = layout;
        let (n, fakes) = (
            fake.len() as f64,
            fake.iter().filter(|fake| **fake).count() as f64,
        );
        let pairs = |of_class: f64| of_class * (of_class - 1.0);
        Self {
            same_class: same_class(&x, &y, fake),
            by_chance: (pairs(fakes) + pairs(n - fakes)) / pairs(n),
            x,
            y,
            perplexity,
            divergence,
        }
    }
}

/// The share of the nearest neighbours of all points that have the point's label.
fn same_class(x: &[f64], y: &[f64], fake: &[bool]) -> f64 {
    let nearest = NEAREST.min(fake.len().saturating_sub(1));
    let alike = |i: usize| {
        let others = (0..fake.len()).filter(|&j| j != i);
        let mut by_distance: Vec<(f64, usize)> = others
            .map(|j| ((x[i] - x[j]).powi(2) + (y[i] - y[j]).powi(2), j))
            .collect();
        by_distance.select_nth_unstable_by(nearest - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        by_distance[..nearest]
            .iter()
            .filter(|(_, j)| fake[*j] == fake[i])
            .count()
    };
    (0..fake.len()).map(alike).sum::<usize>() as f64 / (nearest * fake.len()) as f64
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
mod tests;
