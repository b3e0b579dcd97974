//! Rings of equal radius in a shifted spectrum.
//!
//! The distance of a frequency from the centre depends only on |x − cx| and |y − cy|, so up to four places of the
//! spectrum share each distance: the element (i, j) of a quadrant. As a coefficient and its conjugate at (−u, −v) have
//! the same amplitude, the stored rows v = 0 ..= H/2 say all. Row v counts as itself, folded over u, in quadrant row
//! j(v), and mirrored, folded over −u, in quadrant row j(−v), which is j(v) about the DC term and j(v) − 1 about the
//! middle of an even grid.

use super::recipe::{Centre, Radius};
use super::transform::at_least;
use crate::simd::{LANES, Line, Sample, Vector};

/// Where the values at one distance from the centre line come from, along one axis.
#[derive(Clone, Copy, Debug)]
struct Fold {
    /// Unshifted frequencies at this distance; twice the same on the axis and at an unpaired edge.
    frequencies: [usize; 2],
    single: bool,
}

/// Rings of sixteen quadrant elements, rows j side by side.
#[derive(Clone, Copy, Default)]
struct RingLine {
    /// The least ring among them.
    first: u32,
    /// What each ring is above that: at most 16, as no step to the next row is longer than one sample.
    above: [u8; LANES],
}

/// Ring of every quadrant element, and how many elements of the whole spectrum each ring has.
pub(super) struct Rings {
    height: usize,
    across: Vec<Fold>,
    /// Whether −u lies with u in every fold.
    symmetric: bool,
    /// Quadrant rows by which a mirrored row lies before the row itself: 0 or 1.
    mirror_shift: usize,
    /// For each block of stored rows, for each i. Lane v belongs to the quadrant row that v's mirror image falls into.
    rings: Vec<RingLine>,
    counts: Vec<u64>,
    /// Radius of each ring.
    radii: Vec<u32>,
}

/// What the sums need. Its contents never matter.
#[derive(Default)]
pub(super) struct RingBuffers<T> {
    /// For each i, the folded value of the row before the next block.
    carried: Vec<T>,
    /// Several sums a ring, to which lanes are added in turn.
    sums: Vec<[f64; CHAINS]>,
}

/// Sums a ring. Far out along an axis, whole lines fall into one ring, and an addition to a place in memory waits for
/// the one before.
const CHAINS: usize = 2;

/// Rings from the first of a line on that its lanes may be in; a power of two above their greatest distance.
const WINDOW: usize = 32;

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
    let fold = |group: &[(u64, usize)]| Fold {
        frequencies: [group[0].1, group[group.len() - 1].1],
        single: group.len() == 1,
    };
    places
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| (group[0].0, fold(group)))
        .collect()
}

impl Fold {
    fn places(&self) -> u64 {
        2 - u64::from(self.single)
    }
}

impl Rings {
    /// Rings of a W×H spectrum: floor of the distance from the centre. Radii that no element has are left
    /// out, as they occur in tiny or elongated planes.
    pub(super) fn new(width: usize, height: usize, centre: Centre, radius: Radius) -> Self {
        let (across, along) = (folds(width, centre), folds(height, centre));
        // In half samples the distances a and b are integers, so r = √q / 2m with an integer q.
        let (across_scale, along_scale, m) = match radius {
            Radius::Samples => (1, 1, 1),
            Radius::Isotropic => (height as u128, width as u128, width.max(height) as u128),
        };
        let squares = |folds: &[(u64, Fold)], scale: u128| -> Vec<u128> {
            folds
                .iter()
                .map(|(distance, _)| (u128::from(*distance) * scale).pow(2))
                .collect()
        };
        let (squares_across, squares_along) = (squares(&across, across_scale), squares(&along, along_scale));
        let square_of = |radius: u32| (2 * m * u128::from(radius)).pow(2);

        let mirror_shift = usize::from(centre == Centre::Geometric && height.is_multiple_of(2));
        let stored = height / 2 + 1;
        let folds = across.len();
        let mut counts = Vec::new();
        let mut rings = vec![RingLine::default(); stored.div_ceil(LANES) * folds];
        let mut column = vec![0; along.len()];
        let mut innermost = 0;
        for (i, (square_across, (_, x))) in squares_across.iter().zip(&across).enumerate() {
            // Outwards along either axis a radius only grows, by less than a sample at a step.
            while square_of(innermost + 1) <= square_across + squares_along[0] {
                innermost += 1;
            }
            let mut radius = innermost;
            let mut next = square_of(radius + 1);
            for ((place, square_along), (_, y)) in column.iter_mut().zip(&squares_along).zip(&along) {
                while next <= square_across + square_along {
                    radius += 1;
                    next = square_of(radius + 1);
                }
                *place = radius;
                if counts.len() <= radius as usize {
                    counts.resize(radius as usize + 1, 0);
                }
                counts[radius as usize] += x.places() * y.places();
            }
            for (block, lines) in rings.chunks_exact_mut(folds).enumerate() {
                // Row 0 has no mirror image and lanes beyond the last no row; what they are given is not used.
                let row = |lane: usize| {
                    (block * LANES + lane)
                        .min(stored - 1)
                        .saturating_sub(mirror_shift)
                };
                let first = column[row(0)];
                let above = std::array::from_fn(|lane| (column[row(lane)] - first) as u8);
                lines[i] = RingLine { first, above };
            }
        }
        let radii: Vec<u32> = (0..)
            .zip(&counts)
            .filter(|(_, count)| **count > 0)
            .map(|(radius, _)| radius)
            .collect();
        if radii.len() < counts.len() {
            // Some radius has no element: rings are counted without it.
            let ring = |radius: u32| radii.partition_point(|present| *present < radius) as u32;
            for line in &mut rings {
                let first = ring(line.first);
                let above = line
                    .above
                    .map(|above| (ring(line.first + u32::from(above)) - first) as u8);
                *line = RingLine { first, above };
            }
            counts.retain(|&count| count > 0);
        }
        let across: Vec<Fold> = across.into_iter().map(|(_, fold)| fold).collect();
        let mirrored = |[a, b]: [usize; 2]| (width - a) % width == b;
        Self {
            height,
            symmetric: across.iter().all(|fold| mirrored(fold.frequencies)),
            across,
            mirror_shift,
            rings,
            counts,
            radii,
        }
    }

    /// Radius of each ring, ascending, in whole samples; the first and the last included.
    pub(super) fn radii(&self) -> &[u32] {
        &self.radii
    }

    /// Ring of the quadrant element (i, j).
    #[cfg(any(test, feature = "cuda"))]
    pub(super) fn ring(&self, i: usize, j: usize) -> usize {
        let row = j + self.mirror_shift;
        let line = &self.rings[row / LANES * self.across.len() + i];
        line.first as usize + usize::from(line.above[row % LANES])
    }

    /// Elements of the whole spectrum in each ring.
    #[cfg(any(test, feature = "cuda"))]
    pub(super) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Bytes the plan keeps.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.rings) + size_of_val(&*self.across) + size_of_val(&*self.counts)
    }

    /// Begins a new spectrum.
    pub(super) fn clear<T: Sample>(&self, buffers: &mut RingBuffers<T>) {
        at_least(&mut buffers.carried, self.across.len()).fill(T::zero());
        buffers.sums.clear();
        // A line's rings are reached through a window of fixed length.
        buffers.sums.resize(self.counts.len() + WINDOW, [0.0; CHAINS]);
    }

    /// Adds sixteen rows from v = 16·block on, given a line for each u; blocks come in ascending order.
    #[inline(always)]
    pub(super) fn add_rows<T: Sample, V: Vector<T>>(
        &self,
        block: usize,
        levels: &[Line<T>],
        buffers: &mut RingBuffers<T>,
    ) {
        let folds = self.across.len();
        let rows = (self.height / 2 + 1 - block * LANES).min(LANES);
        let rings = &self.rings[block * folds..][..folds];
        let unpaired = (self.mirror_shift == 0 && self.height.is_multiple_of(2))
            .then(|| (self.height / 2).checked_sub(block * LANES))
            .flatten()
            .filter(|lane| *lane < LANES);
        let mut mirrored = Line([T::zero(); LANES]);
        let mut itself = mirrored;
        for (i, (fold, line)) in self.across.iter().zip(rings).enumerate() {
            let [a, b] = fold.frequencies;
            for part in 0..V::PARTS {
                let two = |a: usize, b: usize| {
                    let a = V::load(&levels[a], part);
                    if fold.single {
                        a
                    } else {
                        a.add(V::load(&levels[b], part))
                    }
                };
                let value = two(a, b);
                value.store(&mut itself, part);
                if self.symmetric {
                    value.store(&mut mirrored, part);
                } else {
                    let negative = |u: usize| if u == 0 { 0 } else { levels.len() - u };
                    two(negative(a), negative(b)).store(&mut mirrored, part);
                }
            }
            // Row 0 is its own mirror image, and so is row H/2, which about the middle of the grid counts as one.
            if block == 0 {
                mirrored.0[0] = T::zero();
            }
            if let Some(lane) = unpaired {
                mirrored.0[lane] = T::zero();
            }
            let first = line.first as usize;
            let Some(window) = buffers.sums[first..].first_chunk_mut::<WINDOW>() else {
                return;
            };
            let carried = &mut buffers.carried[i];
            // The same twice, as a known number of lanes takes half the time.
            if rows == LANES {
                self.scatter(LANES, line, &itself, &mirrored, carried, window);
            } else {
                self.scatter(rows, line, &itself, &mirrored, carried, window);
            }
        }
    }

    /// Adds each lane's row and the mirrored row that meets it in a quadrant row: its own, or that of the next lane.
    #[inline(always)]
    fn scatter<T: Sample>(
        &self,
        rows: usize,
        line: &RingLine,
        itself: &Line<T>,
        mirrored: &Line<T>,
        carried: &mut T,
        window: &mut [[f64; CHAINS]; WINDOW],
    ) {
        for lane in 0..rows {
            // By single numbers: a shifted line put together in memory would have to be waited for.
            let meeting = match (self.mirror_shift, lane) {
                (0, _) => itself.0[lane],
                (_, 0) => *carried,
                _ => itself.0[lane - 1],
            };
            let total = meeting + mirrored.0[lane];
            let ring = usize::from(line.above[lane]) % WINDOW;
            window[ring][lane % CHAINS] += total.to_f64().unwrap_or(f64::NAN);
        }
        *carried = itself.0[rows - 1];
    }

    /// The mean over each ring of all that was added.
    pub(super) fn means<T>(&self, buffers: &RingBuffers<T>, means: &mut Vec<f64>) {
        means.clear();
        means.extend(
            buffers
                .sums
                .iter()
                .zip(&self.counts)
                .map(|(sums, &count)| sums.iter().sum::<f64>() / count as f64),
        );
    }
}
