//! RadialBins of equal radius in a shifted spectrum.
//!
//! The distance of a frequency from the centre depends only on |x − cx| and |y − cy|, so up to four places of the
//! spectrum share each distance: the element (i, j) of a quadrant. As a coefficient and its conjugate at (−u, −v) have
//! the same amplitude, the stored rows v = 0 ..= H/2 say all. Row v counts as itself, folded over u, in quadrant row
//! j(v), and mirrored, folded over −u, in quadrant row j(−v), which is j(v) about the DC term and j(v) − 1 about the
//! middle of an even grid.

use std::ops::{Add, Mul};

use super::recipe::{Centre, Radius};
use super::transform::at_least;
use dftective_simd::{Kernel, LANES, Line, Sample, Vector};

/// Where the values at one distance from the centre line come from, along one axis.
#[derive(Clone, Copy, Debug)]
struct Fold {
    /// Unshifted frequencies at this distance; twice the same on the axis and at an unpaired edge.
    frequencies: [usize; 2],
    single: bool,
}

/// RadialBins of sixteen quadrant elements, rows j side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct RingLine {
    /// The radial bin of the first of them.
    first: u32,
    /// Bit j is set where element j lies one radial bin above element j − 1; no step to the next row is longer than one
    /// sample.
    steps: u32,
}

/// Ring of every quadrant element, and how many elements of the whole spectrum each radial bin has.
pub(super) struct RadialBins {
    height: usize,
    across: Vec<Fold>,
    /// Whether −u lies with u in every fold.
    symmetric: bool,
    /// Quadrant rows by which a mirrored row lies before the row itself: 0 or 1.
    mirror_shift: usize,
    /// For each block of stored rows, for each i. Lane v belongs to the quadrant row that v's mirror image falls into.
    lines: Vec<RingLine>,
    counts: Vec<u64>,
    /// Radius of each radial bin.
    radii: Vec<u32>,
}

/// What the sums need. Its contents never matter.
#[derive(Default)]
pub(super) struct RadialBinBuffers<T> {
    /// For each i, the folded value of the row before the next block.
    carried: Vec<T>,
    /// Sums over radial bins, several one after the other, to which lines are added in turn.
    sums: Vec<f64>,
}

/// Sums a radial bin. Neighbouring lines lie in nearly the same radial bins, and a vector can only be read back once all that was
/// written in its place has left the processor's store buffer.
const CHAINS: usize = 4;

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

/// Squared distances from the centre, in a unit that makes them integers.
struct Squares<N> {
    across: Vec<N>,
    along: Vec<N>,
    /// Square of one sample.
    unit: N,
}

impl Squares<u128> {
    /// The same in half the bits, where those hold all that [`Self::lines`] computes.
    fn narrow(&self) -> Option<Squares<u64>> {
        let farthest = self.across.last()? + self.along.last()?;
        // √farthest + √unit is below 2³¹: so is the distance of the first radial bin beyond.
        if farthest >= 1 << 60 || self.unit >= 1 << 60 {
            return None;
        }
        let narrow = |squares: &[u128]| squares.iter().map(|square| *square as u64).collect();
        Some(Squares {
            across: narrow(&self.across),
            along: narrow(&self.along),
            unit: self.unit as u64,
        })
    }
}

impl<N> Squares<N>
where
    N: Copy + Ord + Add<Output = N> + Mul<Output = N> + From<u32>,
{
    /// RadialBins of the quadrant rows `rows`, in blocks of sixteen, and the outermost; from each row to the next is one
    /// step outwards, or none.
    fn lines(&self, rows: impl ExactSizeIterator<Item = usize>) -> (Vec<RingLine>, u32) {
        let square_of = |radius: u32| N::from(radius) * N::from(radius) * self.unit;
        // Outwards along either axis a radius only grows, by no more than a sample at a step.
        let mut radius = 0;
        let mut columns: Vec<(u32, N, N)> = Vec::with_capacity(self.across.len());
        for &across in &self.across {
            let outwards = square_of(radius + 1) <= across + self.along[0];
            radius += u32::from(outwards);
            columns.push((radius, square_of(radius + 1), across));
        }
        let mut lines = vec![RingLine::default(); rows.len().div_ceil(LANES) * columns.len()];
        for (row, j) in rows.enumerate() {
            let lines = lines[row / LANES * columns.len()..].iter_mut();
            for (line, (radius, next, across)) in lines.zip(&mut columns) {
                let step = u32::from(*next <= *across + self.along[j]);
                *radius += step;
                *next = square_of(*radius + 1);
                if row % LANES == 0 {
                    line.first = *radius;
                } else {
                    line.steps |= step << (row % LANES);
                }
            }
        }
        (lines, columns.last().map_or(0, |column| column.0))
    }
}

/// The sums of a spectrum of ones: the elements in each radial bin.
struct Count<'a> {
    radial_bins: &'a RadialBins,
    width: usize,
}

impl Kernel<f32> for Count<'_> {
    type Output = Vec<u64>;

    #[inline(always)]
    fn run<V: Vector<f32>>(self) -> Self::Output {
        let ones = vec![Line([1.0; LANES]); self.width];
        let mut sums = RadialBinBuffers::default();
        self.radial_bins.clear(&mut sums);
        for block in 0..self.radial_bins.lines.len() / self.radial_bins.across.len() {
            self.radial_bins.add_rows::<f32, V>(block, &ones, &mut sums);
        }
        self.radial_bins.totals(&sums).map(|count| count as u64).collect()
    }
}

impl RadialBins {
    /// RadialBins of a W×H spectrum: floor of the distance from the centre. Radii that no element has are left
    /// out, as they occur in tiny or elongated planes.
    pub(super) fn new(width: usize, height: usize, centre: Centre, radius: Radius) -> Self {
        let (across, along) = (folds(width, centre), folds(height, centre));
        // In half samples the distances a and b are integers, so r = √q / 2m with an integer q.
        let (across_scale, along_scale, m) = match radius {
            Radius::Samples => (1, 1, 1),
            Radius::Isotropic => (height as u128, width as u128, width.max(height) as u128),
        };
        let squares = |folds: &[(u64, Fold)], scale: u128| -> Vec<u128> {
            let square = |distance: u64| (u128::from(distance) * scale).pow(2);
            folds.iter().map(|(distance, _)| square(*distance)).collect()
        };
        let squares = Squares {
            across: squares(&across, across_scale),
            along: squares(&along, along_scale),
            unit: (2 * m).pow(2),
        };
        let mirror_shift = usize::from(centre == Centre::Geometric && height.is_multiple_of(2));
        let rows = (0..height / 2 + 1).map(|row| row.saturating_sub(mirror_shift));
        let (lines, outermost) = match squares.narrow() {
            Some(narrow) => narrow.lines(rows),
            None => squares.lines(rows),
        };
        let across: Vec<Fold> = across.into_iter().map(|(_, fold)| fold).collect();
        let mirrored = |[a, b]: [usize; 2]| (width - a) % width == b;
        let mut radial_bins = Self {
            height,
            symmetric: across.iter().all(|fold| mirrored(fold.frequencies)),
            across,
            mirror_shift,
            lines,
            counts: vec![0; outermost as usize + 1],
            radii: (0..=outermost).collect(),
        };
        radial_bins.counts = dftective_simd::run(Count {
            radial_bins: &radial_bins,
            width,
        });
        if radial_bins.counts.contains(&0) {
            // RadialBins are counted without the radii that no element has. Steps stay, as both their radial bins have one.
            let mut counts = radial_bins.counts.iter();
            radial_bins.radii.retain(|_| counts.next() != Some(&0));
            radial_bins.counts.retain(|count| *count > 0);
            for line in &mut radial_bins.lines {
                line.first = radial_bins.radii.partition_point(|radius| *radius < line.first) as u32;
            }
        }
        radial_bins
    }

    /// Radius of each radial bin, ascending, in whole samples; the first and the last included.
    pub(super) fn radii(&self) -> &[u32] {
        &self.radii
    }

    /// Ring of the quadrant element (i, j).
    pub(super) fn radial_bin(&self, i: usize, j: usize) -> usize {
        let row = j + self.mirror_shift;
        let line = &self.lines[row / LANES * self.across.len() + i];
        (line.first + (line.steps & ((2 << (row % LANES)) - 1)).count_ones()) as usize
    }

    /// Elements of the whole spectrum in each radial bin.
    pub(super) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Bytes the plan keeps.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.lines) + size_of_val(&*self.across) + size_of_val(&*self.counts)
    }

    /// Begins a new spectrum.
    pub(super) fn clear<T: Sample>(&self, buffers: &mut RadialBinBuffers<T>) {
        at_least(&mut buffers.carried, self.across.len()).fill(T::zero());
        buffers.sums.clear();
        buffers.sums.resize(CHAINS * self.chain(), 0.0);
    }

    /// Sums in one chain. A line's radial bins are reached through a window of fixed length.
    fn chain(&self) -> usize {
        self.counts.len() + LANES
    }

    /// Adds sixteen rows from v = 16·block on, given a line for each u; blocks come in ascending order.
    #[inline(always)]
    pub(super) fn add_rows<T: Sample, V: Vector<T>>(
        &self,
        block: usize,
        levels: &[Line<T>],
        buffers: &mut RadialBinBuffers<T>,
    ) {
        let columns = self.across.len();
        let rows = (self.height / 2 + 1 - block * LANES).min(LANES);
        let present = (1 << rows) - 1;
        let middle = (self.mirror_shift == 0 && self.height.is_multiple_of(2)).then_some(self.height / 2);
        // Row 0 is its own mirror image, and so is row H/2, which about the middle of the grid counts as one.
        let mirrored = [Some(0), middle]
            .into_iter()
            .filter_map(|row| row?.checked_sub(block * LANES))
            .filter(|lane| *lane < LANES)
            .fold(present, |rows, lane| rows & !(1 << lane));
        let whole = mirrored == (1 << LANES) - 1;
        let lines = &self.lines[block * columns..][..columns];
        let folds = self.across.iter().zip(lines).zip(&mut buffers.carried);
        for (i, ((fold, line), carried)) in folds.enumerate() {
            let mut totals = [V::splat(T::zero()); LANES];
            for (part, total) in totals[..V::PARTS].iter_mut().enumerate() {
                let two = |[a, b]: [usize; 2]| {
                    let a = V::load(&levels[a], part);
                    if fold.single {
                        a
                    } else {
                        a.add(V::load(&levels[b], part))
                    }
                };
                let itself = two(fold.frequencies);
                let mirror = if self.symmetric {
                    itself
                } else {
                    two(fold
                        .frequencies
                        .map(|u| if u == 0 { 0 } else { levels.len() - u }))
                };
                // Where a mirrored row meets the row before its own.
                let meeting = if self.mirror_shift == 0 {
                    itself
                } else {
                    let before = std::mem::replace(carried, itself.last());
                    itself.shifted(before)
                };
                let lane = part * V::WIDTH;
                *total = if whole {
                    meeting.add(mirror)
                } else {
                    meeting.add(mirror.keep(mirrored >> lane)).keep(present >> lane)
                };
            }
            let radial_bin = i % CHAINS * self.chain() + line.first as usize;
            if let Some(sums) = buffers.sums[radial_bin..].first_chunk_mut() {
                V::add_runs(&totals, line.steps, sums);
            }
        }
    }

    /// The mean over each radial bin of all that was added.
    pub(super) fn means<T>(&self, buffers: &RadialBinBuffers<T>, means: &mut Vec<f64>) {
        means.clear();
        let totals = self.totals(buffers).zip(&self.counts);
        means.extend(totals.map(|(sum, &count)| sum / count as f64));
    }

    fn totals<T>(&self, buffers: &RadialBinBuffers<T>) -> impl Iterator<Item = f64> {
        let total = |radial_bin| buffers.sums[radial_bin..].iter().step_by(self.chain()).sum();
        (0..self.counts.len()).map(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No plane that fits into a test needs more than 64 bits.
    #[test]
    fn wide_and_narrow_squares_give_the_same_lines() {
        let squares = |count: u128| (0..count).map(|i| (2 * i + 1).pow(2)).collect();
        let mut wide = Squares {
            across: squares(37),
            along: squares(50),
            unit: 4,
        };
        let found = wide.lines(0..50);
        assert_eq!(found, wide.narrow().unwrap().lines(0..50));
        // √(73² + 99²) / 2 = 61.5
        assert_eq!(found.1, 61);
        wide.across.push(1 << 60);
        assert!(wide.narrow().is_none());
    }
}
