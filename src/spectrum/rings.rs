//! Rings of equal radius in a shifted spectrum, summed through one quadrant.
//!
//! The distance of a frequency from the centre depends only on |x − cx| and |y − cy|, so up to four places
//! of the spectrum share each distance. They are added up first, and each quadrant element then goes into
//! its ring: a quarter of the scattered additions, and a table of a quarter of the size.

use num_complex::Complex;

use super::recipe::{Centre, Radius};
use super::transform::Sample;

/// Where the values at one distance from the centre line come from, along one axis.
#[derive(Clone, Copy, Debug)]
struct Fold {
    /// Unshifted frequencies at this distance; the second is absent on the axis and at an unpaired edge.
    frequencies: [Option<usize>; 2],
}

/// Ring of every quadrant element, and how many elements of the whole spectrum each ring has.
pub(crate) struct Rings {
    width: usize,
    height: usize,
    across: Vec<Fold>,
    along: Vec<Fold>,
    /// Ring of quadrant element (i, j) at i·along.len() + j.
    ring: Vec<u32>,
    counts: Vec<u64>,
    /// Radius of each ring.
    radii: Vec<u32>,
}

/// Distances from the centre in half samples, ascending, and the unshifted frequencies at each.
fn folds(length: usize, centre: Centre) -> Vec<(u64, Fold)> {
    let twice_centre = match centre {
        Centre::Geometric => length - 1,
        Centre::Dc => 2 * (length / 2),
    };
    let mut places: Vec<(u64, usize)> = (0..length)
        .map(|shifted| {
            let distance = (2 * shifted).abs_diff(twice_centre) as u64;
            (distance, (shifted + length - length / 2) % length)
        })
        .collect();
    places.sort_unstable();
    places
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| {
            (
                group[0].0,
                Fold {
                    frequencies: [Some(group[0].1), group.get(1).map(|&(_, place)| place)],
                },
            )
        })
        .collect()
}

/// ⌊√q / 2m⌋, exact: a guess in floating point, put right in integers.
fn floor_of_half_root(q: u128, m: u128) -> u32 {
    let mut guess = ((q as f64).sqrt() / (2 * m) as f64) as u128;
    while (2 * m * guess).pow(2) > q {
        guess -= 1;
    }
    while (2 * m * (guess + 1)).pow(2) <= q {
        guess += 1;
    }
    guess as u32
}

impl Rings {
    /// Rings of a W×H spectrum: floor of the distance from the centre. Radii that no element has are left
    /// out, as they occur in tiny or elongated planes.
    pub(crate) fn new(width: usize, height: usize, centre: Centre, radius: Radius) -> Self {
        let (across, along) = (folds(width, centre), folds(height, centre));
        // In half samples the distances a and b are integers, so r = √q / 2m with an integer q.
        let (across_scale, along_scale, m) = match radius {
            Radius::Samples => (1, 1, 1),
            Radius::Isotropic => (height as u128, width as u128, width.max(height) as u128),
        };
        let mut ring = Vec::with_capacity(across.len() * along.len());
        let mut counts = Vec::new();
        for (a, x) in &across {
            for (b, y) in &along {
                let q = (u128::from(*a) * across_scale).pow(2) + (u128::from(*b) * along_scale).pow(2);
                let index = floor_of_half_root(q, m);
                let places = x.frequencies.iter().flatten().count() * y.frequencies.iter().flatten().count();
                if counts.len() <= index as usize {
                    counts.resize(index as usize + 1, 0);
                }
                counts[index as usize] += places as u64;
                ring.push(index);
            }
        }
        let radii: Vec<u32> = (0..)
            .zip(&counts)
            .filter(|(_, count)| **count > 0)
            .map(|(radius, _)| radius)
            .collect();
        counts.retain(|&count| count > 0);
        if radii.len() < radii.last().map_or(0, |&largest| largest as usize + 1) {
            for radius in &mut ring {
                *radius = radii.partition_point(|present| present < radius) as u32;
            }
        }
        let folds_only = |folds: Vec<(u64, Fold)>| folds.into_iter().map(|(_, fold)| fold).collect();
        Self {
            width,
            height,
            across: folds_only(across),
            along: folds_only(along),
            ring,
            counts,
            radii,
        }
    }

    /// Radius of each ring, ascending, in whole samples; the first and the last included.
    pub(crate) fn radii(&self) -> &[u32] {
        &self.radii
    }

    /// Elements of the whole spectrum in each ring.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Bytes the plan keeps.
    pub(crate) fn bytes(&self) -> usize {
        self.ring.len() * size_of::<u32>() + self.counts.len() * size_of::<u64>()
    }

    /// Mean of `half` over each ring. `half` holds one real value for each coefficient of the half spectrum,
    /// by columns (see [`super::transform::Transform::forward`]), in the real part; a coefficient and its
    /// conjugate must have the same. `column` and `means` may hold anything before.
    pub(crate) fn means<T: Sample>(&self, half: &[Complex<T>], column: &mut Vec<f64>, means: &mut Vec<f64>) {
        let value = |element: &Complex<T>| element.re.to_f64().unwrap_or(f64::NAN);
        means.clear();
        means.resize(self.counts.len(), 0.0);
        for (across, rings) in self.across.iter().zip(self.ring.chunks_exact(self.along.len())) {
            column.clear();
            column.resize(self.height, 0.0);
            for &frequency in across.frequencies.iter().flatten() {
                // A column of the absent half is the stored column W − u read backwards.
                if frequency <= self.width / 2 {
                    let stored = &half[frequency * self.height..][..self.height];
                    for (sum, element) in column.iter_mut().zip(stored) {
                        *sum += value(element);
                    }
                } else {
                    let stored = &half[(self.width - frequency) * self.height..][..self.height];
                    column[0] += value(&stored[0]);
                    for (sum, element) in column[1..].iter_mut().zip(stored[1..].iter().rev()) {
                        *sum += value(element);
                    }
                }
            }
            for (along, &ring) in self.along.iter().zip(rings) {
                let sum: f64 = along
                    .frequencies
                    .iter()
                    .flatten()
                    .map(|&frequency| column[frequency])
                    .sum();
                means[ring as usize] += sum;
            }
        }
        for (mean, &count) in means.iter_mut().zip(&self.counts) {
            *mean /= count as f64;
        }
    }
}
