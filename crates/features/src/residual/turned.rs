//! Responses to turned kernels, by their folded parts.

use pulp::{Arch, Simd, WithSimd};

use super::counts::{Reached, count};
use super::folded::{Folded, QUARTER, Symmetry};
use super::gabor::{TURNS, Weights};
use super::tile::{Samples, Tile};
use super::vectors::{load, magnitudes, store};
use super::{Counts, GaborSet, ResidualInput, SIDE, Steps, TILE, WIDEST};

/// Kernels told apart: an angle and its negative count together.
pub const ANGLES: usize = TURNS / 2 + 1;

/// Memory for responses to turned kernels.
pub struct TurnedWorkspace {
    tile: Tile,
    /// Sum or difference of two of the tile's rows.
    row: Samples,
    /// Folded samples of one symmetry.
    folds: [Samples; QUARTER],
    /// Responses to parts.
    parts: Vec<Samples>,
}

impl Default for TurnedWorkspace {
    fn default() -> Self {
        Self {
            tile: Tile::default(),
            row: [0.0; TILE + WIDEST],
            folds: [[0.0; TILE + WIDEST]; QUARTER],
            parts: Vec::new(),
        }
    }
}

/// Counts the responses to the kernels of all sets, by set and angle.
pub fn turned_counts(
    source: &ResidualInput,
    sets: &[GaborSet],
    counts: &mut Counts,
    workspace: &mut TurnedWorkspace,
) {
    Arch::new().dispatch(TurnedResponses::new(source, sets, counts, workspace));
}

/// The work of [`turned_counts`], for registers of any width.
pub struct TurnedResponses<'a> {
    source: &'a ResidualInput<'a>,
    sets: &'a [GaborSet],
    counts: &'a mut Counts,
    workspace: &'a mut TurnedWorkspace,
}

impl<'a> TurnedResponses<'a> {
    pub fn new(
        source: &'a ResidualInput,
        sets: &'a [GaborSet],
        counts: &'a mut Counts,
        workspace: &'a mut TurnedWorkspace,
    ) -> Self {
        counts.reset(sets.len() * ANGLES);
        workspace.parts.resize(sets.len() * TURNS, [0.0; TILE + WIDEST]);
        Self {
            source,
            sets,
            counts,
            workspace,
        }
    }
}

impl WithSimd for TurnedResponses<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for place in self.source.tiles() {
            let workspace = &mut *self.workspace;
            workspace.tile.take(self.source, place);
            for symmetry in Symmetry::ALL {
                workspace.fold(simd, symmetry);
                workspace.correlate(simd, symmetry, self.sets);
            }
            self.count(simd);
        }
    }
}

#[inline(always)]
fn pair<S: Simd>(simd: S, odd: bool, a: S::f32s, b: S::f32s) -> S::f32s {
    if odd {
        simd.sub_f32s(a, b)
    } else {
        simd.add_f32s(a, b)
    }
}

impl TurnedWorkspace {
    /// Puts together the samples that are mirror images of one another under each kernel.
    #[inline(always)]
    fn fold<S: Simd>(&mut self, simd: S, symmetry: Symmetry) {
        for y in 0..SIDE / 2 {
            let (upper, lower) = (&self.tile.rows[y], &self.tile.rows[SIDE - 1 - y]);
            let row = &mut self.row;
            for x in (0..self.tile.responses + SIDE - 1).step_by(S::F32_LANES) {
                let folded = pair(simd, symmetry.odd_down, load::<S>(upper, x), load::<S>(lower, x));
                store::<S>(row, x, folded);
            }
            for column in 0..SIDE / 2 {
                let fold = &mut self.folds[y * SIDE / 2 + column];
                for x in (0..self.tile.responses).step_by(S::F32_LANES) {
                    let (left, right) = (load::<S>(row, x + column), load::<S>(row, x + SIDE - 1 - column));
                    store::<S>(fold, x, pair(simd, symmetry.odd_across, left, right));
                }
            }
        }
    }

    /// Responses to all parts of this symmetry.
    #[inline(always)]
    fn correlate<S: Simd>(&mut self, simd: S, symmetry: Symmetry, sets: &[GaborSet]) {
        // As many parts at a time, in two registers each, as leave registers for the samples.
        const ABREAST: usize = 4;
        let mut some = [(0, &[0.0; QUARTER]); ABREAST];
        let mut ready = 0;
        let all = sets.iter().flat_map(|set| &set.folded.parts).enumerate();
        for (index, part) in all.filter(|(_, part)| part.symmetry == symmetry) {
            some[ready] = (index, &part.weights);
            ready += 1;
            if ready == ABREAST {
                self.correlate_some(simd, some);
                ready = 0;
            }
        }
        for (index, weights) in some.into_iter().take(ready) {
            self.correlate_some(simd, [(index, weights)]);
        }
    }

    #[inline(always)]
    fn correlate_some<S: Simd, const N: usize>(&mut self, simd: S, parts: [(usize, &[f32; QUARTER]); N]) {
        for x in (0..self.tile.responses).step_by(2 * S::F32_LANES) {
            let mut sums = [[simd.splat_f32s(0.0); 2]; N];
            for (tap, fold) in self.folds.iter().enumerate() {
                let samples = [load::<S>(fold, x), load::<S>(fold, x + S::F32_LANES)];
                for (sums, (_, weights)) in sums.iter_mut().zip(parts) {
                    let weight = simd.splat_f32s(weights[tap]);
                    sums[0] = simd.mul_add_f32s(samples[0], weight, sums[0]);
                    sums[1] = simd.mul_add_f32s(samples[1], weight, sums[1]);
                }
            }
            for (sums, (index, _)) in sums.into_iter().zip(parts) {
                store::<S>(&mut self.parts[index], x, sums[0]);
                store::<S>(&mut self.parts[index], x + S::F32_LANES, sums[1]);
            }
        }
    }
}

impl TurnedResponses<'_> {
    /// Counts the tile's responses.
    #[inline(always)]
    fn count<S: Simd>(&mut self, simd: S) {
        let TurnedWorkspace { tile, parts, .. } = &*self.workspace;
        let (least, most) = tile.range();
        for (index, (set, parts)) in self.sets.iter().zip(parts.as_chunks::<TURNS>().0).enumerate() {
            let told = Told::new(tile, set, set.margin.bound(least, most));
            for (turn, kernel) in set.kernels.iter().enumerate() {
                let angle = turn.min(TURNS - turn);
                let reached = self.counts.row(index * ANGLES + angle, tile.place);
                let (first, second) = Folded::parts_of(turn);
                let first = &parts[first];
                match second.map(|part| &parts[part]) {
                    None => told.count(
                        simd,
                        kernel,
                        reached,
                        #[inline(always)]
                        |x| load::<S>(first, x),
                    ),
                    Some(second) if turn == angle => told.count(
                        simd,
                        kernel,
                        reached,
                        #[inline(always)]
                        |x| simd.add_f32s(load::<S>(first, x), load::<S>(second, x)),
                    ),
                    Some(second) => told.count(
                        simd,
                        kernel,
                        reached,
                        #[inline(always)]
                        |x| simd.sub_f32s(load::<S>(first, x), load::<S>(second, x)),
                    ),
                }
            }
        }
    }
}

/// Tells responses that lie too near a step to be counted by their folded parts from the others.
struct Told<'a> {
    tile: &'a Tile,
    steps: &'a Steps,
    per_quantiser: f32,
    /// Least distance of |r| / q from a whole number that is too near the middle between two.
    limit: f32,
}

impl<'a> Told<'a> {
    fn new(tile: &'a Tile, set: &'a GaborSet, margin: f64) -> Self {
        // 1e-6 for the roundings of |r| / q, which matters up to 4.5, and of its distance.
        let limit = 0.5 - margin / f64::from(set.quantiser) - 1e-6;
        Self {
            tile,
            steps: &set.steps,
            per_quantiser: 1.0 / set.quantiser,
            limit: limit as f32,
        }
    }

    /// Distance of |r| / q from the nearest whole number.
    #[inline(always)]
    fn distance<S: Simd>(&self, simd: S, response: S::f32s) -> S::f32s {
        // Adding 1.5 · 2²³ leaves no bits for a fraction.
        let whole = simd.splat_f32s(12_582_912.0);
        let factor = simd.splat_f32s(self.per_quantiser);
        let magnitude = magnitudes(simd, response);
        let less_nearest = simd.sub_f32s(whole, simd.mul_add_f32s(magnitude, factor, whole));
        magnitudes(simd, simd.mul_add_f32s(magnitude, factor, less_nearest))
    }

    /// Counts the tile's responses to a kernel: the folded ones, or those of the definition where the two could
    /// count differently.
    #[inline(always)]
    fn count<S: Simd>(
        &self,
        simd: S,
        kernel: &Weights,
        reached: &mut Reached,
        response: impl Fn(usize) -> S::f32s,
    ) {
        let responses = self.tile.responses;
        let mut counted = *reached;
        let mut most = simd.splat_f32s(0.0);
        count(
            simd,
            responses,
            self.steps,
            &mut counted,
            #[inline(always)]
            |x| {
                let folded = response(x);
                most = simd.max_f32s(most, self.distance(simd, folded));
                folded
            },
        );
        if simd.reduce_max_f32s(most) < self.limit {
            *reached = counted;
            return;
        }
        count(
            simd,
            responses,
            self.steps,
            reached,
            #[inline(always)]
            |x| {
                let folded = response(x);
                if simd.reduce_max_f32s(self.distance(simd, folded)) < self.limit {
                    return folded;
                }
                in_order(simd, self.tile, kernel, x)
            },
        );
    }
}

/// Responses from x on, by the definition.
#[inline(always)]
fn in_order<S: Simd>(simd: S, tile: &Tile, kernel: &Weights, x: usize) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for (row, weights) in tile.rows.iter().zip(kernel.as_chunks::<SIDE>().0) {
        for (column, weight) in weights.iter().enumerate() {
            sum = simd.mul_add_f32s(load::<S>(row, x + column), simd.splat_f32s(*weight), sum);
        }
    }
    sum
}
