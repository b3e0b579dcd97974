//! Histograms of quantised responses to 8 × 8 kernels, by the place of the response in the JPEG grid.
//!
//! What the DCTR and GFR families share. A kernel is correlated with a plane wherever it lies within it; a response
//! r counts as v = min(rint(|r| / q), 4), among the responses of its class: with (b, a) the place in its 8 × 8
//! block of the sample under the kernel's first weight, (min(a, 8 − a), min(b, 8 − b)), 25 classes in all.
//!
//! Work goes by tiles, [`TILE`] responses of one row, so that all of it stays in the nearest caches: the source is
//! copied once ([`tile`]), responses are sums over neighbours side by side in vector registers ([`dct`],
//! [`gabor`]), and steps are counted by comparison in registers ([`counts`]), one lane a column of the grid.
//!
//! Responses are rounded as by one fused multiply-add a weight, from zero, in the order of the weights, on every
//! processor. Thus a plane gives the same counts everywhere, and those of OpenCV's `filter2D` in single precision.

mod columns;
mod counts;
mod dct;
mod folded;
mod gabor;
mod gabor_set;
mod luma;
mod pairwise;
mod source;
mod steps;
#[cfg(test)]
mod tests;
mod tile;
mod turned;
mod vectors;

pub(super) use columns::{by_class, frequency, values};
pub(super) use counts::{BINS, CLASSES, Counts, push_relative};
pub(super) use dct::{DctWorkspace, dct_counts};
pub(super) use gabor_set::{GaborSet, QUANTISERS, SCALES, gabor_sets};
pub(super) use luma::{COARSE, FINE, LumaCounts};
pub(super) use source::ResidualInput;
pub(super) use steps::Steps;
pub(super) use turned::{ANGLES, TurnedWorkspace, turned_counts};

/// Rows and columns of a kernel, and of a JPEG block.
pub(super) const SIDE: usize = 8;

/// Responses in a tile, at most.
const TILE: usize = 256;

/// Samples that a register holds, at most.
const WIDEST: usize = 16;

/// Memory for responses and their counts.
#[derive(Default)]
pub(super) struct Workspace {
    pub dct: DctWorkspace,
    pub luma: LumaCounts,
    pub turned: TurnedWorkspace,
    pub counts: Counts,
}
