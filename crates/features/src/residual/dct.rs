//! Responses to the 64 orthonormal DCT kernels.

use pulp::{Arch, Simd, WithSimd};

use super::counts::count;
use super::tile::{Samples, Tile};
use super::vectors::{load, store};
use super::{Counts, ResidualInput, SIDE, Steps, TILE, WIDEST, pairwise};
use dftective_decode::dct::BASIS;

/// Memory for responses to DCT kernels.
pub struct DctWorkspace {
    tile: Tile,
    column: Samples,
    responses: [Samples; SIDE],
    rows: Vec<f32>,
}

impl Default for DctWorkspace {
    fn default() -> Self {
        Self {
            tile: Tile::default(),
            column: [0.0; TILE + WIDEST],
            responses: [[0.0; TILE + WIDEST]; SIDE],
            rows: Vec::new(),
        }
    }
}

/// Counts the responses to all kernels, 8·k + l for the vertical frequency k and the horizontal frequency l, by
/// each of some quantisers. The mean of the kernel 0's responses is taken off them first.
pub fn dct_counts<const Q: usize>(
    source: &ResidualInput,
    steps: &[Steps; Q],
    counts: &mut [Counts; Q],
    workspace: &mut DctWorkspace,
) {
    Arch::new().dispatch(DctResponses::new(source, steps, counts, workspace));
}

/// The work of [`dct_counts`], for registers of any width.
pub struct DctResponses<'a, const Q: usize> {
    source: &'a ResidualInput<'a>,
    basis: &'a [[f32; SIDE]; SIDE],
    steps: &'a [Steps; Q],
    counts: &'a mut [Counts; Q],
    workspace: &'a mut DctWorkspace,
}

impl<'a, const Q: usize> DctResponses<'a, Q> {
    pub fn new(
        source: &'a ResidualInput,
        steps: &'a [Steps; Q],
        counts: &'a mut [Counts; Q],
        workspace: &'a mut DctWorkspace,
    ) -> Self {
        for counts in counts.iter_mut() {
            counts.reset(SIDE * SIDE);
        }
        Self {
            source,
            basis: &BASIS,
            steps,
            counts,
            workspace,
        }
    }
}

impl<const Q: usize> WithSimd for DctResponses<'_, Q> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mean = self.mean(simd);
        for place in self.source.tiles() {
            self.workspace.tile.take(self.source, place);
            for vertical in 0..SIDE {
                self.tile_row(simd, vertical, mean);
            }
        }
    }
}

impl<const Q: usize> DctResponses<'_, Q> {
    /// Mean response to kernel 0, in NumPy's order, so that its counts are the reference's: sums of as many whole rows
    /// as its buffer of 8192 values holds, added in turn.
    #[inline(always)]
    fn mean<S: Simd>(&mut self, simd: S) -> f32 {
        let DctWorkspace {
            tile,
            column,
            responses,
            rows,
        } = &mut *self.workspace;
        let (across, down) = self.source.responses();
        let batch = (8192 / across).max(1) * across;
        let mut sum = 0.0;
        rows.clear();
        for place in self.source.tiles() {
            tile.take(self.source, place);
            correlate_down(simd, &self.basis[0], tile, column);
            correlate_across(
                simd,
                &[self.basis[0]],
                column,
                tile.responses,
                &mut responses[..1],
            );
            rows.extend_from_slice(&responses[0][..tile.responses]);
            if rows.len() == batch {
                sum += pairwise::sum(rows);
                rows.clear();
            }
        }
        sum += pairwise::sum(rows);
        (f64::from(sum) / (across * down) as f64) as f32
    }

    /// Counts the tile's responses to the kernels of one vertical frequency.
    #[inline(always)]
    fn tile_row<S: Simd>(&mut self, simd: S, vertical: usize, mean: f32) {
        let DctWorkspace {
            tile,
            column,
            responses,
            ..
        } = &mut *self.workspace;
        correlate_down(simd, &self.basis[vertical], tile, column);
        correlate_across(simd, self.basis, column, tile.responses, responses);
        for (steps, counts) in self.steps.iter().zip(self.counts.iter_mut()) {
            for (horizontal, responses) in responses.iter().enumerate() {
                let kernel = vertical * SIDE + horizontal;
                let offset = simd.splat_f32s(if kernel == 0 { mean } else { 0.0 });
                count(
                    simd,
                    tile.responses,
                    steps,
                    counts.row(kernel, tile.place),
                    #[inline(always)]
                    |x| simd.sub_f32s(load::<S>(responses, x), offset),
                );
            }
        }
    }
}

/// Weighted sums of the tile's columns.
#[inline(always)]
fn correlate_down<S: Simd>(simd: S, weights: &[f32; SIDE], tile: &Tile, column: &mut Samples) {
    let weights = weights.map(
        #[inline(always)]
        |weight| simd.splat_f32s(weight),
    );
    for x in (0..tile.responses + SIDE - 1).step_by(S::F32_LANES) {
        let mut sum = simd.splat_f32s(0.0);
        for (row, weight) in tile.rows.iter().zip(weights) {
            sum = simd.mul_add_f32s(load::<S>(row, x), weight, sum);
        }
        store::<S>(column, x, sum);
    }
}

/// Weighted sums of eight neighbours, for each of `N` sets of weights.
#[inline(always)]
fn correlate_across<S: Simd, const N: usize>(
    simd: S,
    weights: &[[f32; SIDE]; N],
    column: &Samples,
    count: usize,
    responses: &mut [Samples],
) {
    for x in (0..count).step_by(S::F32_LANES) {
        let mut sums = [simd.splat_f32s(0.0); N];
        for tap in 0..SIDE {
            let samples = load::<S>(column, x + tap);
            for (sum, weights) in sums.iter_mut().zip(weights) {
                *sum = simd.mul_add_f32s(samples, simd.splat_f32s(weights[tap]), *sum);
            }
        }
        for (sum, responses) in sums.into_iter().zip(responses.iter_mut()) {
            store::<S>(responses, x, sum);
        }
    }
}
